"""Rule sets from files: JSON as the API takes it, or CSV with one rule a line as a spreadsheet saves it.

Only the form is read here; what a rule means is checked in server.places.rules.checking. Text is UTF-8; a CSV that is
none is read as GB 18030, which spreadsheets in China write.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping
from typing import Any

import orjson

from server.places.rules.wire import RoutingRulesIn

COLUMNS = (
    "code",
    "category",
    "zone_kind",
    "zone",
    "township",
    "hours",
    "valid_from",
    "valid_to",
    "body",
    "note",
)


class FileUnreadable(ValueError):
    """The bytes are no such file; the message says why."""


def read_json(data: bytes) -> RoutingRulesIn:
    """Raises FileUnreadable, and pydantic's ValidationError naming every member that cannot be used."""
    try:
        return RoutingRulesIn.model_validate(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise FileUnreadable(f"不是 JSON / not JSON: {error}") from error


def read_csv(data: bytes, about: Mapping[str, Any]) -> RoutingRulesIn:
    """Rules of a CSV with a heading line; windows of `hours` are parted by semicolons, empty cells stand for any.

    Args:
        about: `name`, `source` and the like, which a CSV has no place for.
    Raises:
        FileUnreadable, ValidationError.
    """
    rows = csv_rows(data, COLUMNS, {"code", "body"})
    for row in rows:
        if row.get("hours"):
            row["hours"] = [window.strip() for window in row["hours"].split(";") if window.strip()]
    return RoutingRulesIn.model_validate({**about, "rules": rows})


def csv_rows(data: bytes, columns: Collection[str], needed: set[str]) -> list[dict[str, Any]]:
    """Lines of a CSV with a heading line, by column; an empty cell is None, an empty line none at all.

    Args:
        columns: those it may have. needed: those it must have.
    Raises:
        FileUnreadable
    """
    lines = csv.DictReader(io.StringIO(_text(data), newline=""), strict=True)
    try:
        unknown = set(lines.fieldnames or ()) - set(columns)
        if unknown or not needed <= set(lines.fieldnames or ()):
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
