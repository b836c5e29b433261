"""Ordering and reading re-matches: how far one got, and the reports that would move or did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.problems.reports import RematchConflict
from server.problems.request import InputRefused, NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
Bbox = tuple[float, float, float, float]


def order_rematch(
    connection: Connection,
    *,
    at: datetime,
    kind: str | None,
    area: Bbox | None,
    received: tuple[datetime, datetime],
) -> dict[str, Any]:
    """Order a list of what would move among reports received in a period. Raises InputRefused."""
    if received[0] >= received[1]:
        message = "must be after received_from"
        raise InputRefused(errors=[{"path": "/received_to", "message": message}])
    values = {
        "at": at,
        "kind": kind,
        "area": list(area) if area else None,
        "received_from": received[0],
        "received_to": received[1],
    }
    return fetch_rematch(connection, SQL["insert_rematch"].run(connection, values).one().id)


def start_rematch(connection: Connection, rematch_id: UUID) -> dict[str, Any]:
    """Start the run; one that runs or is done stays as it is. Raises NotFound, RematchConflict."""
    state = SQL["start_rematch"].run(connection, {"rematch_id": str(rematch_id)}).scalar_one()
    if state is None:
        raise NotFound()
    if state not in ("running", "done"):
        raise RematchConflict(state=state)
    return fetch_rematch(connection, rematch_id)


def fetch_rematch(connection: Connection, rematch_id: UUID) -> dict[str, Any]:
    """One re-match with its counts. Raises NotFound."""
    values = {"rematch_id": str(rematch_id), "before_at": None, "before_id": None, "rows": 1}
    row = SQL["list_rematches"].run(connection, values).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return _order(row)


def list_rematches(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, datetime, UUID)
    values = {
        "rematch_id": None,
        "before_at": before[0] if before else None,
        "before_id": str(before[1]) if before else None,
        "rows": limit + 1,
    }
    rows = SQL["list_rematches"].run(connection, values).mappings().all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_order(row) for row in page],
        "next": write_cursor(page[-1]["requested_at"].isoformat(), str(page[-1]["id"])) if more else None,
    }


def list_moves(connection: Connection, rematch_id: UUID, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of the reports whose answer differs, as GeoJSON. Raises NotFound, CursorRefused."""
    after = read_cursor(cursor, UUID)
    fetch_rematch(connection, rematch_id)
    values = {
        "rematch_id": str(rematch_id),
        "after": str(after[0]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_moves"].run(connection, values).mappings().all()
    page = rows[:limit]
    return {
        "type": "FeatureCollection",
        "features": [_move(row) for row in page],
        "next": write_cursor(str(page[-1]["report_id"])) if len(rows) > limit else None,
    }


def _order(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "state": row["state"],
        "requested_at": wire_time(row["requested_at"]),
        "kind": row["kind"],
        "bbox": list(row["area"]) if row["area"] else None,
        "received_from": wire_time(row["received_from"]),
        "received_to": wire_time(row["received_to"]),
        "looked_at": row["looked_at"],
        "moves": row["moves"],
        "written": row["written"],
        "outdated": row["outdated"],
        "done_at": wire_time(row["done_at"]),
    }


def _move(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": str(row["report_id"]),
        "geometry": {"type": "Point", "coordinates": [round(row["lon"], 9), round(row["lat"], 9)]},
        "properties": {
            "report": str(row["report_id"]),
            "case": row["number"],
            "category": row["category"],
            "received_at": wire_time(row["received_at"]),
            "captured_at": wire_time(row["captured_at"]),
            "judged_on": row["judged_on"].isoformat(),
            "state": row["state"],
            "changes": row["changes"],
            "chosen": {"kind": row["chosen_kind"], "code": row["chosen_code"]}
            if row["chosen_code"]
            else None,
        },
    }
