"""A track judged and cut into segments: which fixes of one device are doubtful, and where it went between the others.

Nothing is dropped and nothing depends on when or how a fix arrived: a flag is a pure function of the sorted fixes of
one device, and of those within a bounded time alone, so that a stretch judged by itself with that much context gets
the flags it has in the whole. `FUTURE` and `PAST` compare with the moment of receipt; they change nothing else.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.legs import Floats, Legs, either_end, jumps, on_sphere, still
from geo.legs import TrackSettings as TrackSettings
from geo.metric import MetricPlane

Row: TypeAlias = tuple[float, float, float, float | None, bool, float, bool]

ZERO_DEG: Final = 1e-3
"""Nearer to 0 N 0 E than this in both: the place of a device that knows none."""


class Flag(enum.IntFlag):
    """What is doubtful about a fix; several may hold at once."""

    FUTURE = 1
    PAST = 2
    POOR_ACCURACY = 4
    MOCK = 8
    ZERO = 16
    DUPLICATE = 32
    JUMP = 64
    OVERSPEED = 128
    STATIC = 256
    OUTSIDE_DUTY = 512


_WIRE: Final = {flag: "over_speed" if flag is Flag.OVERSPEED else str(flag.name).lower() for flag in Flag}
_UNUSABLE: Final = int(Flag.POOR_ACCURACY | Flag.MOCK | Flag.ZERO | Flag.JUMP)


def wire(flags: int) -> list[str]:
    """The names of the flags as the API spells them.

    >>> wire(Flag.JUMP | Flag.OVERSPEED)
    ['jump', 'over_speed']
    """
    return [name for flag, name in _WIRE.items() if flags & flag]


_DEFAULT: Final = TrackSettings()


@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes of one device, each array of length n, by strictly rising time.

    `at_s`, `received_s`: POSIX seconds UTC. `lon`, `lat`: WGS-84 degrees. `accuracy_m`: a 68 % radius, nan when not
    told. `mock`: the phone says that the place is made up. `on_duty`: False within the grace before or after a shift.
    """

    at_s: Floats
    lon: Floats
    lat: Floats
    accuracy_m: Floats
    mock: NDArray[np.bool_]
    received_s: Floats
    on_duty: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at_s)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Self:
        """From rows in any order: at_s, lon, lat, accuracy_m or None, mock, received_s, on_duty.

        Of rows of one moment the one received first stays; of those the least, so that order cannot matter.

        >>> len(Fixes.of([(60.0, 121.07, 32.07, 5.0, False, 61.0, True), (0.0, 121.07, 32.07, None, False, 9.0, True)]))
        2
        """
        told = ((*row[:3], math.nan if row[3] is None else row[3], *row[4:]) for row in rows)
        kept: dict[float, tuple[float, float, float, float, bool, float, bool]] = {}
        for row in sorted(told, key=lambda row: (row[0], row[5], row[1:5], row[6])):
            kept.setdefault(row[0], row)
        column = list(zip(*kept.values(), strict=True)) if kept else [()] * 7
        at_s, lon, lat, accuracy_m, received_s = (
            np.array(column[place], dtype=np.float64) for place in (0, 1, 2, 3, 5)
        )
        mock, on_duty = (np.array(column[place], dtype=np.bool_) for place in (4, 6))
        return cls(at_s, lon, lat, accuracy_m, mock, received_s, on_duty)


