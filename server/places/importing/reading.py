"""The report of an import as it is told: how the file was read, what it would do, its faults by pages, its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server.contract import read_cursor, write_cursor
from server.messages import say
from server.places.importing.layers import SQL, Decision, would_do
from server.places.runs import ordering

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
    """One import with a page of its faults; one that is waiting, being read or failed has none.

    Args:
        valid_from: the day for which fates are counted; None for the one it was made for, else today.
    Raises:
        NotFound, CursorRefused.
    """
    wanted = {"id": str(import_id)}
    row = SQL["fetch_import"].run(connection, wanted).one_or_none()
    if row is None:
        running = _running(connection, import_id)
        # Between the two looks the worker may have come to its end; then there is a report by now.
        row = SQL["fetch_import"].run(connection, wanted).one_or_none()
        if row is None:
            return running
    day = valid_from or _told_day(row.options) or today
    fates = None
    if row.applied_at is None:
        fates = would_do(connection, import_id, Decision(day, near_m=near_m), today=today)
    faults, following = _faults(connection, import_id, code, severity, cursor, limit)
    return {
        "id": str(row.id),
        "kind": row.kind,
        "state": "reported" if row.applied_at is None else "applied",
        "progress": None,
        "problem": None,
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


def _running(connection: Connection, import_id: UUID) -> dict[str, Any]:
    """One that has no report yet, or never will. Raises NotFound."""
    row = ordering.fetch_run(connection, import_id, "import")
    (file,) = row.files
    return {
        "id": str(row.id),
        "kind": row.kind,
        "state": row.state,
        "progress": ordering.progress_of(row),
        "problem": ordering.problem_of(row),
        "file_name": file["name"],
        "sha256": file["sha256"],
        "size_bytes": file["size_bytes"],
        "made_at": row.asked_at,
        "made_by": row.asked_by,
        "options": row.options,
        "read": None,
        "fates": None,
        "fault_counts": {},
        "errors": None,
        "faults": [],
        "next": None,
        "applied": None,
    }


def list_imports(
    connection: Connection,
    *,
    kind: str | None,
    state: str | None,
    made_by: str | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """One page, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, datetime, UUID)
    values = {
        "kind": kind,
        "state": state,
        "made_by": made_by,
        "before_at": before[0] if before else None,
        "before_id": str(before[1]) if before else None,
        "rows": limit + 1,
    }
    rows = SQL["list_imports"].run(connection, values).all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_listed(row) for row in page],
        "next": write_cursor(page[-1].made_at.isoformat(), str(page[-1].id)) if more else None,
    }


def _listed(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "state": row.state,
        "progress": ordering.progress_of(row),
        "problem": ordering.problem_of(row),
        "file_name": row.file_name,
        "size_bytes": row.size_bytes,
        "made_at": row.made_at,
        "made_by": row.made_by,
        "features": row.summary["features"] if row.summary else None,
        "errors": row.summary["errors"] if row.summary else None,
        "valid_from": row.valid_from,
        "applied_at": row.applied_at,
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
    return [fault_of(row) for row in rows[:limit]], following


def fault_of(row: Any) -> dict[str, Any]:
    """A fault as it is told, with what accepting the repair of its zone would change."""
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
