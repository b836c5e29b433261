"""Sheets of a workbook: formats, and values written by their type."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from server.csv_text import cell
from server.messages import say

_TEXT_MAX_CHARS = 32_000
"""A cell holds 32,767."""


class Sheets:
    """The workbook and its formats."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.bold = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "bg_color": "#E3EDF8", "text_wrap": True, "valign": "top"})
        self.whole = book.add_format({"num_format": "#,##0"})
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._numbers: dict[str, Format] = {}

    def number(self, form: str) -> Format:
        if form not in self._numbers:
            self._numbers[form] = self.book.add_format({"num_format": form})
        return self._numbers[form]

    def put(self, sheet: Worksheet, row: int, column: int, value: Any, form: Format | None = None) -> None:
        """A value by its type; nothing for None."""
        if value is None:
            return
        if isinstance(value, str):
            sheet.write_string(row, column, plain(value), form)
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, plain(value), form or self.time)
        else:
            sheet.write_number(row, column, value, form or self.whole)

    def line(
        self, sheet: Worksheet, row: int, values: Iterable[tuple[Any, Format | None]], start: int = 0
    ) -> None:
        for column, (value, form) in enumerate(values, start=start):
            self.put(sheet, row, column, value, form)


def both(key: str) -> str:
    """A sentence in both languages, as headings have it."""
    said = say(key)
    return f"{said['text']} {said['text_en']}"


def plain(value: Any) -> Any:
    """A time as it is read off a clock, a text that no program takes for a formula."""
    if isinstance(value, str):
        return cell(value)[:_TEXT_MAX_CHARS]
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
