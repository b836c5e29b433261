"""Hours of the week as text and as minutes: `1-5 08:00-18:00`, `6,7 19:00-07:00`, `00:00-24:00`.

Local wall-clock time; weekdays are ISO (1 is Monday), left out they are all seven. A window that ends before it
begins runs past midnight and belongs to the day it begins on. Holidays are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN
Intervals: TypeAlias = tuple[tuple[int, int], ...]
"""Half-open stretches [from, to) in minutes since Monday 00:00, in order, none touching another."""
WHOLE_WEEK: Intervals = ((0, WEEK_MIN),)

WINDOW = r"(?:(?P<days>[1-7](?:-[1-7])?(?:,[1-7](?:-[1-7])?)*) )?(?P<begin>\d\d:\d\d)-(?P<end>\d\d:\d\d)"
_WINDOW = re.compile(WINDOW, re.ASCII)


class HoursRefused(ValueError):
    """A text that is no window."""


def read_windows(windows: Iterable[str]) -> Intervals:
    """The minutes of the week that any of the windows holds.

    Raises:
        HoursRefused: naming the first window that is none.

    >>> read_windows(["5 22:00-06:00"])  # Friday night
    ((7080, 7560),)
    """
    pieces = [piece for window in windows for piece in _read(window)]
    return _joined(pieces)


def _read(window: str) -> Iterable[tuple[int, int]]:
    found = _WINDOW.fullmatch(window)
    if not found:
        raise HoursRefused(window)
    begin_min, end_min = _minutes(found["begin"], window), _minutes(found["end"], window)
    if begin_min == end_min or begin_min == DAY_MIN:
        raise HoursRefused(window)
    if end_min < begin_min:
        end_min += DAY_MIN
    for day in _days(found["days"], window):
        start = (day - 1) * DAY_MIN + begin_min
        stop = (day - 1) * DAY_MIN + end_min
        yield start, min(stop, WEEK_MIN)
        if stop > WEEK_MIN:
            yield 0, stop - WEEK_MIN


def _minutes(text: str, window: str) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    total = hours * 60 + minutes
    if minutes > 59 or total > DAY_MIN:
        raise HoursRefused(window)
    return total


def _days(text: str | None, window: str) -> Iterable[int]:
    if text is None:
        return range(1, 8)
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if last and last < first:
            raise HoursRefused(window)
        days.update(range(int(first), int(last or first) + 1))
    return sorted(days)


def _joined(pieces: list[tuple[int, int]]) -> Intervals:
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(pieces):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return tuple(joined)


def minute_of_week(at: datetime) -> int:
    """Minutes since Monday 00:00 on the clock `at` shows."""
    return (at.isoweekday() - 1) * DAY_MIN + at.hour * 60 + at.minute


def holds(intervals: Intervals, minute: int) -> bool:
    """Whether a minute of the week lies in them."""
    return any(start <= minute < stop for start, stop in intervals)


def common(one: Intervals, other: Intervals) -> Intervals:
    """The minutes of the week that both hold; no intervals at all mean every hour."""
    first, second = one or WHOLE_WEEK, other or WHOLE_WEEK
    met: list[tuple[int, int]] = []
    here = there = 0
    while here < len(first) and there < len(second):
        start, stop = max(first[here][0], second[there][0]), min(first[here][1], second[there][1])
        if start < stop:
            met.append((start, stop))
        if first[here][1] < second[there][1]:
            here += 1
        else:
            there += 1
    return tuple(met)


def first_on(intervals: Intervals, day: int) -> int | None:
    """The first minute of an ISO weekday that they hold, since midnight; None when there is none."""
    begin, end = (day - 1) * DAY_MIN, day * DAY_MIN
    held = [max(start, begin) for start, stop in intervals if start < end and stop > begin]
    return min(held) - begin if held else None
