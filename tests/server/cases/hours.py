"""Working hours, a calendar and a table of deadlines in force, as an administrator of the district brings them in."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from server.cases.calendars import store as calendars
from server.cases.calendars.wire import CalendarIn, HoursIn
from server.cases.deadlines import store as deadlines
from server.cases.deadlines.wire import DeadlinesIn
from tests import factories

OFFICE = "1-5 08:30-12:00; 1-5 14:00-17:30"
STEPS = {
    "register": "1 work_hour",
    "dispatch": "1 work_hour",
    "accept": "60 work_minute",
    "check": "1 work_day",
}
VALID_FROM = date(2022, 9, 1)


def make_hours(owner: Engine) -> None:
    """Office hours of the district, and 2025 to 2027 with New Year's Day for its only holiday."""
    at = datetime(2026, 8, 1, tzinfo=UTC)
    now = calendars.Now(at, "Asia/Shanghai", at.date())
    new_year = [{"date": f"{year}-01-01", "kind": "holiday"} for year in (2025, 2026, 2027)]
    days = {"name": "测试", "source": "test", "sample": True, "years": [2025, 2026, 2027], "days": new_year}
    with owner.begin() as connection:
        calendars.import_calendar(connection, CalendarIn.model_validate(days), now)
        hours = {"valid_from": VALID_FROM.isoformat(), "hours": OFFICE, "source": "test", "sample": True}
        calendars.put_hours(connection, HoursIn.model_validate(hours), now)


def make_deadlines(owner: Engine, **row: object) -> None:
    """A table with one row, of the category of the tests: 4 work-hours to handle unless said otherwise."""
    whole = {
        "name": "测试时限",
        "jurisdiction": "测试",
        "source": "test",
        "sample": True,
        "code_list": {"id": "test", "version": "1"},
        "steps": STEPS,
        "rows": [{"category": "goods_on_pavement", "handle": "4 work_hour", **row}],
    }
    at = factories.NOW
    with owner.begin() as connection:
        given = DeadlinesIn.model_validate(whole)
        made = deadlines.keep_draft(connection, given, at=at, on=at.date(), rows_max=10)
        deadlines.activate(connection, made, VALID_FROM, at=at, today=at.date())
