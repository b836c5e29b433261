"""The gap finder: which fronts and busy places have no parking bay within a walk along the street.

Fronts, bays and attractors are put on the street nearest to their middle; a bay serves what lies within so many
metres of it along the street lines, round corners too (应划尽划). What the bays leave over of the fronts are the gaps,
so one more bay takes away exactly the ground it serves. Streets, zones and rules arrive as arguments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shapely.geometry import LineString
from shapely.ops import substring

from geo.spans import Span, inside, joined, total_m, without
from geo.streetnet import Placed, StreetNet

# Coordinates kept to a centimetre leave neighbours that much apart; less than that is no gap to paint a bay in.
_TOUCH_M: Final = 0.02
_SHORTEST_M: Final = 0.02


class Sides(StrEnum):
    """Whether a bay serves the other side of its street."""

    EITHER = "either"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Standing:
    """A thing on the ground: a front, a bay or an attractor, as a geometry of the metric plane.

    `street` is the name of the street it belongs to, where that is known.
    """

    code: str
    township: str | None
    shape: Any
    street: str | None = None


@dataclass(frozen=True, slots=True)
class GapSettings:
    """Rules of the gap finder.

    Args:
        within_m: how far along the street a bay serves.
        sides: EITHER: a bay serves both sides of every street within the walk. SAME: its own side of its own street
            only, since the other side is reached over the carriageway.
        reach_m: a thing farther from every street line than this stands on no street and is told as unplaced.
    """

    within_m: float = 100.0
    sides: Sides = Sides.EITHER
    reach_m: float = 60.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Fronts in a row that no bay serves: metres of the street's line, which side, and the zones that touch it."""

    street: int
    side: str
    township: str | None
    from_m: float
    to_m: float
    line: LineString
    fronts: tuple[str, ...]

    @property
    def length_m(self) -> float:
        return self.to_m - self.from_m


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of one township; lengths are metres of frontage along the street."""

    front_m: float
    gap_m: float
    stretches: int
    attractors: int
    attractors_without: int


@dataclass(frozen=True, slots=True)
class GapReport:
    """What was found; `unplaced` are codes of fronts and attractors that stand on no street."""

    stretches: tuple[Stretch, ...]
    attractors: tuple[Standing, ...]
    totals: Mapping[str | None, Total]
    unplaced: tuple[str, ...]


Row = tuple[int, str, str | None]


def find_gaps(
    net: StreetNet,
    fronts: Sequence[Standing],
    bays: Sequence[Standing],
    attractors: Sequence[Standing] = (),
    settings: GapSettings | None = None,
) -> GapReport:
    """Find the stretches of frontage and the attractors without a bay.

    Args:
        net: the streets, in the plane of everything else (metres).
        fronts: frontage zones; what a zone's corners take of its street's line counts.
        bays: parking areas of one vehicle kind; the walk begins at their ends.
        attractors: places many ride to; each counts by the middle of its shape.
        settings: rules; None for the defaults.

    Returns:
        Stretches in order of street, side, township and metre; the same for the same input in any order of bays.

    Error: along straight streets exact to 1 cm; on a bend the metres of the line count, not those of the kerb.

    Source: row 30 of the work areas (应划尽划): frontage metres and attractors without a bay within X m.

    >>> street = StreetNet([LineString([(0, 0), (300, 0)])])
    >>> from shapely import box
    >>> fronts = [Standing("F1", "A", box(0, 5, 300, 9))]
    >>> [(s.from_m, s.to_m) for s in find_gaps(street, fronts, [Standing("P1", "A", box(10, 5, 20, 7))]).stretches]
    [(120.0, 300.0)]
    """
    settings = settings or GapSettings()
    served = _served(net, bays, settings)
    rows, unplaced = _rows(net, fronts, settings)
    stretches = [
        stretch for row in sorted(rows, key=_row_order) for stretch in _left(net, row, rows[row], served)
    ]
    lacking, homeless = _lacking(net, attractors, served, settings)
    return GapReport(
        tuple(stretches),
        tuple(lacking),
        _totals(rows, stretches, attractors, lacking),
        tuple(sorted([*unplaced, *homeless])),
    )


Served = Mapping[tuple[int, str], tuple[Span, ...]]


def _place(net: StreetNet, things: Sequence[Standing], settings: GapSettings) -> list[Placed | None]:
    return net.place([one.shape for one in things], settings.reach_m, [one.street for one in things])


def _served(net: StreetNet, bays: Sequence[Standing], settings: GapSettings) -> Served:
    placed = [one for one in _place(net, bays, settings) if one is not None]
    if settings.sides is Sides.EITHER:
        reach = net.reach(placed, settings.within_m)
        return {(street, side): spans for street, spans in reach.items() for side in ("left", "right")}
    own: dict[tuple[int, str], list[Span]] = defaultdict(list)
    for bay in placed:
        span = (bay.span[0] - settings.within_m, bay.span[1] + settings.within_m)
        own[bay.street, bay.side].append(span)
    return {key: net.clipped(key[0], spans) for key, spans in own.items()}


def _rows(
    net: StreetNet, fronts: Sequence[Standing], settings: GapSettings
) -> tuple[dict[Row, list[tuple[str, Placed]]], list[str]]:
    rows: dict[Row, list[tuple[str, Placed]]] = defaultdict(list)
    unplaced = []
    for front, placed in zip(fronts, _place(net, fronts, settings), strict=True):
        if placed is None:
            unplaced.append(front.code)
        else:
            rows[placed.street, placed.side, front.township].append((front.code, placed))
    return rows, unplaced


def _row_order(row: Row) -> tuple[int, str, str]:
    return row[0], row[1], row[2] or ""


def _left(net: StreetNet, row: Row, members: Sequence[tuple[str, Placed]], served: Served) -> list[Stretch]:
    street, side, township = row
    wanted = joined((placed.span for _, placed in members), _TOUCH_M)
    made = []
    for low, high in without(wanted, served.get((street, side), ()), _SHORTEST_M):
        touching = sorted(
            (placed.span[0], code)
            for code, placed in members
            if placed.span[0] < high and placed.span[1] > low
        )
        line = LineString(substring(net.lines[street], low, high).coords)
        made.append(Stretch(street, side, township, low, high, line, tuple(code for _, code in touching)))
    return made


def _lacking(
    net: StreetNet, attractors: Sequence[Standing], served: Served, settings: GapSettings
) -> tuple[list[Standing], list[str]]:
    lacking, homeless = [], []
    for attractor, placed in zip(attractors, _place(net, attractors, settings), strict=True):
        if placed is None:
            homeless.append(attractor.code)
        elif not inside(served.get((placed.street, placed.side), ()), placed.middle_m):
            lacking.append(attractor)
    return sorted(lacking, key=lambda one: one.code), homeless


def _totals(
    rows: Mapping[Row, Sequence[tuple[str, Placed]]],
    stretches: Sequence[Stretch],
    attractors: Sequence[Standing],
    lacking: Sequence[Standing],
) -> dict[str | None, Total]:
    front_m: dict[str | None, float] = defaultdict(float)
    for (_, _, township), members in rows.items():
        front_m[township] += total_m(joined((placed.span for _, placed in members), _TOUCH_M))
    names = sorted({*front_m, *(one.township for one in attractors)}, key=lambda name: name or "")
    return {
        name: Total(
            front_m=front_m.get(name, 0.0),
            gap_m=sum(one.length_m for one in stretches if one.township == name),
            stretches=sum(one.township == name for one in stretches),
            attractors=sum(one.township == name for one in attractors),
            attractors_without=sum(one.township == name for one in lacking),
        )
        for name in names
    }
