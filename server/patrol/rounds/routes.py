"""HTTP words of rounds: sending one, and the list of them with what was seen since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import DIRECTING_ROLES, allow, everyone, principal
from server.contract import API, answers, json_response, local_time
from server.db import Database
from server.patrol.rounds import sending
from server.patrol.rounds.wire import RoundPath, RoundSentIn, RoundsQuery, SentRound, SentRounds
from server.problems.request import CursorRefused, InputRefused
from server.problems.rounds import RoundConflict

TAG = Tag(
    name="巡查派单 rounds",
    description="把建议的一轮派给队员;派发后看过的门前逐一变绿。"
    "A suggested round is sent to an officer; fronts seen since turn green.",
)


class SentRoundSettings(Protocol):
    """The settings that these routes need; read-only, so that a frozen configuration fits."""

    @property
    def round_days_ahead_max(self) -> int: ...


def round_routes(
    db: Database, settings: SentRoundSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of rounds that are sent."""
    api = APIBlueprint("rounds", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.put(
        "/rounds/<uuid:round_id>",
        summary="派发一轮 Send a round to who walks it",
        responses=answers({200: SentRound, 201: SentRound}, RoundConflict, InputRefused),
    )
    @allow(*DIRECTING_ROLES)
    def put_round(path: RoundPath, body: RoundSentIn) -> Response:
        at = clock()
        today = local_time(at, time_zone).date()
        with db.transaction(principal().claim) as (connection, _):
            new = sending.send(
                connection, path.round_id, body, at, today=today, days_max=settings.round_days_ahead_max
            )
            told = sending.fetch(connection, path.round_id)
        return json_response(told, 201 if new else 200)

    @api.get(
        "/rounds",
        summary="派发的轮次 Rounds: one's own, or of whom one directs, the newest first",
        responses=answers({200: SentRounds}, CursorRefused),
    )
    @everyone
    def list_rounds(query: RoundsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = sending.list_rounds(connection, query.day, query.officer, query.cursor, query.limit)
        return json_response(page)

    return api
