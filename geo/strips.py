"""The shape of a front's strip: from wall foot to kerb, between the two places where it ends.

A strip is one ring made of kerb, rays and walls, so it lies in no building and ends on the very points its
neighbour begins with. Overlaps between different streets are settled by `geo.topology`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.envelope import TOUCH_M, Edge
from geo.fronts import Front, SideView, depth_at_end, wall_m
from geo.pieces import clipped_by, edges_in, level_edges, part_of, within
from geo.property_lines import hand_over
from geo.ribbon import FloatArray, Ribbon
from geo.skyline import Skyline
from geo.streetscape import GeneratorSettings

# Vertices nearer to each other than this are one.
_SAME_POINT_M = 1e-8
_SAME_PLACE = 1e-6


@dataclass(frozen=True, slots=True)
class StripShape:
    """A strip drawn.

    `ground`: a Polygon or MultiPolygon. `kerb`: the line it reaches down to. `front_m`: its own walls along
    the street. `width_m`: along the kerb. `blocked`: walls that stand in the carriageway, where there is no
    strip.
    """

    ground: BaseGeometry
    kerb: LineString
    front_m: float
    width_m: float
    blocked: tuple[LineString, ...]


def shape_strip(ribbon: Ribbon, skyline: Skyline, front: Front, settings: GeneratorSettings) -> StripShape:
    """Draw the strip of a front.

    Args:
        ribbon, skyline: of the side the front stands on. front: with its ends decided.

    Returns:
        The shape in metres of the plane. A front whose walls stand behind the kerb in places has several
        parts, and none where there is no ground before it.

    Error: walls and rays are met to about 1e-9 m at coordinates of 3.5e6.

    Source: DOMAIN 3.6, "wall foot to kerb"; property lines extended to the kerb.
    """
    own = _own_walls(ribbon, front)
    outline = [
        *_reach_out(ribbon, skyline, front, after=False),
        *own,
        *_reach_out(ribbon, skyline, front, after=True),
    ]
    runs = _above_kerb(ribbon, outline, settings.min_depth_m)
    parts = [Polygon(ring) for run in runs if len(ring := _ring(ribbon, run)) > 2]
    blocked = [
        LineString(_wall_points(ribbon, run)) for run in _below_kerb(ribbon, own, settings.min_depth_m)
    ]
    u0, u1 = (
        boundary.place_at(ribbon, ribbon.kerb_m) if boundary else u
        for boundary, u in zip(front.boundaries, (front.u0, front.u1), strict=True)
    )
    width_m, kerb = ribbon.span_m(u0, u1, ribbon.kerb_m), kerb_line(ribbon, u0, u1)
    ground = parts[0] if len(parts) == 1 else MultiPolygon(parts)
    return StripShape(ground, kerb, wall_m(ribbon, own), width_m, tuple(blocked))


def shape_side(view: SideView, fronts: Sequence[Front]) -> list[StripShape]:
    """The strips of one side in order; where two meet at a property line their border follows it."""
    ribbon = view.ribbon
    shapes = [shape_strip(ribbon, view.skyline, front, view.settings) for front in fronts]
    for place, (before, after) in enumerate(pairwise(fronts)):
        boundary = before.boundaries[1]
        if boundary is None:
            continue
        depth_m = min(depth_at_end(ribbon, before, True), depth_at_end(ribbon, after, False))
        grounds = hand_over(ribbon, boundary, depth_m, shapes[place].ground, shapes[place + 1].ground)
        shapes[place : place + 2] = [
            replace(shape, ground=ground)
            for shape, ground in zip(shapes[place : place + 2], grounds, strict=True)
        ]
    return shapes


def wall_line(ribbon: Ribbon, edges: Sequence[Edge]) -> BaseGeometry:
    """Walls as a line to draw, one part for each run without a gap."""
    lines = [LineString(_wall_points(ribbon, run)) for run in _runs(edges)]
    return lines[0] if len(lines) == 1 else shapely.multilinestrings(lines)


def kerb_line(ribbon: Ribbon, u0: float, u1: float) -> LineString:
    """The kerb between two places."""
    return LineString([ribbon.point(u, ribbon.kerb_m) for u in _stations(ribbon, u0, u1)])


def _own_walls(ribbon: Ribbon, front: Front) -> list[Edge]:
    """A front's walls between its ends; a property line may cut a little off them."""
    own = []
    for edge in front.edges:
        cut = within(edge, front.u0 - edge.cell, front.u1 - edge.cell)
        if cut is not None and (cut.t1 - cut.t0) * ribbon.length_m[edge.cell] > 0.0:
            own.append(cut)
    return own or [front.edges[0]]


