"""Keeping law cards and reading those in force. A set is never changed: what was handed over stays as it read."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import qr, sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.patrol.law_cards.wire import CARD_CODE, LawCardsIn

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
NONE: dict[str, Any] = {
    "set": None,
    "name": None,
    "sample": False,
    "valid_from": None,
    "digest": None,
    "made_at": None,
    "cards": [],
}
_PIXELS_A_MODULE = 5


def keep(connection: Connection, given: LawCardsIn, at: datetime) -> bool:
    """Keep a set of cards; returns whether it is another one than the set in force on its first day."""
    told = given.model_dump(mode="json")
    text = orjson.dumps(told["cards"], option=orjson.OPT_SORT_KEYS)
    values = {
        "name": given.name,
        "sample": given.sample,
        "valid_from": given.valid_from.isoformat(),
        "digest": sha256(text).hexdigest(),
        "cards": text.decode(),
        "at": at,
    }
    before = _in_force(connection, given.valid_from)
    same = ("name", "sample", "digest")
    if before and all(before[name] == values[name] for name in same):
        return False
    SQL["insert_law_card_set"].run(connection, values)
    return True


def list_sets(connection: Connection, on: date, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of sets, newest kept first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {"on": on.isoformat(), "before": before[0] if before else None, "rows": limit + 1}
    rows = SQL["list_law_card_sets"].run(connection, values).mappings().all()
    page = rows[:limit]
    told = [
        {**row, "valid_from": row["valid_from"].isoformat(), "made_at": wire_time(row["made_at"])}
        for row in page
    ]
    return {"items": told, "next": write_cursor(page[-1]["id"]) if len(rows) > limit else None}


def in_force(connection: Connection, on: date, root: str) -> dict[str, Any]:
    """The cards of a day, each with the address of its page.

    Args:
        root: address of this server as phones reach it, without a slash at its end.
    """
    found = _in_force(connection, on)
    if found is None:
        return NONE
    cards = orjson.loads(found["cards"])
    return {
        "set": found["id"],
        "name": found["name"],
        "sample": found["sample"],
        "valid_from": found["valid_from"].isoformat(),
        "digest": found["digest"],
        "made_at": wire_time(found["made_at"]),
        "cards": [{**card, **_to_take_away(f"{root}/cards/{card['code']}")} for card in cards],
    }


def public_card(connection: Connection, code: str, on: date) -> dict[str, Any] | None:
    """One card as anybody may read it, with `sample` and `valid_from` of its set; None when no card has this code."""
    if not re.fullmatch(CARD_CODE, code):
        return None
    found = SQL["fetch_public_card"].run(connection, {"code": code, "on": on.isoformat()}).mappings().first()
    if found is None:
        return None
    return {**orjson.loads(found["card"]), "sample": found["sample"], "valid_from": found["valid_from"]}


def _in_force(connection: Connection, on: date) -> Mapping[str, Any] | None:
    found = SQL["fetch_law_card_set"].run(connection, {"on": on.isoformat()}).mappings().first()
    return None if found is None else dict(found)


def _to_take_away(address: str) -> dict[str, str]:
    drawn = qr.png(address, pixels_a_module=_PIXELS_A_MODULE)
    return {"address": address, "qr_png": base64.b64encode(drawn).decode()}
