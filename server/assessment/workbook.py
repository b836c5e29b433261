"""Figures and the cases behind them as a workbook: one sheet says what was asked and by which formulas, one has the
figures, one the cases, further ones the rest of the period. Cells are typed, so that a program adds them up; rows go
to a file as they come, so that a workbook of any length needs no more memory than one of ten rows.

Every text is written as text, and one that a program could take for a formula is quoted as in a CSV: it stays text when
the sheet is saved as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from server.assessment.counted import COLUMNS, Counted, Names
from server.assessment.formulas import MEASURES
from server.assessment.period_sheets import REST_SHEETS, Rest, write_rest
from server.assessment.quick_sheet import QuickSheet
from server.assessment.sheets import Sheets, both, plain

OF_CASE = tuple(name for name in COLUMNS if name not in ("state", "datum"))
"""Columns of the sheet of cases: a state is told in words, and the datum by the first sheet."""
_WIDTHS = {
    "number": 18,
    "note": 40,
    "zone_name": 24,
    "body": 26,
    "state_name": 16,
    "opened_at": 17,
    "due_at": 17,
}
_INPUTS, _FIGURES, _CASES = "说明 inputs", "指标 figures", "案卷 cases"


@dataclass(frozen=True)
class Told:
    """What the workbook says besides its cases.

    Attributes:
        inputs: what was asked, by whom and when: pairs of words and values.
        figures: as server.assessment.indicators.figures tells them.
        rest: what is told of the period besides, on sheets after the cases.
    """

    inputs: Sequence[tuple[str, Any]]
    figures: Mapping[str, Any]
    rest: Rest | None = None


def write(path: Path, told: Told, counted: Counted) -> None:
    """Write the workbook to `path`, which is new, taking the cases as they come."""
    # Rows stand in a file of their sheet until the end; each sheet is written from its first row to its last.
    book = Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
    sheets = Sheets(book)
    inputs, shown = book.add_worksheet(_INPUTS), book.add_worksheet(_FIGURES)
    cases = book.add_worksheet(_CASES, QuickSheet)
    further = [book.add_worksheet(name) for name in (REST_SHEETS if told.rest else ())]
    try:
        _write_inputs(sheets, inputs, told)
        sums = _write_cases(sheets, cases, counted)
        _write_figures(sheets, shown, told, counted.names, sums)
        if told.rest:
            write_rest(sheets, further, told.rest, counted.names.places)
        book.close()
    finally:
        for sheet in (inputs, shown, cases, *further):
            sheet.row_data_fh.close()


def _write_inputs(sheets: Sheets, sheet: Worksheet, told: Told) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 7, 26)
    used = told.figures["formulas"]
    of_set = [
        ("", None),
        (both("file.formulas"), used["name"]),
        (both("file.source"), used["source"]),
        (both("file.valid_from"), used["valid_from"]),
        (both("file.sample"), both("file.sample_yes" if used["sample"] else "file.sample_no")),
        ("SHA-256", used["digest"]),
        ("", None),
    ]
    pairs = [*told.inputs, *of_set]
    for row, (name, value) in enumerate(pairs):
        sheets.put(sheet, row, 0, name, sheets.bold)
        sheets.put(sheet, row, 1, value)
    sheets.line(sheet, len(pairs), ((both(f"file.{head}"), sheets.head) for head in OF_FORMULA))
    for row, one in enumerate(used["indicators"], start=len(pairs) + 1):
        sheets.line(sheet, row, _formula(sheets, one))


OF_FORMULA = ("indicator", "indicator_en", "code", "numerator", "denominator", "factor", "decimals")


def _formula(sheets: Sheets, one: Mapping[str, Any]) -> Iterator[tuple[Any, Format | None]]:
    for name in ("name", "name_en", "code"):
        yield one[name], None
    for part in ("numerator", "denominator"):
        yield " + ".join(both(f"measure.{name}") for name in one[part]) or None, None
    yield Decimal(one["factor"]), sheets.number("0.####")
    yield one["decimals"], sheets.whole


def _write_figures(sheets: Sheets, sheet: Worksheet, told: Told, names: Names, sums: Sequence[int]) -> None:
    formulas = told.figures["formulas"]["indicators"]
    covered = told.figures["coverage"] is not None
    heads = [both(f"file.{part}") for part in OF_GROUP]
    heads += [both(f"measure.{name}") for name in MEASURES]
    heads += [f"{one['name']} {one['name_en']}" for one in formulas]
    heads += [both(f"file.{part}") for part in OF_COVERAGE] if covered else []
    sheet.set_column(0, len(heads) - 1, 15)
    sheet.freeze_panes(1, 5)
    sheets.line(sheet, 0, ((head, sheets.head) for head in heads))
    total = told.figures["total"]
    sheets.put(sheet, 1, 0, both("file.total"), sheets.bold)
    sheets.line(sheet, 1, _figures(sheets, total, formulas), start=5)
    row = 1
    for row, group in enumerate(told.figures["items"], start=2):
        sheets.line(sheet, row, ((value, None) for value in _named(group, names)))
        sheets.line(sheet, row, _figures(sheets, group, formulas), start=5)
    # Whoever doubts a figure sees what the cases add up to.
    sheets.put(sheet, row + 2, 0, both("file.checked"), sheets.bold)
    for column, (name, rows) in enumerate(zip(MEASURES, sums, strict=True), start=5):
        letter = xl_col_to_name(OF_CASE.index(name))
        sheet.write_formula(row + 2, column, f"=SUM('{_CASES}'!{letter}:{letter})", sheets.whole, rows)


OF_GROUP = ("township", "township_name", "category", "category_name", "month")
OF_COVERAGE = ("front_due_m", "front_seen_m", "front_share", "front_late", "front_never")


def _named(group: Mapping[str, Any], names: Names) -> Iterator[str | None]:
    for part, known in (("township", names.places), ("category", names.categories)):
        code = group[part]
        yield both("file.outside") if code == "" else code
        yield known.get(code) if code else None
    yield group["month"]


def _figures(
    sheets: Sheets, group: Mapping[str, Any], formulas: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Any, Format | None]]:
    for name in MEASURES:
        yield group["measures"].get(name, 0), sheets.whole
    for formula, made in zip(formulas, group["indicators"], strict=True):
        yield _rate(sheets, formula, made)
    covered = group["coverage"]
    if covered:
        for name in ("due_m", "seen_m"):
            yield covered[name], sheets.number("#,##0.00")
        share = covered["seen_m"] / covered["due_m"] if covered["due_m"] else None
        yield share, sheets.number("0.0%")
        for name in ("late", "never"):
            yield covered[name], sheets.whole


def _rate(
    sheets: Sheets, formula: Mapping[str, Any], made: Mapping[str, Any]
) -> tuple[Decimal | None, Format]:
    """A percentage as the share it is, to be shown as one; anything else as the number it is."""
    places = "." + "0" * formula["decimals"] if formula["decimals"] else ""
    value = None if made["value"] is None else Decimal(made["value"])
    if formula["denominator"] and Decimal(formula["factor"]) == 100:
        return (None if value is None else value / 100), sheets.number(f"0{places}%")
    return value, sheets.number(f"#,##0{places}")


def _write_cases(sheets: Sheets, sheet: QuickSheet, counted: Counted) -> list[int]:
    """Returns the sums of the measures, in their order."""
    for column, name in enumerate(OF_CASE):
        sheet.set_column(column, column, _WIDTHS.get(name, 13))
    sheet.freeze_panes(1, 1)
    if counted.total:
        sheet.autofilter(0, 0, counted.total, len(OF_CASE) - 1)
    heads = (both(f"measure.{name}" if name in MEASURES else f"file.case_{name}") for name in OF_CASE)
    sheets.line(sheet, 0, ((head, sheets.head) for head in heads))
    sums = [0] * len(MEASURES)
    sheet.write_rows(1, _cells_of(counted, sums), [_form(sheets, name) for name in OF_CASE])
    return sums


def _form(sheets: Sheets, name: str) -> Format | None:
    if name in MEASURES:
        return sheets.whole
    if name in ("lon", "lat"):
        return sheets.number("0.0000000")
    return sheets.time if name.endswith("_at") else None


def _cells_of(counted: Counted, sums: list[int]) -> Iterator[list[Any]]:
    """The cells of each case; adds its measures to `sums`."""
    places = [COLUMNS.index(name) for name in OF_CASE]
    for values in counted.rows:
        for place, value in enumerate(values[-len(MEASURES) :]):
            sums[place] += value
        # What is nought stays empty: it adds nothing, and most are.
        yield [plain(values[place]) for place in places]
