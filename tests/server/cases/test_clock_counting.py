"""Work time counted two ways: by server.cases.worktime, and minute by minute with nothing of it.

The other way knows the calendar as lists of days and the hours as words, walks over every minute of more than a year,
and asks of each whether the office is open. Both have to agree on every due moment, for thousands of starts.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.cases.clocks import Amount, Schedule, Unit, begin, extend, pause, resume, used
from tests.server.cases.schedules import MORNING_AND_AFTERNOON, OFFICE, schedule

MINUTE = timedelta(minutes=1)
CALENDAR = json.loads(
    (Path(__file__).resolve().parents[3] / "demo" / "tongzhou" / "work_calendar.json").read_text("utf-8")
)


class Minutes:
    """Every open minute of a stretch of days, found by looking at each; an own reading of the rules."""

    def __init__(
        self, zone: str, first: date, last: date, windows: dict[int, list[str]], calendar: list
    ) -> None:
        self.zone = ZoneInfo(zone)
        holidays = {date.fromisoformat(day["date"]) for day in calendar if day["kind"] == "holiday"}
        makeups = {date.fromisoformat(day["date"]) for day in calendar if day["kind"] == "makeup"}
        of_day = {
            weekday: {minute for window in hours for minute in _span(window)}
            for weekday, hours in windows.items()
        }
        ordinary = next(of_day[weekday] for weekday in range(7) if of_day.get(weekday))
        self.start = datetime(first.year, first.month, first.day, tzinfo=self.zone).astimezone(UTC)
        end = datetime(last.year, last.month, last.day, tzinfo=self.zone).astimezone(UTC)
        self.open: list[int] = []
        for number in range(int((end - self.start) / MINUTE)):
            local = (self.start + number * MINUTE).astimezone(self.zone)
            day = local.date()
            hours = ordinary if day in makeups else of_day.get(day.weekday(), ())
            if day not in holidays and local.hour * 60 + local.minute in hours:
                self.open.append(number)

    def number(self, at: datetime) -> int:
        return int((at - self.start) / MINUTE)

    def due(self, start: datetime, minutes: int) -> datetime:
        """When the last of so many open minutes from `start` on is over."""
        first = bisect_left(self.open, self.number(start))
        return self.start + (self.open[first + minutes - 1] + 1) * MINUTE

    def between(self, begin: datetime, end: datetime) -> int:
        return bisect_left(self.open, self.number(end)) - bisect_left(self.open, self.number(begin))

    def close_of_workday(self, start: datetime, workdays: int) -> datetime:
        """End of the last open minute of the nth day with any, the day of the start not counted."""
        last_of_day: dict[date, int] = {}
        today = start.astimezone(self.zone).date()
        for number in self.open[bisect_left(self.open, self.number(start)) :]:
            day = (self.start + number * MINUTE).astimezone(self.zone).date()
            if day > today:
                last_of_day[day] = number
            if len(last_of_day) > workdays:
                break
        return self.start + (sorted(last_of_day.values())[workdays - 1] + 1) * MINUTE


def _span(window: str) -> range:
    """The minutes of a day from the first to the last of a window."""
    first, last = (int(clock[:2]) * 60 + int(clock[3:]) for clock in window.split("-"))
    return range(first, last)


@pytest.fixture(scope="module")
def year() -> Minutes:
    """From before the Spring Festival of 2025 to after the end of 2026, with 61 holidays and 11 make-up days."""
    return Minutes("Asia/Shanghai", date(2025, 1, 1), date(2027, 3, 1), OFFICE, CALENDAR["days"])


@pytest.fixture(scope="module")
def china() -> Schedule:
    days = {date.fromisoformat(day["date"]): day["kind"] == "makeup" for day in CALENDAR["days"]}
    return schedule(days=days, years=CALENDAR["years"])


def test_a_year_of_due_moments_is_what_a_count_of_every_minute_says(year: Minutes, china: Schedule) -> None:
    dice = Random(1)
    for _ in range(10_000):
        start = year.start + dice.randrange(700 * 24 * 60) * MINUTE
        minutes = dice.choice((1, 59, 120, 210, 211, 240, 420, 421, dice.randrange(1, 5000)))
        assert china.add(start, Amount(minutes, Unit.WORK_MINUTE)).at == year.due(start, minutes), start
        if minutes % 60 == 0:
            assert china.add(start, Amount(minutes // 60, Unit.WORK_HOUR)).at == year.due(start, minutes), (
                start
            )


def test_work_time_between_two_moments_is_what_a_count_of_every_minute_says(
    year: Minutes, china: Schedule
) -> None:
    dice = Random(2)
    for _ in range(5_000):
        start = year.start + dice.randrange(700 * 24 * 60) * MINUTE
        end = start + dice.randrange(-1000, 20 * 24 * 60) * MINUTE
        counted = max(year.between(start, end), 0)
        assert china.worked(start, end) == counted * MINUTE, (start, end)


def test_working_days_end_where_a_count_of_every_minute_says(year: Minutes, china: Schedule) -> None:
    dice = Random(3)
    for _ in range(200):
        start = year.start + dice.randrange(650 * 24 * 60) * MINUTE
        days = dice.randrange(1, 23)
        assert china.add(start, Amount(days, Unit.WORK_DAY)).at == year.close_of_workday(start, days), start


def test_clocks_paused_resumed_and_extended_at_random_use_every_minute_once(
    year: Minutes, china: Schedule
) -> None:
    dice = Random(4)
    for _ in range(3_000):
        now = year.start + dice.randrange(500 * 24 * 60) * MINUTE
        allowed = dice.randrange(1, 2400)
        clock, ran_from, spent = begin("handle", Amount(allowed, Unit.WORK_MINUTE), now, china), now, 0
        for _ in range(dice.randrange(1, 6)):
            now += dice.randrange(0, 4 * 24 * 60) * MINUTE
            if dice.random() < 0.3:
                more = dice.randrange(1, 600)
                clock, allowed = extend(clock, Amount(more, Unit.WORK_MINUTE), china), allowed + more
            elif clock.runs:
                clock, spent = pause(clock, now, china), spent + year.between(ran_from, now)
            else:
                clock, ran_from = resume(clock, now, china), now
        if not clock.runs:
            clock, ran_from = resume(clock, now, china), now
        assert used(clock, now + MINUTE, china) == (spent + year.between(ran_from, now + MINUTE)) * MINUTE
        if spent < allowed:
            assert clock.due_at == year.due(ran_from, allowed - spent)
        assert clock.allowed == allowed * MINUTE


@pytest.mark.parametrize(
    "windows",
    [
        pytest.param(OFFICE, id="office hours"),
        pytest.param({day: ["00:00-24:00"] for day in range(7)}, id="day and night"),
        pytest.param({5: ["22:00-24:00"], 6: ["00:00-01:00", "04:00-09:00"]}, id="weekend nights"),
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_where_clocks_change_an_hour_that_is_not_there_is_not_worked(
    zone: str, windows: dict[int, list[str]]
) -> None:
    """The windows lie apart from the hour that comes twice; each minute that passes is one minute."""
    here = schedule(zone=zone, windows=windows)
    dice = Random(5)
    for month in (3, 4, 10):
        minutes = Minutes(zone, date(2026, month, 1), date(2026, month + 1, 21), windows, [])
        for _ in range(200):
            start = minutes.start + dice.randrange(30 * 24 * 60) * MINUTE
            amount = dice.randrange(1, 900)
            assert here.add(start, Amount(amount, Unit.WORK_MINUTE)).at == minutes.due(start, amount), start


weeks = st.dictionaries(
    st.integers(0, 6),
    st.sampled_from([MORNING_AND_AFTERNOON, ["09:00-17:00"], ["06:30-06:31"], ["20:00-24:00"]]),
).filter(bool)


@settings(max_examples=40, deadline=None)
@given(
    windows=weeks,
    days=st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 3, 28)), st.booleans(), max_size=8),
    start=st.integers(0, 14 * 24 * 60),
    steps=st.lists(st.tuples(st.integers(0, 2000), st.sampled_from("pre")), max_size=5),
    allowed=st.integers(1, 400),
)
def test_any_week_any_calendar_any_pauses_use_every_minute_once(
    windows: dict[int, list[str]],
    days: dict[date, bool],
    start: int,
    steps: list[tuple[int, str]],
    allowed: int,
) -> None:
    calendar = [
        {"date": day.isoformat(), "kind": "makeup" if works else "holiday"} for day, works in days.items()
    ]
    minutes = Minutes("Asia/Shanghai", date(2026, 3, 1), date(2026, 4, 5), windows, calendar)
    here = schedule(windows=windows, days=days)
    now = ran_from = minutes.start + start * MINUTE
    clock, spent = begin("handle", Amount(allowed, Unit.WORK_MINUTE), now, here), 0
    for wait, what in steps:
        now += wait * MINUTE
        if what == "p" and clock.runs:
            clock, spent = pause(clock, now, here), spent + minutes.between(ran_from, now)
        elif what == "r" and not clock.runs:
            clock, ran_from = resume(clock, now, here), now
    at = now + 500 * MINUTE
    passed = spent + (minutes.between(ran_from, at) if clock.runs else 0)
    assert used(clock, at, here) == passed * MINUTE
    in_reach = bisect_left(minutes.open, minutes.number(ran_from)) + allowed - spent <= len(minutes.open)
    if clock.runs and spent < allowed and in_reach:
        assert clock.due_at == minutes.due(ran_from, allowed - spent)
