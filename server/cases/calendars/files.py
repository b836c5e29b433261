"""Calendars from CSV: one day a line; every year it has days of is taken as listed whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.cases.calendars.wire import CalendarIn
from server.csv_text import csv_rows

COLUMNS = ("date", "kind", "name")


def read_csv(data: bytes, about: Mapping[str, Any]) -> CalendarIn:
    """A calendar of a CSV with a heading line.

    Args:
        about: `name`, `source` and the like, which a CSV has no place for.
    Raises:
        FileUnreadable, ValidationError.
    """
    rows = csv_rows(data, COLUMNS, {"date", "kind"})
    years = {int(row["date"][:4]) for row in rows if (row["date"] or "")[:4].isdecimal()}
    return CalendarIn.model_validate({**about, "years": sorted(years), "days": rows})
