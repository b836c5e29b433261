"""HTTP words of assessment: sets of formulas, and figures with the cases behind them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import allow, district_claim, principal
from server.assessment import indicators
from server.assessment.book import READERS, FigureBook
from server.assessment.wire import (
    FiguresOut,
    FiguresQuery,
    IndicatorSetIn,
    IndicatorSetList,
    IndicatorSetOut,
    MeasuredCases,
    MeasureQuery,
)
from server.contract import API, Page, answers, json_response
from server.problems.request import CursorRefused, NotFound

TAG = Tag(
    name="考核 assessment",
    description="指标公式是数据,每个数都能点到案卷。Formulas are data, every figure leads to its cases.",
)
KEEPERS = ("admin", "zone_manager")


def assessment_routes(book: FigureBook, clock: Callable[[], datetime]) -> APIBlueprint:
    """Routes of indicators."""
    api = APIBlueprint("assessment", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _formulas(api, book, clock)
    _figures(api, book)
    return api


def _formulas(api: APIBlueprint, book: FigureBook, clock: Callable[[], datetime]) -> None:
    @api.get(
        "/indicators/sets",
        summary="指标公式 Sets of formulas, newest first",
        responses=answers({200: IndicatorSetList}, CursorRefused),
    )
    @allow(*READERS)
    def list_indicator_sets(query: Page) -> Response:
        with book.db.transaction(principal().claim) as (connection, _):
            return json_response(indicators.list_sets(connection, query.cursor, query.limit))

    @api.post(
        "/indicators/sets",
        summary="导入指标公式 Import formulas that count from a day on",
        responses=answers({201: IndicatorSetOut}),
    )
    @allow(*KEEPERS)
    def post_indicator_set(body: IndicatorSetIn) -> Response:
        with book.db.transaction(district_claim(KEEPERS)) as (connection, _):
            kept = indicators.keep_set(connection, body, clock())
            return json_response(indicators.fetch_set(connection, kept), 201)


def _figures(api: APIBlueprint, book: FigureBook) -> None:
    @api.get(
        "/indicators",
        summary="指标 Figures of a period, in all and by group",
        responses=answers({200: FiguresOut}, NotFound),
    )
    @allow(*READERS)
    def get_indicators(query: FiguresQuery) -> Response:
        return json_response(book.figures(principal().claim, query))

    @api.get(
        "/indicators/cases",
        summary="指标背后的案卷 The cases a figure counts",
        responses=answers({200: MeasuredCases}, CursorRefused),
    )
    @allow(*READERS)
    def list_indicator_cases(query: MeasureQuery) -> Response:
        asked = book.asked(query)
        with book.db.transaction(principal().claim) as (connection, _):
            told = indicators.cases_behind(connection, query.measure, asked, query.cursor, query.limit)
        return json_response(told)
