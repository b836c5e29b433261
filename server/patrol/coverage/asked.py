"""What is asked about coverage: an area, a period of local days, and the weeks and days it is put together of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from geo.periods import Period
from server.contract import local_time, parse_bbox
from server.problems.coverage import CoverageTooMuch
from server.problems.request import InputRefused

_TOWNSHIP = re.compile(r"[0-9]{9}", re.ASCII)
_BBOX = re.compile(r"[-+0-9.eE ]+(,[-+0-9.eE ]+){3}", re.ASCII)


@dataclass(frozen=True)
class Area:
    """Where: any of a township's code, the name of a street and a rectangle in degrees (WGS-84); none is everywhere."""

    township: str | None = None
    street: str | None = None
    bbox: tuple[float, float, float, float] | None = None

    @classmethod
    def read(cls, area: str | None, street: str | None) -> Area:
        """`area` is 9 digits for a township, four numbers for a rectangle, else the name of a street.

        Raises:
            InputRefused: for a rectangle that is none, or two streets that differ.
        """
        if area is None:
            return cls(street=street)
        if _TOWNSHIP.fullmatch(area):
            return cls(township=area, street=street)
        if _BBOX.fullmatch(area):
            try:
                return cls(street=street, bbox=parse_bbox(area))
            except ValueError as error:
                raise InputRefused(errors=[{"path": "/area", "message": str(error)}]) from error
        if street not in (None, area):
            raise InputRefused(errors=[{"path": "/street", "message": "area names another street"}])
        return cls(street=area)


@dataclass(frozen=True)
class Asked:
    """One question.

    Attributes:
        at: the moment the answer is for: now, or the end of a period that is over.
        officer: whose sight alone counts; None: everybody's.
        team: only fronts whose plan asks for this team, by its id.
    """

    area: Area
    period: Period
    at: datetime
    kind: str | None = None
    status: str | None = None
    officer: UUID | None = None
    team: int | None = None


class CoverageDays(Protocol):
    """The longest period of one question."""

    @property
    def coverage_days_max(self) -> int: ...


class Calendar:
    """Periods as they are asked for, on the clocks of the district."""

    def __init__(self, clock: Callable[[], datetime], time_zone: ZoneInfo, settings: CoverageDays) -> None:
        self._clock, self.time_zone, self._settings = clock, time_zone, settings

    def today(self) -> date:
        return self.now().astimezone(self.time_zone).date()

    def now(self) -> datetime:
        return self._clock()

    def period(self, first_at: datetime | None, last_at: datetime | None) -> Period:
        """The local days of two moments and those between; left out: today, and the Monday of the week of the end.

        Raises:
            InputRefused: it ends before it begins. CoverageTooMuch: it is longer than one question may be.
        """
        today = self.today()
        last = min(self._day(last_at, "/to"), today) if last_at else today
        first = self._day(first_at, "/from") if first_at else last - timedelta(days=last.isoweekday() - 1)
        if first > last:
            raise InputRefused(errors=[{"path": "/from", "message": "after the end, or after today"}])
        if (last - first).days >= self._settings.coverage_days_max:
            raise CoverageTooMuch(limit=self._settings.coverage_days_max)
        return Period.of(first, last, today)

    def at(self, period: Period) -> datetime:
        """Now for a period that lasts until today, else the end of its last day."""
        return self.now() if period.last == self.today() else self.midnight(period.last + timedelta(days=1))

    def midnight(self, day: date) -> datetime:
        """The moment a local day begins."""
        return datetime.combine(day, time(), self.time_zone)

    def _day(self, moment: datetime, path: str) -> date:
        return local_time(moment, self.time_zone, path).date()
