"""Rule sets from files: JSON as the API takes it, or CSV with one rule a line as a spreadsheet saves it.

Only the form is read here; what a rule means is checked in server.places.rules.checking. Text is UTF-8; a CSV that is
none is read as GB 18030, which spreadsheets in China write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from server.csv_text import FileUnreadable, csv_rows
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
