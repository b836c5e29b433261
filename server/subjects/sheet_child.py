"""The child that reads a register from a file: `python -m server.subjects.sheet_child MEMORY_BYTES CPU_S`.

It limits itself before it reads a byte: a workbook is a ZIP of XML that somebody else made. What it answers is text by
column, with the line it stands in; what it means is decided outside.
"""

from __future__ import annotations

import io
import resource
import sys
import zipfile
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from server.csv_text import FileUnreadable, csv_rows

# From here on a number no longer holds every digit: spreadsheets keep 15 of them.
_DIGITS_LOST = 10**15
_XLSX = b"PK\x03\x04"
_COMPUTED = object()
"""A cell with a formula. What it came to when the file was saved, if it is there at all, nobody looked at."""


def _limit(memory_bytes: int, cpu_s: int) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    data = b64decode(asked["data"])
    names = asked["columns"]
    try:
        read = _workbook(data, asked["unpacked_max"]) if data.startswith(_XLSX) else _table(data, names)
        rows = list(_named(read, names, asked["rows_max"]))
    except FileUnreadable as error:
        return {"fault": str(error), "rows": []}
    return {"fault": None, "rows": rows}


def _table(data: bytes, names: dict[str, str]) -> Iterator[list[Any]]:
    rows = csv_rows(data, names, set())
    header = list(rows[0]) if rows else list(names)
    yield header
    for row in rows:
        yield [row[name] for name in header]


def _workbook(data: bytes, unpacked_max: int) -> Iterator[Iterable[Any]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > unpacked_max:
                raise FileUnreadable("解压后过大 / too large when unpacked")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # What a file says of its size is no reason to read a million empty cells.
        sheet.reset_dimensions()
        for cells in sheet.iter_rows():
            yield [_COMPUTED if cell.data_type == "f" else cell.value for cell in cells]
    except FileUnreadable:
        raise
    except Exception as error:
        # Whatever a damaged workbook makes the library say is of no use to anybody.
        raise FileUnreadable("无法读取的工作簿 / not a workbook that can be read") from error


def _named(lines: Iterable[Iterable[Any]], names: dict[str, str], rows_max: int) -> Iterator[dict[str, Any]]:
    header: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        cells = list(line)
        if all(cell is None or str(cell).strip() == "" for cell in cells):
            continue
        if header is None:
            header = _header(cells, names)
            continue
        if number > rows_max + 1:
            raise FileUnreadable(f"超过 {rows_max} 行 / more than {rows_max} rows")
        named = {name: cell for name, cell in zip(header, cells, strict=False) if name}
        faults = {name: fault for name, cell in named.items() if (fault := _unfit(cell))}
        yield {"line": number, "faults": faults, "cells": {name: _text(cell) for name, cell in named.items()}}


def _header(cells: list[Any], names: dict[str, str]) -> list[str]:
    given = ["" if cell is None else str(cell).strip() for cell in cells]
    unknown = [name for name in given if name and name not in names]
    known = [names[name] for name in given if name in names]
    if unknown or "name" not in known or len(set(known)) != len(known):
        raise FileUnreadable(f"列应为 / columns wanted: {', '.join(names)}")
    return [names.get(name, "") for name in given]


def _unfit(cell: Any) -> str | None:
    if cell is _COMPUTED:
        return "computed"
    number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return "digits_lost" if number and abs(cell) >= _DIGITS_LOST else None


def _text(cell: Any) -> str | None:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = "" if cell is None or cell is _COMPUTED else str(cell).strip()
    return text or None


def main() -> None:
    """Answer one request."""
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    request = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(_answer(request)))


if __name__ == "__main__":
    main()
