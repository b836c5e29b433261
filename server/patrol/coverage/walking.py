"""A net of streets as a graph to walk on: stretches that have to be walked, and the shortest ways between them.

Ways are networkx's (Dijkstra over metres); crossings and where things stand on a street are geo.streetnet's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely.ops import substring

from geo.streetnet import StreetNet

Node = tuple[int, float] | int
"""A spot (street, metres along it), or the number of a crossing."""


def graphs() -> Any:
    """networkx, imported by the first who asks: a tenth of what the server takes to start, for a few rounds a day."""
    import networkx

    return networkx


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of one street line to be walked from one end to the other, either way."""

    street: int
    from_m: float
    to_m: float

    @property
    def ends(self) -> tuple[Node, Node]:
        return (self.street, self.from_m), (self.street, self.to_m)

    @property
    def middle(self) -> Node:
        return (self.street, (self.from_m + self.to_m) / 2)

    @property
    def length_m(self) -> float:
        return self.to_m - self.from_m


class WalkGraph:
    """Streets with the spots that matter on them.

    Args:
        net: in metres of one plane. stretches, spots: what has to be a node beside crossings.
    """

    def __init__(
        self, net: StreetNet, stretches: Iterable[Stretch], spots: Iterable[tuple[int, float]]
    ) -> None:
        self._net = net
        self._graph: Any = graphs().Graph()
        marks: dict[int, set[tuple[float, Any]]] = defaultdict(set)
        for stretch in stretches:
            for street, at_m in (*stretch.ends, stretch.middle):  # type: ignore[misc]
                marks[street].add((at_m, (street, at_m)))
        for street, at_m in spots:
            marks[street].add((at_m, (street, at_m)))
        for street in range(len(net.lines)):
            nodes = sorted([*net.crossings(street), *marks[street]], key=lambda node: (node[0], str(node[1])))
            for (one_m, one), (other_m, other) in pairwise(nodes):
                self._join(one, other, other_m - one_m, street, one_m, other_m)

        self._pieces = {
            node: number
            for number, nodes in enumerate(graphs().connected_components(self._graph))
            for node in nodes
        }

    def _join(
        self, one: Node, other: Node, length_m: float, street: int, one_m: float, other_m: float
    ) -> None:
        known = self._graph.get_edge_data(one, other)
        if one != other and (known is None or length_m < known["length_m"]):
            along = {one: one_m, other: other_m}
            self._graph.add_edge(one, other, length_m=length_m, street=street, along=along)

    def joined(self, one: Node, other: Node) -> bool:
        """Whether there is any way from one node to the other."""
        return one == other or self._pieces.get(one, -1) == self._pieces.get(other, -2)

    def distances(self, source: Node, within_m: float) -> Mapping[Node, float]:
        """Metres from a node to every other within reach."""
        if source not in self._graph:
            return {source: 0.0}
        found: Mapping[Node, float] = graphs().single_source_dijkstra_path_length(
            self._graph, source, cutoff=within_m, weight="length_m"
        )
        return found

    def way(self, source: Node, target: Node) -> list[tuple[float, float]]:
        """The vertices of the shortest way between two nodes that are joined, in metres of the plane."""
        if source == target:
            return []
        path: Sequence[Node] = graphs().dijkstra_path(self._graph, source, target, weight="length_m")
        met: list[tuple[float, float]] = []
        for one, other in pairwise(path):
            edge = self._graph.edges[one, other]
            met += self._along(edge["street"], edge["along"][one], edge["along"][other])
        return met

    def _along(self, street: int, from_m: float, to_m: float) -> list[tuple[float, float]]:
        piece = substring(self._net.lines[street], from_m, to_m)
        return [(x, y) for x, y, *_ in piece.coords]


def nearest_spot(net: StreetNet, x: float, y: float) -> tuple[tuple[int, float], float]:
    """The spot on any street nearest to a point, and the metres to it; of equally near streets the first."""
    point = shapely.Point(x, y)
    away = shapely.distance(np.array(net.lines, dtype=object), point)
    street = int(away.argmin())
    return (street, float(net.lines[street].project(point))), float(away[street])
