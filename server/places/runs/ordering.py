"""Ordering a run and reading how far it got, by the server; what the worker does of it is in doing.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.messages import say
from server.places.importing.layers import PIECE_BYTES, LayerFile
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def order(
    connection: Connection,
    task: str,
    kind: str,
    options: Mapping[str, Any],
    files: Mapping[str, LayerFile],
    *,
    at: datetime,
) -> UUID:
    """Order an `import` or a `drawing` of a kind in the caller's transaction, files by their parts.

    Returns:
        id of the run, which of an import is the id of the import as well.
    """
    told = [
        {"part": part, "name": file.told_name, "sha256": file.sha256, "size_bytes": file.size_bytes}
        for part, file in files.items()
    ]
    run_id = _insert(connection, task, kind, options, told, at)
    for part, file in files.items():
        file.file.seek(0)
        ordinal = 0
        while piece := file.file.read(PIECE_BYTES):
            row = {"id": str(run_id), "part": part, "ordinal": ordinal, "bytes": piece}
            SQL["insert_run_piece"].run(connection, row)
            ordinal += 1
    return run_id


def order_again(
    connection: Connection,
    import_id: UUID,
    kind: str,
    options: Mapping[str, Any],
    file: Mapping[str, Any],
    *,
    at: datetime,
) -> UUID:
    """Order an import of the file that another import kept; it never leaves the database.

    Args:
        file: name, sha256 and size_bytes of it.
    Returns:
        id of the new import.
    """
    run_id = _insert(connection, "import", kind, options, [{"part": "file", **file}], at)
    SQL["copy_import_pieces"].run(connection, {"id": str(run_id), "import_id": str(import_id)})
    return run_id


def _insert(
    connection: Connection,
    task: str,
    kind: str,
    options: Mapping[str, Any],
    files: list[dict[str, Any]],
    at: datetime,
) -> UUID:
    run_id = uuid4()
    values = {
        "id": str(run_id),
        "import_id": str(run_id if task == "import" else uuid4()),
        "task": task,
        "kind": kind,
        "options": orjson.dumps(options).decode(),
        "files": orjson.dumps(files).decode(),
        "at": at,
    }
    SQL["order_run"].run(connection, values)
    return run_id


def fetch_run(connection: Connection, run_id: UUID, task: str) -> Any:
    """The row of a run. Raises NotFound."""
    row = SQL["fetch_run"].run(connection, {"id": str(run_id), "task": task}).one_or_none()
    if row is None:
        raise NotFound()
    return row


def progress_of(row: Any) -> dict[str, Any] | None:
    """How many of a run's steps are done; None while none has begun and once it has ended."""
    return None if row.phase is None else {"phase": row.phase, "done": row.done, "total": row.total}


def problem_of(row: Any) -> dict[str, Any] | None:
    """Why a run failed, in words."""
    if row.problem is None:
        return None
    code = row.problem["code"]
    return {"code": code, **say(f"problem.{code}"), "detail": row.problem["detail"]}


def list_findings(
    connection: Connection, run_id: UUID, *, kind: str | None, after: int, rows: int
) -> Sequence[Any]:
    """Up to `rows` findings of a drawing after a number, in order of their numbers."""
    values = {"id": str(run_id), "kind": kind, "after": after, "rows": rows}
    return SQL["list_findings"].run(connection, values).all()
