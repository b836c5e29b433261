"""HTTP words of scorecards: worked out for whoever asks, and kept by the district as the ranking of a period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, principal
from server.assessment import scorecards
from server.assessment.book import READERS, FigureBook
from server.assessment.scorecard_wire import (
    OnQuery,
    RankingOut,
    RunsQuery,
    ScorecardRunOut,
    ScorecardRuns,
    ScorecardsOut,
)
from server.assessment.wire import Days
from server.contract import API, Strict, answers, json_response
from server.problems.request import CursorRefused, NotFound
from server.problems.rulebooks import RulebookMissing

TAG = Tag(
    name="镇街评分 scorecards",
    description="按数据中的公式给镇街评分排名,可由所存各数重算。Townships ranked by formulas that are data.",
)
KEEPERS = ("admin", "zone_manager")


class CardPath(Strict):
    code: str = Field(max_length=64)


class RunPath(Strict):
    run_id: UUID


def scorecard_routes(book: FigureBook, clock: Callable[[], datetime]) -> APIBlueprint:
    """Routes of scorecards."""
    api = APIBlueprint("scorecards", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _cards(api, book, clock)
    _runs(api, book, clock)
    return api


def _cards(api: APIBlueprint, book: FigureBook, clock: Callable[[], datetime]) -> None:
    @api.get(
        "/scorecards",
        summary="有效的评分表 Scorecards in force on a day",
        responses=answers({200: ScorecardsOut}),
    )
    @allow(*READERS)
    def list_scorecards(query: OnQuery) -> Response:
        on = query.on or clock().astimezone(book.time_zone).date()
        with book.db.transaction(principal().claim) as (connection, _):
            return json_response(scorecards.cards_on(connection, on))

    @api.get(
        "/scorecards/<code>",
        summary="评分与名次 Scores and ranks of townships in a period",
        responses=answers({200: RankingOut}, RulebookMissing),
    )
    @allow(*READERS)
    def get_scorecard(path: CardPath, query: Days) -> Response:
        claim = principal().claim
        worked = scorecards.work_out(book, claim, path.code, book.days(query))
        with book.db.transaction(claim) as (connection, _):
            return json_response(scorecards.ranked(connection, worked))

    @api.post(
        "/scorecards/<code>/runs",
        summary="保存名次 Keep the ranking of a period with its inputs",
        responses=answers({201: ScorecardRunOut}, RulebookMissing),
    )
    @allow(*KEEPERS)
    def post_scorecard_run(path: CardPath, body: Days) -> Response:
        claim = district_claim(KEEPERS)
        worked = scorecards.work_out(book, claim, path.code, book.days(body))
        with book.db.transaction(claim) as (connection, _):
            kept = scorecards.keep(connection, worked, clock())
            return json_response(scorecards.run(connection, kept), 201)


def _runs(api: APIBlueprint, book: FigureBook, clock: Callable[[], datetime]) -> None:
    @api.get(
        "/scorecard-runs",
        summary="保存过的名次 Rankings that were kept, newest first",
        responses=answers({200: ScorecardRuns}, CursorRefused),
    )
    @allow(*READERS)
    def list_scorecard_runs(query: RunsQuery) -> Response:
        with book.db.transaction(principal().claim) as (connection, _):
            return json_response(scorecards.list_runs(connection, query.code, query.cursor, query.limit))

    @api.get(
        "/scorecard-runs/<uuid:run_id>",
        summary="一次名次及其依据 One kept ranking, worked out again from its inputs",
        responses=answers({200: ScorecardRunOut}, NotFound),
    )
    @allow(*READERS)
    def get_scorecard_run(path: RunPath) -> Response:
        with book.db.transaction(principal().claim) as (connection, _):
            told: dict[str, Any] = scorecards.run(connection, path.run_id)
        return json_response(told)
