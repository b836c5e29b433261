"""Marks of visits: a place that an officer inspected, or whose people they called on. They open no case."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.contract import local_time, wire_time
from server.patrol.duty.shifts import ShiftSettings, told_time
from server.patrol.duty.wire import VisitMarkIn
from server.problems.duty import VisitMarkConflict
from server.problems.request import InputRefused

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def put(
    connection: Connection,
    mark_id: UUID,
    given: VisitMarkIn,
    settings: ShiftSettings,
    *,
    received_at: datetime,
    time_zone: ZoneInfo,
) -> tuple[dict[str, Any], bool]:
    """Keep a mark of who asks; returns it, and whether it is new.

    Raises:
        InputRefused: no such zone that day, no such law card, or a time that cannot be. VisitMarkConflict.
    """
    at = told_time(given.at, "/at", settings, received_at)
    said = {
        "zone_kind": given.zone.kind,
        "zone": given.zone.code,
        "kind": given.kind,
        "at": at.isoformat(),
        "claimed": given.at is not None,
        "note": given.note,
        "card_set": given.law_card.set if given.law_card else None,
        "card": given.law_card.code if given.law_card else None,
    }
    values = {
        "mark": str(mark_id),
        "said": orjson.dumps(said).decode(),
        "received_at": received_at,
        "day": local_time(at, time_zone, "/at").date().isoformat(),
    }
    outcome = SQL["put_visit_mark"].run(connection, values).scalar_one()
    if outcome == "taken":
        raise VisitMarkConflict()
    if outcome == "zone":
        raise InputRefused(errors=[{"path": "/zone/code", "message": "当日没有此区 / no such zone that day"}])
    if outcome == "card":
        raise InputRefused(errors=[{"path": "/law_card", "message": "没有此卡片 / no such card"}])
    return _fetch(connection, mark_id), outcome == "new"


def _fetch(connection: Connection, mark_id: UUID) -> dict[str, Any]:
    row = SQL["fetch_visit_mark"].run(connection, {"mark": str(mark_id)}).mappings().one()
    return {
        "id": row["id"],
        "zone": {"kind": row["zone_kind"], "code": row["zone"]},
        "kind": row["kind"],
        "at": wire_time(row["at"]),
        "note": row["note"],
        "law_card": {"set": row["law_card_set_id"], "code": row["law_card"]} if row["law_card"] else None,
        "shift": row["shift"],
        "received_at": wire_time(row["received_at"]),
    }
