"""Reading cases: one, a filtered list by keyset, and the history that is its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Connection, func, or_, select

from server import sqltext
from server.cases.guards import HANDLED, Asked, possible
from server.cases.states import BY_KEY
from server.cases.tables import case_file
from server.contract import read_cursor, wire_time, write_cursor
from server.lists import newest_first, within
from server.messages import Sentence, say
from server.people.tables import organisation
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_OF_EXTENSION = ("amount", "unit", "reason", "requested_at")


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed to. All conditions hold together.

    Attributes:
        body: code of the body the case is at. open: not at an end, or at one.
        overdue_at: open, and due before this moment. mine: reported, handled or checked by this account.
    """

    bbox: tuple[float, float, float, float] | None = None
    township: str | None = None
    states: tuple[str, ...] = ()
    category: str | None = None
    body: str | None = None
    open: bool | None = None
    overdue_at: datetime | None = None
    due_before: datetime | None = None
    mine: UUID | None = None


def state_words(key: str) -> dict[str, Any]:
    words = say(f"state.{key}")
    return {
        "state": key,
        "state_name": words["text"],
        "state_name_en": words["text_en"],
        "step": int(BY_KEY[key].step),
    }


def fetch_casework(connection: Connection, number: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """One case as deciding needs it; `values` are the other parameters of the statement. Raises NotFound."""
    asked = {**values, "number": number, "handled": list(HANDLED)}
    row = SQL["fetch_casework"].run(connection, asked).scalar_one_or_none()
    if row is None:
        raise NotFound()
    return cast(dict[str, Any], orjson.loads(row))


def told_case(asked: Asked) -> dict[str, Any]:
    """One case as it is answered, with what the asker can do."""
    case = asked.case
    family, parent, extension = case["family"], case["family"]["parent"], case["extension"]
    allowed, blocked = _actions(asked)
    return {
        "number": case["number"],
        **state_words(case["state"]),
        "version": case["version"],
        "category": case["category"],
        "opened_at": wire_time(case["opened_at"]),
        "due_at": wire_time(case["due_at"]),
        "closed_at": wire_time(case["closed_at"]),
        "emergency": case["emergency"],
        "round": case["round"],
        "position": {"lon": case["lon"], "lat": case["lat"]},
        "body": case["body"],
        "township": case["township"],
        "department": case["department"],
        "suspended_from": case["suspended_from"],
        "suspended_until": wire_time(case["suspended_until"]),
        "extension": extension and {name: extension[name] for name in _OF_EXTENSION},
        "parent": parent and {**parent, "relation": case["parent_relation"]},
        "children": family["children"],
        "merged_into": family["merged_into"],
        "merged": family["merged"],
        "reports": family["reports"],
        "allowed_actions": allowed,
        "blocked_actions": blocked,
    }


def _actions(asked: Asked) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    allowed, blocked = [], []
    for row, refusal in possible(asked):
        words = say(f"action.{row.action}")
        told = {
            "action": row.action,
            "name": words["text"],
            "name_en": words["text_en"],
            "requires": list(row.requires),
            "takes": [*row.takes, "note"],
        }
        if refusal is None:
            allowed.append(told)
        else:
            why = say(f"guard.{refusal.words}", refusal.params)
            blocked.append(
                {**told, "guard": refusal.guard, "reason": why["text"], "reason_en": why["text_en"]}
            )
    return allowed, blocked


def fetch_history(connection: Connection, number: str, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of a case's ledger, oldest first. Raises NotFound, CursorRefused."""
    after = read_cursor(cursor, int)
    values = {"number": number, "after": after[0] if after else 0, "rows": limit + 1}
    rows = SQL["fetch_history"].run(connection, values).all()
    if not rows:
        visible = select(case_file.c.id).where(case_file.c.number == number)
        if connection.execute(visible).first() is None:
            raise NotFound()
    page = rows[:limit]
    items = [
        {
            "seq": row.seq,
            "recorded_at": wire_time(row.recorded_at),
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
            case_file.c.closed_at,
            case_file.c.emergency,
            func.ST_X(case_file.c.place).label("lon"),
            func.ST_Y(case_file.c.place).label("lat"),
            organisation.c.code.label("body_code"),
            organisation.c.body_name,
        )
        .join_from(case_file, organisation, organisation.c.id == case_file.c.organisation_id)
        .where(*_conditions(wanted))
    )
    page, following = newest_first(
        connection, query, at=case_file.c.opened_at, key=case_file.c.id, cursor=cursor, limit=limit
    )
    return {"items": [_item(row) for row in page], "next": following}


def _conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    conditions = _of_time(wanted)
    equals = (
        (case_file.c.township_code, wanted.township),
        (case_file.c.category, wanted.category),
        (organisation.c.code, wanted.body),
    )
    conditions += [column == value for column, value in equals if value]
    if wanted.bbox:
        conditions.append(within(wanted.bbox, case_file.c.place, case_file.c.tile_key))
    if wanted.states:
        conditions.append(case_file.c.state.in_(wanted.states))
    if wanted.mine:
        hands = (case_file.c.reporter_id, case_file.c.handler_id, case_file.c.checker_id)
        conditions.append(or_(*(hand == wanted.mine for hand in hands)))
    return conditions


def _of_time(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    closed_at, due_at = case_file.c.closed_at, case_file.c.due_at
    conditions: list[ColumnElement[bool]] = []
    if wanted.open is not None:
        conditions.append(closed_at.is_(None) if wanted.open else closed_at.is_not(None))
    if wanted.overdue_at:
        conditions += [closed_at.is_(None), due_at < wanted.overdue_at]
    if wanted.due_before:
        conditions.append(due_at < wanted.due_before)
    return conditions


def _item(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "number": row["number"],
        **state_words(row["state"]),
        "version": row["version"],
        "category": row["category"],
        "township": row["township_code"],
        "body": {"code": row["body_code"], "name": row["body_name"]},
        "opened_at": wire_time(row["opened_at"]),
        "due_at": wire_time(row["due_at"]),
        "closed_at": wire_time(row["closed_at"]),
        "emergency": row["emergency"],
        "position": {"lon": row["lon"], "lat": row["lat"]},
    }


def _inbox_words(kind: str, reason: str) -> Sentence:
    """Why it is there: a new case says why it was routed here, anything else what happened."""
    if kind == "case.opened":
        return say(f"routing.{reason}")
    return say(f"inbox.{kind}", {"clock": reason})


def list_inbox(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """What waits for the asker's body, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {"before": before[0] if before else None, "rows": limit + 1}
    rows = SQL["list_inbox"].run(connection, values).mappings().all()
    page = rows[:limit]
    items = [
        {
            "id": row["id"],
            "kind": row["kind"],
            "created_at": wire_time(row["created_at"]),
            "read_at": wire_time(row["read_at"]),
            "reason": {"code": row["reason"], **_inbox_words(row["kind"], row["reason"])},
            "case": {"number": row["number"], "category": row["category"], **state_words(row["state"])},
        }
        for row in page
    ]
    return {"items": items, "next": write_cursor(page[-1]["id"]) if len(rows) > limit else None}
