"""Who answers for which stretch of a street side: fronts, the gaps between them and where their strips end.

Rules kept: a gap is split in half up to a limit, property lines win over that, a lane or a wide gap is nobody's,
a corner building goes on to the kerb of its other street, and a house in the second row has no front. Shapes
are made by `geo.strips`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final

from geo.envelope import TOUCH_M, Edge
from geo.pieces import clipped_by, edges_in, part_of, straight_edges, within
from geo.property_lines import Boundary
from geo.ribbon import Ribbon
from geo.skyline import Skyline
from geo.streetscape import AT_LIMIT_M, GeneratorSettings

# A wall drawn at the very limit is within it, whichever way rounding goes.
_SAME_ANGLE_DEG: Final = 1e-6


class EndRule(StrEnum):
    """Why a strip ends where it does."""

    SHARED_WALL = "shared_wall"
    HALF_GAP = "half_gap"
    PROPERTY_LINE = "property_line"
    OWN_WALL = "own_wall"
    LANE = "lane"
    CORNER = "corner"
    STREET_END = "street_end"


class Drop(StrEnum):
    """Why something seen is no front."""

    SECOND_ROW = "second_row"
    TOO_SHORT = "too_short"
    SIDE_WALL = "side_wall"


@dataclass(frozen=True, slots=True)
class Front:
    """One subject's stretch of a street side.

    `edges`: its walls (and bridged courts) in order. `u0`, `u1`: where its strip begins and ends. `ends`: why
    there. `occupants`: whose walls they are. `unit`: place among the parts property lines cut a subject into,
    0 when there is one. `court`: whether a court was bridged. `boundaries`: the property lines it ends at.
    """

    subject: int
    occupants: tuple[int, ...]
    edges: tuple[Edge, ...]
    u0: float
    u1: float
    ends: tuple[EndRule, EndRule] = (EndRule.STREET_END, EndRule.STREET_END)
    unit: int = 0
    court: bool = False
    boundaries: tuple[Boundary | None, Boundary | None] = (None, None)

    @property
    def wall_u0(self) -> float:
        """Where its own wall begins."""
        return self.edges[0].cell + self.edges[0].t0

    @property
    def wall_u1(self) -> float:
        """Where its own wall ends."""
        return self.edges[-1].cell + self.edges[-1].t1


@dataclass(frozen=True, slots=True)
class Dropped:
    """Walls that were seen but are no front."""

    occupant: int
    edges: tuple[Edge, ...]
    why: Drop


@dataclass(frozen=True, slots=True)
class Nobody:
    """A stretch between two fronts that nobody answers for."""

    u0: float
    u1: float
    why: EndRule


@dataclass(frozen=True, slots=True)
class SideFronts:
    """All fronts of one side in order, with what was left out."""

    fronts: tuple[Front, ...]
    dropped: tuple[Dropped, ...]
    nobody: tuple[Nobody, ...]


@dataclass(frozen=True, slots=True)
class Mouth:
    """A crossing with another street, as a stretch of the kerb."""

    u0: float
    u1: float
    street: str


@dataclass(frozen=True, slots=True)
class SideView:
    """One side with what it sees, put in terms of subjects and streets.

    `subject_of`: subject by occupant. `mouths`: crossings in order. `boundaries`: property
    lines, in order.
    """

    street: str
    ribbon: Ribbon
    skyline: Skyline
    subject_of: Sequence[int]
    mouths: tuple[Mouth, ...]
    boundaries: tuple[Boundary, ...]
    settings: GeneratorSettings


def find_fronts(view: SideView) -> SideFronts:
    """The fronts of one side before corners are known: every strip ends at its own walls, boundaries apart.

    Raises nothing; a side that sees no wall has no fronts.
    """
    walls = [edge for edge in view.skyline.edges if edge.owner < len(view.subject_of)]
    hidden = _second_row(view, walls)
    kept = [edge for edge in walls if edge.owner not in hidden]
    rows = _stretches(view, kept)
    faces = [face for row in rows if (face := _without_side_walls(view, row))]
    fronts = _joined(view, [_front(view, face) for face in faces])
    least_m = view.settings.min_front_m - AT_LIMIT_M
    lengths_m = [wall_m(view.ribbon, front.edges) for front in fronts]
    short = [f for f, m in zip(fronts, lengths_m, strict=True) if m < least_m]
    fronts = _joined(view, [f for f, m in zip(fronts, lengths_m, strict=True) if m >= least_m])
    fronts = [part for front in fronts for part in _split(view, front)]
    dropped = [Dropped(edge.owner, (edge,), Drop.SECOND_ROW) for edge in walls if edge.owner in hidden]
    dropped += [Dropped(front.occupants[0], front.edges, Drop.TOO_SHORT) for front in short]
    dropped += [
        Dropped(r[0].owner, tuple(r), Drop.SIDE_WALL) for r in rows if not _without_side_walls(view, r)
    ]
    return SideFronts(tuple(fronts), tuple(dropped), ())


def _second_row(view: SideView, walls: Sequence[Edge]) -> set[int]:
    """Occupants of which the street sees too small a share."""
    seen: dict[int, float] = {}
    for edge in walls:
        seen_m = (edge.t1 - edge.t0) * float(view.ribbon.length_m[edge.cell])
        seen[edge.owner] = seen.get(edge.owner, 0.0) + seen_m
    share = view.settings.min_visible_share
    extent: Mapping[int, float] = view.skyline.extent_m
    return {who for who, seen_m in seen.items() if seen_m < share * extent[who] - AT_LIMIT_M}


def _stretches(view: SideView, edges: Sequence[Edge]) -> list[list[Edge]]:
    """Rows of neighbouring edges of one subject."""
    rows: list[list[Edge]] = []
    for edge in edges:
        last = rows[-1][-1] if rows else None
        touching = last is not None and _touching(view.ribbon, last, edge)
        if last and touching and view.subject_of[last.owner] == view.subject_of[edge.owner]:
            rows[-1].append(edge)
        else:
            rows.append([edge])
    return rows


def _without_side_walls(view: SideView, row: Sequence[Edge]) -> list[Edge]:
    """A wall that turns away from the street at either end of a row of walls is no part of the front."""
    facing = [k for k, edge in enumerate(row) if _faces(view, edge)]
    return list(row[facing[0] : facing[-1] + 1]) if facing else []


def _faces(view: SideView, edge: Edge) -> bool:
    ribbon = view.ribbon
    ends = [
        ribbon.point(edge.cell + t, ribbon.depth_m(edge.cell, w))
        for t, w in ((edge.t0, edge.w0), (edge.t1, edge.w1))
    ]
    dx, dy = ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]
    (ax, ay), (nx, ny) = ribbon.along[edge.cell], ribbon.away[edge.cell]
    turned_deg = math.degrees(math.atan2(abs(dx * nx + dy * ny), dx * ax + dy * ay))
    return turned_deg <= view.settings.max_wall_angle_deg + _SAME_ANGLE_DEG


def _touching(ribbon: Ribbon, last: Edge, edge: Edge) -> bool:
    return ribbon.span_m(last.cell + last.t1, edge.cell + edge.t0, 0.0) <= 2.0 * TOUCH_M


def _front(view: SideView, edges: Sequence[Edge], court: bool = False) -> Front:
    occupants = tuple(dict.fromkeys(edge.owner for edge in edges))
    straightened, bridged = _bridge_courts(view, edges)
    first, last = edges[0], edges[-1]
    return Front(
        view.subject_of[first.owner], occupants, tuple(straightened), first.cell + first.t0, last.cell + last.t1,
        court=court or bridged,
    )  # fmt: skip


def _bridge_courts(view: SideView, edges: Sequence[Edge]) -> tuple[list[Edge], bool]:
    """A deep recess between two shoulders of one front is a court: the front goes straight over its mouth."""
    ribbon, limit_m = view.ribbon, view.settings.max_recess_m
    made: list[Edge] = [edges[0]]
    bridged, place = False, 1
    while place < len(edges):
        last, edge = made[-1], edges[place]
        shoulder_m = ribbon.depth_m(last.cell, last.w1)
        if ribbon.depth_m(edge.cell, edge.w0) - shoulder_m > limit_m:
            far = _far_shoulder(view, edges, place, shoulder_m + limit_m)
            if far is not None:
                other = edges[far]
                start = (last.cell + last.t1, shoulder_m)
                end = (other.cell + other.t0, ribbon.depth_m(other.cell, other.w0))
                over = straight_edges(ribbon, start, end, last.owner)
                made += clipped_by(ribbon, over, edges[place:far])
                place, bridged = far, True
                edge = other
        made.append(edge)
        place += 1
    return made, bridged


def _far_shoulder(view: SideView, edges: Sequence[Edge], place: int, deep_m: float) -> int | None:
    """The first edge after a recess that stands before its floor again, when the mouth is narrow enough."""
    ribbon, start = view.ribbon, edges[place].cell + edges[place].t0
    for number in range(place + 1, len(edges)):
        edge = edges[number]
        if ribbon.span_m(start, edge.cell + edge.t0, 0.0) > view.settings.max_court_m:
            return None
        if ribbon.depth_m(edge.cell, edge.w0) <= deep_m:
            return number
    return None


def _joined(view: SideView, fronts: Sequence[Front]) -> list[Front]:
    """Fronts of one subject with only a court between them made one."""
    made: list[Front] = []
    for front in fronts:
        last = made[-1] if made else None
        if last is None or last.subject != front.subject or not _is_court(view, last, front):
            made.append(front)
            continue
        between = edges_in(view.skyline, last.u1, front.u0)
        over = straight_edges(
            view.ribbon,
            (last.wall_u1, depth_at_end(view.ribbon, last, True)),
            (front.wall_u0, depth_at_end(view.ribbon, front, False)),
            last.edges[-1].owner,
        )
        edges = [*last.edges, *clipped_by(view.ribbon, over, between), *front.edges]
        occupants = tuple(dict.fromkeys([*last.occupants, *front.occupants]))
        made[-1] = replace(last, edges=tuple(edges), u1=front.u1, court=True, occupants=occupants)
    return made


def _is_court(view: SideView, before: Front, after: Front) -> bool:
    if mouths_between(view, before, after) or lane_between(view, before.u1, after.u0):
        return False
    return view.ribbon.span_m(before.u1, after.u0, 0.0) <= view.settings.max_court_m + AT_LIMIT_M


def wall_m(ribbon: Ribbon, edges: Sequence[Edge]) -> float:
    """Metres along the street of some walls, measured at their own depth."""
    return sum(
        ribbon.span_m(e.cell + e.t0, e.cell + e.t1, ribbon.depth_m(e.cell, (e.w0 + e.w1) / 2.0))
        for e in edges
    )


def _split(view: SideView, front: Front) -> list[Front]:
    """A front cut into units where property lines reach it."""
    ribbon = view.ribbon
    cuts: list[tuple[float, Boundary | None]] = [(front.u0, None)]
    for u, boundary in sorted(_at_wall(view, front), key=lambda cut: cut[0]):
        if ribbon.span_m(cuts[-1][0], u, 0.0) >= view.settings.min_front_m:
            cuts.append((u, boundary))
    if len(cuts) == 1:
        return [front]
    cuts.append((front.u1, None))
    parts = []
    for unit, ((u0, left), (u1, right)) in enumerate(pairwise(cuts), start=1):
        pieces = []
        for edge in front.edges:
            cut = within(edge, u0 - edge.cell, u1 - edge.cell)
            if cut is not None and (cut.t1 - cut.t0) * ribbon.length_m[edge.cell] > TOUCH_M:
                pieces.append(cut)
        occupants = tuple(dict.fromkeys(piece.owner for piece in pieces))
        parts.append(
            replace(
                front,
                edges=tuple(pieces),
                u0=u0,
                u1=u1,
                unit=unit,
                occupants=occupants,
                boundaries=(left, right),
            )
        )
    return parts


def _at_wall(view: SideView, front: Front) -> Iterator[tuple[float, Boundary]]:
    """Property lines that reach a front well inside its ends, each with its place at the wall."""
    ribbon, settings = view.ribbon, view.settings
    for boundary in view.boundaries:
        if not front.u0 < boundary.u < front.u1:
            continue
        wall = _depth_at(ribbon, front, boundary.u)
        if boundary.depth_m > wall + settings.property_reach_m:
            continue
        u = boundary.place_at(ribbon, wall)
        if front.u0 < u < front.u1 and ribbon.span_m(u, front.u1, 0.0) >= settings.min_front_m:
            yield u, boundary


def _depth_at(ribbon: Ribbon, front: Front, u: float) -> float:
    for edge in front.edges:
        if edge.cell + edge.t0 <= u <= edge.cell + edge.t1:
            here = part_of(edge, edge.t0, max(u - edge.cell, edge.t0)) if u > edge.cell + edge.t0 else edge
            return ribbon.depth_m(edge.cell, here.w1 if here is not edge else edge.w0)
    return depth_at_end(ribbon, front, True)


def depth_at_end(ribbon: Ribbon, front: Front, after: bool) -> float:
    """Depth of a front's wall at its end (or start) in metres."""
    edge = front.edges[-1 if after else 0]
    return ribbon.depth_m(edge.cell, edge.w1 if after else edge.w0)


def mouths_between(view: SideView, before: Front | None, after: Front | None) -> list[Mouth]:
    """Crossings between two fronts; None stands for an end of the street."""
    low = before.u1 if before else -1.0
    high = after.u0 if after else view.ribbon.count + 1.0
    return [m for m in view.mouths if m.u0 >= low - 1e-6 and m.u1 <= high + 1e-6]


def lane_between(view: SideView, u0: float, u1: float) -> bool:
    """Whether a lane comes out between two places."""
    return any(u0 < u < u1 for u in view.skyline.lanes)
