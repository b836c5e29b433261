"""Periods of local days, split into whole ISO weeks and the days left: what is kept by week is read by week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class Period:
    """Local days from `first` to `last`, both of them; `last` is not after today.

    Attributes:
        weeks: Mondays of the ISO weeks that lie whole in it; the running one is whole up to today.
        days: those of its days that lie in none of these weeks.
    """

    first: date
    last: date
    weeks: tuple[date, ...]
    days: tuple[date, ...]

    @classmethod
    def of(cls, first: date, last: date, today: date) -> Period:
        """Split a period; `first` is not after `last`.

        >>> Period.of(date(2026, 8, 29), date(2026, 9, 8), today=date(2026, 9, 8))  # a Saturday to a Tuesday
        ... # doctest: +NORMALIZE_WHITESPACE
        Period(first=datetime.date(2026, 8, 29), last=datetime.date(2026, 9, 8),
               weeks=(datetime.date(2026, 8, 31), datetime.date(2026, 9, 7)),
               days=(datetime.date(2026, 8, 29), datetime.date(2026, 8, 30)))
        """
        weeks, days, here = [], [], first
        while here <= last:
            sunday = here + timedelta(days=6)
            if here.isoweekday() == 1 and (sunday <= last or last == today):
                weeks.append(here)
                here += _WEEK
            else:
                days.append(here)
                here += timedelta(days=1)
        return cls(first, last, tuple(weeks), tuple(days))

    @property
    def one_week(self) -> date | None:
        """Its Monday when it is one week and nothing else."""
        return self.weeks[0] if len(self.weeks) == 1 and not self.days else None
