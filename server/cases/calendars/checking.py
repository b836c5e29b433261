"""What keeps a calendar or hours from being used: days that cannot be, years between others that are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from geo.hours import DAY_MIN, HoursRefused, read_hours
from server.cases.calendars.wire import CalendarDayIn, CalendarIn
from server.cases.faults import DataRefused, Fault

Days = Mapping[str, Mapping[str, Any]]
WeekText = dict[str, list[list[str]]]


def merged(given: CalendarIn, years_known: Collection[int], days_known: Days) -> tuple[list[int], Days]:
    """Years and days of the version that follows: what was known, with the years given in its place.

    Raises:
        DataRefused: a day outside its years or twice, a make-up day from Monday to Friday, a year without any holiday,
            a year missing between two that are covered.
    """
    years = sorted({*years_known, *given.years})
    faults = [*_days_faults(given.days, given.years), *_years_faults(given, years)]
    if faults:
        raise DataRefused(faults)
    kept = {day: told for day, told in days_known.items() if int(day[:4]) not in given.years}
    new = {day.date.isoformat(): {"kind": day.kind, "name": day.name} for day in given.days}
    return years, {**kept, **new}


def _days_faults(days: Iterable[CalendarDayIn], years: Collection[int]) -> Iterable[Fault]:
    seen: Counter[date] = Counter()
    for place, day in enumerate(days):
        path, told = f"/days/{place}/date", {"day": day.date.isoformat()}
        seen[day.date] += 1
        if seen[day.date] == 2:
            yield Fault("day_twice", path, told)
        if day.date.year not in years:
            yield Fault("day_outside_years", path, told)
        # The hours of a weekday do not come twice: such a line is a slip of the pen.
        if day.kind == "makeup" and day.date.isoweekday() < 6:
            yield Fault("makeup_on_weekday", path, told)


def _years_faults(given: CalendarIn, years: list[int]) -> Iterable[Fault]:
    with_holidays = {day.date.year for day in given.days if day.kind == "holiday"}
    for year in sorted(set(given.years) - with_holidays):
        # There are holidays every year: what lists none was not published yet.
        yield Fault("year_without_holidays", "/years", {"year": year})
    for year in range(years[0], years[-1]):
        if year not in years:
            yield Fault("year_missing", "/years", {"year": year, "first": years[0], "last": years[-1]})


def week_of(text: str) -> WeekText:
    """Windows of each weekday, "0" is Monday, as a schedule keeps them; one past midnight is parted there.

    Raises:
        DataRefused: for a text that is no list of windows.
    """
    try:
        stretches = read_hours(text).stretches
    except HoursRefused as error:
        raise DataRefused([Fault("hours_unreadable", "/hours", {"hours": text})]) from error
    week: WeekText = {}
    for start, stop in stretches:
        for weekday in range(start // DAY_MIN, (stop - 1) // DAY_MIN + 1):
            midnight = weekday * DAY_MIN
            first, last = max(start, midnight) - midnight, min(stop, midnight + DAY_MIN) - midnight
            week.setdefault(str(weekday), []).append([_clock(first), _clock(last)])
    return week


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
