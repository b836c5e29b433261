"""When a term of a statute ends and when to warn of it, in whole days of the district's calendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from server.rulebooks.books.statutory_clocks import StatutoryClock

_DAY = timedelta(days=1)
Works = Callable[[date], bool]


@dataclass(frozen=True)
class Term:
    """`due_on` is the last day on which it is kept, `warn_on` the first on which it is told."""

    due_on: date
    warn_on: date


def plain_week(day: date) -> bool:
    """Whether a day is worked where no calendar says: Monday to Friday."""
    return day.weekday() < 5


def term(row: StatutoryClock, began: date, works: Works) -> Term:
    """The term that begins on a day; that day does not count.

    >>> from types import SimpleNamespace
    >>> term(SimpleNamespace(days=10, unit="work_day", warn_days_before=3), date(2026, 9, 4), plain_week)
    Term(due_on=datetime.date(2026, 9, 18), warn_on=datetime.date(2026, 9, 15))
    """
    day, left = began, row.days
    while left:
        day += _DAY
        left -= row.unit == "calendar_day" or works(day)
    return Term(day, max(day - row.warn_days_before * _DAY, began))
