"""Office hours, holidays and make-up days, and what a time of work adds up to on them. Standard library only.

Our conventions, which ADR 0017 gives reasons for:

- Work time is what passes inside the windows of a working day. It is counted in elapsed time, so a window during which
  the clocks change is as long as it really was. An hour the clocks skip or repeat is read with the offset from before
  the change (PEP 495).
- A day the calendar names a holiday has no hours. A make-up day (调休) has those of the first weekday that has any,
  as a rule Monday, whatever weekday it is itself. Any other day has those of its weekday.
- A number of working days does not count the day of the start, working day or not, and ends when office hours end on
  the last of them (民法典 201, 203).
- An amount of zero ends where it starts. Work time that is used up when a window ends is used up then, not when the
  next one begins.
- Years the calendar does not cover are counted by the plain week, and named beside the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

Week = Mapping[int, tuple[tuple[time, time], ...]]
"""Windows of each weekday, 0 is Monday; an end of 00:00 is the midnight that ends the day."""

_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time(0, 0)


class Unit(Enum):
    """What an amount is counted in; `hour` and `day` (24 hours) run round the clock. `most`: ten years and a little."""

    WORK_MINUTE = ("work_minute", timedelta(minutes=1), 2_000_000)
    WORK_HOUR = ("work_hour", timedelta(hours=1), 30_000)
    WORK_DAY = ("work_day", None, 3_000)
    HOUR = ("hour", timedelta(hours=1), 90_000)
    DAY = ("day", timedelta(days=1), 4_000)

    def __init__(self, key: str, length: timedelta | None, most: int) -> None:
        self.key = key
        self.length = length
        self.most = most

    @property
    def works(self) -> bool:
        """Whether it stands still outside office hours."""
        return self.key.startswith("work_")


UNITS: Final = {unit.key: unit for unit in Unit}


@dataclass(frozen=True)
class Amount:
    """A time allowed, as a deadline table writes it. Raises ValueError below zero and beyond `unit.most`."""

    value: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.value <= self.unit.most:
            raise ValueError(f"{self.value} {self.unit.key}: 0 to {self.unit.most} wanted")

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Amount:
        return cls(given["value"], UNITS[given["unit"]])

    def to_json(self) -> dict[str, Any]:
        return {"value": self.value, "unit": self.unit.key}


@dataclass(frozen=True)
class Moment:
    """A moment in UTC, and the years on the way to it that no published calendar covers."""

    at: datetime
    uncovered: tuple[int, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """Working days and hours of one body, as known when it was put together; never changed under its id.

    Attributes:
        days: exceptions of the calendar: True a make-up day, False a holiday.
        covered_years: years whose exceptions were published.
        later: hours from a day on, in the order of their days; before the first of them `week` holds.
    Raises:
        ValueError: for hours that end without any, or a window that does not end after it begins.
    """

    id: int | None
    digest: str
    time_zone: ZoneInfo
    week: Week
    days: Mapping[date, bool]
    covered_years: frozenset[int]
    later: tuple[tuple[date, Week], ...] = ()
    _windows: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for week in (self.week, *(week for _, week in self.later)):
            if not any(week.values()):
                raise ValueError("hours without a window: work time would never pass")
            for windows in week.values():
                _check(windows)

    @classmethod
    def from_json(cls, sent: Mapping[str, Any]) -> Schedule:
        """`{id, digest, time_zone, hours: [{from, week: {"0": [["08:30", "12:00"], ...]}}], days, years}`."""
        weeks = [(_first_day(each["from"]), _week(each["week"])) for each in sent["hours"]]
        return cls(
            sent["id"],
            sent["digest"],
            ZoneInfo(sent["time_zone"]),
            weeks[0][1],
            {date.fromisoformat(day): works for day, works in sent["days"].items()},
            frozenset(sent["years"]),
            tuple(weeks[1:]),
        )

    def workday(self, day: date) -> bool:
        """Whether there are office hours on a local day."""
        return bool(self.windows(day))

    def windows(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Office hours of a local day in UTC, in order, none touching another."""
        known = self._windows.get(day)
        if known is None:
            known = self._windows[day] = tuple(self._made(day))
        return known

    def _made(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        before = datetime.min.replace(tzinfo=UTC)
        for first, last in self._hours(day):
            begin = max(self._utc(day, first), before)
            before = self._utc(day if last != _MIDNIGHT else day + _DAY, last)
            # A clock change can swallow a window.
            if begin < before:
                yield begin, before

    def _hours(self, day: date) -> tuple[tuple[time, time], ...]:
        week = self.week
        for begins, hours in self.later:
            if begins <= day:
                week = hours
        works = self.days.get(day)
        if works is None:
            return week.get(day.weekday(), ())
        return next(week[weekday] for weekday in range(7) if week.get(weekday)) if works else ()

    def _utc(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.time_zone).astimezone(UTC)

    def add(self, start: datetime, amount: Amount) -> Moment:
        """When an amount that begins at `start` (aware) is over."""
        if amount.value == 0:
            return Moment(start.astimezone(UTC))
        if amount.unit.length is None:
            return self._named(start, self._close(start, amount.value))
        return self.after(start, amount.value * amount.unit.length, amount.unit)

    def after(self, start: datetime, span: timedelta, unit: Unit) -> Moment:
        """When `span` has passed since `start`, in the time that `unit` counts in; `start` when nothing is to pass."""
        if span <= timedelta():
            return Moment(start.astimezone(UTC))
        if not unit.works:
            return Moment(start.astimezone(UTC) + span)
        left = span
        for begin, end in self._from(start):
            if left <= end - begin:
                return self._named(start, begin + left)
            left -= end - begin
        raise OverflowError("beyond the last year there is")

    def passed(self, begin: datetime, end: datetime, unit: Unit) -> timedelta:
        """What passes between two moments in the time that `unit` counts in; nothing when `end` is not later."""
        return self.worked(begin, end) if unit.works else max(end - begin, timedelta())

    def worked(self, begin: datetime, end: datetime) -> timedelta:
        """Work time between two moments; none when `end` is not later."""
        total = timedelta()
        for opens, closes in self._from(begin) if begin < end else ():
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def _close(self, start: datetime, workdays: int) -> datetime:
        day = start.astimezone(self.time_zone).date()
        while workdays:
            day += _DAY
            workdays -= self.workday(day)
        return self.windows(day)[-1][1]

    def _from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Office hours from a moment on, the one it lies in from that moment."""
        day = start.astimezone(self.time_zone).date()
        while day < date.max:
            for begin, end in self.windows(day):
                if start < end:
                    yield max(begin, start.astimezone(UTC)), end
            day += _DAY

    def _named(self, start: datetime, end: datetime) -> Moment:
        first, last = (moment.astimezone(self.time_zone).year for moment in (start, end))
        return Moment(end, tuple(year for year in range(first, last + 1) if year not in self.covered_years))


def _check(windows: tuple[tuple[time, time], ...]) -> None:
    before = _MIDNIGHT
    for place, (first, last) in enumerate(windows):
        ends = last if last != _MIDNIGHT else time.max
        if first >= ends or (place and first < before):
            raise ValueError(
                f"{first:%H:%M}-{last:%H:%M}: windows end after they begin, in order, before midnight"
            )
        before = ends


def _first_day(given: str | None) -> date:
    return date.fromisoformat(given) if given else date.min


def _week(given: Mapping[str, Any]) -> Week:
    return {
        int(weekday): tuple((_clock(first), _clock(last)) for first, last in windows)
        for weekday, windows in given.items()
    }


def _clock(given: str) -> time:
    return _MIDNIGHT if given == "24:00" else time.fromisoformat(given)
