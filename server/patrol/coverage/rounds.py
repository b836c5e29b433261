"""A suggested round over the most overdue streets: which of them fit, in which order, which way along each.

Streets are taken in the order of the gaps list as long as the round stays within its metres. The order of walking is
networkx's: a tour within one and a half times the shortest (Christofides), then bettered by threshold accepting with a
fixed seed and a counted number of steps, so that the same question has the same answer everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from server.patrol.coverage.walking import Node, Stretch, WalkGraph, graphs

_SEED = 1
_WORTH_ORDERING = 1.3
"""A round longer than this many times what it may be is not made short enough by another order."""
_FEW = 4
"""Stops of which every order is as good as any an approximation finds, or that a tour cannot be made of."""


@dataclass(frozen=True)
class Target:
    """A street with gaps: the stretches of its lines on which they lie. `key` tells it from others."""

    key: Any
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Leg:
    """One stretch as it is walked: from `enters` to `leaves`, after `way_m` metres to get there."""

    key: Any
    stretch: Stretch
    enters: Node
    leaves: Node
    way_m: float


@dataclass(frozen=True)
class Tour:
    """A round.

    Attributes:
        legs: in the order of walking. back_m: from the last of them to where it began; 0 when it has no start.
        left: keys of streets that were left out, and why: `not_joined`, `too_far`.
    """

    legs: tuple[Leg, ...]
    back_m: float
    left: tuple[tuple[Any, str], ...] = ()

    @property
    def length_m(self) -> float:
        return sum(leg.way_m + leg.stretch.length_m for leg in self.legs) + self.back_m


@dataclass
class Rounds:
    """Looks for rounds on one graph.

    Attributes:
        start: where it begins and ends; None: wherever is best, and it ends elsewhere.
        max_m: metres it may be long. max_streets: streets it may have. steps: of the search for a better order.
    """

    graph: WalkGraph
    start: Node | None
    max_m: float
    max_streets: int
    steps: int
    _reach: dict[Node, Mapping[Node, float]] = field(default_factory=dict)

    def suggest(self, targets: Sequence[Target]) -> Tour:
        """A round over as many of the targets as fit, the first ones first."""
        chosen: list[tuple[Any, Stretch]] = []
        left: list[tuple[Any, str]] = []
        tour = Tour((), 0.0)
        for target in targets:
            if len({key for key, _ in chosen}) == self.max_streets:
                break
            wanted = chosen + [(target.key, stretch) for stretch in target.stretches]
            if not self._joined([stretch.middle for _, stretch in wanted]):
                left.append((target.key, "not_joined"))
                continue
            longer = self._best(self._inserted(chosen, wanted[len(chosen) :]))
            if self.max_m < longer.length_m <= _WORTH_ORDERING * self.max_m:
                longer = self._best(self._ordered(wanted))
            if longer.length_m > self.max_m:
                left.append((target.key, "too_far"))
                continue
            tour, chosen = longer, [(leg.key, leg.stretch) for leg in longer.legs]
        shortest = min(tour, self._best(self._ordered(chosen)), key=lambda one: one.length_m)
        return replace(shortest, left=tuple(left))

    def _away_m(self, one: Node, other: Node) -> float:
        if one not in self._reach:
            self._reach[one] = self.graph.distances(one, self.max_m)
        return self._reach[one].get(other, float("inf"))

    def _joined(self, nodes: Sequence[Node]) -> bool:
        base = self.start if self.start is not None else nodes[0]
        return all(self.graph.joined(base, node) for node in nodes)

    def _inserted(self, order: Iterable[Any], more: Iterable[Any]) -> list[Any]:
        """The order with each of the others where it adds least: enough to see whether it fits."""
        made = list(order)
        for one in more:
            places = range(len(made) + 1)
            place = min(places, key=lambda at, one=one: self._added_m(made, at, one[1].middle))  # type: ignore[misc]
            made.insert(place, one)
        return made

    def _added_m(self, order: Sequence[Any], place: int, node: Node) -> float:
        before = order[place - 1][1].middle if place else self.start
        after = order[place][1].middle if place < len(order) else self.start
        added = sum(self._away_m(end, node) for end in (before, after) if end is not None)
        return added - (self._away_m(before, after) if before is not None and after is not None else 0.0)

    def _ordered(self, stops: Sequence[tuple[Any, Stretch]]) -> list[tuple[Any, Stretch]]:
        """The stops in a short order, by networkx over the metres between their middles."""
        nodes: list[Node] = [stretch.middle for _, stretch in stops]
        if self.start is not None:
            nodes.append(self.start)
        if len(nodes) < _FEW:
            return list(stops)
        # What lies farther apart than the whole round may be is never walked: any large number will do.
        far_m = 10 * self.max_m
        nx = graphs()
        graph: Any = nx.Graph()
        for n, one in enumerate(nodes):
            graph.add_weighted_edges_from((n, m, min(self._away_m(one, nodes[m]), far_m)) for m in range(n))
        cycle = nx.approximation.christofides(graph)
        cycle = nx.approximation.threshold_accepting_tsp(
            graph, cycle, source=cycle[0], seed=_SEED, N_inner=self.steps, max_iterations=5
        )
        begin = len(stops) if self.start is not None else self._farthest(graph, cycle)
        at = cycle.index(begin)
        turned = cycle[at:-1] + cycle[:at]
        return [stops[n] for n in turned if n < len(stops)]

    @staticmethod
    def _farthest(graph: Any, cycle: Sequence[int]) -> int:
        """Where a tour that need not come back begins: behind its longest way."""
        return max(pairwise(cycle), key=lambda pair: (graph.edges[pair]["weight"], pair))[1]

    def _best(self, order: Sequence[tuple[Any, Stretch]]) -> Tour:
        """The order walked the best way along each stretch: exact, since each has but two."""
        if not order:
            return Tour((), 0.0)
        # Shortest way so far that leaves the newest stretch by either of its ends, with how it came there.
        best: dict[Node, tuple[float, tuple[Leg, ...]]] = {}
        for key, stretch in order:
            coming: dict[Node, tuple[float, tuple[Leg, ...]]] = {}
            for enters, leaves in (stretch.ends, stretch.ends[::-1]):
                options = []
                for here, (length_m, legs) in (best or self._begin()).items():
                    way_m = self._away_m(here, enters) if here is not None else 0.0
                    leg = Leg(key, stretch, enters, leaves, way_m)
                    options.append((length_m + way_m + stretch.length_m, (*legs, leg)))
                coming[leaves] = min(options, key=lambda option: option[0])
            best = coming
        ended = [
            (length_m + back_m, legs, back_m)
            for here, (length_m, legs) in best.items()
            for back_m in [self._away_m(here, self.start) if self.start is not None else 0.0]
        ]
        _, legs, back_m = min(ended, key=lambda one: one[0])
        return Tour(legs, back_m)

    def _begin(self) -> dict[Any, tuple[float, tuple[Leg, ...]]]:
        return {self.start: (0.0, ())}


def line_of(graph: WalkGraph, tour: Tour, start: Node | None) -> list[tuple[float, float]]:
    """The vertices of the whole round in metres of the plane, none twice in a row."""
    met: list[tuple[float, float]] = []
    here = start
    for leg in tour.legs:
        if here is not None:
            met += graph.way(here, leg.enters)
        met += graph.way(leg.enters, leg.leaves)
        here = leg.leaves
    if start is not None and here is not None:
        met += graph.way(here, start)
    return [one for n, one in enumerate(met) if n == 0 or met[n - 1] != one]
