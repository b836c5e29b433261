"""Figures of a track: how far, how long moving and standing, what was doubtful. Pure: a judged track in, numbers out.

A phone that lies still wanders by its accuracy, one second after the other: summed up that is kilometres nobody walked.
So a step counts once it is longer than the accuracy of its ends and than a least one; within a stop nothing counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.metric import MetricPlane
from geo.tracks import Flag, Segments, Stop, TrackSettings, segments, stops, wire
from server.patrol.tracks.reading import Recorded


@dataclass(frozen=True)
class Way:
    """Where a track went: segments between usable fixes, driven ones too, and the stops."""

    segments: Segments
    stops: list[Stop]


def way_of(track: Recorded, plane: MetricPlane, settings: TrackSettings) -> Way:
    """The way of one track, in metres of the plane."""
    driven = replace(settings, seeing_max_speed_mps=settings.over_speed_mps)
    found = stops(track.fixes, track.flags, plane, settings)
    return Way(segments(track.fixes, track.flags, plane, driven), _rejoined(found, plane, settings))


def _rejoined(found: Sequence[Stop], plane: MetricPlane, settings: TrackSettings) -> list[Stop]:
    """One stop where a single stray fix cut it in two: the next is at the same place, and begins at once."""
    joined: list[Stop] = []
    for stop in found:
        last = joined[-1] if joined else None
        if (
            last
            and stop.from_s - last.to_s <= settings.segment_max_gap_s
            and math.dist(plane.forward(last.lon, last.lat), plane.forward(stop.lon, stop.lat))
            <= settings.stop_radius_m
        ):
            joined[-1] = replace(last, to_s=stop.to_s)
        else:
            joined.append(stop)
    return joined


@dataclass(frozen=True)
class Figures:
    """What one track comes to.

    Attributes:
        distance_m: of the way outside stops. moving_s, standing_s: together what is known of the time.
        flagged: fixes by flag. largest_gap_s: between two fixes that follow each other; None with fewer than two.
        outside_area_share: of the usable fixes, 0 to 1; None without an area or without usable fixes.
    """

    fixes: int
    flagged_fixes: int
    distance_m: float
    moving_s: float
    standing_s: float
    flagged: dict[str, int]
    largest_gap_s: float | None
    outside_area_share: float | None

    def as_json(self) -> dict[str, Any]:
        return vars(self).copy()


def figures_of(track: Recorded, way: Way, step_m: float, area: BaseGeometry | None = None) -> Figures:
    """Figures of one track.

    Args:
        step_m: shorter steps are no way. area: where it was to be walked, in metres of the plane.
    """
    standing_s = math.fsum(stop.to_s - stop.from_s for stop in way.stops)
    moving = way.segments.take(~_within(way.segments, way.stops))
    at_s = track.fixes.at_s
    return Figures(
        fixes=len(track),
        flagged_fixes=int(np.count_nonzero(track.flags)),
        distance_m=round(_stepped_m(moving, step_m), 1),
        moving_s=round(math.fsum(moving.end_s - moving.start_s), 1),
        standing_s=round(standing_s, 1),
        flagged=count_flags([track]),
        largest_gap_s=round(float(np.diff(at_s).max()), 3) if len(at_s) > 1 else None,
        outside_area_share=_outside(way.segments, area) if area is not None else None,
    )


def count_flags(tracks: Iterable[Recorded]) -> dict[str, int]:
    """Fixes by flag, those that occur."""
    flags = [track.flags for track in tracks]
    every = np.concatenate(flags) if flags else np.empty(0, dtype=np.int32)
    counted = {wire(flag)[0]: int(np.count_nonzero(every & int(flag))) for flag in Flag}
    return {name: count for name, count in counted.items() if count}


def of_shift(tracks: Sequence[Figures]) -> Figures | None:
    """Figures of a shift. Of two phones of one officer the one that knows more of the time says how far and how long;
    counts of fixes and flags are of both, the largest gap is of the phone that has the smaller one."""
    if not tracks:
        return None
    main = max(tracks, key=lambda one: (one.moving_s + one.standing_s, one.fixes))
    names = sorted({name for one in tracks for name in one.flagged})
    gaps = [one.largest_gap_s for one in tracks if one.largest_gap_s is not None]
    return replace(
        main,
        fixes=sum(one.fixes for one in tracks),
        flagged_fixes=sum(one.flagged_fixes for one in tracks),
        flagged={name: sum(one.flagged.get(name, 0) for one in tracks) for name in names},
        largest_gap_s=min(gaps) if gaps else None,
    )


def _within(ways: Segments, found: Sequence[Stop]) -> NDArray[np.bool_]:
    """Segments that lie within a stop."""
    inside = np.zeros(len(ways), dtype=np.bool_)
    for stop in found:
        inside |= (ways.start_s >= stop.from_s) & (ways.end_s <= stop.to_s)
    return inside


def _stepped_m(ways: Segments, least_m: float) -> float:
    """Metres of steps that are longer than what the phone is sure of."""
    rows = zip(ways.start_s, ways.end_s, ways.x0, ways.y0, ways.x1, ways.y1, ways.accuracy_m, strict=True)
    metres, last_s, x, y = 0.0, math.nan, 0.0, 0.0
    for start_s, end_s, x0, y0, x1, y1, accuracy_m in rows:
        if start_s != last_s:
            x, y = x0, y0
        step_m = math.hypot(x1 - x, y1 - y)
        if step_m >= max(least_m, accuracy_m):
            metres, x, y = metres + step_m, x1, y1
        last_s = end_s
    return metres


def _outside(ways: Segments, area: BaseGeometry) -> float | None:
    if len(ways) == 0:
        return None
    shapely.prepare(area)
    outside = ~shapely.contains_xy(area, ways.x0, ways.y0)
    return round(float(outside.mean()), 4)


def runs(ways: Segments) -> list[tuple[int, int]]:
    """Where unbroken stretches of segments begin and end: places of the first and behind the last one."""
    if len(ways) == 0:
        return []
    breaks = np.flatnonzero(ways.start_s[1:] != ways.end_s[:-1]) + 1
    return list(pairwise([0, *breaks.tolist(), len(ways)]))
