"""Streets made ready: stretches of one name joined into strands, with their carriageways and their two sides.

A strand keeps the direction of its stretch with the smallest id, and all strands of one street run alike, so
sides and order numbers do not depend on the order of the input. Lanes (no name) have no sides: they only part
their neighbours.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.ribbon import FloatArray, Ribbon, make_ribbon
from geo.streetscape import AT_LIMIT_M, GeneratorSettings, Pavement, Street, WidthMeans

IntArray: TypeAlias = NDArray[np.int64]
_Node = tuple[float, float]
_PIECE_SEGMENTS = 6


@dataclass(frozen=True, slots=True)
class Strand:
    """A street's line without a branch.

    `street`: its name. `ids`: the stretches it was joined from. `line`: (k, 2). `half_m`: centre line to kerb.
    `kerbs`: surveyed kerbs, left and right, or None where the half width stands for one.
    """

    street: str
    ids: tuple[str, ...]
    line: FloatArray
    half_m: float
    pavement: Pavement
    kerbs: tuple[FloatArray | None, FloatArray | None] = (None, None)

    @property
    def surveyed(self) -> bool:
        """Whether a kerb was given."""
        return any(kerb is not None for kerb in self.kerbs)

    def has_pavement(self, side: int) -> bool:
        """Whether there is a pavement on the left (+1) or right (-1)."""
        return self.pavement in (Pavement.BOTH, Pavement.LEFT if side > 0 else Pavement.RIGHT)

    def carriageway(self) -> Polygon:
        """The ground between the kerbs."""
        if not self.surveyed:
            return _flat_buffer(self.line, self.half_m)
        edges = [
            kerb if kerb is not None else _offset(self.line, sign * self.half_m)
            for kerb, sign in zip(self.kerbs, (1.0, -1.0), strict=True)
        ]
        between = Polygon(np.concatenate([edges[0], edges[1][::-1]]))
        return between if between.is_valid else _flat_buffer(self.line, self.half_m)


def carriageway_pieces(strands: Sequence[Strand]) -> tuple[list[Polygon], IntArray]:
    """The carriageways in short pieces that overlap by a segment, and the strand each belongs to.

    What crosses a long street meets a piece of it, not all its vertices.
    """
    pieces: list[Polygon] = []
    owners: list[int] = []
    for number, strand in enumerate(strands):
        if strand.surveyed:
            made = [strand.carriageway()]
        else:
            made = [
                _flat_buffer(strand.line[max(start - 1, 0) : start + _PIECE_SEGMENTS + 2], strand.half_m)
                for start in range(0, len(strand.line) - 1, _PIECE_SEGMENTS)
            ]
        pieces += made
        owners += [number] * len(made)
    return pieces, np.array(owners, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class StreetSide:
    """One ribbon to be looked along: its strand (by place in the list), side and the ribbon."""

    strand: int
    ribbon: Ribbon


def make_strands(streets: Iterable[Street], settings: GeneratorSettings) -> list[Strand]:
    """Join the named streets into strands, in the order of street name and smallest id."""
    groups: dict[tuple[str, float, Pavement], list[Street]] = defaultdict(list)
    strands: list[Strand] = []
    for street in sorted(streets, key=lambda s: s.id):
        if not street.name:
            continue
        half_m = half_carriageway_m(street, settings)
        if street.left_kerb is not None or street.right_kerb is not None:
            strands.append(_kerbed(street, street.name, half_m))
        else:
            groups[(street.name, half_m, street.pavement)].append(street)
    for (name, half_m, pavement), members in groups.items():
        for ids, line in _join(members, settings):
            strands.append(Strand(name, ids, line, half_m, pavement))
    strands.sort(key=lambda strand: (strand.street, strand.ids))
    return [part for strand in _run_alike(strands) for part in _prepared(strand, settings)]


def make_sides(strands: Sequence[Strand], settings: GeneratorSettings) -> list[StreetSide]:
    """Both sides of every strand, left first."""
    sides = []
    for place, strand in enumerate(strands):
        for side, kerb in ((1, strand.kerbs[0]), (-1, strand.kerbs[1])):
            kerb_m = strand.half_m if kerb is None and strand.has_pavement(side) else 0.0
            line = strand.line if kerb is None or not strand.has_pavement(side) else kerb
            reach_m = kerb_m + settings.max_setback_m + AT_LIMIT_M
            sides.append(StreetSide(place, make_ribbon(line, side, kerb_m, reach_m)))
    return sides


def half_carriageway_m(street: Street, settings: GeneratorSettings) -> float:
    """Centre line to kerb: by the street's width, else by its class; never under half a metre."""
    default_m = settings.carriageway_m.get(street.street_class, settings.default_carriageway_m)
    width_m = default_m if street.width_m is None else street.width_m
    if street.width_m is not None and street.width_means is WidthMeans.WALL_TO_WALL:
        sides = {Pavement.BOTH: 2, Pavement.NONE: 0}.get(street.pavement, 1)
        width_m -= sides * settings.pavement_m
    return max(width_m / 2.0, 0.5)


