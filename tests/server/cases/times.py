"""Hours, a calendar and deadlines for the bureau of the tests, put in as an operator does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine

from server.cases.calendars import store as calendars
from server.cases.calendars.wire import CalendarIn, HoursIn
from server.cases.deadlines import store as deadlines
from server.cases.deadlines.wire import DeadlinesIn

FIRST_DAY = date(2022, 9, 1)
AT = datetime(2026, 8, 31, 1, 0, tzinfo=UTC)
NOW = calendars.Now(AT, "Asia/Shanghai", AT.date())
HOURS = "1-5 08:30-12:00; 1-5 14:00-17:30"
ROW: dict[str, Any] = {"category": "goods_on_pavement", "handle": "4 work_hour"}


def calendar(years: tuple[int, ...] = (2026,), *days: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A calendar of years with their first day off, and `days` besides."""
    first = [{"date": f"{year}-01-01", "kind": "holiday", "name": "元旦"} for year in years]
    return {"name": "test", "source": "test", "years": list(years), "days": [*first, *days], **others}


def table(*rows: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A table of the tests' category list."""
    return {
        "name": "test",
        "jurisdiction": "test",
        "code_list": {"id": "test", "version": "1"},
        "steps": {
            "register": "1 work_hour",
            "dispatch": "1 work_hour",
            "accept": "60 work_minute",
            "check": "1 work_day",
        },
        "rows": list(rows or (ROW,)),
        **others,
    }


def set_hours(
    owner: Engine, hours: str = HOURS, *, body: str | None = None, valid_from: date = FIRST_DAY
) -> None:
    given = HoursIn.model_validate({"body": body, "valid_from": valid_from.isoformat(), "hours": hours})
    with owner.begin() as connection:
        calendars.put_hours(connection, given, NOW)


def set_times(owner: Engine, *rows: dict[str, Any], **others: Any) -> int:
    """Office hours, the calendar of 2026 with the National Day, and a table in force; the table's id."""
    set_hours(owner)
    week = [{"date": f"2026-10-0{day}", "kind": "holiday"} for day in range(1, 8)]
    with owner.begin() as connection:
        calendars.import_calendar(connection, CalendarIn.model_validate(calendar((2026,), *week)), NOW)
        given = DeadlinesIn.model_validate(table(*rows, **others))
        made = deadlines.keep_draft(connection, given, at=AT, on=AT.date(), rows_max=100)
        deadlines.activate(connection, made, FIRST_DAY, at=AT, today=AT.date())
    return made
