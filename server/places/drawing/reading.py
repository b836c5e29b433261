"""A drawing as it is told: how far it got, the import it became, and its findings by pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server.contract import read_cursor, write_cursor
from server.places.runs import ordering


def fetch_drawing(
    connection: Connection,
    drawing_id: UUID,
    *,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """One drawing with a page of its findings, of one kind where one is named. Raises NotFound, CursorRefused."""
    row = ordering.fetch_run(connection, drawing_id, "drawing")
    return {
        "id": str(row.id),
        "state": row.state,
        "progress": ordering.progress_of(row),
        "problem": ordering.problem_of(row),
        "asked_at": row.asked_at,
        "asked_by": row.asked_by,
        "ended_at": row.ended_at,
        "options": row.options,
        "files": row.files,
        "summary": row.summary,
        "import_id": str(row.import_id) if row.state == "reported" else None,
        "findings": _findings(connection, drawing_id, kind, cursor, limit),
    }


def _findings(
    connection: Connection, drawing_id: UUID, kind: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    key = read_cursor(cursor, int)
    # A number no column holds is after every finding.
    after = min(key[0], 2**31 - 1) if key else 0
    rows = ordering.list_findings(connection, drawing_id, kind=kind, after=after, rows=limit + 1)
    return {
        "type": "FeatureCollection",
        "features": [_finding(row) for row in rows[:limit]],
        "next": write_cursor(rows[limit - 1].number) if len(rows) > limit else None,
    }


def _finding(row: Any) -> dict[str, Any]:
    said = {"kind": row.kind, "why": row.why, "ids": list(row.ids), "street": row.street, "size": row.size}
    return {"type": "Feature", "id": row.number, "geometry": row.geometry, "properties": said}
