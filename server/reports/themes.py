"""The four themes: how many cases of a period belong to each, and what belongs to none."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from server.messages import say
from server.reports.intake import SQL
from server.rulebooks.books.themes import Theme


def count_themes(connection: Connection, first: date, last: date, time_zone: ZoneInfo) -> dict[str, Any]:
    """Cases opened on the local days `first` to `last` by theme and category, each by the themes of its own day.

    What row-level security hides is not counted.
    """
    values = {
        "begin": datetime.combine(first, time(), time_zone),
        "end": datetime.combine(last + timedelta(days=1), time(), time_zone),
        "time_zone": time_zone.key,
    }
    counted = SQL["count_themes"].run(connection, values).mappings().all()
    missing = SQL["categories_without_theme"].run(connection, {"on": last.isoformat()}).scalars().all()
    themes = [{"theme": theme, **_words(theme), **_of(counted, theme)} for theme in get_args(Theme)]
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "items": themes,
        "without": _of(counted, None),
        "categories_without": list(missing),
        "next": None,
    }


def _words(theme: str) -> dict[str, str]:
    words = say(f"theme.{theme}")
    return {"name": words["text"], "name_en": words["text_en"]}


def _of(counted: Any, theme: str | None) -> dict[str, Any]:
    rows = [{"category": row["category"], "cases": row["cases"]} for row in counted if row["theme"] == theme]
    return {"cases": sum(row["cases"] for row in rows), "categories": rows}
