"""The report of an import as it is told: how the file was read, what it would do, its faults by pages, its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server.contract import read_cursor, write_cursor
from server.messages import say
from server.places.importing.layers import SQL, Decision, would_do
from server.problems.request import NotFound

_READ = ("format", "archive", "encoding", "layer", "crs", "columns", "mapping", "features")


def report(
    connection: Connection,
    import_id: UUID,
    *,
    valid_from: date | None,
    today: date,
    near_m: float,
    code: str | None = None,
    severity: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """One import with a page of its faults.

    Args:
        valid_from: the day for which fates are counted; None for the one it was made for, else today.
    Raises:
        NotFound, CursorRefused.
    """
    row = SQL["fetch_import"].run(connection, {"id": str(import_id)}).one_or_none()
    if row is None:
        raise NotFound()
    day = valid_from or _told_day(row.options) or today
    fates = None
    if row.applied_at is None:
        fates = would_do(connection, import_id, Decision(day, near_m=near_m), today=today)
    faults, following = _faults(connection, import_id, code, severity, cursor, limit)
    return {
        "id": str(row.id),
        "kind": row.kind,
        "file_name": row.file_name,
        "sha256": row.sha256,
        "size_bytes": row.size_bytes,
        "made_at": row.made_at,
        "made_by": row.made_by,
        "options": row.options,
        "read": {name: row.summary[name] for name in _READ},
        "fates": fates,
        "fault_counts": row.summary["fault_counts"],
        "errors": row.summary["errors"],
        "faults": faults,
        "next": following,
        "applied": _applied(row),
    }


def _told_day(options: dict[str, Any]) -> date | None:
    told = options.get("valid_from")
    return date.fromisoformat(told) if told else None


def _applied(row: Any) -> dict[str, Any] | None:
    if row.applied_at is None:
        return None
    return {
        "valid_from": row.valid_from,
        "at": row.applied_at,
        "decisions": row.decisions,
        "counts": row.applied_counts,
    }


def _faults(
    connection: Connection,
    import_id: UUID,
    code: str | None,
    severity: str | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], str | None]:
    key = read_cursor(cursor, int)
    # A number no column holds is after every fault.
    after = min(key[0], 2**31 - 1) if key else 0
    values = {"id": str(import_id), "after": after, "code": code, "severity": severity, "rows": limit + 1}
    rows = SQL["fetch_faults"].run(connection, values).all()
    following = write_cursor(rows[limit - 1].number) if len(rows) > limit else None
    return [_fault(row) for row in rows[:limit]], following


def _fault(row: Any) -> dict[str, Any]:
    repair = None
    if row.repair_geometry is not None or row.repair_township is not None:
        repair = {"geometry": row.repair_geometry, "township": row.repair_township}
    return {
        "number": row.number,
        "code": row.code,
        "severity": row.severity,
        "feature": row.feature,
        "zone": row.zone_code,
        **say(f"import.{row.code}", row.params),
        "params": row.params,
        "geometry": row.geometry,
        "repair": repair,
    }


def file_of(connection: Connection, import_id: UUID) -> Iterator[bytes]:
    """The file as it was sent, in pieces."""
    for row in SQL["fetch_file"].run(connection, {"id": str(import_id)}):
        yield bytes(row.bytes)
