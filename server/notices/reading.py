"""Reading what was told: deliveries and handovers with their age; trying a delivery anew; reading an inbox entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.messages import say
from server.problems.notices import NoticeChannelOff
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def list_deliveries(
    connection: Connection,
    *,
    state: str | None = None,
    case: str | None = None,
    channel: UUID | None = None,
    cursor: str | None = None,
    limit: int,
) -> dict[str, Any]:
    """One page of deliveries, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {
        "delivery_id": None,
        "state": state,
        "case_number": case,
        "channel_id": str(channel) if channel else None,
        "before": before[0] if before else None,
        "rows": limit + 1,
    }
    rows = SQL["list_deliveries"].run(connection, values).mappings().all()
    page = rows[:limit]
    return {
        "items": [_delivery(row) for row in page],
        "next": write_cursor(page[-1]["id"]) if len(rows) > limit else None,
    }


def fetch_delivery(connection: Connection, delivery_id: int) -> dict[str, Any]:
    """One delivery. Raises NotFound."""
    nothing = dict.fromkeys(("state", "case_number", "channel_id", "before"))
    values = {**nothing, "delivery_id": delivery_id, "rows": 1}
    row = SQL["list_deliveries"].run(connection, values).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return _delivery(row)


def replay_delivery(connection: Connection, delivery_id: int) -> dict[str, Any]:
    """Try a delivery anew, whatever became of it, under its old key. Raises NotFound, NoticeChannelOff."""
    again = SQL["replay_delivery"].run(connection, {"delivery_id": delivery_id}).one_or_none()
    told = fetch_delivery(connection, delivery_id)
    if again is None:
        raise NoticeChannelOff()
    return told


def list_handovers(
    connection: Connection, *, state: str | None, alarm_after_s: int, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of handovers, those of the oldest cases first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    values = {
        "state": state,
        "after_at": after[0] if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_handovers"].run(connection, values).mappings().all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_handover(row, alarm_after_s) for row in page],
        "next": write_cursor(page[-1]["opened_at"].isoformat(), str(page[-1]["id"])) if more else None,
    }


def read_entry(connection: Connection, entry_id: int) -> None:
    """Mark an entry of the asker's inbox as read. Raises NotFound."""
    if not SQL["read_entry"].run(connection, {"entry_id": entry_id}).scalar_one():
        raise NotFound()


def _delivery(row: Mapping[Any, Any]) -> dict[str, Any]:
    error = row["last_error"]
    words = say(f"event.{row['event']}")
    trouble = {"code": error, **say(f"delivery.{error}"), "status": row["last_status"]} if error else None
    return {
        "id": row["id"],
        "key": row["dedupe_key"],
        "event": row["event"],
        "event_name": words["text"],
        "event_name_en": words["text_en"],
        "case": row["case_number"],
        "channel": {"id": str(row["channel_id"]), "kind": row["kind"], "name": row["name"]},
        "state": row["state"],
        "urgent": row["urgent"],
        "attempts": row["attempts"],
        "age_s": row["age_s"],
        "created_at": wire_time(row["created_at"]),
        "settled_at": wire_time(row["settled_at"]),
        "next_try_at": wire_time(row["next_try_at"]) if row["state"] == "pending" else None,
        "trouble": trouble,
    }


def _handover(row: Mapping[Any, Any], alarm_after_s: int) -> dict[str, Any]:
    state = row["handover"]
    words = say(f"handover.{state}")
    return {
        "case": row["number"],
        "body": {"code": row["body_code"], "name": row["body_name"]},
        "category": row["category"],
        "township": row["township_code"],
        "version": row["version"],
        "due_at": wire_time(row["due_at"]),
        "state": state,
        "state_name": words["text"],
        "state_name_en": words["text_en"],
        "dispatched_at": wire_time(row["dispatched_at"]),
        "accepted_at": wire_time(row["accepted_at"]),
        "age_s": row["age_s"],
        "alarm": state != "acknowledged" and row["age_s"] >= alarm_after_s,
    }
