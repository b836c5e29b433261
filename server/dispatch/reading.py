"""Reading candidates: duplicates of a case, officers for it, and people of a body who could be expected."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from geo.observation import PLACE_KINDS
from server import sqltext
from server.cases.states import State
from server.contract import wire_time
from server.dispatch import officers
from server.dispatch.duplicates import DuplicateSettings, judge, pair_of
from server.dispatch.officers import OfficerSettings
from server.messages import say
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
ENDS = [state.key for state in State if state.ended]


def find_duplicates(
    connection: Connection, number: str, settings: DuplicateSettings, at: datetime, limit: int
) -> list[dict[str, Any]]:
    """What could be the same thing as a case, most likely first. Raises NotFound."""
    subject = _subject(connection, number)
    values = {
        "case_id": str(subject.id),
        "radius_m": settings.duplicate_radius_m,
        "ended_since": at - timedelta(days=settings.duplicate_ended_days),
        "ends": ENDS,
        "kinds": [kind.value for kind in PLACE_KINDS],
        "rows": settings.duplicate_candidates_max_count,
    }
    found = []
    for row in SQL["find_duplicates"].run(connection, values):
        pair = pair_of(row, category=subject.category, parent=subject.parent, opened_at=subject.opened_at)
        score, signs = judge(pair, settings)
        found.append((score, pair, signs))
    found.sort(key=lambda one: (-one[0], one[1].distance_m, one[1].number))
    return [
        {
            "number": pair.number,
            "state": pair.state,
            **_state_name(pair.state),
            "category": pair.category,
            "opened_at": wire_time(pair.opened_at),
            "distance_m": round(pair.distance_m, 1),
            "score": score,
            "reasons": [sign.worded() for sign in signs],
        }
        for score, pair, signs in found[:limit]
    ]


def rank_officers(
    connection: Connection, number: str, settings: OfficerSettings, at: datetime, limit: int
) -> list[dict[str, Any]]:
    """Who could go to a case, cheapest first; every position shown is noted. Raises NotFound."""
    subject, fix_max_age_h = _subject(connection, number), settings.officer_fix_max_age_h
    values = {
        "case_id": str(subject.id),
        "at": at,
        "fix_since": at - timedelta(hours=fix_max_age_h),
        "ends": ENDS,
        "weights": orjson.dumps(officers.weights(settings)).decode(),
        "rows": limit,
    }
    return [_officer(row, at, fix_max_age_h) for row in SQL["rank_officers"].run(connection, values)]


def list_assignees(
    connection: Connection, number: str, body: str | None, at: datetime
) -> list[dict[str, Any]]:
    """People of a body, of the one that has the case unless another is named, who could be expected at it.

    Raises:
        NotFound: no such case.
    """
    subject = _subject(connection, number)
    values = {"case_id": str(subject.id), "body": body or subject.body_code, "ends": ENDS, "at": at}
    return [
        {
            "account": str(row.account_id),
            "name": row.display_name,
            "role": row.role,
            "body": {"code": row.body_code, "name": row.body_name},
            "on_duty": row.on_duty,
            "open_cases": row.open_cases,
            "reasons": [sign.worded() for sign in officers.signs_of_colleague(row)],
        }
        for row in SQL["list_assignees"].run(connection, values)
    ]


def _officer(row: Row[Any], at: datetime, fix_max_age_h: int) -> dict[str, Any]:
    known = row.fixed_at is not None
    return {
        "account": str(row.account_id),
        "username": row.username,
        "name": row.display_name,
        "role": row.role,
        "body": {"code": row.body_code, "name": row.body_name},
        "on_duty": row.on_duty,
        "area": row.area,
        "open_cases": row.open_cases,
        "fix": {
            "lon": row.lon,
            "lat": row.lat,
            "at": wire_time(row.fixed_at),
            "age_s": round((at - row.fixed_at).total_seconds()),
            "distance_m": round(row.distance_m, 1),
        }
        if known
        else None,
        "cost_m": round(row.cost_m, 1),
        "reasons": [sign.worded() for sign in officers.signs(row, at, fix_max_age_h)],
    }


def _subject(connection: Connection, number: str) -> Row[Any]:
    row = SQL["fetch_subject"].run(connection, {"number": number}).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _state_name(state: str) -> dict[str, str]:
    words = say(f"state.{state}")
    return {"state_name": words["text"], "state_name_en": words["text_en"]}
