"""Cutting, uniting and checking zones in the metric plane: what the limited child computes, and nothing else.

Input is guarded and valid WGS-84. A vertex that stays keeps the very degrees it had, so that a zone and its
neighbours go on sharing it; only new vertices are turned back from metres. A line that passes a corner within a
millimetre goes through it; no zone is snapped, filled or made valid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

from geo.metric import MetricPlane

# What two computations of one border may differ by, and no more: a square a millimetre wide.
TOLERANCE_M2 = 1e-6
# A cut this close beside a corner would leave an edge that the way to degrees and back turns inside out.
_CORNER_M = 1e-3
_DIGITS = 9
# What rounding leaves beside an edge is no piece of ground, and nothing anybody should look at.
_HAIRLINE_M2 = 1e-2


class CutRefused(Exception):
    """The shapes do not do what was asked; `members` say why, with geometry to draw (WGS-84 GeoJSON)."""

    def __init__(self, reason: str, **members: Any) -> None:
        super().__init__(reason)
        self.members = {"reason": reason, **members}


@dataclass
class Ground:
    """Degrees and metres of one request, with the way back for every vertex that came in."""

    plane: MetricPlane
    known: dict[tuple[float, float], tuple[float, float]] = field(default_factory=dict)

    def metric(self, geometry: BaseGeometry) -> BaseGeometry:
        """The geometry in metres of the plane."""

        def forward(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
            moved = [self.plane.forward(lon, lat) for lon, lat in points]
            self.known.update(zip(moved, map(tuple, points.tolist()), strict=True))
            return np.array(moved)

        return shapely.transform(geometry, forward)

    def degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        """The geometry in WGS-84."""

        def back(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
            places = map(tuple, points.tolist())
            return np.array([self.known.get(place) or self.plane.inverse(*place) for place in places])

        return shapely.transform(geometry, back)

    def draw(self, geometry: BaseGeometry) -> dict[str, Any]:
        """GeoJSON of a metric geometry, for people to look at."""
        shown = shapely.transform(
            geometry, lambda points: np.array([self.plane.inverse(*place) for place in points]).round(_DIGITS)
        )
        drawn: dict[str, Any] = mapping(shown)
        return drawn


def split(ground: Ground, zone: BaseGeometry, line: BaseGeometry) -> list[BaseGeometry]:
    """Cut a zone in two by a line, the larger part first (of equal ones the western).

    Args:
        zone, line: WGS-84. The line has to reach beyond the zone at both ends.
    Raises:
        CutRefused: `not_in_two` when the line leaves another number of parts than two.
    """
    whole = ground.metric(zone)
    parts = _pieces(whole, ground.metric(line))
    if len(parts) != 2:
        raise CutRefused("not_in_two", parts=[ground.draw(part) for part in parts])
    parts.sort(key=lambda part: (-part.area, part.bounds))
    made = [ground.degrees(part) for part in parts]
    _check_cover(ground, [zone], made)
    return made


def merge(ground: Ground, zones: Sequence[BaseGeometry]) -> BaseGeometry:
    """Neighbours as one.

    Raises:
        CutRefused: `not_neighbours` when together they are more than one piece.
    """
    united = shapely.union_all([ground.metric(zone) for zone in zones])
    if united.geom_type != "Polygon":
        raise CutRefused("not_neighbours", parts=[ground.draw(part) for part in shapely.get_parts(united)])
    made = ground.degrees(united)
    _check_cover(ground, zones, [made])
    return made


def border(ground: Ground, zones: Sequence[BaseGeometry], line: BaseGeometry) -> list[BaseGeometry]:
    """Two neighbours with `line` as the border between them; each keeps the side it has most of.

    Raises:
        CutRefused: `not_neighbours`, `not_in_two`.
    """
    first, second = (ground.metric(zone) for zone in zones)
    united = shapely.union(first, second)
    if united.geom_type != "Polygon":
        raise CutRefused("not_neighbours", parts=[ground.draw(part) for part in shapely.get_parts(united)])
    parts = _pieces(united, ground.metric(line))
    if len(parts) != 2:
        raise CutRefused("not_in_two", parts=[ground.draw(part) for part in parts])
    straight = _shared(parts[0], first) + _shared(parts[1], second)
    crossed = _shared(parts[1], first) + _shared(parts[0], second)
    if crossed > straight:
        parts.reverse()
    made = [ground.degrees(part) for part in parts]
    _check_cover(ground, zones, made)
    return made


def reshape(ground: Ground, before: Sequence[BaseGeometry], after: Sequence[BaseGeometry]) -> list[float]:
    """Check that neighbours with new shapes cover the ground they covered, and none twice.

    Returns:
        the areas of the new shapes in square metres.
    Raises:
        CutRefused: `torn`, with the overlap, the gap and what lies beyond, where there are any.
    """
    _check_cover(ground, before, after)
    return [float(ground.metric(shape).area) for shape in after]


def overlaps(
    ground: Ground, zones: Sequence[BaseGeometry], others: Sequence[BaseGeometry]
) -> list[dict[str, Any]]:
    """Where new shapes lie on ground of others: [{zone, other, area_m2, geometry}], numbers into the lists."""
    theirs = [ground.metric(other) for other in others]
    tree = shapely.STRtree(theirs)
    found = []
    for number, zone in enumerate(ground.metric(zone) for zone in zones):
        for other in sorted(tree.query(zone).tolist()):
            shared = shapely.intersection(zone, theirs[other])
            if shared.area > TOLERANCE_M2:
                found.append(
                    {
                        "zone": number,
                        "other": other,
                        "area_m2": round(shared.area, 6),
                        "geometry": ground.draw(shared),
                    }
                )
    return found


def trim(ground: Ground, zone: BaseGeometry, others: Sequence[BaseGeometry]) -> BaseGeometry:
    """A shape without what lies on ground of others.

    Raises:
        CutRefused: `nothing_left`, with the shape, when the others have all of it.
    """
    whole = ground.metric(zone)
    left = shapely.difference(whole, shapely.union_all([ground.metric(other) for other in others]))
    parts = [part for part in shapely.get_parts(left) if part.area > _HAIRLINE_M2]
    if not parts:
        raise CutRefused("nothing_left", parts=[ground.draw(whole)])
    made = ground.degrees(parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts))
    if not (shapely.is_valid(made) and shapely.is_valid(ground.metric(made))):
        raise CutRefused("invalid", parts=[ground.draw(part) for part in parts])
    return made


def gaps(
    ground: Ground,
    zone: BaseGeometry,
    others: Sequence[BaseGeometry],
    was: Sequence[BaseGeometry],
    width_m: float,
) -> list[dict[str, Any]]:
    """Ground that would be nobody's: [{why, area_m2, geometry}], the largest first.

    Args:
        was: the shape before, or none. width_m: open ground beside the shape that is narrower than this is a gap.

    Returns:
        `bare` is what the zone gives up and no other has, `narrow` what lies between it and others.
    """
    whole, theirs = ground.metric(zone), shapely.union_all([ground.metric(other) for other in others])
    taken = shapely.union(whole, theirs)
    bare = shapely.difference(shapely.union_all([ground.metric(shape) for shape in was]), taken)
    # Grown and shrunk again by half the width, what is narrower has closed.
    closed = taken.buffer(width_m / 2, join_style="mitre").buffer(-width_m / 2, join_style="mitre")
    beside = shapely.intersection(closed, whole.buffer(width_m, join_style="mitre"))
    narrow = shapely.difference(beside, shapely.union(taken, bare))
    found = [
        {"why": why, "area_m2": round(part.area, 6), "geometry": ground.draw(part)}
        for why, shape in (("bare", bare), ("narrow", narrow))
        for part in shapely.get_parts(shape)
        if part.area > _HAIRLINE_M2
    ]
    return sorted(found, key=lambda one: -one["area_m2"])


def _pieces(whole: BaseGeometry, line: BaseGeometry) -> list[BaseGeometry]:
    corners = shapely.MultiPoint(shapely.get_coordinates(whole))
    noded = shapely.union(shapely.boundary(whole), shapely.snap(line, corners, _CORNER_M))
    pieces = [piece for piece in polygonize([noded]) if shapely.contains(whole, piece.representative_point())]
    # A line that turns inside the zone and leaves dead ends cuts nothing off there.
    return [shapely.normalize(piece) for piece in pieces]


def _shared(one: BaseGeometry, other: BaseGeometry) -> float:
    return float(shapely.intersection(one, other).area)


def _check_cover(ground: Ground, before: Sequence[BaseGeometry], after: Sequence[BaseGeometry]) -> None:
    """Judge what will be stored: the results in degrees, projected again as the database does."""
    shapes = [ground.metric(shape) for shape in after]
    if not all(shapely.is_valid(shape) for shape in (*after, *shapes)):
        raise CutRefused("invalid", parts=[ground.draw(shape) for shape in shapes])
    was = shapely.union_all([ground.metric(shape) for shape in before])
    now = shapely.union_all(shapes)
    twice = shapely.union_all(
        [shapely.intersection(one, other) for one, other in combinations(shapes, 2)] or [shapely.Point()]
    )
    gap, beyond = shapely.difference(was, now), shapely.difference(now, was)
    faults = {"overlap": twice, "gap": gap, "beyond": beyond}
    if any(fault.area > TOLERANCE_M2 for fault in faults.values()):
        raise CutRefused(
            "torn",
            **{
                name: {"area_m2": round(fault.area, 6), "geometry": ground.draw(fault)}
                for name, fault in faults.items()
                if fault.area > TOLERANCE_M2
            },
        )
