"""A sheet of XlsxWriter that takes many plain rows at a third of the cost of one cell after another.

XlsxWriter looks at every cell several times: what it is, whether it fits, how it is written. Here the sheet is known
beforehand, so that a row becomes one text and goes straight to the file in which XlsxWriter keeps the rows of a sheet
that it writes as they come. Everything else of the workbook is XlsxWriter's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

# Day 0 of a workbook; after February 1900, which it takes for a leap year, days are right.
_DAY_0 = datetime(1899, 12, 30)
_DAY = timedelta(days=1)
# What cannot stand in a cell as it is: markup, control characters, what looks like one escaped, blanks at an end.
_ODD = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|_x[0-9a-fA-F]{4}_|^\s|\s$")

Value = str | int | float | Decimal | datetime | None


class QuickSheet(Worksheet):  # type: ignore[misc]
    """A sheet of a workbook with `constant_memory`."""

    def write_rows(self, first: int, rows: Iterable[Sequence[Value]], forms: Sequence[Format | None]) -> int:
        """Write rows below what was written; returns the number of the row after them.

        Args:
            first: number of the first of them, from 0, below every row that was written cell by cell.
            rows: a value a column; a time without its zone; None, nought and empty texts leave their cells empty.
            forms: of each column.
        """
        # What was written before stands in memory until the next row begins.
        self._write_single_row(first)
        heads = [
            (f'<c r="{xl_col_to_name(column)}', f'" s="{form._get_xf_index()}"' if form else '"')
            for column, form in enumerate(forms)
        ]
        write = self.row_data_fh.write
        number = first
        for number, values in enumerate(rows, start=first + 1):
            parts = [f'<row r="{number}">']
            for (head, form), value in zip(heads, values, strict=True):
                if value:
                    parts.append(f"{head}{number}{form}{_content(value)}")
            parts.append("</row>")
            write("".join(parts))
        if number > first:
            self._check_dimensions(number - 1, len(heads) - 1)
        self.previous_row = number
        return number


def _content(value: Any) -> str:
    if isinstance(value, str):
        if _ODD.search(value) is None:
            return f' t="inlineStr"><is><t>{value}</t></is></c>'
        return f' t="inlineStr"><is><t xml:space="preserve">{_escaped(value)}</t></is></c>'
    if isinstance(value, datetime):
        value = (value - _DAY_0) / _DAY
    return f"><v>{value}</v></c>"


def _escaped(text: str) -> str:
    escaped: str = Worksheet._escape_control_characters(text)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
