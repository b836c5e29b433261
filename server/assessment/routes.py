"""HTTP words of assessment: sets of formulas, figures with the cases behind them, and second looks at closed cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import ROLES, allow, district_claim, principal
from server.assessment import indicators, rechecks
from server.assessment.indicators import Asked
from server.assessment.wire import (
    FiguresOut,
    FiguresQuery,
    IndicatorSetIn,
    IndicatorSetList,
    IndicatorSetOut,
    MeasuredCases,
    MeasureQuery,
    Period,
    RecheckIn,
    RecheckList,
    RecheckOut,
    RecheckResultIn,
)
from server.cases.transitions import Casework
from server.contract import API, Page, Strict, Text, answers, json_response
from server.db import Database
from server.problems.assessment import RecheckRefused
from server.problems.cases import TransitionRefused
from server.problems.request import CursorRefused, NotFound

TAG = Tag(
    name="考核 assessment",
    description="指标公式是数据,每个数都能点到案卷;抽样复核可按种子重抽。"
    "Formulas are data, every figure leads to its cases; a sample can be drawn again from its seed.",
)
READERS = tuple(role for role in ROLES if role != "officer")
KEEPERS = ("admin", "zone_manager")
DRAWERS = ("checker", "zone_manager")


class RecheckPath(Strict):
    recheck_id: UUID


class RecheckCasePath(RecheckPath):
    number: Text = Field(min_length=1, max_length=64)


@dataclass(frozen=True)
class _Assessment:
    """What the routes work with."""

    db: Database
    casework: Casework
    clock: Callable[[], datetime]
    time_zone: ZoneInfo

    def asked(self, period: Period) -> Asked:
        return Asked(period.first, period.last, self.time_zone, period.township, period.category)


def assessment_routes(
    db: Database, casework: Casework, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of assessment."""
    api = APIBlueprint("assessment", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    made = _Assessment(db, casework, clock, time_zone)
    _formulas(api, made)
    _figures(api, made)
    _rechecks(api, made)
    return api


def _formulas(api: APIBlueprint, made: _Assessment) -> None:
    @api.get(
        "/indicators/sets",
        summary="指标公式 Sets of formulas, newest first",
        responses=answers({200: IndicatorSetList}, CursorRefused),
    )
    @allow(*READERS)
    def list_indicator_sets(query: Page) -> Response:
        with made.db.transaction(principal().claim) as (connection, _):
            return json_response(indicators.list_sets(connection, query.cursor, query.limit))

    @api.post(
        "/indicators/sets",
        summary="导入指标公式 Import formulas that count from a day on",
        responses=answers({201: IndicatorSetOut}),
    )
    @allow(*KEEPERS)
    def post_indicator_set(body: IndicatorSetIn) -> Response:
        with made.db.transaction(district_claim(KEEPERS)) as (connection, _):
            kept = indicators.keep_set(connection, body, made.clock())
            return json_response(indicators.fetch_set(connection, kept), 201)


def _figures(api: APIBlueprint, made: _Assessment) -> None:
    @api.get(
        "/indicators",
        summary="指标 Figures of a period, in all and by group",
        responses=answers({200: FiguresOut}, NotFound),
    )
    @allow(*READERS)
    def get_indicators(query: FiguresQuery) -> Response:
        with made.db.transaction(principal().claim) as (connection, _):
            told = indicators.figures(connection, made.asked(query), tuple(query.by))
        return json_response(told)

    @api.get(
        "/indicators/cases",
        summary="指标背后的案卷 The cases a figure counts",
        responses=answers({200: MeasuredCases}, CursorRefused),
    )
    @allow(*READERS)
    def list_indicator_cases(query: MeasureQuery) -> Response:
        asked = made.asked(query)
        with made.db.transaction(principal().claim) as (connection, _):
            told = indicators.cases_behind(connection, query.measure, asked, query.cursor, query.limit)
        return json_response(told)


def _rechecks(api: APIBlueprint, made: _Assessment) -> None:
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
        responses=answers({201: RecheckOut}, NotFound),
    )
    @allow(*DRAWERS)
    def post_recheck(body: RecheckIn) -> Response:
        asked = made.asked(body)
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            drawn = rechecks.make(connection, asked, body.size, body.seed, made.clock())
            return json_response(rechecks.fetch(connection, drawn), 201)

    @api.get(
        "/rechecks/<uuid:recheck_id>",
        summary="一次抽样复核 One sample with what was found",
        responses=answers({200: RecheckOut}, NotFound),
    )
    @allow(*DRAWERS)
    def get_recheck(path: RecheckPath) -> Response:
        with made.db.transaction(district_claim(DRAWERS)) as (connection, _):
            told: dict[str, Any] = rechecks.fetch(connection, path.recheck_id)
        return json_response(told)

    @api.post(
        "/rechecks/<uuid:recheck_id>/cases/<number>",
        summary="记录复核结论 Note what a second look found",
        responses=answers({200: RecheckOut}, NotFound, RecheckRefused, TransitionRefused),
    )
    @allow("checker")
    def post_recheck_result(path: RecheckCasePath, body: RecheckResultIn) -> Response:
        district_claim(["checker"])
        found = rechecks.Found(body.passed, body.note, body.version)
        told = rechecks.record(
            made.db, made.casework, principal(), path.recheck_id, path.number, found, made.clock()
        )
        return json_response(told)
