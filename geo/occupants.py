"""Who may answer for ground: buildings and special areas as occupants, and why some building has no front.

Buildings inside an area answer through it, a roof over a street is no occupant, and areas lose the carriageways
that run through them. Which wall is a front is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from geo.strands import Strand
from geo.streetscape import Area, Building, GeneratorSettings, GeometryArray, Streetscape, array_of
from geo.topology import Finding, FindingKind, overlap_findings

# Two footprints that share a drawn wall overlap by rounding.
_FOOTPRINTS_SHARE_M2 = 0.01


@dataclass(frozen=True, slots=True)
class Occupant:
    """Something with walls: its id, the subject that answers, `building`, `operator` or the kind of area."""

    id: str
    subject: str
    kind: str
    outline: BaseGeometry


def make_occupants(
    scape: Streetscape, strands: Sequence[Strand], carriageways: Sequence[BaseGeometry]
) -> tuple[list[Occupant], list[Finding]]:
    """All occupants, areas first so that they win where a house stands on their edge, each group by id.

    Returns:
        The occupants, and findings for the buildings that are none (`inside_area`, `on_carriageway`) and for
        footprints that overlap.
    """
    buildings = sorted(scape.buildings, key=lambda building: building.id)
    areas = [
        Occupant(area.id, area.id, area.kind.value, outline)
        for area in sorted(scape.areas, key=lambda area: area.id)
        if not (outline := _without_streets(area, carriageways)).is_empty
    ]
    why = _left_out(buildings, scape.areas, strands)
    findings = [_no_front(building, why[place]) for place, building in enumerate(buildings) if place in why]
    kept = [building for place, building in enumerate(buildings) if place not in why]
    findings += overlap_findings(
        [b.id for b in kept],
        [b.footprint for b in kept],
        FindingKind.FOOTPRINTS_OVERLAP,
        _FOOTPRINTS_SHARE_M2,
    )
    houses = [
        Occupant(b.id, b.operator or b.id, "operator" if b.operator else "building", b.footprint)
        for b in kept
    ]
    return areas + houses, findings


def without_front(
    scape: Streetscape,
    occupants: Sequence[Occupant],
    served: set[str],
    strands: Sequence[Strand],
    settings: GeneratorSettings,
    findings: Sequence[Finding],
) -> list[Finding]:
    """A finding for every occupant without a strip: how its walls fared, else how far the streets are."""
    told = {f.ids[0]: f.why for f in findings if f.kind is FindingKind.UNCOVERED_FRONT}
    idle = [occupant for occupant in occupants if occupant.id not in served]
    if not idle:
        return []
    shapes = array_of([occupant.outline for occupant in idle])
    kerb_m = _distance_m(shapes, [(LineString(s.line), s.half_m) for s in strands])
    lane_m = _distance_m(shapes, [(s.line, 0.0) for s in scape.streets if not s.name])
    reasons = []
    for occupant, street_m, side_lane_m in zip(idle, kerb_m, lane_m, strict=True):
        if street_m <= settings.max_setback_m:
            why = told.get(occupant.id, "second_row")
        else:
            why = "lane_only" if side_lane_m <= settings.max_setback_m else "too_far"
        outline = occupant.outline
        reasons.append(Finding(FindingKind.NO_FRONT, why, (occupant.id,), None, float(outline.area), outline))
    return reasons


def _no_front(building: Building, why: str) -> Finding:
    shape = building.footprint
    return Finding(FindingKind.NO_FRONT, why, (building.id,), None, float(shape.area), shape)


def _without_streets(area: Area, carriageways: Sequence[BaseGeometry]) -> BaseGeometry:
    through = [ground for ground in carriageways if ground.intersects(area.outline)]
    return area.outline.difference(shapely.union_all(through)) if through else area.outline


def _left_out(
    buildings: Sequence[Building], areas: Sequence[Area], strands: Sequence[Strand]
) -> dict[int, str]:
    footprints = array_of([building.footprint for building in buildings])
    why: dict[int, str] = {}
    lines = array_of([LineString(strand.line) for strand in strands])
    for place in shapely.STRtree(footprints).query(lines, predicate="crosses")[1]:
        why[int(place)] = "on_carriageway"
    points = array_of(shapely.point_on_surface(footprints))
    outlines = array_of([area.outline for area in areas])
    for place in shapely.STRtree(points).query(outlines, predicate="intersects")[1]:
        why[int(place)] = "inside_area"
    return why


def _distance_m(shapes: GeometryArray, lines: Sequence[tuple[BaseGeometry, float]]) -> list[float]:
    """Metres from each shape to the edge of the nearest line of a width, infinite when there is none."""
    if not lines:
        return [float("inf")] * len(shapes)
    half_m = np.array([half for _, half in lines])
    tree = shapely.STRtree(array_of([line for line, _ in lines]))
    (here, nearest), distance_m = tree.query_nearest(shapes, return_distance=True)
    found = np.full(len(shapes), np.inf)
    np.minimum.at(found, here, distance_m - half_m[nearest])
    return [float(value) for value in found]
