"""What can be seen from the street: the axis of a zone along its street, its cells of about a metre, and which fronts
lie near a track.

An axis is looked at, not an area: whoever walks along a frontage has seen it, however deep it is. Every figure of an
axis depends on that axis alone, to the last digit, whatever else is in the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

CELLS_MAX: Final = 512
FOREVER: Final = int(np.iinfo(np.int32).max)
"""As `valid_to`: a day ordinal that never comes."""
FRONT_DEPTH_M: Final = 4.0
"""Half of an ordinary strip: so far behind the street side of a deeper area its axis lies."""

_AXIS_MIN_M: Final = 1.0
_DETOUR_MAX: Final = 1.5
"""A piece of street that much longer than the area is wide winds: it says nothing about the front."""
_LINES_AT_ONCE: Final = 4096

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


def front_axis(area: BaseGeometry, street: LineString | None) -> LineString:
    """The line along the street through an area, as long as the area is along the street.

    Args:
        area: polygon, multipolygon, line or point in metres, not empty. street: its street in metres, or None.

    Returns:
        a line of two points or more, to a millimetre, from its lesser end. A strip is passed through its middle, a
        deeper area `FRONT_DEPTH_M` behind its street side, because that is where it is seen from. Without a street, or
        where the street only meets a corner, the long way through the least rectangle; for a point a line of no length.

    >>> strip = shapely.box(0.0, 5.0, 30.0, 13.0)
    >>> front_axis(strip, LineString([(-50.0, 0.0), (80.0, 0.0)])).wkt
    'LINESTRING (0 9, 30 9)'
    >>> front_axis(shapely.box(0.0, 0.0, 6.0, 20.0), None).wkt
    'LINESTRING (3 0, 3 20)'
    """
    along = None if street is None or street.length == 0 else _along_street(area, street)
    return _canonical(_long_way(area) if along is None else along)


def cell_count(length_m: float) -> int:
    """Cells of an axis: one a metre, 1 to `CELLS_MAX`.

    >>> [cell_count(length_m) for length_m in (0.0, 12.4, 9_000.0)]
    [1, 12, 512]
    """
    return max(1, min(CELLS_MAX, round(length_m)))


def cells(axis: LineString) -> Floats:
    """Midpoints of the cells of an axis, n by 2 in metres.

    >>> cells(LineString([(0.0, 0.0), (2.0, 0.0), (2.0, 1.0)])).tolist()
    [[0.5, 0.0], [1.5, 0.0], [2.0, 0.5]]
    """
    return _midpoints(shapely.get_coordinates(axis)[np.newaxis], np.array([cell_count(axis.length)]))


class Fronts:
    """Axes of many zone versions, found by place; unchanging, safe to share between threads.

    Args:
        zone_ids: of the versions. axes: in metres of the plane, as `front_axis` gives them.
        valid_from, valid_to: day ordinals, `valid_to` exclusive, `FOREVER` when open.

    Cost: 100,000 of 30 m take under a second and 100 MB.
    """

    def __init__(
        self,
        zone_ids: NDArray[np.int64],
        axes: Sequence[LineString] | NDArray[np.object_],
        valid_from: NDArray[np.int64],
        valid_to: NDArray[np.int64],
    ) -> None:
        lines = np.asarray(axes, dtype=object)
        self.zone_ids, self.valid_from, self.valid_to = zone_ids, valid_from, valid_to
        self.counts = np.clip(np.rint(shapely.length(lines)), 1, CELLS_MAX).astype(np.intp)
        self.offsets = np.concatenate([[0], np.cumsum(self.counts)]).astype(np.intp)
        self.cell_x, self.cell_y = self._all_midpoints(lines)
        self._tree = shapely.STRtree(lines)
        # GEOS builds the tree with the first question; two threads must not both ask it.
        self._tree.query(shapely.box(0.0, 0.0, 0.0, 0.0))

    def __len__(self) -> int:
        return len(self.zone_ids)

    def near(self, boxes: NDArray[np.object_]) -> tuple[Places, Places]:
        """Pairs (box, front) whose rectangles touch, as places in the two, in the order of the boxes."""
        box, front = self._tree.query(boxes)
        order = np.argsort(box, kind="stable")
        return box[order], front[order]

    def _all_midpoints(self, lines: NDArray[np.object_]) -> tuple[Floats, Floats]:
        """Lines of as many points are worked out together, some thousands at a time for the sake of memory."""
        east, north = np.empty(self.offsets[-1]), np.empty(self.offsets[-1])
        sizes = shapely.get_num_coordinates(lines)
        coordinates = shapely.get_coordinates(lines)
        first = np.concatenate([[0], np.cumsum(sizes)])
        for size in np.unique(sizes):
            alike = np.flatnonzero(sizes == size)
            for which in np.split(alike, range(_LINES_AT_ONCE, len(alike), _LINES_AT_ONCE)):
                points = coordinates[first[which][:, np.newaxis] + np.arange(size)]
                counts = self.counts[which]
                place = expand(self.offsets[which], counts)
                east[place], north[place] = _midpoints(points, counts).T
        return east, north


def expand(starts: Places, counts: Places) -> Places:
    """For every start as many places from there on as its count says.

    >>> expand(np.array([10, 0]), np.array([2, 3])).tolist()
    [10, 11, 0, 1, 2]
    """
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(counts.sum())


def _midpoints(points: Floats, counts: Places) -> Floats:
    """Midpoints of the cells of m lines of k points each (m by k by 2), one line after the other."""
    steps = np.sqrt((np.diff(points, axis=1) ** 2).sum(axis=2))
    reached = np.concatenate([np.zeros((len(points), 1)), np.cumsum(steps, axis=1)], axis=1)
    line = np.repeat(np.arange(len(points)), counts)
    cell = expand(np.zeros_like(counts), counts)
    at_m = (cell + 0.5) * (reached[line, -1] / counts[line])
    leg = np.minimum((reached[line, 1:] <= at_m[:, np.newaxis]).sum(axis=1), points.shape[1] - 2)
    step = steps[line, leg]
    share = (at_m - reached[line, leg]) / np.where(step > 0, step, 1.0)
    here, there = points[line, leg], points[line, leg + 1]
    return np.asarray(here + share[:, np.newaxis] * (there - here))


def _along_street(area: BaseGeometry, street: LineString) -> LineString | None:
    """The piece of street beside the area, moved into it; None where the street only meets a corner or winds."""
    corners = shapely.get_coordinates(area)
    reached = shapely.line_locate_point(street, shapely.points(corners))
    begin_m, end_m = float(reached.min()), float(reached.max())
    wide_m = float(np.hypot(*np.ptp(corners, axis=0)))
    if not _AXIS_MIN_M <= end_m - begin_m <= _DETOUR_MAX * wide_m:
        return None
    piece = substring(street, begin_m, end_m)
    middle = area.centroid
    foot = street.interpolate(street.project(middle))
    away_m = foot.distance(middle)
    depth_m = min(away_m, area.distance(piece) + FRONT_DEPTH_M)
    share = depth_m / away_m if away_m > 0 else 0.0
    moved = shapely.get_coordinates(piece) + share * np.array([middle.x - foot.x, middle.y - foot.y])
    return LineString(moved)


def _long_way(area: BaseGeometry) -> LineString:
    """The line through the middles of the short sides of the least rectangle."""
    around = shapely.get_coordinates(shapely.oriented_envelope(area))
    if len(around) < 5:  # a line or a point has no rectangle
        return LineString(np.array([around[0], around[-1]]))
    a, b, c, d = around[:4]
    if np.hypot(*(b - a)) < np.hypot(*(c - b)):
        return LineString([(a + b) / 2, (c + d) / 2])
    return LineString([(b + c) / 2, (d + a) / 2])


def _canonical(line: LineString) -> LineString:
    """To a millimetre, without repeated points, from the lesser end: the same axis has the same bytes."""
    points = np.round(shapely.get_coordinates(line), 3) + 0.0
    kept = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])
    points = points[kept] if kept.sum() > 1 else points[[0, 0]]
    return LineString(points if tuple(points[0]) <= tuple(points[-1]) else points[::-1])
