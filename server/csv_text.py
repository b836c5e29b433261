"""Cells of CSV files that people open in a spreadsheet."""

from __future__ import annotations

from typing import Any

# What a spreadsheet would take for a formula is text there.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def cell(value: Any) -> Any:
    """A value as a cell: text that would be a formula is quoted; numbers, also negative ones, stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
