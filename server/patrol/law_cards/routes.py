"""HTTP words of law cards: keeping a set, and reading those in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, everyone, principal
from server.contract import API, Day, Page, Strict, answers, json_response, local_time
from server.db import Database
from server.patrol.law_cards import cards
from server.patrol.law_cards.wire import LawCardSetOut, LawCardSets, LawCardsIn
from server.problems.request import CursorRefused, InputRefused

TAG = Tag(
    name="普法卡 law cards",
    description="分行业的门前须知,上门时出示或送达。What each trade should know, shown or handed over at the door.",
)
KEEPERS = ("zone_manager", "admin")


class LawCardSettings(Protocol):
    """The settings that these routes need; read-only, so that a frozen configuration fits."""

    @property
    def public_url(self) -> str | None: ...


class LawCardsQuery(Strict):
    on: Day | None = Field(None, description="哪一天有效,缺省今天 / in force on this day; left out: today")


def law_card_routes(
    db: Database, settings: LawCardSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of law cards."""
    api = APIBlueprint("law_cards", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.get(
        "/law-cards",
        summary="普法卡 Law cards in force, by trade",
        responses=answers({200: LawCardSetOut}),
    )
    @everyone
    def get_law_cards(query: LawCardsQuery) -> Response:
        root = (settings.public_url or request.url_root).rstrip("/")
        with db.transaction(principal().claim) as (connection, _):
            return json_response(
                cards.in_force(connection, query.on or local_time(clock(), time_zone).date(), root)
            )

    @api.get(
        "/law-cards/sets",
        summary="普法卡各版 Sets of law cards, newest kept first",
        responses=answers({200: LawCardSets}, CursorRefused),
    )
    @everyone
    def list_law_card_sets(query: Page) -> Response:
        on = local_time(clock(), time_zone).date()
        with db.transaction(principal().claim) as (connection, _):
            return json_response(cards.list_sets(connection, on, query.cursor, query.limit))

    @api.post(
        "/law-cards",
        summary="导入普法卡 Keep a set of law cards, in force from its day on; the same set again changes nothing",
        responses=answers({200: LawCardSetOut, 201: LawCardSetOut}, InputRefused),
    )
    @allow(*KEEPERS)
    def post_law_cards(body: LawCardsIn) -> Response:
        root = (settings.public_url or request.url_root).rstrip("/")
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            new = cards.keep(connection, body, clock())
            return json_response(cards.in_force(connection, body.valid_from, root), 201 if new else 200)

    return api
