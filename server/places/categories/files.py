"""Lists of categories from CSV, one category a line as a spreadsheet saves it, and from files written for commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.csv_text import FileUnreadable, csv_rows
from server.places.categories.wire import CategorySetIn

COLUMNS = ("code", "parent", "name", "name_en", "duty", "about", "weights")


def read_csv(data: bytes, about: Mapping[str, Any]) -> CategorySetIn:
    """A list of a CSV with a heading line; `weights` as in `frontage 0.05; parking 1`.

    Args:
        about: `name`, `source`, `list_id` and the like, which a CSV has no place for.
    Raises:
        FileUnreadable, ValidationError.
    """
    rows = csv_rows(data, COLUMNS, {"code", "name", "name_en"})
    return CategorySetIn.model_validate({**about, "categories": [_row(row) for row in rows]})


def _row(cells: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: cell for name, cell in cells.items() if cell is not None}
    if "weights" in row:
        row["weights"] = dict(_weight(part) for part in row["weights"].split(";") if part.strip())
    return row


def _weight(part: str) -> tuple[str, float]:
    kind, _, share = part.strip().partition(" ")
    try:
        return kind, float(share)
    except ValueError as error:
        raise FileUnreadable(f"weights: {part.strip()[:40]!r}") from error


def of_document(document: Mapping[str, Any]) -> CategorySetIn:
    """A list as files for the command have it: names in Chinese are `name_zh`, and it begins on `valid_from`.

    Raises:
        KeyError, TypeError, ValueError.
    """
    rows = [
        {"name" if name == "name_zh" else name: value for name, value in row.items()}
        for row in document["categories"]
    ]
    given = {name: value for name, value in document.items() if name not in ("valid_from", "categories")}
    given.setdefault("name", f"{document['list_id']} {document['list_version']}")
    return CategorySetIn.model_validate({**given, "categories": rows})