@dataclass(frozen=True, slots=True)
class Segments:
    """Ways between neighbouring usable fixes, each array of length n; a fix alone is one of no length.

    `start_s`, `end_s`: POSIX seconds. `x0` to `y1`: metres of the plane, to a millimetre, so that the last digits of a
    projection decide nothing. `accuracy_m`: the worse of both.
    """

    start_s: Floats
    end_s: Floats
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    accuracy_m: Floats

    def __len__(self) -> int:
        return len(self.start_s)

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Segments:
        """Some of them, by a mask or by places."""
        return Segments(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def concat(cls, parts: Iterable[Segments]) -> Segments:
        """Those of several tracks together."""
        held = list(parts)
        return cls(
            *(np.concatenate([getattr(p, f.name) for p in held] or [np.empty(0)]) for f in fields(cls))
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where the device stayed: from and to in POSIX seconds, WGS-84 degrees."""

    from_s: float
    to_s: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Context:
    """Sound fixes that a segment depends on: those within `within_s` of its ends, and `fixes` more on each side, of
    which none is farther than `reach_s`."""

    within_s: float
    fixes: int
    reach_s: float


def seeing_context(settings: TrackSettings = _DEFAULT) -> Context:
    """How far one has to look to know whether a segment begins or ends at a fix.

    A new fix changes only segments with an end in its context; to make those again one needs their contexts too: two on
    each side of the new fix. Fixes that `sound` leaves out may be left out before.
    """
    within_s = settings.segment_max_gap_s + settings.speed_over_s / 2
    return Context(within_s, settings.jump_neighbours + 1, within_s + 2 * settings.segment_max_gap_s)


def judge_reach_s(settings: TrackSettings = _DEFAULT) -> float:
    """Fixes farther away in time than this change no flag of a fix; `STATIC` needs the most of it."""
    longest_s = max(settings.static_after_s + settings.segment_max_gap_s, settings.duplicate_within_s)
    return longest_s + seeing_context(settings).reach_s


def sound(fixes: Fixes, settings: TrackSettings = _DEFAULT) -> NDArray[np.bool_]:
    """Fixes with nothing against them by themselves: no POOR_ACCURACY, MOCK or ZERO.

    The others are held against no fix, so that for segments they need not be read at all.
    """
    return np.asarray(
        ~fixes.mock & ~_at_zero(fixes) & (_accuracy_m(fixes, settings) <= settings.accuracy_poor_m)
    )


def judge(fixes: Fixes, settings: TrackSettings = _DEFAULT) -> NDArray[np.int32]:
    """The flags of every fix, as `Flag` values; n = 0 gives none. What is final is said by `judge_reach_s`.

    A fix is a `JUMP` when it cannot be reached from most of its neighbours, or from neither of two that agree, or
    when it is the first behind a break that nobody can have travelled. Of two fixes alone that contradict each other
    both are doubted, until a third one decides.
    """
    at_s = fixes.at_s
    flags = doubts(fixes, settings)
    if len(at_s) == 0:
        return flags
    flags[~fixes.on_duty] |= Flag.OUTSIDE_DUTY
    flags[at_s > fixes.received_s + settings.future_s] |= Flag.FUTURE
    flags[at_s < fixes.received_s - settings.past_s] |= Flag.PAST
    flags[1:][_repeats(fixes, settings)] |= Flag.DUPLICATE
    held = np.flatnonzero((flags & _UNUSABLE) == 0)
    points = on_sphere(fixes.lon[held], fixes.lat[held])
    track = Legs(points, at_s[held], _accuracy_m(fixes, settings)[held], settings)
    flags[held[either_end(track.pace_mps > settings.over_speed_mps, len(held))]] |= Flag.OVERSPEED
    flags[held[still(track.points, track.at_s, settings)]] |= Flag.STATIC
    return flags


def doubts(fixes: Fixes, settings: TrackSettings = _DEFAULT) -> NDArray[np.int32]:
    """Of the flags of every fix those for which it is not used: all that `segments` asks for, in half the time."""
    flags = np.zeros(len(fixes), dtype=np.int32)
    if len(fixes) == 0:
        return flags
    accuracy_m = _accuracy_m(fixes, settings)
    flags[accuracy_m > settings.accuracy_poor_m] |= Flag.POOR_ACCURACY
    flags[fixes.mock] |= Flag.MOCK
    flags[_at_zero(fixes)] |= Flag.ZERO
    held = np.flatnonzero(flags == 0)
    points = on_sphere(fixes.lon[held], fixes.lat[held])
    flags[held[jumps(points, fixes.at_s[held], accuracy_m[held], settings)]] |= Flag.JUMP
    return flags


def segments(
    fixes: Fixes, flags: NDArray[np.int32], plane: MetricPlane, settings: TrackSettings = _DEFAULT
) -> Segments:
    """Segments between neighbouring usable fixes (no POOR_ACCURACY, MOCK, ZERO, JUMP, inside the plane), by time.

    No longer than gap and length allow and not faster than `seeing_max_speed_mps`, over `speed_over_s` and, both
    accuracies granted, by itself. A usable fix that is joined to no neighbour is a segment of no length, unless it was
    driven past.
    """
    x, y, usable = _usable(fixes, flags, plane)
    at_s, accuracy_m = fixes.at_s[usable], _accuracy_m(fixes, settings)[usable]
    track = Legs(np.stack([x, y]), at_s, accuracy_m, settings)
    fast = ~track.gap & (
        (track.pace_mps > settings.seeing_max_speed_mps)
        | (track.apart_m > settings.seeing_max_speed_mps * track.elapsed_s + track.granted_m)
    )
    joined = ~track.gap & ~fast & (track.apart_m <= settings.segment_max_m)
    alone = ~either_end(joined | fast, len(at_s))
    first = np.sort(np.concatenate([np.flatnonzero(joined), np.flatnonzero(alone)]))
    last = first + ~alone[first]
    return Segments(
        at_s[first], at_s[last], x[first], y[first], x[last], y[last],
        np.maximum(accuracy_m[first], accuracy_m[last]),
    )  # fmt: skip


def length_m(ways: Segments) -> float:
    """Metres of all segments together."""
    return math.fsum(np.hypot(ways.x1 - ways.x0, ways.y1 - ways.y0))


def stops(
    fixes: Fixes, flags: NDArray[np.int32], plane: MetricPlane, settings: TrackSettings = _DEFAULT
) -> list[Stop]:
    """Where the device stayed within `stop_radius_m` of a fix for `stop_after_s` or longer, by time; for playback.

    A stop goes on through a silence when the next fix is still there: inside a building phones hear nothing.
    """
    x, y, usable = _usable(fixes, flags, plane)
    at_s, east, north = fixes.at_s[usable].tolist(), x.tolist(), y.tolist()
    found: list[Stop] = []
    begin = 0
    while begin < len(at_s):
        end = begin + 1
        while (
            end < len(at_s)
            and math.hypot(east[end] - east[begin], north[end] - north[begin]) <= settings.stop_radius_m
        ):
            end += 1
        if at_s[end - 1] - at_s[begin] >= settings.stop_after_s:
            lon, lat = plane.inverse(float(x[begin:end].mean()), float(y[begin:end].mean()))
            found.append(Stop(at_s[begin], at_s[end - 1], lon, lat))
            begin = end
        else:
            begin += 1
    return found


def _usable(
    fixes: Fixes, flags: NDArray[np.int32], plane: MetricPlane
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Places of the usable fixes in the plane, to a millimetre, and which they are."""
    x, y = plane.forward_many(fixes.lon, fixes.lat)
    usable = ((flags & _UNUSABLE) == 0) & np.isfinite(x)
    return np.round(x[usable], 3), np.round(y[usable], 3), usable


def _accuracy_m(fixes: Fixes, settings: TrackSettings) -> Floats:
    """0 is what phones say that know none; it is no accuracy."""
    return np.where(fixes.accuracy_m > 0, fixes.accuracy_m, settings.accuracy_unknown_m)


def _at_zero(fixes: Fixes) -> NDArray[np.bool_]:
    return np.asarray((np.abs(fixes.lon) < ZERO_DEG) & (np.abs(fixes.lat) < ZERO_DEG))


def _repeats(fixes: Fixes, settings: TrackSettings) -> NDArray[np.bool_]:
    """Whether a fix, from the second on, tells the very place of the one before, so soon after it."""
    same = (np.diff(fixes.lon) == 0) & (np.diff(fixes.lat) == 0)
    return np.asarray(same & (np.diff(fixes.at_s) <= settings.duplicate_within_s))
