"""A net of street lines: where things stand on it, and how far a walk along it reaches from them.

Distances run along the lines and over their crossings, never straight across a block. Lines that come within a
metre of each other are joined, since drawn streets rarely meet to the centimetre. Coordinates are of a metric plane.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

from geo.spans import Span, joined

_JOIN_M: Final = 1.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A thing on the net: its street (number), the metres it takes there, and the side it stands on.

    `side` is "left" or "right" of the direction the line is drawn in.
    """

    street: int
    span: Span
    side: str

    @property
    def middle_m(self) -> float:
        return (self.span[0] + self.span[1]) / 2.0


class StreetNet:
    """Streets with their crossings, built once and asked often.

    Args:
        lines: one line a street, in metres of one plane; the order gives the numbers. A street that crosses itself
            is not joined to itself there.
        names: their names, or nothing; a thing that names its street is put there although a lane is nearer.

    Error: exact to a float; a join of lines that do not touch is walked as if they did (under 1 m).

    Source: distances in a planar street graph by Dijkstra's algorithm.
    """

    def __init__(self, lines: Sequence[LineString], names: Sequence[str | None] = ()) -> None:
        self.lines = tuple(lines)
        self.names = tuple(names) or (None,) * len(self.lines)
        self.length_m = shapely.length(np.array(self.lines, dtype=object)) if lines else np.zeros(0)
        self._tree = shapely.STRtree(self.lines)
        self._ends: list[tuple[tuple[int, float], tuple[int, float]]] = []
        self._on_street: dict[int, list[tuple[float, int]]] = defaultdict(list)
        self._edges: dict[int, list[tuple[int, float]]] = defaultdict(list)
        self._join()

    def _join(self) -> None:
        if not self.lines:
            return
        pairs = self._tree.query(np.array(self.lines, dtype=object), predicate="dwithin", distance=_JOIN_M)
        for one, other in sorted({(int(a), int(b)) for a, b in pairs.T if a < b}):
            for x, y in _meeting(self.lines[one], self.lines[other]):
                spot = shapely.Point(x, y)
                ends = ((one, self.lines[one].project(spot)), (other, self.lines[other].project(spot)))
                number = len(self._ends)
                self._ends.append(ends)
                for street, at_m in ends:
                    self._on_street[street].append((at_m, number))
        for crossings in self._on_street.values():
            crossings.sort()
            for (from_m, one), (to_m, other) in pairwise(crossings):
                self._edges[one].append((other, to_m - from_m))
                self._edges[other].append((one, to_m - from_m))

    def crossings(self, street: int) -> tuple[tuple[float, int], ...]:
        """Where a street meets others: metres along it, rising, and the crossing's number, which the other has too."""
        return tuple(self._on_street.get(street, ()))

    def place(
        self, shapes: Sequence[Any], reach_m: float, names: Sequence[str | None] = ()
    ) -> list[Placed | None]:
        """Put each geometry on the street nearest to its middle; None when none is within `reach_m` metres.

        A street of the name given for it goes before all others. The span is what the geometry's corners take of the
        line; equally near streets: the first of them.
        """
        if not self.lines or not shapes:
            return [None] * len(shapes)
        array = np.array(shapes, dtype=object)
        middles = shapely.centroid(array)
        found, streets = self._tree.query_nearest(middles, max_distance=reach_m, all_matches=True)
        nearest: dict[int, int] = {}
        for index, street in zip(found.tolist(), streets.tolist(), strict=True):
            nearest[index] = min(street, nearest.get(index, street))
        nearest |= self._by_name(middles, reach_m, names)
        corners, owner = shapely.get_coordinates(array, return_index=True)
        firsts = np.searchsorted(owner, np.arange(len(shapes) + 1))
        return [
            self._placed(nearest[n], middles[n], corners[firsts[n] : firsts[n + 1]]) if n in nearest else None
            for n in range(len(shapes))
        ]

    def _by_name(self, middles: Any, reach_m: float, names: Sequence[str | None]) -> dict[int, int]:
        """Number of a middle -> the nearest street within reach that has the name given for it."""
        if not any(names):
            return {}
        found, streets = self._tree.query(middles, predicate="dwithin", distance=reach_m)
        best: dict[int, tuple[float, int]] = {}
        for index, street in zip(found.tolist(), streets.tolist(), strict=True):
            if names[index] and names[index] == self.names[street]:
                away = (float(self.lines[street].distance(middles[index])), street)
                best[index] = min(away, best.get(index, away))
        return {index: street for index, (_, street) in best.items()}

    def _placed(self, street: int, middle: Any, corners: NDArray[np.float64]) -> Placed:
        line = self.lines[street]
        at_m = shapely.line_locate_point(line, shapely.points(corners))
        middle_m = float(line.project(middle))
        ahead = line.interpolate(min(middle_m + 0.5, line.length))
        behind = line.interpolate(max(middle_m - 0.5, 0.0))
        turn = (ahead.x - behind.x) * (middle.y - behind.y) - (ahead.y - behind.y) * (middle.x - behind.x)
        return Placed(street, (float(at_m.min()), float(at_m.max())), "left" if turn > 0 else "right")

    def reach(self, sources: Iterable[Placed], within_m: float) -> dict[int, tuple[Span, ...]]:
        """Street -> the metres of it that lie within a walk of `within_m` along the net from any source."""
        spans: dict[int, list[Span]] = defaultdict(list)
        starts: dict[int, float] = {}
        for source in sources:
            spans[source.street].append((source.span[0] - within_m, source.span[1] + within_m))
            for at_m, number in self._on_street.get(source.street, ()):
                away_m = max(source.span[0] - at_m, at_m - source.span[1], 0.0)
                if away_m <= within_m:
                    starts[number] = min(away_m, starts.get(number, away_m))
        for number, away_m in self._walk(starts, within_m).items():
            rest_m = within_m - away_m
            for street, at_m in self._ends[number]:
                spans[street].append((at_m - rest_m, at_m + rest_m))
        return {street: self.clipped(street, found) for street, found in sorted(spans.items())}

    def clipped(self, street: int, spans: Iterable[Span]) -> tuple[Span, ...]:
        """Spans joined and cut to the street's length."""
        end_m = float(self.length_m[street])
        return joined((max(low, 0.0), min(high, end_m)) for low, high in spans if high > 0.0 and low < end_m)

    def _walk(self, starts: Mapping[int, float], within_m: float) -> dict[int, float]:
        """Metres to every crossing that lies within reach."""
        done: dict[int, float] = {}
        queue = [(away_m, number) for number, away_m in starts.items()]
        heapq.heapify(queue)
        while queue:
            away_m, number = heapq.heappop(queue)
            if number in done:
                continue
            done[number] = away_m
            for other, step_m in self._edges.get(number, ()):
                if other not in done and away_m + step_m <= within_m:
                    heapq.heappush(queue, (away_m + step_m, other))
        return done


def _meeting(one: LineString, other: LineString) -> list[tuple[float, float]]:
    """Where two lines meet: crossings, ends of a shared stretch, or the nearest points of lines that nearly touch."""
    shared = shapely.intersection(one, other)
    if shared.is_empty:
        between = shapely.shortest_line(one, other).interpolate(0.5, normalized=True)
        return [(between.x, between.y)]
    found: list[tuple[float, float]] = []
    for part in getattr(shared, "geoms", [shared]):
        ends = [part.coords[0], part.coords[-1]] if part.geom_type == "LineString" else list(part.coords)
        found += [(x, y) for x, y, *_ in ends]
    return sorted(set(found))
