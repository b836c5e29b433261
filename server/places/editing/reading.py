"""Reading edits: one with the versions before and after, or a list, newest first. Row-level security decides which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, write_cursor
from server.places.versions.reading import zone_feature
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def _item(row: Mapping[Any, Any], zones: list[str]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "action": row["action"],
        "kind": row["kind"],
        "zones": zones,
        "note": row["note"],
        "valid_from": row["valid_from"].isoformat(),
        "rematch": row["rematch"],
        "undoes": str(row["undoes"]) if row["undoes"] else None,
        "by": row["account_name"],
        "at": row["made_at"].isoformat(),
    }


def fetch_edit(connection: Connection, edit_id: UUID | str) -> dict[str, Any]:
    """One edit with its versions. Raises NotFound."""
    values = {"edit_id": str(edit_id)}
    row = SQL["fetch_edit"].run(connection, values).mappings().one_or_none()
    if row is None:
        raise NotFound()
    zones = SQL["fetch_edit_zones"].run(connection, values).mappings().all()
    made = _item(row, sorted({zone["code"] for zone in zones}))
    for part in ("before", "after"):
        made[part] = [zone_feature(zone) for zone in zones if zone["part"] == part]
    return made


def list_edits(
    connection: Connection, kind: str | None, code: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of edits. Raises CursorRefused."""
    before = read_cursor(cursor, datetime, UUID)
    values = {
        "kind": kind,
        "code": code,
        "before_at": before[0] if before else None,
        "before_id": str(before[1]) if before else None,
        "rows": limit + 1,
    }
    rows = SQL["list_edits"].run(connection, values).mappings().all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_item(row, row["zones"]) for row in page],
        "next": write_cursor(page[-1]["made_at"].isoformat(), str(page[-1]["id"])) if more else None,
    }
