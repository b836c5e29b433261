"""HTTP words of rosters, teams and areas of duty: their bodies import them, everybody reads what concerns them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, everyone, principal
from server.cases.faults import DataRefused
from server.contract import API, GEOJSON, Moment, Page, Strict, Text, answers, json_response, ref
from server.csv_text import FileUnreadable
from server.db import Database
from server.patrol.duty import rosters
from server.patrol.duty.rosters import RosterSettings
from server.patrol.duty.wire import AreaCollection, RosterImportOut, RosterIn, RosterList, TeamList
from server.places.rules.wire import NAME_MAX_CHARS
from server.problems.duty import RosterRefused
from server.problems.request import CursorRefused, InputRefused, MalformedRequest, MediaTypeRefused

TAG = Tag(
    name="排班 rosters",
    description="排班、班组与责任片区,由各机构自行导入。Rosters, teams and areas of duty; each body imports its own.",
)
KEEPERS = ("dispatcher", "zone_manager", "admin")


class RosterFileQuery(Strict):
    dry_run: bool = Field(False, description="只检查,不写入 / check everything, write nothing")
    name: Text | None = Field(
        None, min_length=1, max_length=NAME_MAX_CHARS, description="CSV 的名称 / name of one sent as CSV"
    )
    source: Text = Field("", max_length=500, description="CSV 的出处 / where a CSV comes from")
    body: Text | None = Field(
        None, min_length=1, max_length=64, description="CSV 的机构,缺省为本机构 / body of a CSV, or one's own"
    )


class RosterQuery(Page):
    from_: Moment | None = Field(None, alias="from", description="缺省为现在 / left out: now")
    to: Moment | None = Field(None, description="缺省为其后七天 / left out: seven days later")
    body: Text | None = Field(
        None, min_length=1, max_length=64, description="机构代码,缺省为全部 / of one body; left out: of all"
    )


ROSTER_BODY = {
    "required": True,
    "description": "一个机构整日的排班,JSON 或 CSV(UTF-8 或 GB 18030)。Whole days of one body as JSON or CSV.",
    "content": {
        "application/json": {"schema": ref(RosterIn)},
        "text/csv": {"schema": {"type": "string", "description": "列 columns: " + ",".join(rosters.COLUMNS)}},
    },
}


def roster_routes(
    db: Database, settings: RosterSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of rosters."""
    api = APIBlueprint("rosters", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _importing(api, db, settings, clock, time_zone)
    _listing(api, db, clock, time_zone)
    return api


def _importing(
    api: APIBlueprint,
    db: Database,
    settings: RosterSettings,
    clock: Callable[[], datetime],
    time_zone: ZoneInfo,
) -> None:
    @api.post(
        "/roster/imports",
        summary="导入排班 Import whole days of a body, with its teams and areas",
        responses=answers(
            {200: RosterImportOut, 201: RosterImportOut}, MediaTypeRefused, RosterRefused, InputRefused
        ),
        openapi_extensions={"requestBody": ROSTER_BODY},
    )
    @allow(*KEEPERS)
    def post_roster(query: RosterFileQuery) -> Response:
        given = _read(query, settings.roster_max_bytes)
        with db.transaction(principal().claim) as (connection, _):
            try:
                kept = rosters.keep(connection, given, settings, at=clock(), time_zone=time_zone)
            except DataRefused as refused:
                raise RosterRefused(errors=refused.errors) from refused
            if query.dry_run:
                connection.rollback()
        told = _told(given, kept, query.dry_run)
        return json_response(told, 201 if kept.made and not query.dry_run else 200)


def _told(given: RosterIn, kept: rosters.Kept, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "id": None if dry_run and kept.made else kept.id,
        "made": kept.made,
        "body": kept.body,
        "first": given.first.isoformat(),
        "last": given.last.isoformat(),
        "entries": len(given.entries),
        "replaced": kept.replaced,
        "areas": len(given.areas),
        "teams": len(given.teams),
    }


def _listing(api: APIBlueprint, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> None:
    @api.get(
        "/roster",
        summary="排班 Turns on the roster: one's own; those of their scope for who leads them",
        responses=answers({200: RosterList}, CursorRefused),
    )
    @everyone
    def list_roster(query: RosterQuery) -> Response:
        since = query.from_ or clock()
        with db.transaction(principal().claim) as (connection, _):
            page = rosters.list_turns(connection, since, query.to, query.body, query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/teams",
        summary="班组 Teams, with their members as far as one may see them",
        responses=answers({200: TeamList}, CursorRefused),
    )
    @everyone
    def list_teams(query: Page) -> Response:
        today = clock().astimezone(time_zone).date()
        with db.transaction(principal().claim) as (connection, _):
            page = rosters.list_teams(connection, today, query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/duty-areas",
        summary="责任片区 Areas of duty in force, as GeoJSON",
        responses=answers({200: AreaCollection}, CursorRefused, media_type=GEOJSON),
    )
    @everyone
    def list_duty_areas(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = rosters.list_areas(connection, query.cursor, query.limit)
        return json_response(page, content_type=GEOJSON)


def _read(query: RosterFileQuery, max_bytes: int) -> RosterIn:
    """The roster in the body of this request."""
    request.max_content_length = max_bytes
    data = request.get_data(cache=False)
    try:
        if request.mimetype == "application/json":
            return RosterIn.model_validate(orjson.loads(data))
        if request.mimetype == "text/csv":
            if query.name is None:
                raise InputRefused(errors=[{"path": "/name", "message": "a CSV is named by ?name="}])
            about = {"name": query.name, "source": query.source, "body": query.body}
            return rosters.read_csv(data, about)
    except (FileUnreadable, orjson.JSONDecodeError) as error:
        raise MalformedRequest(reason=str(error)) from error
    raise MediaTypeRefused()
