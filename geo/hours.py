"""Hours of the week as people write them, and whether they hold at a moment: `1-5 07:00-22:00; 6,7 19:00-07:00`.

Local wall-clock time, so a clock change moves nothing; weekdays are ISO (1 is Monday), left out they are all seven.
A window that ends before it begins runs past midnight and belongs to the day it begins on. Whether a day is a
holiday is not known here: the weekday counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

DAY_MIN: Final = 24 * 60
WEEK_MIN: Final = 7 * DAY_MIN

_WINDOW: Final = re.compile(
    r"(?:(?P<days>[1-7](?:-[1-7])?(?:,[1-7](?:-[1-7])?)*) )?(?P<begin>\d\d:\d\d)-(?P<end>\d\d:\d\d)", re.ASCII
)
_WINDOWS_MAX: Final = 21


class HoursRefused(ValueError):
    """A text that is no window, or no list of them; the text is its only argument."""


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Half-open stretches [from, to) in minutes since Monday 00:00, in order, none touching another."""

    stretches: tuple[tuple[int, int], ...]

    @property
    def always(self) -> bool:
        """Whether no minute of the week is left out."""
        return self == ALWAYS

    def holds(self, at: datetime) -> bool:
        """Whether the clock that `at` shows lies inside: the minute of the beginning does, that of the end not.

        >>> read_hours("5 22:00-06:00").holds(datetime(2026, 9, 5, 5, 59))  # Saturday morning of a Friday night
        True
        >>> read_hours("5 22:00-06:00").holds(datetime(2026, 9, 5, 6, 0))
        False
        """
        minute = minute_of_week(at)
        return any(start <= minute < stop for start, stop in self.stretches)

    def minutes_left(self, at: datetime) -> int | None:
        """Minutes until they end, 0 when they do not hold, None when they never end.

        >>> read_hours("00:00-24:00").minutes_left(datetime(2026, 9, 5)), read_hours("19:00-07:00").minutes_left(
        ...     datetime(2026, 9, 6, 23, 0))  # Sunday night runs into Monday
        (None, 480)
        """
        if self.always:
            return None
        minute = minute_of_week(at)
        for start, stop in self.stretches:
            if start <= minute < stop:
                runs_on = self.stretches[0][1] if stop == WEEK_MIN and self.stretches[0][0] == 0 else 0
                return stop - minute + runs_on
        return 0

    def common(self, other: WeekHours) -> WeekHours:
        """The hours that both hold.

        >>> read_hours("08:00-12:00").common(read_hours("3 11:00-18:00")).stretches
        ((3540, 3600),)
        """
        met: list[tuple[int, int]] = []
        here = there = 0
        while here < len(self.stretches) and there < len(other.stretches):
            one, two = self.stretches[here], other.stretches[there]
            start, stop = max(one[0], two[0]), min(one[1], two[1])
            if start < stop:
                met.append((start, stop))
            if one[1] < two[1]:
                here += 1
            else:
                there += 1
        return WeekHours(tuple(met))

    def first_on(self, weekday: int) -> int | None:
        """The first minute of an ISO weekday that they hold, since its midnight; None when there is none."""
        begin, end = (weekday - 1) * DAY_MIN, weekday * DAY_MIN
        held = [max(start, begin) for start, stop in self.stretches if start < end and stop > begin]
        return min(held) - begin if held else None


ALWAYS: Final = WeekHours(((0, WEEK_MIN),))
"""Every minute of the week."""


def minute_of_week(at: datetime) -> int:
    """Minutes since Monday 00:00 on the clock that `at` shows; seconds are dropped."""
    return (at.isoweekday() - 1) * DAY_MIN + at.hour * 60 + at.minute


def read_hours(text: str) -> WeekHours:
    """The hours that any of the windows of a text holds; windows are parted by `;` (or the full-width one).

    Args:
        text: windows such as `1-5 07:00-22:00`; `00:00-24:00` is day and night.

    Raises:
        HoursRefused: for a text that is none, a window without length, hours beyond 24:00, or more than 21 windows.

    >>> read_hours("6,7 19:00-07:00").stretches  # two weekend nights, the second into Monday
    ((0, 420), (8340, 9060), (9780, 10080))
    """
    windows = [window.strip() for window in text.replace("\uff1b", ";").split(";")]
    if len(windows) > _WINDOWS_MAX:
        raise HoursRefused(text)
    try:
        return read_windows(windows)
    except HoursRefused:
        raise HoursRefused(text) from None


def read_windows(windows: Iterable[str]) -> WeekHours:
    """The hours that any of the windows holds, as `read_hours` reads one; none at all when there is no window.

    Raises:
        HoursRefused: naming the first window that is none.
    """
    return WeekHours(_joined([piece for window in windows for piece in _pieces(window)]))


def _pieces(window: str) -> Iterator[tuple[int, int]]:
    found = _WINDOW.fullmatch(window)
    if not found:
        raise HoursRefused(window)
    begin_min, end_min = _minutes(found["begin"], window), _minutes(found["end"], window)
    if begin_min in (end_min, DAY_MIN):
        raise HoursRefused(window)
    if end_min < begin_min:
        end_min += DAY_MIN
    for day in _days(found["days"], window):
        start, stop = (day - 1) * DAY_MIN + begin_min, (day - 1) * DAY_MIN + end_min
        yield start, min(stop, WEEK_MIN)
        if stop > WEEK_MIN:
            yield 0, stop - WEEK_MIN


def _minutes(clock: str, window: str) -> int:
    hours, minutes = int(clock[:2]), int(clock[3:])
    if minutes > 59 or hours * 60 + minutes > DAY_MIN:
        raise HoursRefused(window)
    return hours * 60 + minutes


def _days(days: str | None, window: str) -> list[int]:
    if days is None:
        return list(range(1, 8))
    named: set[int] = set()
    for part in days.split(","):
        first, _, last = part.partition("-")
        if last and last < first:
            raise HoursRefused(window)
        named.update(range(int(first), int(last or first) + 1))
    return sorted(named)


def _joined(pieces: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(pieces):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return tuple(joined)
