"""Rows written whole read as the same rows written cell by cell by XlsxWriter."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from server.assessment.quick_sheet import QuickSheet, Value

TEXTS = st.text("a门&<>\x01\r\n\t _x0041'=\uffff", min_size=1, max_size=20)
TIMES = st.datetimes(datetime(1901, 1, 1), datetime(2200, 1, 1)).map(lambda one: one.replace(microsecond=0))
NUMBERS = st.integers(-(10**9), 10**9).filter(bool) | st.decimals("0.001", "9999", places=3)
VALUES = st.none() | TEXTS | TIMES | NUMBERS


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=8))
def test_rows_written_whole_read_as_rows_written_cell_by_cell(rows: list[tuple[Value, ...]]) -> None:
    data = io.BytesIO()
    book = Workbook(data, {"constant_memory": True})
    time, number = (
        book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        book.add_format({"num_format": "0.0"}),
    )
    cells, quick = book.add_worksheet("cells"), book.add_worksheet("quick", QuickSheet)
    for sheet in (cells, quick):
        sheet.write_string(0, 0, "head")
    forms = [
        [
            time if isinstance(value, datetime) else number if isinstance(value, Decimal) else None
            for value in row
        ]
        for row in rows
    ]
    for place, (row, kinds) in enumerate(zip(rows, forms, strict=True), start=1):
        for column, (value, form) in enumerate(zip(row, kinds, strict=True)):
            if isinstance(value, str):
                cells.write_string(place, column, value, form)
            elif isinstance(value, datetime):
                cells.write_datetime(place, column, value, form)
            elif value is not None:
                cells.write_number(place, column, value, form)
        assert quick.write_rows(place, [row], kinds) == place + 1
    quick.write_string(len(rows) + 1, 0, "below")
    cells.write_string(len(rows) + 1, 0, "below")
    book.close()
    read = load_workbook(data)
    one, other = (
        [[(cell.value, cell.number_format) for cell in row] for row in read[name].iter_rows()]
        for name in ("cells", "quick")
    )
    assert one == other
