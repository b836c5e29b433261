"""Pieces of walls and lines in the coordinates of a street side: cut, drawn straight, brought down to what stands.

Small tools of `geo.fronts`, `geo.ends` and `geo.strips`; no rule of the trade is kept here.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter

from geo.envelope import TOUCH_M, Edge, lowest
from geo.ribbon import Ribbon
from geo.skyline import Skyline

_cell = attrgetter("cell")


def straight_edges(
    ribbon: Ribbon, start: tuple[float, float], end: tuple[float, float], owner: int
) -> list[Edge]:
    """The straight line between two places (u, depth in metres), cut at the cells it passes."""
    p, q = ribbon.point(*start), ribbon.point(*end)
    edges = []
    for cell, t0, t1 in ribbon.cells_between(start[0], end[0]):
        (ta, wa), (tb, wb) = ribbon.place(cell, *p), ribbon.place(cell, *q)
        slope = (wb - wa) / (tb - ta)
        edges.append(Edge(cell, t0, t1, wa + (t0 - ta) * slope, wa + (t1 - ta) * slope, owner))
    return edges


def clipped_by(ribbon: Ribbon, edges: Sequence[Edge], standing: Iterable[Edge]) -> list[Edge]:
    """Edges brought down to whatever stands before them."""
    cells = {edge.cell for edge in edges}
    before: dict[int, list[Edge]] = {}
    for other in standing:
        if other.cell in cells:
            before.setdefault(other.cell, []).append(other)
    made: list[Edge] = []
    for edge in edges:
        rivals = [
            cut for other in before.get(edge.cell, ()) if (cut := within(other, edge.t0, edge.t1)) is not None
        ]
        if not rivals:
            made.append(edge)
            continue
        same_t = TOUCH_M / float(ribbon.length_m[edge.cell])
        made += [piece._replace(owner=edge.owner) for piece in lowest([edge, *rivals], same_t)]
    return made


def within(edge: Edge, t0: float, t1: float) -> Edge | None:
    """The piece of an edge that lies between two places of its cell, or None."""
    low, high = max(edge.t0, t0), min(edge.t1, t1)
    if high <= low:
        return None
    return part_of(edge, low, high)


def part_of(edge: Edge, t0: float, t1: float) -> Edge:
    """The piece of an edge between two places of its cell."""
    slope = (edge.w1 - edge.w0) / (edge.t1 - edge.t0)
    w0 = edge.w0 if t0 == edge.t0 else edge.w0 + (t0 - edge.t0) * slope
    w1 = edge.w1 if t1 == edge.t1 else edge.w0 + (t1 - edge.t0) * slope
    return edge._replace(t0=t0, t1=t1, w0=w0, w1=w1)


def edges_in(skyline: Skyline, u0: float, u1: float) -> list[Edge]:
    """Everything the side sees between two places."""
    first = bisect_left(skyline.edges, math.floor(u0) - 1, key=_cell)
    after = bisect_right(skyline.edges, math.floor(u1) + 1, key=_cell)
    return [e for e in skyline.edges[first:after] if e.cell + e.t1 > u0 and e.cell + e.t0 < u1]


def level_edges(ribbon: Ribbon, u0: float, u1: float, y_m: float, owner: int) -> list[Edge]:
    """A line that keeps its depth between two places."""
    return [
        Edge(cell, t0, t1, ribbon.rise(cell, y_m), ribbon.rise(cell, y_m), owner)
        for cell, t0, t1 in ribbon.cells_between(u0, u1)
        if (t1 - t0) * ribbon.length_m[cell] > 0.0
    ]
