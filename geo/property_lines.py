"""Where property lines come out on a street side: the place and depth of each line's end towards the street.

What such a line decides stands in `geo.fronts` and `geo.ends`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geo.strands import StreetSide
from geo.streetscape import GeometryArray, PropertyLine, array_of

# Two cells that share a ray both find a line that runs along it.
_SAME_PLACE = 1e-9


def boundaries_along(
    sides: Sequence[StreetSide], lines: Sequence[PropertyLine]
) -> list[tuple[tuple[float, float], ...]]:
    """For each side the street ends of the property lines in its reach, as (u, depth in metres), in order.

    A line that comes nearest to the street in several places of one side counts once, by the first of them.
    """
    if not lines:
        return [() for _ in sides]
    ordered = sorted(lines, key=lambda line: line.id)
    shapes = array_of([line.line for line in ordered])
    tree = shapely.STRtree(shapes)
    return [_boundaries(side, tree, shapes) for side in sides]


def _boundaries(
    side: StreetSide, tree: shapely.STRtree, shapes: GeometryArray
) -> tuple[tuple[float, float], ...]:
    ribbon = side.ribbon
    quads = np.asarray(shapely.polygons(ribbon.quads()))
    cells, numbers = tree.query(quads, predicate="intersects")
    nearest: dict[int, tuple[float, float]] = {}
    for cell, number in sorted(zip(cells.tolist(), numbers.tolist(), strict=True)):
        inside = shapely.intersection(quads[cell], shapes[number])
        for x, y in shapely.get_coordinates(inside):
            t, w = ribbon.place(cell, float(x), float(y))
            place = (ribbon.depth_m(cell, w), cell + min(max(t, 0.0), 1.0))
            known = nearest.get(number)
            if known is None or place[0] < known[0] - _SAME_PLACE:
                nearest[number] = place
    return tuple(sorted((u, depth_m) for depth_m, u in nearest.values()))
