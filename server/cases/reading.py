"""Reading cases: one, a filtered list by keyset, and the history that is its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Connection, func, literal, select, tuple_

from server import sqltext
from server.cases.states import BY_KEY
from server.cases.tables import case_file
from server.contract import read_cursor, write_cursor
from server.messages import say
from server.people.tables import organisation
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed to. All conditions hold together."""

    bbox: tuple[float, float, float, float] | None = None
    township: str | None = None
    state: str | None = None
    category: str | None = None


def _time(value: datetime | str | None) -> str | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _state_words(key: str) -> dict[str, Any]:
    words = say(f"state.{key}")
    return {
        "state": key,
        "state_name": words["text"],
        "state_name_en": words["text_en"],
        "step": int(BY_KEY[key].step),
    }


def fetch_case(connection: Connection, number: str) -> dict[str, Any]:
    """One case. Raises NotFound."""
    row = SQL["fetch_case"].run(connection, {"number": number}).scalar_one_or_none()
    if row is None:
        raise NotFound()
    stored = orjson.loads(row)
    return {
        "number": stored["number"],
        **_state_words(stored["state"]),
        "version": stored["version"],
        "category": stored["category"],
        "opened_at": _time(stored["opened_at"]),
        "due_at": _time(stored["due_at"]),
        "position": {"lon": stored["lon"], "lat": stored["lat"]},
        "body": stored["body"],
        "township": stored["township"],
        "reports": stored["reports"],
        # No action is defined yet beyond opening: the table of transitions comes with casework.
        "allowed_actions": [],
    }


def fetch_history(connection: Connection, number: str, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of a case's ledger, oldest first. Raises NotFound, CursorRefused."""
    after = read_cursor(cursor, int)
    values = {"number": number, "after": after[0] if after else 0, "rows": limit + 1}
    rows = SQL["fetch_history"].run(connection, values).all()
    if not rows:
        fetch_case(connection, number)  # an empty page of a case that is there, or NotFound
    page = rows[:limit]
    items = [
        {
            "seq": row.seq,
            "recorded_at": _time(row.recorded_at),
            "actor": str(row.actor_id) if row.actor_id else None,
            "action": row.action,
            "body": orjson.loads(row.body),
            "prev_hash": row.prev_hash,
            "hash": row.hash,
        }
        for row in page
    ]
    return {"items": items, "next": write_cursor(page[-1].seq) if len(rows) > limit else None}


def list_cases(connection: Connection, wanted: CaseFilter, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of cases, newest opened first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    query = (
        select(
            case_file.c.id,
            case_file.c.number,
            case_file.c.state,
            case_file.c.version,
            case_file.c.category,
            case_file.c.township_code,
            case_file.c.opened_at,
            case_file.c.due_at,
            func.ST_X(case_file.c.place).label("lon"),
            func.ST_Y(case_file.c.place).label("lat"),
            organisation.c.code.label("body_code"),
            organisation.c.body_name,
        )
        .join_from(case_file, organisation, organisation.c.id == case_file.c.organisation_id)
        .where(*_conditions(wanted))
        .order_by(case_file.c.opened_at.desc(), case_file.c.id.desc())
        .limit(limit + 1)
    )
    if after:
        query = query.where(
            tuple_(case_file.c.opened_at, case_file.c.id) < tuple_(literal(after[0]), literal(after[1]))
        )
    rows = connection.execute(query).mappings().all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_item(row) for row in page],
        "next": write_cursor(page[-1]["opened_at"].isoformat(), str(page[-1]["id"])) if more else None,
    }


def _conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.bbox:
        conditions.append(case_file.c.place.op("&&")(func.ST_MakeEnvelope(*wanted.bbox, 4326)))
    if wanted.township:
        conditions.append(case_file.c.township_code == wanted.township)
    if wanted.state:
        conditions.append(case_file.c.state == wanted.state)
    if wanted.category:
        conditions.append(case_file.c.category == wanted.category)
    return conditions


def _item(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "number": row["number"],
        **_state_words(row["state"]),
        "version": row["version"],
        "category": row["category"],
        "township": row["township_code"],
        "body": {"code": row["body_code"], "name": row["body_name"]},
        "opened_at": _time(row["opened_at"]),
        "due_at": _time(row["due_at"]),
        "position": {"lon": row["lon"], "lat": row["lat"]},
    }


def list_inbox(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """What waits for the asker's body, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {"before": before[0] if before else None, "rows": limit + 1}
    rows = SQL["list_inbox"].run(connection, values).mappings().all()
    page = rows[:limit]
    items = [
        {
            "kind": row["kind"],
            "created_at": _time(row["created_at"]),
            "read_at": _time(row["read_at"]),
            "reason": {"code": row["reason"], **say(f"routing.{row['reason']}")},
            "case": {"number": row["number"], "category": row["category"], **_state_words(row["state"])},
        }
        for row in page
    ]
    return {"items": items, "next": write_cursor(page[-1]["id"]) if len(rows) > limit else None}