def lane_ground(streets: Iterable[Street], settings: GeneratorSettings) -> list[Polygon]:
    """What the lanes take up, lengthened by half their width to reach the street they come from."""
    lanes = sorted((s for s in streets if not s.name), key=lambda s: s.id)
    return [
        lane.line.buffer((lane.width_m or settings.lane_width_m) / 2.0, cap_style="square") for lane in lanes
    ]


def _flat_buffer(line: FloatArray, half_m: float) -> Polygon:
    made = LineString(line).buffer(half_m, cap_style="flat", join_style="mitre")
    parts: list[Polygon] = list(shapely.get_parts(made))
    return max(parts, key=lambda part: float(part.area))


def _offset(line: FloatArray, distance_m: float) -> FloatArray:
    made = LineString(line).offset_curve(distance_m, join_style="mitre")
    return np.asarray(shapely.get_coordinates(made), dtype=np.float64)


def _kerbed(street: Street, name: str, half_m: float) -> Strand:
    line = _vertices(street.line)
    left, right = (
        None if kerb is None else _directed_as(_vertices(kerb), line)
        for kerb in (street.left_kerb, street.right_kerb)
    )
    return Strand(name, (street.id,), line, half_m, street.pavement, (left, right))


def _vertices(line: BaseGeometry) -> FloatArray:
    points = np.asarray(shapely.get_coordinates(line), dtype=np.float64)
    keep = np.concatenate([[True], np.hypot(*np.diff(points, axis=0).T) > 1e-6])
    return np.array(points[keep])


def _directed_as(line: FloatArray, other: FloatArray) -> FloatArray:
    return line if np.dot(line[-1] - line[0], other[-1] - other[0]) >= 0.0 else line[::-1]


def _run_alike(strands: Sequence[Strand]) -> list[Strand]:
    """Turn strands of one street that run against its first one, as the carriageways of a divided road do."""
    first: dict[str, FloatArray] = {}
    alike = []
    for strand in strands:
        line = _directed_as(strand.line, first.setdefault(strand.street, strand.line))
        turned = line is not strand.line
        alike.append(_turned(strand) if turned else strand)
    return alike


def _turned(strand: Strand) -> Strand:
    swapped = {Pavement.LEFT: Pavement.RIGHT, Pavement.RIGHT: Pavement.LEFT}
    left, right = (None if kerb is None else kerb[::-1] for kerb in strand.kerbs)
    pavement = swapped.get(strand.pavement, strand.pavement)
    return replace(strand, line=strand.line[::-1], pavement=pavement, kerbs=(right, left))


def _prepared(strand: Strand, settings: GeneratorSettings) -> list[Strand]:
    """Noise smoothed away, and a hairpin parted where rays could not turn with it."""
    if strand.surveyed:
        return [strand]
    reach_m = strand.half_m + settings.max_setback_m
    line = _smoothed(strand.line, reach_m, settings)
    breaks = [0, *_sharp_turns(line, settings.max_turn_deg), len(line) - 1]
    return [replace(strand, line=line[a : b + 1]) for a, b in zip(breaks, breaks[1:], strict=False)]


def _smoothed(line: FloatArray, reach_m: float, settings: GeneratorSettings) -> FloatArray:
    """Vertices left out that are no bends, and those that make a bend too tight for the strip's depth."""
    simple = LineString(line).simplify(settings.line_tolerance_m, preserve_topology=False)
    points = _vertices(simple)
    while len(points) > 2:
        places = _tight(points, reach_m)
        if not len(places):
            break
        # To the micrometre, so that ground moved elsewhere loses the same vertices.
        offsets_m = np.round(_offsets_m(points)[places - 1], 6)
        if offsets_m.min() > settings.bend_tolerance_m:
            break
        points = np.delete(points, places[int(np.argmin(offsets_m))], axis=0)
    return points


