"""What accounts and bodies share of their histories: the version a change is made from, and taking one back.

A change is taken back by a new one that says what was before, while nothing of it changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import orjson
from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.problems.people import ChangeStands, RecordChanged
from server.problems.request import NotFound, PreconditionMissing
from server.sqltext import Statement

# Beyond any version there is, and within what the column holds.
_VERSION_MAX_DIGITS = 9
Facts = Mapping[str, Any]


def seen_version(if_match: str | None) -> int:
    """The version that a change was made from.

    Raises:
        PreconditionMissing: none is told. RecordChanged: it can be no version of ours.
    """
    if if_match is None:
        raise PreconditionMissing()
    number = if_match.strip().removeprefix('"').removesuffix('"')
    if not (number.isascii() and number.isdigit() and len(number) <= _VERSION_MAX_DIGITS):
        raise RecordChanged()
    return int(number)


def list_changes(
    connection: Connection, statement: Statement, key: Facts, now: Facts, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of a history, the newest first.

    Args:
        statement, key: what reads it, and of which record. now: the facts as they are.
    Raises:
        CursorRefused
    """
    before = read_cursor(cursor, int)
    changes = _changes(connection, statement, key, before[0] if before else None, limit + 1)
    items = [
        {**change, "made_at": wire_time(change["made_at"]), "undo": _undo(change, now)}
        for change in changes[:limit]
    ]
    return {
        "items": items,
        "next": write_cursor(items[-1]["version"]) if len(changes) > limit else None,
    }


def said_back(
    connection: Connection, statement: Statement, key: Facts, now: Facts, version: int
) -> dict[str, Any]:
    """What has to be said to take the change of a version back.

    Raises:
        NotFound: there is none. ChangeStands
    """
    changes = _changes(connection, statement, key, version + 1, 1)
    if not changes or changes[0]["version"] != version:
        raise NotFound()
    undo = _undo(changes[0], now)
    if undo != "possible":
        raise ChangeStands(why=undo)
    return dict(changes[0]["before"])


def _undo(change: Facts, now: Facts) -> Literal["possible", "final", "overtaken"]:
    if change["before"] is None:
        return "final"
    return "possible" if all(now[name] == value for name, value in change["after"].items()) else "overtaken"


def _changes(
    connection: Connection, statement: Statement, key: Facts, before: int | None, rows: int
) -> list[dict[str, Any]]:
    found = statement.run(connection, {**key, "before": before, "rows": rows}).mappings()
    return [
        {
            **{name: row[name] for name in ("version", "action", "made_at")},
            **{name: orjson.loads(row[name]) if row[name] else None for name in ("before", "after")},
            "made_by": {"username": row["made_by"], "display_name": row["made_by_name"]}
            if row["made_by"]
            else None,
        }
        for row in found
    ]
