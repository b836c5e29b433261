"""HTTP words of work calendars and office hours: everybody may look, the district imports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, everyone, principal
from server.cases.calendars import files, store
from server.cases.calendars.wire import CalendarIn, CalendarList, CalendarOut, HoursIn, HoursList
from server.cases.faults import DataRefused
from server.cases.rights import KEEPERS
from server.contract import API, Page, Strict, Text, answers, json_response, ref
from server.csv_text import FileUnreadable
from server.db import Database
from server.places.rules.wire import NAME_MAX_CHARS
from server.problems.request import (
    CursorRefused,
    InputRefused,
    MalformedRequest,
    MediaTypeRefused,
    NotFound,
)
from server.problems.times import CalendarRefused

TAG = Tag(
    name="工作日历 calendars",
    description="节假日、调休与办公时间:时限按此计算。Holidays, make-up days and office hours that deadlines are "
    "counted by.",
)


class CalendarPath(Strict):
    calendar_id: int = Field(ge=1, lt=2**63)


class CalendarFileQuery(Strict):
    name: Text | None = Field(
        None, min_length=1, max_length=NAME_MAX_CHARS, description="CSV 的名称 / name of one sent as CSV"
    )
    source: Text = Field("", max_length=500, description="CSV 的出处 / where a CSV comes from")


CALENDAR_BODY = {
    "required": True,
    "description": "整年的日历,JSON 或 CSV(UTF-8 或 GB 18030)。Whole years as JSON or CSV (UTF-8 or GB 18030).",
    "content": {
        "application/json": {"schema": ref(CalendarIn)},
        "text/csv": {"schema": {"type": "string", "description": "列 columns: " + ",".join(files.COLUMNS)}},
    },
}


def calendar_routes(
    db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo, horizon_days: int
) -> APIBlueprint:
    """Routes of calendars. `horizon_days`: how far ahead a year without a calendar is told of."""
    api = APIBlueprint("calendars", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def now() -> store.Now:
        at = clock()
        return store.Now(at, time_zone.key, at.astimezone(time_zone).date())

    _reading(api, db, now, horizon_days)
    _importing(api, db, now)
    return api


def _reading(api: APIBlueprint, db: Database, now: Callable[[], store.Now], horizon_days: int) -> None:
    @api.get(
        "/calendars",
        summary="工作日历各版 Versions of the work calendar, newest first, and years soon needed without one",
        responses=answers({200: CalendarList}, CursorRefused),
    )
    @everyone
    def list_calendars(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = store.list_calendars(connection, query.cursor, query.limit)
            page["uncovered_years"] = store.uncovered_years(connection, now().today, horizon_days)
        return json_response(page)

    @api.get(
        "/calendars/<int:calendar_id>",
        summary="一版工作日历 One version with its days",
        responses=answers({200: CalendarOut}, NotFound),
    )
    @everyone
    def get_calendar(path: CalendarPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.fetch_calendar(connection, path.calendar_id))

    @api.get(
        "/office-hours",
        summary="办公时间 Office hours of all bodies, newest written first",
        responses=answers({200: HoursList}, CursorRefused),
    )
    @everyone
    def list_office_hours(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.list_hours(connection, query.cursor, query.limit))


def _importing(api: APIBlueprint, db: Database, now: Callable[[], store.Now]) -> None:
    @api.post(
        "/calendars/imports",
        summary="导入工作日历 Import whole years; running clocks keep their due times",
        responses=answers({201: CalendarOut}, MediaTypeRefused, CalendarRefused, InputRefused),
        openapi_extensions={"requestBody": CALENDAR_BODY},
    )
    @allow(*KEEPERS)
    def post_calendar(query: CalendarFileQuery) -> Response:
        claim, given = district_claim(KEEPERS), _read(query)
        with db.transaction(claim) as (connection, _):
            try:
                made = store.import_calendar(connection, given, now())
            except DataRefused as refused:
                raise CalendarRefused(errors=refused.errors) from refused
            told = store.fetch_calendar(connection, made)
        return json_response(told, 201)

    @api.post(
        "/office-hours",
        summary="办公时间自某日起 Hours of a body from a day on",
        responses=answers({201: HoursList}, CalendarRefused, InputRefused),
    )
    @allow(*KEEPERS)
    def post_office_hours(body: HoursIn) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            try:
                store.put_hours(connection, body, now())
            except DataRefused as refused:
                raise CalendarRefused(errors=refused.errors) from refused
            told = store.list_hours(connection, None, 1)
        return json_response(told, 201)


def _read(query: CalendarFileQuery) -> CalendarIn:
    """The calendar in the body of this request."""
    data = request.get_data(cache=False)
    try:
        if request.mimetype == "application/json":
            return CalendarIn.model_validate(orjson.loads(data))
        if request.mimetype == "text/csv":
            if query.name is None:
                raise InputRefused(errors=[{"path": "/name", "message": "a CSV is named by ?name="}])
            return files.read_csv(data, {"name": query.name, "source": query.source})
    except (FileUnreadable, orjson.JSONDecodeError) as error:
        raise MalformedRequest(reason=str(error)) from error
    raise MediaTypeRefused()
