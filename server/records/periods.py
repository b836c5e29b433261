"""Months, quarters and years by name, and the round of a schedule that a day lies in."""

from __future__ import annotations

from datetime import date, timedelta

from server.rulebooks.books.forms import Every


def period(text: str) -> tuple[date, date]:
    """First and last day of `2026-09`, `2026-Q3` or `2026`.

    >>> [str(day) for day in period("2024-02")], [str(day) for day in period("2026-Q4")]
    (['2024-02-01', '2024-02-29'], ['2026-10-01', '2026-12-31'])
    """
    year, _, part = text.partition("-")
    if not part:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    months = 3 if part[0] == "Q" else 1
    first = date(int(year), 3 * int(part[1]) - 2 if months == 3 else int(part), 1)
    return first, _months_on(first, months) - timedelta(days=1)


def round_of(every: Every, on: date) -> tuple[date, date]:
    """First day of the round that a day lies in, and of the next one.

    >>> [str(day) for day in round_of("week", date(2026, 9, 3))]
    ['2026-08-31', '2026-09-07']
    """
    if every == "day":
        return on, on + timedelta(days=1)
    if every == "week":
        first = on - timedelta(days=on.weekday())
        return first, first + timedelta(days=7)
    months = 3 if every == "quarter" else 1
    first = date(on.year, (on.month - 1) // months * months + 1, 1)
    return first, _months_on(first, months)


def _months_on(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
