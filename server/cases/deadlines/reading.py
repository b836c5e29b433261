"""Where the clocks of a case stand now, for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from server.cases import clocks
from server.cases.clocks import Clock, Schedule
from server.cases.deadlines.store import SQL
from server.contract import wire_time
from server.messages import say
from server.problems.request import NotFound

NAMED = ("register", "dispatch", "accept", "handle", "check", "stop", "penalty", "demolish")
"""Clocks the catalogues have a name for; a table may have others, which are called by their code."""
_AS_KEPT = ("name", "round", "amount", "extended", "uncovered")
_MOMENTS = ("started_at", "due_at", "yellow_at", "red_at", "paused_at", "stopped_at")


def clocks_of(connection: Connection, number: str, now: datetime) -> list[dict[str, Any]]:
    """The clocks of one case, oldest first, each in its newest round. Raises NotFound."""
    found = SQL["fetch_case_clocks"].run(connection, {"number": number}).scalar_one_or_none()
    if found is None:
        raise NotFound()
    stored = orjson.loads(found)
    schedules = {one["id"]: schedule_of(one) for one in stored["schedules"]}
    return [_shown(row, schedules, now) for row in stored["clocks"]]


def schedule_of(stored: Mapping[str, Any]) -> Schedule:
    """A schedule as work_schedule keeps it."""
    return Schedule.from_json({**stored["content"], "id": stored["id"], "digest": stored["digest"]})


def clock_words(name: str) -> dict[str, str]:
    """`name_zh` and `name_en` of a clock."""
    if name not in NAMED:
        return {"name_zh": name, "name_en": name}
    words = say(f"clock.{name}")
    return {"name_zh": words["text"], "name_en": words["text_en"]}


def _shown(row: Mapping[str, Any], schedules: Mapping[int, Schedule], now: datetime) -> dict[str, Any]:
    clock = Clock.from_json(row)
    return {
        **{name: row[name] for name in _AS_KEPT},
        **clock_words(clock.name),
        **{name: wire_time(row[name]) for name in _MOMENTS},
        "state": clocks.state(clock),
        "colour": clocks.colour(clock, now),
        "used_share": round(clocks.used_share(clock, now, schedules[row["schedule_id"]]), 4),
    }
