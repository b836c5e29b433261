"""Points in time: what lies between neighbours, which ones the others contradict, and which stand still.

For `geo.tracks`, on bare arrays: points are d by n in metres (chords on a sphere, or a plane), times rise strictly.
Every answer about a point depends on those near it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

EARTH_RADIUS_M: Final = 6_371_008.8


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


def on_sphere(lon: Floats, lat: Floats) -> Floats:
    """Places on a sphere of the Earth's size, 3 by n in metres: chords need no plane and know no antimeridian.

    To a millimetre: the last digit of a cosine may depend on how many of them are worked out at once.
    """
    lam, phi = np.radians(lon), np.radians(lat)
    unit = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    return np.round(EARTH_RADIUS_M * unit, 3)


def apart_m(a: Floats, b: Floats) -> Floats:
    """Straight lines between points and points, metres."""
    return np.asarray(np.sqrt(((a - b) ** 2).sum(axis=0)))


class Legs:
    """Usable fixes and what lies between each and the next, arrays one shorter.

    `gap`: too long apart to know anything. `pace_mps`: over `speed_over_s` around the pair as far as there are fixes,
    never across a gap or a break that nobody can have travelled; 0 for those two themselves.
    """

    def __init__(self, points: Floats, at_s: Floats, accuracy_m: Floats, settings: TrackSettings) -> None:
        self.points, self.at_s = points, at_s
        self.elapsed_s = np.diff(at_s)
        self.apart_m = apart_m(points[:, :-1], points[:, 1:])
        self.granted_m = accuracy_m[:-1] + accuracy_m[1:]
        self.gap = self.elapsed_s > settings.segment_max_gap_s
        torn = self.gap | (self.apart_m > settings.jump_speed_mps * self.elapsed_s + self.granted_m)
        self.pace_mps = self._pace_mps(torn, settings.speed_over_s)

    def _pace_mps(self, torn: Mask, over_s: float) -> Floats:
        leg = np.concatenate([[0], np.cumsum(torn)])[: len(self.at_s)]
        wider_s = np.maximum(0.0, over_s - self.elapsed_s) / 2
        left = np.maximum(
            np.searchsorted(self.at_s, self.at_s[:-1] - wider_s, "left"),
            np.searchsorted(leg, leg[:-1], "left"),
        )
        right = np.minimum(
            np.searchsorted(self.at_s, self.at_s[1:] + wider_s, "right"),
            np.searchsorted(leg, leg[1:], "right"),
        ) - 1  # fmt: skip
        ends_m = apart_m(self.points[:, left], self.points[:, right])
        return np.where(torn, 0.0, ends_m / (self.at_s[right] - self.at_s[left]))


def jumps(points: Floats, at_s: Floats, accuracy_m: Floats, settings: TrackSettings) -> Mask:
    """Fixes that others contradict: by the vote of neighbours, by both adjacent ones, or behind a break."""
    n = len(at_s)
    votes, against = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int32)
    odd_by: list[Mask] = []
    for step in range(1, min(settings.jump_neighbours, n - 1) + 1):
        elapsed_s = at_s[step:] - at_s[:-step]
        asked = elapsed_s <= settings.segment_max_gap_s
        granted_m = accuracy_m[step:] + accuracy_m[:-step]
        between_m = apart_m(points[:, step:], points[:, :-step])
        odd = asked & (between_m > settings.jump_speed_mps * elapsed_s + granted_m)
        for side in (slice(None, -step), slice(step, None)):
            votes[side] += asked
            against[side] += odd
        odd_by.append(odd)
    contradicted = 2 * against > votes
    if len(odd_by) > 1:
        next_one, over_one = odd_by[0], odd_by[1]
        contradicted[1:-1] |= next_one[:-1] & next_one[1:] & ~over_one
    if odd_by:
        contradicted[1:] |= odd_by[0] & ~contradicted[:-1]
    return np.asarray(contradicted)


def either_end(pairs: Mask, n: int) -> Mask:
    """Which of n points are at an end of one of those pairs of neighbours."""
    ends = np.zeros(n, dtype=np.bool_)
    ends[:-1] |= pairs
    ends[1:] |= pairs
    return ends


def still(points: Floats, at_s: Floats, settings: TrackSettings) -> Mask:
    """Fixes of a stretch of `static_after_s` or little more that lies in a box no wider than the circle allowed."""
    n = len(at_s)
    found = np.zeros(n + 1, dtype=np.int32)
    begin = np.arange(n)
    end = np.searchsorted(at_s, at_s + settings.static_after_s, "left")
    whole = end < n
    begin, end = begin[whole], end[whole]
    soon = at_s[end] <= at_s[begin] + settings.static_after_s + settings.segment_max_gap_s
    begin, end = begin[soon], end[soon]
    if len(begin):
        narrow = _widths_m(points, begin, end) <= 2 * settings.static_radius_m
        np.add.at(found, begin[narrow], 1)
        np.add.at(found, end[narrow] + 1, -1)
    return np.asarray(np.cumsum(found)[:n] > 0)


def _widths_m(points: Floats, begin: NDArray[np.intp], end: NDArray[np.intp]) -> Floats:
    """Diagonals of the boxes around points[begin] to points[end], by spans of doubling length."""
    level = np.log2(end - begin + 1).astype(np.int64)
    least = most = points
    widths = np.zeros(len(begin))
    for step in range(int(level.max()) + 1):
        here = level == step
        first, second = begin[here], end[here] - 2**step + 1
        span = np.maximum(most[:, first], most[:, second]) - np.minimum(least[:, first], least[:, second])
        widths[here] = np.sqrt((span**2).sum(axis=0))
        if least.shape[1] > 2**step:
            least = np.minimum(least[:, : -(2**step)], least[:, 2**step :])
            most = np.maximum(most[:, : -(2**step)], most[:, 2**step :])
    return widths
