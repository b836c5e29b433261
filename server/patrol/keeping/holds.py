"""Holds, set and lifted by an admin of the district; what was coarsened and deleted, for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.messages import say
from server.problems.keeping import LegalHoldConflict, LegalHoldLifted
from server.problems.request import InputRefused, NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class Hold:
    """What a hold keeps: of `account`, or of everybody, from a moment to another or without an end."""

    id: UUID
    account: UUID | None
    from_at: datetime
    to_at: datetime | None
    reason: str


def put_hold(connection: Connection, hold: Hold, at: datetime) -> tuple[dict[str, Any], bool]:
    """The hold as it stands, and whether it is new. Raises LegalHoldConflict; InputRefused for an unknown account."""
    values = {
        "hold": str(hold.id),
        "account": str(hold.account) if hold.account else None,
        "from_at": hold.from_at,
        "to_at": hold.to_at,
        "reason": hold.reason,
        "at": at,
    }
    outcome = SQL["put_hold"].run(connection, values).scalar_one()
    if outcome == "account":
        raise InputRefused(errors=[{"path": "/account", "message": "no such account"}])
    if outcome == "other":
        raise LegalHoldConflict()
    return _hold(_rows(connection, hold.id, None, 1)[0]), outcome == "set"


def lift_hold(connection: Connection, hold: UUID, reason: str, at: datetime) -> dict[str, Any]:
    """The hold, lifted; the same words twice lift it once. Raises NotFound, LegalHoldLifted."""
    values = {"hold": str(hold), "reason": reason, "at": at}
    outcome = SQL["lift_hold"].run(connection, values).scalar_one()
    if outcome == "absent":
        raise NotFound()
    if outcome == "other":
        raise LegalHoldLifted()
    return _hold(_rows(connection, hold, None, 1)[0])


def list_holds(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of holds, newest first. Raises CursorRefused."""
    rows = _rows(connection, None, read_cursor(cursor, datetime, UUID), limit + 1)
    page = rows[:limit]
    following = write_cursor(wire_time(page[-1].set_at), str(page[-1].id)) if len(rows) > limit else None
    return {"items": [_hold(row) for row in page], "next": following}


def _rows(
    connection: Connection, hold: UUID | None, before: tuple[Any, ...] | None, rows: int
) -> list[Row[Any]]:
    values = {
        "hold": str(hold) if hold else None,
        "before": before[0] if before else None,
        "before_id": str(before[1]) if before else None,
        "rows": rows,
    }
    return list(SQL["list_holds"].run(connection, values))


def _hold(row: Row[Any]) -> dict[str, Any]:
    lifted = row.lifted_at and {
        "by": str(row.lifted_by),
        "by_name": row.lifted_name,
        "at": wire_time(row.lifted_at),
        "reason": row.lifted_reason,
    }
    return {
        "id": str(row.id),
        "account": str(row.account_id) if row.account_id else None,
        "name": row.display_name,
        "from": wire_time(row.from_at),
        "to": wire_time(row.to_at),
        "reason": row.reason,
        "set_by": str(row.set_by),
        "set_by_name": row.set_name,
        "set_at": wire_time(row.set_at),
        "lifted": lifted,
    }


def list_deletions(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of what was coarsened and deleted, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {"before": before[0] if before else None, "rows": limit + 1}
    rows = SQL["list_deletions"].run(connection, values).all()
    page = rows[:limit]
    following = write_cursor(page[-1].id) if len(rows) > limit else None
    return {"items": [_deletion(row) for row in page], "next": following}


def _deletion(row: Row[Any]) -> dict[str, Any]:
    words = say(f"kept.{row.what}_{row.rule}", {"days": row.after_days})
    return {
        "at": wire_time(row.at),
        "what": row.what,
        "rule": row.rule,
        "day": row.day.isoformat() if row.day else None,
        "before": wire_time(row.before_at),
        "after_days": row.after_days,
        **words,
        "rows": row.rows,
        "left_rows": row.left_rows,
        "held_rows": row.held_rows,
        "digest": row.digest,
    }
