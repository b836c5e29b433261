"""HTTP words of deadline tables and of a case's clocks: everybody may look, the district imports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, everyone, principal
from server.cases.deadlines import files, store
from server.cases.deadlines.reading import clocks_of
from server.cases.deadlines.wire import (
    ActivateIn,
    CaseClocks,
    DeadlineInForce,
    DeadlinesIn,
    DeadlineTableList,
    DeadlineTableOut,
    DeadlineTrial,
)
from server.cases.faults import DataRefused
from server.cases.rights import KEEPERS
from server.contract import API, Day, Page, Strict, Text, answers, json_response, ref
from server.csv_text import FileUnreadable
from server.db import Database
from server.places.rules.wire import NAME_MAX_CHARS
from server.problems.request import CursorRefused, InputRefused, MalformedRequest, MediaTypeRefused, NotFound
from server.problems.times import DeadlineDayRefused, DeadlinesInForce, DeadlinesRefused

TAG = Tag(
    name="时限 deadlines",
    description="各类问题的处置时限,按地区成表、有版本。How long each category may take: tables of a jurisdiction, in "
    "versions.",
)


class TablePath(Strict):
    table_id: int = Field(ge=1, lt=2**63)


class CaseClocksPath(Strict):
    number: Text = Field(min_length=1, max_length=64, description="案卷编号 / case number")


class InForceQuery(Strict):
    category: Text = Field(min_length=1, max_length=64)
    on: Day | None = Field(None, description="哪一天,缺省今天 / on which day; today when left out")


class TableTrialQuery(Strict):
    day: Day | None = Field(None, description="缺省为今天 / today when left out")


class TableFileQuery(Strict):
    """What a CSV has no place for."""

    name: Text | None = Field(None, min_length=1, max_length=NAME_MAX_CHARS)
    jurisdiction: Text | None = Field(None, min_length=1, max_length=NAME_MAX_CHARS)
    source: Text = Field("", max_length=500)
    list_id: Text | None = Field(None, min_length=1, max_length=64, description="代码表 / its code list")
    list_version: Text | None = Field(None, min_length=1, max_length=64)


TABLE_BODY = {
    "required": True,
    "description": "时限表,JSON 或 CSV(UTF-8 或 GB 18030)。A table as JSON or CSV (UTF-8 or GB 18030).",
    "content": {
        "application/json": {"schema": ref(DeadlinesIn)},
        "text/csv": {"schema": {"type": "string", "description": "列 columns: " + ",".join(files.COLUMNS)}},
    },
}


def deadline_routes(
    db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo, rows_max: int
) -> APIBlueprint:
    """Routes of deadline tables and clocks. `rows_max`: rows a table may have."""
    api = APIBlueprint("deadlines", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def today() -> date:
        return clock().astimezone(time_zone).date()

    _reading(api, db, clock, today)
    _drafting(api, db, clock, today, rows_max)

    @api.get(
        "/cases/<number>/clocks",
        summary="案卷的时限 The clocks of a case as they stand now",
        responses=answers({200: CaseClocks}, NotFound),
    )
    @everyone
    def get_case_clocks(path: CaseClocksPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response({"items": clocks_of(connection, path.number, clock()), "next": None})

    return api


def _reading(
    api: APIBlueprint, db: Database, clock: Callable[[], datetime], today: Callable[[], date]
) -> None:
    @api.get(
        "/deadlines",
        summary="时限表列表 Tables of deadlines, newest written first",
        responses=answers({200: DeadlineTableList}, CursorRefused),
    )
    @everyone
    def list_deadline_tables(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.SETS.list(connection, today(), query.cursor, query.limit))

    @api.get(
        "/deadlines/<int:table_id>",
        summary="一张时限表 One table with its rows",
        responses=answers({200: DeadlineTableOut}, NotFound),
    )
    @everyone
    def get_deadline_table(path: TablePath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.told(store.SETS.fetch(connection, path.table_id), today()))

    @api.get(
        "/deadlines/<int:table_id>/trial",
        summary="试算时限表 What a table would mean for cases from a day on; writes nothing",
        responses=answers({200: DeadlineTrial}, NotFound),
    )
    @allow(*KEEPERS)
    def try_deadline_table(path: TablePath, query: TableTrialQuery) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            return json_response(store.trial(connection, path.table_id, query.day or today(), now=clock()))

    @api.get(
        "/deadlines/in-force",
        summary="某类问题的现行时限 The row in force for a category",
        responses=answers({200: DeadlineInForce}, NotFound, InputRefused),
    )
    @everyone
    def get_deadline_in_force(query: InForceQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.in_force(connection, query.category, query.on or today()))


def _drafting(
    api: APIBlueprint, db: Database, clock: Callable[[], datetime], today: Callable[[], date], rows_max: int
) -> None:
    @api.post(
        "/deadlines/drafts",
        summary="提交时限表草案 Check a table and keep it as a draft",
        responses=answers({201: DeadlineTableOut}, MediaTypeRefused, DeadlinesRefused, InputRefused),
        openapi_extensions={"requestBody": TABLE_BODY},
    )
    @allow(*KEEPERS)
    def post_deadline_draft(query: TableFileQuery) -> Response:
        claim, given, on = district_claim(KEEPERS), _read(query), today()
        with db.transaction(claim) as (connection, _):
            try:
                made = store.keep_draft(connection, given, at=clock(), on=on, rows_max=rows_max)
            except DataRefused as refused:
                raise DeadlinesRefused(errors=refused.errors) from refused
            told = store.told(store.SETS.fetch(connection, made), on)
        return json_response(told, 201)

    @api.post(
        "/deadlines/drafts/<int:table_id>/activate",
        summary="时限表生效 Bring a draft into force on a day; open cases keep their deadlines",
        responses=answers(
            {200: DeadlineTableOut},
            NotFound,
            DeadlinesInForce,
            DeadlineDayRefused,
            DeadlinesRefused,
            InputRefused,
        ),
    )
    @allow(*KEEPERS)
    def activate_deadline_draft(path: TablePath, body: ActivateIn) -> Response:
        claim, on = district_claim(KEEPERS), today()
        with db.transaction(claim) as (connection, _):
            try:
                store.activate(connection, path.table_id, body.valid_from, at=clock(), today=on)
            except DataRefused as refused:
                raise DeadlinesRefused(errors=refused.errors) from refused
            told = store.told(store.SETS.fetch(connection, path.table_id), on)
        return json_response(told)

    @api.post(
        "/deadlines/<int:table_id>/withdraw",
        summary="撤回未生效的时限表 Take a table back before its first day; the one before it goes on",
        responses=answers({200: DeadlineTableOut}, NotFound, DeadlineDayRefused),
    )
    @allow(*KEEPERS)
    def withdraw_deadline_table(path: TablePath) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            store.SETS.withdraw(connection, path.table_id, at=clock(), today=today())
            return json_response(store.told(store.SETS.fetch(connection, path.table_id), today()))


def _read(query: TableFileQuery) -> DeadlinesIn:
    """The table in the body of this request."""
    data = request.get_data(cache=False)
    try:
        if request.mimetype == "application/json":
            return DeadlinesIn.model_validate(orjson.loads(data))
        if request.mimetype == "text/csv":
            wanted = ("name", "jurisdiction", "list_id", "list_version")
            missing = [name for name in wanted if getattr(query, name) is None]
            if missing:
                raise InputRefused(
                    errors=[{"path": f"/{name}", "message": f"a CSV needs ?{name}="} for name in missing]
                )
            code_list = {"id": query.list_id, "version": query.list_version}
            about = {"name": query.name, "jurisdiction": query.jurisdiction, "source": query.source}
            return files.read_csv(data, {**about, "code_list": code_list})
    except (FileUnreadable, orjson.JSONDecodeError) as error:
        raise MalformedRequest(reason=str(error)) from error
    raise MediaTypeRefused()