def _reach_out(ribbon: Ribbon, skyline: Skyline, front: Front, *, after: bool) -> list[Edge]:
    """The strip beyond the wall's end: at the depth the wall ends with, but never into what stands there."""
    u0, u1 = (front.wall_u1, front.u1) if after else (front.u0, front.wall_u0)
    if ribbon.span_m(u0, u1, 0.0) <= TOUCH_M:
        return []
    owner = front.edges[-1 if after else 0].owner
    level = level_edges(ribbon, u0, u1, depth_at_end(ribbon, front, after), owner)
    return clipped_by(ribbon, level, edges_in(skyline, u0, u1))


def _above_kerb(ribbon: Ribbon, edges: Sequence[Edge], min_depth_m: float) -> list[list[Edge]]:
    """Runs of the outline that leave ground before them."""
    runs: list[list[Edge]] = [[]]
    for edge in edges:
        floor = ribbon.rise(edge.cell, ribbon.kerb_m + min_depth_m)
        piece = _above(edge, floor)
        if piece is None:
            runs.append([])
            continue
        if piece.t0 > edge.t0:
            runs.append([])
        runs[-1].append(piece)
        if piece.t1 < edge.t1:
            runs.append([])
    return [run for run in runs if run]


def _below_kerb(ribbon: Ribbon, edges: Sequence[Edge], min_depth_m: float) -> list[list[Edge]]:
    """Runs of walls that leave no ground before them."""
    below = []
    for edge in edges:
        piece = _above(edge, ribbon.rise(edge.cell, ribbon.kerb_m + min_depth_m))
        if piece is None:
            below.append(edge)
        elif piece.t0 > edge.t0:
            below.append(part_of(edge, edge.t0, piece.t0))
        elif piece.t1 < edge.t1:
            below.append(part_of(edge, piece.t1, edge.t1))
    return _runs(below)


def _above(edge: Edge, floor: float) -> Edge | None:
    if min(edge.w0, edge.w1) >= floor:
        return edge
    if max(edge.w0, edge.w1) <= floor:
        return None
    at = edge.t0 + (floor - edge.w0) / (edge.w1 - edge.w0) * (edge.t1 - edge.t0)
    return part_of(edge, at, edge.t1) if edge.w1 > floor else part_of(edge, edge.t0, at)


def _runs(edges: Sequence[Edge]) -> list[list[Edge]]:
    """Runs of neighbouring edges."""
    runs: list[list[Edge]] = []
    for edge in edges:
        last = runs[-1][-1] if runs else None
        if last and abs(last.cell + last.t1 - edge.cell - edge.t0) < _SAME_PLACE:
            runs[-1].append(edge)
        else:
            runs.append([edge])
    return runs


def _stations(ribbon: Ribbon, u0: float, u1: float) -> list[float]:
    """The places at which a line of constant depth has a vertex: both ends and the bends between."""
    between = range(int(np.floor(u0)) + 1, int(np.ceil(u1)))
    return [u0, *(float(cell) for cell in between if ribbon.bends_at(cell)), u1]


def _wall_points(ribbon: Ribbon, run: Sequence[Edge]) -> FloatArray:
    """Vertices of a run of walls; where only a cell ends, there is none."""
    places = [
        (edge.cell + t, ribbon.depth_m(edge.cell, w))
        for edge in run
        for t, w in ((edge.t0, edge.w0), (edge.t1, edge.w1))
    ]
    points = np.array([ribbon.point(u, depth_m) for u, depth_m in places])
    apart = _apart(points)
    # At the far end of a tight bend a wall may be shorter than rounding; it still has two ends.
    return _without_straight(apart) if len(apart) > 2 else points[[0, -1]]


def _apart(points: FloatArray) -> FloatArray:
    step = np.hypot(*np.diff(points, axis=0).T)
    return np.array(points[np.concatenate([[True], step > _SAME_POINT_M])])


def _without_straight(points: FloatArray) -> FloatArray:
    """Points that lie on the line between their neighbours left out."""
    before, after = points[1:-1] - points[:-2], points[2:] - points[1:-1]
    cross = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
    bent = cross > _SAME_POINT_M * np.hypot(*(points[2:] - points[:-2]).T)
    back = np.sum(before * after, axis=1) < 0.0
    return np.array(points[np.concatenate([[True], bent | back, [True]])])


def _ring(ribbon: Ribbon, run: Sequence[Edge]) -> FloatArray:
    """Kerb one way, walls the other; vertices that fall together are one."""
    u0, u1 = run[0].cell + run[0].t0, run[-1].cell + run[-1].t1
    kerb = [ribbon.point(u, ribbon.kerb_m) for u in _stations(ribbon, u0, u1)]
    ring = np.concatenate([np.array(kerb), _wall_points(ribbon, run)[::-1]])
    step = np.hypot(*(ring - np.roll(ring, 1, axis=0)).T)
    return np.array(ring[step > _SAME_POINT_M])
