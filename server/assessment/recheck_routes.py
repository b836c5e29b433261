"""HTTP words of second looks at closed cases: samples, who looks at which case, and what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import allow, district_claim, principal
from server.assessment import giving, rechecks
from server.assessment.indicators import Asked
from server.assessment.recheck_wire import (
    AssignmentIn,
    CheckerList,
    Number,
    PopulationOut,
    PopulationQuery,
    RecheckIn,
    RecheckList,
    RecheckOut,
    RecheckResultIn,
    RecheckTaskList,
)
from server.assessment.wire import Period
from server.cases.transitions import Casework
from server.contract import API, Page, Strict, answers, json_response
from server.db import Database
from server.problems.assessment import RecheckRefused
from server.problems.cases import TransitionRefused
from server.problems.request import CursorRefused, InputRefused, NotFound

TAG = Tag(
    name="抽样复核 second looks",
    description="从办结案卷中按种子抽样,派给核查员,现场复核;不合格的重新打开。"
    "Closed cases drawn by a seed, handed to checkers, looked at on the spot; what does not hold is opened again.",
)
DRAWERS = ("checker", "zone_manager")


def _file(media_type: str, columns: str) -> dict[str, object]:
    return {"description": columns, "content": {media_type: {"schema": {"type": "string"}}}}


class RecheckPath(Strict):
    recheck_id: UUID


class RecheckCasePath(RecheckPath):
    number: Number


@dataclass(frozen=True)
class _Made:
    """What the routes work with."""

    db: Database
    casework: Casework
    clock: Callable[[], datetime]
    time_zone: ZoneInfo

    def asked(self, period: Period) -> Asked:
        return Asked(period.first, period.last, self.time_zone, period.township, period.category)


def recheck_routes(
    db: Database, casework: Casework, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of second looks."""
    api = APIBlueprint("rechecks", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    made = _Made(db, casework, clock, time_zone)
    _drawing(api, made)
    _samples(api, made)
    _looking(api, made)
    return api


def _drawing(api: APIBlueprint, made: _Made) -> None:
    @api.get(
        "/rechecks/population",
        summary="可抽案卷数 How many closed cases there are to draw from",
        responses=answers({200: PopulationOut}),
    )
    @allow(*DRAWERS)
    def get_recheck_population(query: PopulationQuery) -> Response:
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            return json_response({"population": len(rechecks.population(connection, made.asked(query)))})

    @api.get(
        "/rechecks",
        summary="抽样复核列表 Samples drawn for a second look",
        responses=answers({200: RecheckList}, CursorRefused),
    )
    @allow(*DRAWERS)
    def list_rechecks(query: Page) -> Response:
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            return json_response(rechecks.list_rechecks(connection, query.cursor, query.limit))

    @api.post(
        "/rechecks",
        summary="抽取复核样本 Draw a sample of closed cases",
        responses=answers({201: RecheckOut}, NotFound, InputRefused),
    )
    @allow(*DRAWERS)
    def post_recheck(body: RecheckIn) -> Response:
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            drawn = rechecks.make(connection, made.asked(body), body, made.clock())
            return json_response(rechecks.fetch(connection, drawn), 201)


def _samples(api: APIBlueprint, made: _Made) -> None:
    @api.get(
        "/rechecks/<uuid:recheck_id>",
        summary="一次抽样复核 One sample with what was found",
        responses=answers({200: RecheckOut}, NotFound),
    )
    @allow(*DRAWERS)
    def get_recheck(path: RecheckPath) -> Response:
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            return json_response(rechecks.fetch(connection, path.recheck_id))

    @api.get(
        "/rechecks/<uuid:recheck_id>/cases.csv",
        summary="样本 CSV The cases of a sample as one CSV",
        responses=answers({200: _file("text/csv", "列 columns: " + ",".join(rechecks.COLUMNS))}, NotFound),
    )
    @allow(*DRAWERS)
    def get_recheck_file(path: RecheckPath) -> Response:
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            told = rechecks.as_csv(rechecks.fetch(connection, path.recheck_id))
        return _download(told, "text/csv", "recheck.csv")

    @api.get(
        "/rechecks/<uuid:recheck_id>/population.txt",
        summary="样本总体 The numbers a sample was drawn from, one a line",
        responses=answers({200: _file("text/plain", "每行一个案卷编号 / a case number a line")}, NotFound),
    )
    @allow(*DRAWERS)
    def get_recheck_population_file(path: RecheckPath) -> Response:
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            numbers = rechecks.drawn_from(connection, path.recheck_id)
        return _download("".join(f"{number}\n" for number in numbers), "text/plain", "population.txt")


def _download(text: str, media_type: str, name: str) -> Response:
    response = Response(text, content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _looking(api: APIBlueprint, made: _Made) -> None:
    @api.get(
        "/rechecks/checkers",
        summary="可派的核查员 Who can be asked to look",
        responses=answers({200: CheckerList}),
    )
    @allow(*DRAWERS)
    def list_recheck_checkers() -> Response:
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            return json_response({"items": giving.checkers(connection)})

    @api.get(
        "/rechecks/mine",
        summary="派给我的复核 Cases that I was asked to look at again",
        responses=answers({200: RecheckTaskList}),
    )
    @allow("checker")
    def list_my_rechecks() -> Response:
        with made.db.transaction(district_claim(["checker"])) as (connection, _):
            return json_response({"items": giving.tasks(connection)})

    @api.post(
        "/rechecks/<uuid:recheck_id>/assignments",
        summary="派给核查员 Hand cases of a sample out, or take them back",
        responses=answers({200: RecheckOut}, NotFound, InputRefused),
    )
    @allow(*DRAWERS)
    def post_recheck_assignments(path: RecheckPath, body: AssignmentIn) -> Response:
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            giving.give(connection, path.recheck_id, body.numbers, body.checkers, made.clock())
            return json_response(rechecks.fetch(connection, path.recheck_id))

    @api.post(
        "/rechecks/<uuid:recheck_id>/cases/<number>",
        summary="记录复核结论 Note what a second look found",
        responses=answers({200: RecheckOut}, NotFound, RecheckRefused, TransitionRefused, InputRefused),
    )
    @allow("checker")
    def post_recheck_result(path: RecheckCasePath, body: RecheckResultIn) -> Response:
        district_claim(["checker"])
        found = rechecks.Found(body.passed, body.note, body.version, body.report)
        told = rechecks.record(
            made.db, made.casework, principal(), path.recheck_id, path.number, found, made.clock()
        )
        return json_response(told)
