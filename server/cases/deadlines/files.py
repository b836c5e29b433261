"""Tables of deadlines from files: JSON as the API takes it, or CSV with one row a line as a spreadsheet saves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.cases.deadlines.wire import STEPS, DeadlinesIn
from server.csv_text import FileUnreadable, csv_rows

COLUMNS = (
    "category",
    "name",
    *STEPS[:3],
    "handle",
    "check",
    "clocks",
    "emergency",
    "filing_condition",
    "closing_condition",
    "extension_max",
    "close_needs",
    "note",
)
_YES = {"1", "true", "yes", "是", "√"}
_NO = {"0", "false", "no", "否"}


def read_csv(data: bytes, about: Mapping[str, Any]) -> DeadlinesIn:
    """Rows of a CSV with a heading line; amounts as in `4 work_hour` or `4工作时`, further clocks as in
    `stop 4 work_hour; penalty 7 work_day`; an empty cell is left out.

    Args:
        about: `name`, `jurisdiction`, `code_list` and the like, which a CSV has no place for.
    Raises:
        FileUnreadable, ValidationError.
    """
    rows = csv_rows(data, COLUMNS, {"category", "handle"})
    return DeadlinesIn.model_validate({**about, "rows": [_row(row) for row in rows]})


def _row(cells: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: cell for name, cell in cells.items() if cell is not None}
    if "clocks" in row:
        parts = [part.strip().partition(" ") for part in row["clocks"].split(";") if part.strip()]
        row["clocks"] = {name: amount for name, _, amount in parts}
    if "emergency" in row:
        word = row["emergency"].lower()
        if word not in _YES | _NO:
            raise FileUnreadable(f"emergency: {word[:20]!r}")
        row["emergency"] = word in _YES
    return row
