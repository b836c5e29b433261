"""Strips that never overlap, and a report of everything that did not become one, each with a shape to draw.

Where strips of two streets meet on the same ground the shallower one has it, which on a corner is the corner
building's own. Nothing is repaired silently: what is cut off, too small or in the way is a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from geo.streetscape import GeneratorSettings, GeometryArray, array_of

_AT_KERB_M = 1e-6
_ROUNDING_M2 = 1e-6
# Keeps every corner of more than a degree when a shape is drawn in and out again.
_MITRE_LIMIT = 100.0


class FindingKind(StrEnum):
    """What a finding is about; `why` tells more."""

    OVERLAP = "overlap"
    GAP = "gap"
    UNCOVERED_FRONT = "uncovered_front"
    SLIVER = "sliver"
    NO_FRONT = "no_front"
    FOOTPRINTS_OVERLAP = "footprints_overlap"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should look at.

    `why`: stable code. `ids`: buildings, areas or strips it is about. `street`: where it is about one.
    `size`: metres for a line, square metres for a polygon. `geometry`: to draw, metres of the plane.
    """

    kind: FindingKind
    why: str
    ids: tuple[str, ...]
    street: str | None
    size: float
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Ground:
    """A strip before overlaps are settled. `rank`: the smallest has contested ground; no two are alike.
    `kerb`: the line it reaches down to."""

    key: str
    street: str
    rank: tuple[float | str, ...]
    shape: BaseGeometry
    kerb: BaseGeometry


def settle(
    grounds: Sequence[Ground], settings: GeneratorSettings
) -> tuple[list[BaseGeometry], list[Finding]]:
    """Give contested ground to the strip of the smallest rank and drop what is too small.

    Args:
        grounds: strips in metres of the plane, any order.

    Returns:
        The shapes in the same order, empty where nothing is left, and a finding for each part dropped: a
        sliver (`too_small`, `too_narrow`) or what was cut off from its kerb (`cut_off`).

    Error: two results share at most rounding, under 1e-7 m2 (tested).

    >>> from shapely import LineString, box
    >>> x, y = 601033, 3550115  # Jinsha
    >>> east, south = LineString([(x + 10, y), (x + 10, y + 9)]), LineString([(x - 3, y), (x + 4, y)])
    >>> deep = Ground("b", "建设路", (9.0, "b"), box(x, y, x + 10, y + 9), east)
    >>> flat = Ground("a", "新金路", (4.0, "a"), box(x - 3, y, x + 4, y + 4), south)
    >>> [round(shape.area, 6) for shape in settle([deep, flat], GeneratorSettings())[0]]
    [74.0, 28.0]
    """
    findings: list[Finding] = []
    shapes = [_useful(ground, ground.shape, settings, findings) for ground in grounds]
    contests = _contests(grounds, shapes, settings)
    for loser in sorted(contests, key=lambda place: grounds[place].rank):
        taken = shapely.union_all([shapes[winner] for winner in sorted(contests[loser])])
        left = shapely.difference(shapes[loser], taken)
        wide = _without_narrow(left, settings.min_width_m)
        findings += _cut_away(grounds[loser], left, wide)
        # Before the next one's turn: ground dropped here may be somebody else's.
        shapes[loser] = _useful(grounds[loser], wide, settings, findings)
    return shapes, findings


def _useful(
    ground: Ground, shape: BaseGeometry, settings: GeneratorSettings, findings: list[Finding]
) -> BaseGeometry:
    """The parts of a shape worth keeping; a finding is added for each of the others."""
    kept = []
    for part in shapely.get_parts(shape):
        why = _useless(part, ground, settings)
        if why is None:
            kept.append(part)
        elif part.area > settings.overlap_tolerance_m2:
            size_m2 = float(part.area)
            findings.append(Finding(FindingKind.SLIVER, why, (ground.key,), ground.street, size_m2, part))
    return kept[0] if len(kept) == 1 else MultiPolygon(kept)


def _without_narrow(shape: BaseGeometry, min_width_m: float) -> BaseGeometry:
    """A shape without its parts narrower than a width; all other edges stay where they are."""
    half_m = min_width_m / 2.0
    inner = shapely.buffer(shape, -half_m, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    return shapely.buffer(inner, half_m, join_style="mitre", mitre_limit=_MITRE_LIMIT)


def _cut_away(ground: Ground, before: BaseGeometry, after: BaseGeometry) -> list[Finding]:
    narrow = shapely.get_parts(shapely.difference(before, after))
    return [
        Finding(FindingKind.SLIVER, "too_narrow", (ground.key,), ground.street, float(part.area), part)
        for part in narrow
        if part.area > _ROUNDING_M2
    ]


def _useless(part: BaseGeometry, ground: Ground, settings: GeneratorSettings) -> str | None:
    if part.area < settings.min_area_m2:
        return "too_small"
    return None if part.dwithin(ground.kerb, _AT_KERB_M) else "cut_off"


def _contests(
    grounds: Sequence[Ground], shapes: Sequence[BaseGeometry], settings: GeneratorSettings
) -> dict[int, list[int]]:
    """For each strip that overlaps better ranked ones, those."""
    contests: dict[int, list[int]] = {}
    for one, other in overlapping(shapes, settings.overlap_tolerance_m2):
        loser, winner = (one, other) if grounds[other].rank < grounds[one].rank else (other, one)
        contests.setdefault(loser, []).append(winner)
    return contests


def overlapping(shapes: Sequence[BaseGeometry] | GeometryArray, tolerance_m2: float) -> list[tuple[int, int]]:
    """Pairs of shapes that share more than an area, smaller place first, sorted."""
    if not len(shapes):
        return []
    every = array_of(shapes)
    one, other = shapely.STRtree(every).query(every, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.area(shapely.intersection(every[one], every[other])) > tolerance_m2
    return sorted(zip(one[shared].tolist(), other[shared].tolist(), strict=True))


def overlap_findings(
    keys: Sequence[str], shapes: Sequence[BaseGeometry], kind: FindingKind, tolerance_m2: float
) -> list[Finding]:
    """A finding for each two shapes that overlap."""
    findings = []
    for one, other in overlapping(shapes, tolerance_m2):
        shared = shapely.intersection(shapes[one], shapes[other])
        ids = (keys[one], keys[other])
        findings.append(Finding(kind, "shares_ground", ids, None, float(shared.area), shared))
    return findings