def _tight(points: FloatArray, reach_m: float) -> IntArray:
    """Inner vertices at the ends of segments too short for their bends."""
    steps = np.diff(points, axis=0)
    half_m = np.hypot(steps[:, 0], steps[:, 1]) / 2.0
    bends = np.concatenate([[0.0], np.abs(np.tan(_turns(points) / 2.0)), [0.0]])
    short = np.maximum(bends[:-1], bends[1:]) * reach_m > half_m
    touched = np.union1d(np.flatnonzero(short), np.flatnonzero(short) + 1)
    return np.array(touched[(touched > 0) & (touched < len(points) - 1)], dtype=np.int64)


def _offsets_m(points: FloatArray) -> FloatArray:
    """How far each inner vertex lies from the line between its neighbours."""
    chord, arm = points[2:] - points[:-2], points[1:-1] - points[:-2]
    cross = np.abs(chord[:, 0] * arm[:, 1] - chord[:, 1] * arm[:, 0])
    length_m = np.hypot(chord[:, 0], chord[:, 1])
    return np.where(length_m > 0.0, cross / np.maximum(length_m, 1e-12), np.hypot(arm[:, 0], arm[:, 1]))


def _turns(points: FloatArray) -> FloatArray:
    steps = np.diff(points, axis=0)
    headings = np.arctan2(steps[:, 1], steps[:, 0])
    turns: FloatArray = (np.diff(headings) + math.pi) % (2.0 * math.pi) - math.pi
    return turns


def _sharp_turns(points: FloatArray, max_turn_deg: float) -> list[int]:
    return [int(k) + 1 for k in np.flatnonzero(np.abs(_turns(points)) > math.radians(max_turn_deg))]


def _join(members: Sequence[Street], settings: GeneratorSettings) -> list[tuple[tuple[str, ...], FloatArray]]:
    """Chains of stretches of one name; at a branch the straightest pair goes on.

    Members come sorted by id. An end is (member, 0 or 1).
    """
    lines = [_vertices(street.line) for street in members]
    partner = _partners(lines, settings.max_joint_deg)
    used: set[int] = set()
    chains = []
    starts = [(m, e) for m in range(len(lines)) for e in (0, 1) if (m, e) not in partner]
    # Rings have no loose end; they start at their first stretch.
    for member, end in [*starts, *((m, 0) for m in range(len(lines)))]:
        if member in used:
            continue
        walk, here = [(member, end)], (member, 1 - end)
        used.add(member)
        while here in partner and partner[here][0] not in used:
            member_next, end_next = partner[here]
            walk.append((member_next, end_next))
            used.add(member_next)
            here = (member_next, 1 - end_next)
        chains.append(_chain(walk, members, lines))
    return chains


def _chain(
    walk: list[tuple[int, int]], members: Sequence[Street], lines: Sequence[FloatArray]
) -> tuple[tuple[str, ...], FloatArray]:
    smallest = min(walk)
    if smallest[1] == 1:
        walk = [(member, 1 - end) for member, end in reversed(walk)]
    parts = [lines[member] if end == 0 else lines[member][::-1] for member, end in walk]
    line = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    return tuple(sorted(members[member].id for member, _ in walk)), line


def _partners(lines: Sequence[FloatArray], max_joint_deg: float) -> dict[tuple[int, int], tuple[int, int]]:
    nodes: dict[_Node, list[tuple[int, int]]] = defaultdict(list)
    for member, line in enumerate(lines):
        nodes[(float(line[0, 0]), float(line[0, 1]))].append((member, 0))
        nodes[(float(line[-1, 0]), float(line[-1, 1]))].append((member, 1))
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in nodes.values():
        pairs = sorted(
            (_joint_deg(lines, one, other), one, other)
            for place, one in enumerate(ends)
            for other in ends[place + 1 :]
            if one[0] != other[0]
        )
        for turn_deg, one, other in pairs:
            if turn_deg <= max_joint_deg and one not in partner and other not in partner:
                partner[one], partner[other] = other, one
    return partner


def _joint_deg(lines: Sequence[FloatArray], one: tuple[int, int], other: tuple[int, int]) -> float:
    def leaving(end: tuple[int, int]) -> FloatArray:
        line = lines[end[0]] if end[1] == 0 else lines[end[0]][::-1]
        return np.array(line[1] - line[0], dtype=np.float64)

    a, b = leaving(one), -leaving(other)
    cross = a[0] * b[1] - a[1] * b[0]
    return abs(math.degrees(math.atan2(cross, float(np.dot(a, b)))))
