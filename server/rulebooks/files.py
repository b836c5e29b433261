"""Rulebooks from files: one JSON a set, with its `kind` and the day it holds from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server.rulebooks.store import BOOKS, apply_document


def read_files(paths: Iterable[Path]) -> list[Mapping[str, Any]]:
    """What stands in the files, sets first to whose codes others refer.

    Raises:
        KeyError, TypeError, ValueError: of a file that is no rulebook.
    """
    documents = [orjson.loads(path.read_bytes()) for path in paths]
    unknown = {one["kind"] for one in documents} - BOOKS.keys()
    if unknown:
        raise ValueError(f"kind: {', '.join(sorted(unknown))}")
    referred = TopologicalSorter({kind: book.names for kind, book in BOOKS.items()})
    order = {kind: place for place, kind in enumerate(referred.static_order())}
    return sorted(documents, key=lambda one: (order[one["kind"]], one["valid_from"]))


def apply_files(
    connection: Connection, paths: Iterable[Path], *, at: datetime, today: date, rows_max: int
) -> dict[str, int]:
    """Bring the sets of files into force that are not there yet; rows written by kind.

    Raises:
        As `read_files` and `store.apply_document`.
    """
    return {
        one["kind"]: apply_document(connection, one, at=at, today=today, rows_max=rows_max)
        for one in read_files(paths)
    }
