"""Reading cases: one, the history that is its ledger, and the inbox of a body. Lists of them are in listing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import orjson
from sqlalchemy import Connection, select

from server import sqltext
from server.cases.guards import HANDLED, ZONE_KINDS, Asked, possible
from server.cases.states import BY_KEY
from server.cases.tables import case_file
from server.contract import read_cursor, wire_time, write_cursor
from server.messages import Sentence, say
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_OF_EXTENSION = ("amount", "unit", "reason", "requested_at")


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
    case = cast(dict[str, Any], orjson.loads(row))
    standing: dict[str, Any] = case.pop("standing")
    return {**case, **standing}


def _zone_of(case: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the case lies: as a person said, else as its match is sure of; nothing else is a fact."""
    if case["zone"]:
        chosen = case["zone"]
        return {**chosen, "chosen_at": wire_time(chosen["chosen_at"])}
    match = case["opening"] or {}
    for kind in ZONE_KINDS:
        said = match.get(kind)
        if said and said["verdict"] in ("certain", "likely"):
            found = {name: said[name] for name in ("code", "name", "version")}
            unchosen = {"chosen_by_name": None, "chosen_at": None}
            return {"kind": kind, **found, "share": said["probability"], **unchosen}
    return None


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
        "zone": _zone_of(case),
        "body": case["body"],
        "assignee": case["assignee"] and case["assignee"]["id"],
        "assignee_name": case["assignee"] and case["assignee"]["name"],
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
            "actor_name": row.actor_name,
            "actor_role": row.actor_role,
            "action": row.action,
            "body": orjson.loads(row.body),
            "prev_hash": row.prev_hash,
            "hash": row.hash,
        }
        for row in page
    ]
    return {"items": items, "next": write_cursor(page[-1].seq) if len(rows) > limit else None}


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
