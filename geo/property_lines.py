"""Property lines as a street side meets them: where their street end lies and how they run on to the kerb.

A line is taken as straight from the piece next to its street end. What it decides stands in `geo.fronts` and
`geo.ends`; here it also hands over the ground between itself and the ray its strips were cut at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.ribbon import Ribbon
from geo.strands import StreetSide
from geo.streetscape import GeometryArray, PropertyLine, array_of

# Two cells that share a ray both find a line that runs along it.
_SAME_PLACE_M = 1e-9
_STEPS_MAX = 8
_WEDGE_MIN_M2 = 1e-9


@dataclass(frozen=True, slots=True)
class Boundary:
    """A property line on one side: `u` and `depth_m` of its street end, and two points it runs through.

    `near` is the street end, `far` lies behind it; both in metres of the plane.
    """

    u: float
    depth_m: float
    near: tuple[float, float]
    far: tuple[float, float]

    def place_at(self, ribbon: Ribbon, depth_m: float) -> float:
        """The place at which the line, drawn on where needed, has a depth.

        A line that runs nearly along the street has none in reach; its street end stands for it.
        """
        cell = ribbon.cell_of(self.u)[0]
        for _ in range(_STEPS_MAX):
            (tn, wn), (tf, wf) = ribbon.place(cell, *self.near), ribbon.place(cell, *self.far)
            if abs(wf - wn) <= abs(tf - tn) * 0.5:
                return self.u
            t = tn + (ribbon.rise(cell, depth_m) - wn) / (wf - wn) * (tf - tn)
            step = -1 if t < 0.0 else 1 if t > 1.0 else 0
            if not step or not 0 <= cell + step < ribbon.count:
                return cell + min(max(t, 0.0), 1.0)
            cell += step
        return self.u


def boundaries_along(
    sides: Sequence[StreetSide], lines: Sequence[PropertyLine]
) -> list[tuple[Boundary, ...]]:
    """For each side the property lines in its reach, in order along the street.

    A line that comes nearest to the street in several places of one side counts once, by the first of them.
    """
    if not lines:
        return [() for _ in sides]
    shapes = array_of([line.line for line in sorted(lines, key=lambda line: line.id)])
    tree = shapely.STRtree(shapes)
    return [_boundaries(side.ribbon, tree, shapes) for side in sides]


def _boundaries(ribbon: Ribbon, tree: shapely.STRtree, shapes: GeometryArray) -> tuple[Boundary, ...]:
    quads = np.asarray(shapely.polygons(ribbon.quads()))
    cells, numbers = tree.query(quads, predicate="intersects")
    nearest: dict[int, Boundary] = {}
    for cell, number in sorted(zip(cells.tolist(), numbers.tolist(), strict=True)):
        for part in shapely.get_parts(shapely.intersection(quads[cell], shapes[number])):
            found = _street_end(ribbon, cell, part)
            known = nearest.get(number)
            if found and (known is None or found.depth_m < known.depth_m - _SAME_PLACE_M):
                nearest[number] = found
    return tuple(sorted(nearest.values(), key=lambda boundary: (boundary.u, boundary.depth_m)))


def _street_end(ribbon: Ribbon, cell: int, part: BaseGeometry) -> Boundary | None:
    points = shapely.get_coordinates(part)
    if len(points) < 2:
        return None
    places = [ribbon.place(cell, float(x), float(y)) for x, y in points]
    lowest = min(range(len(points)), key=lambda k: places[k][1])
    beside = [k for k in (lowest - 1, lowest + 1) if 0 <= k < len(points)]
    behind = max(beside, key=lambda k: places[k][1])
    t, w = places[lowest]
    near, far = ((float(x), float(y)) for x, y in (points[lowest], points[behind]))
    return Boundary(cell + min(max(t, 0.0), 1.0), ribbon.depth_m(cell, w), near, far)


def hand_over(
    ribbon: Ribbon, boundary: Boundary, depth_m: float, before: BaseGeometry, after: BaseGeometry
) -> tuple[BaseGeometry, BaseGeometry]:
    """Move the border of two neighbours from the ray onto the property line.

    Args:
        boundary: their property line. depth_m: depth at which line and ray meet, that of the nearer wall.
        before, after: their strips as cut at the ray.

    Returns:
        The two strips with the ground between line and ray in the right hands.
    """
    u_wall, u_kerb = boundary.place_at(ribbon, depth_m), boundary.place_at(ribbon, ribbon.kerb_m)
    corners = [
        ribbon.point(u, y) for u, y in ((u_wall, depth_m), (u_wall, ribbon.kerb_m), (u_kerb, ribbon.kerb_m))
    ]
    wedge = Polygon(corners)
    if not wedge.is_valid or wedge.area < _WEDGE_MIN_M2:
        return before, after
    giver, taker = (after, before) if u_kerb > u_wall else (before, after)
    ground = giver.intersection(wedge)
    giver, taker = giver.difference(wedge), taker.union(ground)
    return (taker, giver) if u_kerb > u_wall else (giver, taker)
