"""CSV files that people write and open in a spreadsheet: their cells, and their lines by column."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping
from typing import Any

# What a spreadsheet would take for a formula is text there.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def cell(value: Any) -> Any:
    """A value as a cell: text that would be a formula is quoted; numbers, also negative ones, stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


class FileUnreadable(ValueError):
    """The bytes are no such file; the message says why."""


def csv_rows(data: bytes, columns: Collection[str], needed: set[str]) -> list[dict[str, Any]]:
    """Lines of a CSV with a heading line, by column; an empty cell is None, an empty line none at all.

    Args:
        columns: those it may have. needed: those it must have.
    Raises:
        FileUnreadable
    """
    lines = csv.DictReader(io.StringIO(_text(data), newline=""), strict=True)
    try:
        given = list(lines.fieldnames or ())
        if set(given) - set(columns) or not needed <= set(given) or len(set(given)) < len(given):
            raise FileUnreadable(f"列应为 / columns wanted: {', '.join(columns)}")
        return [_row(line) for line in lines if any(line.values())]
    except csv.Error as error:
        raise FileUnreadable(f"不是 CSV / not CSV: {error}") from error


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise FileUnreadable("既不是 UTF-8 也不是 GB 18030 / neither UTF-8 nor GB 18030") from error


def _row(line: Mapping[str | None, Any]) -> dict[str, Any]:
    if None in line or None in line.values():
        raise FileUnreadable("某行的列数不对 / a line has too many or too few cells")
    return {str(name): cell.strip() or None for name, cell in line.items()}
