"""A track judged and cut into segments: which fixes of one device are doubtful, and where it went between the others.

Nothing is dropped and nothing depends on when or how a fix arrived: a flag is a pure function of the sorted fixes of one
device, and of those within a bounded time alone, so that a stretch judged by itself with that much context gets the
flags it has in the whole. `FUTURE` and `PAST` compare with the moment of receipt; they are told and change nothing else.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.metric import MetricPlane

Floats: TypeAlias = NDArray[np.float64]
Row: TypeAlias = tuple[float, float, float, float | None, bool, float, bool]

EARTH_RADIUS_M: Final = 6_371_008.8
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


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """What makes a fix doubtful and two neighbours a segment.

    Args:
        accuracy_poor_m: a worse fix is not used. accuracy_unknown_m: taken when a phone tells none, or 0.
        jump_speed_mps: nobody comes from one fix to the other faster, both accuracies granted.
        jump_neighbours: fixes on each side that a fix is held against; a longer burst elsewhere is believed.
        over_speed_mps: faster is told. speed_over_s: speed is measured over at least this, so that the noise of
            neighbours a second apart is no speed.
        segment_max_gap_s, segment_max_m: between fixes farther apart nobody knows the way.
        seeing_max_speed_mps: who is faster drives past; a bicycle is slower.
        static_radius_m, static_after_s: the phone stayed within the radius for so long.
        duplicate_within_s: the same place to the last digit so soon after.
        future_s, past_s: how far the time of a fix may lie after and before its receipt.
        stop_radius_m, stop_after_s: a stop for playback.
    """

    accuracy_poor_m: float = 50.0
    accuracy_unknown_m: float = 30.0
    jump_speed_mps: float = 40.0
    jump_neighbours: int = 5
    over_speed_mps: float = 25.0
    speed_over_s: float = 15.0
    segment_max_gap_s: float = 120.0
    segment_max_m: float = 300.0
    seeing_max_speed_mps: float = 8.5
    static_radius_m: float = 25.0
    static_after_s: float = 1200.0
    duplicate_within_s: float = 60.0
    future_s: float = 60.0
    past_s: float = 7 * 86_400.0
    stop_radius_m: float = 25.0
    stop_after_s: float = 180.0


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

        Of rows of the same moment the one received first stays; of those the least, so that order cannot matter.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Segments:
    """Ways between neighbouring usable fixes, each array of length n; a fix alone is one of no length.

    `start_s`, `end_s`: POSIX seconds. `x0` to `y1`: metres of the plane, to a millimetre. `accuracy_m`: the worse of both.
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

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Segments:
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


def judge(fixes: Fixes, settings: TrackSettings = _DEFAULT) -> NDArray[np.int32]:
    """The flags of every fix, as `Flag` values; n = 0 gives none. What is final is said by `judge_reach_s`."""
    raise NotImplementedError


def judge_reach_s(settings: TrackSettings = _DEFAULT) -> float:
    """Fixes farther away in time than this change no flag of a fix; `STATIC` needs the most of it."""
    return settings.static_after_s + 4 * settings.segment_max_gap_s + settings.speed_over_s


def seeing_reach_s(settings: TrackSettings = _DEFAULT) -> float:
    """Fixes farther away in time than this change no segment that begins or ends at a fix; much less than the above."""
    return 3 * settings.segment_max_gap_s + settings.speed_over_s


def segments(
    fixes: Fixes, flags: NDArray[np.int32], plane: MetricPlane, settings: TrackSettings = _DEFAULT
) -> Segments:
    """Segments between neighbouring usable fixes (no POOR_ACCURACY, MOCK, ZERO, JUMP, inside the plane), by time.

    No longer than gap and length allow and not faster than `seeing_max_speed_mps`. A usable fix that is joined to no
    neighbour because none is near enough is a segment of no length.
    """
    raise NotImplementedError


def length_m(ways: Segments) -> float:
    """Metres of all segments together."""
    return math.fsum(np.hypot(ways.x1 - ways.x0, ways.y1 - ways.y0))


def stops(
    fixes: Fixes, flags: NDArray[np.int32], plane: MetricPlane, settings: TrackSettings = _DEFAULT
) -> list[Stop]:
    """Where the device stayed within `stop_radius_m` for `stop_after_s` or longer, by time; for playback."""
    raise NotImplementedError
