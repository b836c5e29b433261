"""Outer edges of many shapes, found by place: every edge with its owner, a few neighbouring edges to an entry.

A street a kilometre long has hundreds of edges of which one place needs three; looking shapes up whole would make
the work grow with the square of the town.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.ribbon import FloatArray
from geo.strands import IntArray
from geo.streetscape import GeometryArray, array_of

_EDGES_TO_AN_ENTRY: Final = 12


@dataclass(frozen=True, slots=True)
class Outlines:
    """Edges of all shapes, anti-clockwise round each.

    `tree`: of the entries. `first`, `count`, `owner`: of each entry, its edges and the shape they belong to.
    `starts`, `ends`: (n, 2), of every edge.
    """

    tree: shapely.STRtree
    first: IntArray
    count: IntArray
    owner: IntArray
    starts: FloatArray
    ends: FloatArray

    def edges_near(self, places: GeometryArray) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        """Edges that may lie in each place: place, owner, start and end of each, owners in rising order."""
        place, entry = (found.astype(np.int64) for found in self.tree.query(places, predicate="intersects"))
        order = np.lexsort((entry, place))
        place, entry = place[order], entry[order]
        times = self.count[entry]
        before = np.cumsum(times) - times
        pair = np.repeat(np.arange(len(entry)), times)
        edge = np.arange(int(times.sum())) - before[pair] + self.first[entry[pair]]
        return place[pair], self.owner[entry[pair]], self.starts[edge], self.ends[edge]


def make_outlines(shapes: Sequence[BaseGeometry]) -> Outlines:
    """The outlines of polygons and multipolygons, in the order given.

    Holes are left out: no ray from outside comes into a courtyard.
    """
    parts, owner = shapely.get_parts(array_of(shapes), return_index=True)
    rings = shapely.get_exterior_ring(shapely.orient_polygons(parts))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    # The last point of a ring begins no edge.
    begins = np.flatnonzero(ring[:-1] == ring[1:]) if len(ring) else np.empty(0, dtype=np.int64)
    edge_ring = ring[begins]
    within = np.arange(len(begins)) - np.searchsorted(edge_ring, edge_ring)
    heads = np.flatnonzero(within % _EDGES_TO_AN_ENTRY == 0)
    count = np.diff(np.append(heads, len(begins)))
    # An entry's line has one vertex more than edges: the end of its last.
    entry = np.repeat(np.arange(len(heads)), count + 1)
    offset = np.arange(len(entry)) - np.repeat(np.cumsum(count + 1) - count - 1, count + 1)
    vertices = points[np.repeat(begins[heads], count + 1) + offset] if len(heads) else np.empty((0, 2))
    lines = np.asarray(shapely.linestrings(vertices, indices=entry)) if len(heads) else array_of([])
    owners = np.asarray(owner[edge_ring[heads]], dtype=np.int64)
    return Outlines(shapely.STRtree(lines), heads, count, owners, points[begins], points[begins + 1])
