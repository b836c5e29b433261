"""Generates frontage zones: from buildings and streets the strip each occupier answers for, front to kerb.

Pure and deterministic: the same streetscape in any order gives the same strips to the last digit, and moved or
turned ground the same strips moved or turned. It decides nothing by law; what it could not do is in the report.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.ends import corner_claims, end_fronts
from geo.fronts import EndRule, Front, Mouth, SideFronts, SideView, find_fronts
from geo.occupants import Occupant, make_occupants, without_front
from geo.property_lines import boundaries_along
from geo.skyline import Skyline, look_along
from geo.strands import Strand, StreetSide, lane_ground, make_sides, make_strands
from geo.streetscape import GeneratorSettings, Streetscape, check_streetscape
from geo.strips import StripShape, kerb_line, shape_side, wall_line
from geo.topology import Finding, FindingKind, Ground, overlap_findings, settle

ALGORITHM = "ribbon-1"
"""Changes whenever the same streetscape could give other strips; stored with every run."""


class DepthRule(StrEnum):
    """How far across a strip goes."""

    KERB = "kerb"
    CENTRE_LINE = "centre_line"


class Flag(StrEnum):
    """What a person may want to know of a strip."""

    CORNER = "corner"
    COURT_BRIDGED = "court_bridged"
    SEVERAL_PARTS = "several_parts"
    CUT_BACK = "cut_back"
    SET_BACK = "set_back"


@dataclass(frozen=True, slots=True)
class Strip:
    """What one subject answers for along one side of one street.

    Args:
        subject: id of the building or area, or the operator several buildings share.
        subject_kind: `building`, `operator`, or the kind of the area.
        building_ids: whose walls make the front, in order along the street.
        unit: 1, 2, ... when property lines cut the subject's front there; 0 for a whole one.
        street, side, order: street name, `left` or `right` along its direction, and the place from its
            start.
        front_m: own walls along the street. width_m: strip along the kerb. depth_m: area by width.
        depth_rule: kerb or centre line. ends: why it starts and ends where it does.
        polygon: Polygon or MultiPolygon, metres of the plane.
    """

    subject: str
    subject_kind: str
    building_ids: tuple[str, ...]
    unit: int
    street: str
    side: str
    order: int
    front_m: float
    width_m: float
    depth_m: float
    depth_rule: DepthRule
    ends: tuple[EndRule, EndRule]
    flags: tuple[Flag, ...]
    polygon: BaseGeometry

    @property
    def key(self) -> str:
        """Street, side and order; no two strips of a run share one."""
        return f"{self.street}/{self.side}/{self.order}"


@dataclass(frozen=True, slots=True)
class Frontages:
    """A run: strips by street, side and order; findings by kind; and the version of the rules."""

    strips: tuple[Strip, ...]
    findings: tuple[Finding, ...]
    algorithm: str

    def zones(self) -> dict[tuple[str, int], BaseGeometry]:
        """One zone for each subject and unit: its strips on all its streets joined, as a corner shop's are."""
        parts: dict[tuple[str, int], list[BaseGeometry]] = defaultdict(list)
        for strip in self.strips:
            parts[(strip.subject, strip.unit)].append(strip.polygon)
        return {key: shapely.union_all(shapes) for key, shapes in sorted(parts.items())}


def generate_frontages(scape: Streetscape, settings: GeneratorSettings | None = None) -> Frontages:
    """The strip before every front of a streetscape.

    Args:
        scape: buildings, streets and, where known, property lines and special areas, in metres of one plane.
        settings: all limits; None for the defaults.

    Returns:
        Strips that do not overlap, and a topology report. Without streets nothing has a front, and the report
        says so for every building.

    Raises:
        GeneratorInputRefused: see `geo.streetscape.check_streetscape`.

    Error: neighbours share their boundary to 1e-8 m; no two strips share over 1e-6 m2; moved or turned ground
    gives the same vertices within 1e-6 m (tested). Speed is printed by `python -m bench.generator`.

    Source: rules printed by cities (front to kerb, gap split in half, no pavement to the centre line).

    >>> from shapely import LineString, box
    >>> from geo.metric import MetricPlane
    >>> from geo.streetscape import Building, Street
    >>> x, y = (round(v) for v in MetricPlane(4549).forward(121.07, 32.07))  # Jinsha: two shops, 4 m apart
    >>> shops = [Building(n, box(x + w, y + 9, x + w + 10, y + 20)) for n, w in (("甲", 0), ("乙", 14))]
    >>> road = Street("s1", LineString([(x - 50, y), (x + 80, y)]), "新金路", width_m=10.0)
    >>> for strip in generate_frontages(Streetscape(shops, [road])).strips:
    ...     print(strip.key, strip.subject, strip.front_m, strip.width_m, strip.depth_m, strip.ends[1])
    新金路/left/1 甲 10.0 12.0 4.0 half_gap
    新金路/left/2 乙 10.0 12.0 4.0 street_end
    """
    settings = settings or GeneratorSettings()
    check_streetscape(scape, settings)
    strands = make_strands(scape.streets, settings)
    carriageways = [strand.carriageway() for strand in strands]
    occupants, findings = make_occupants(scape, strands, carriageways)
    sides = make_sides(strands, settings)
    skylines = look_along(
        sides, strands, [o.outline for o in occupants], carriageways, lane_ground(scape.streets, settings)
    )
    views = _views(scape, strands, sides, skylines, occupants, settings)
    found = _fronts(views)
    drafts = _drafts(views, found, sides, strands, occupants)
    strips, more = _numbered(drafts, settings)
    findings += more + _side_findings(views, found, occupants)
    served = {name for strip in strips for name in strip.building_ids}
    findings += without_front(scape, occupants, served, strands, settings, findings)
    findings += overlap_findings(
        [s.key for s in strips],
        [s.polygon for s in strips],
        FindingKind.OVERLAP,
        settings.overlap_tolerance_m2,
    )
    findings.sort(key=lambda f: (f.kind, f.why, f.ids, f.street or "", f.size))
    return Frontages(tuple(strips), tuple(findings), ALGORITHM)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A strip on its way: without a number, overlaps not settled."""

    strip: Strip
    rank_in_street: tuple[int, float]
    kerb: BaseGeometry
    blocked: tuple[BaseGeometry, ...]


def _views(
    scape: Streetscape,
    strands: Sequence[Strand],
    sides: Sequence[StreetSide],
    skylines: Sequence[Skyline],
    occupants: Sequence[Occupant],
    settings: GeneratorSettings,
) -> list[SideView]:
    names = sorted({occupant.subject for occupant in occupants})
    number = {name: place for place, name in enumerate(names)}
    subject_of = [number[occupant.subject] for occupant in occupants]
    boundaries = boundaries_along(sides, scape.property_lines)
    others = len(occupants) + len(strands)
    return [
        SideView(
            strands[side.strand].street,
            side.ribbon,
            skyline,
            subject_of,
            tuple(_mouths(skyline, strands, others)),
            lines,
            settings,
        )
        for side, skyline, lines in zip(sides, skylines, boundaries, strict=True)
    ]


def _mouths(skyline: Skyline, strands: Sequence[Strand], others: int) -> list[Mouth]:
    """Crossings in order, those of one street that touch as one."""
    mouths: list[Mouth] = []
    for edge in skyline.edges:
        if edge.owner < others:
            continue
        street, u0, u1 = strands[edge.owner - others].street, edge.cell + edge.t0, edge.cell + edge.t1
        if mouths and mouths[-1].street == street and abs(mouths[-1].u1 - u0) < 1e-6:
            mouths[-1] = replace(mouths[-1], u1=u1)
        else:
            mouths.append(Mouth(u0, u1, street))
    return mouths


def _fronts(views: Sequence[SideView]) -> list[SideFronts]:
    found = [find_fronts(view) for view in views]
    claims: set[tuple[int, str, str]] = set()
    for view, fronts in zip(views, found, strict=True):
        claims |= corner_claims(view, fronts)
    return [end_fronts(view, fronts, claims) for view, fronts in zip(views, found, strict=True)]


def _drafts(
    views: Sequence[SideView],
    found: Sequence[SideFronts],
    sides: Sequence[StreetSide],
    strands: Sequence[Strand],
    occupants: Sequence[Occupant],
) -> list[_Draft]:
    drafts = []
    for view, fronts, side in zip(views, found, sides, strict=True):
        strand = strands[side.strand]
        paved = strand.has_pavement(view.ribbon.side)
        shapes = shape_side(view, fronts.fronts)
        for front, shape in zip(fronts.fronts, shapes, strict=True):
            strip = _strip(view, front, shape, occupants, DepthRule.KERB if paved else DepthRule.CENTRE_LINE)
            drafts.append(_Draft(strip, (side.strand, front.u0), shape.kerb, shape.blocked))
    return drafts


def _strip(
    view: SideView, front: Front, shape: StripShape, occupants: Sequence[Occupant], rule: DepthRule
) -> Strip:
    first = occupants[front.occupants[0]]
    flags = [Flag.CORNER] if EndRule.CORNER in front.ends else []
    flags += [Flag.COURT_BRIDGED] if front.court else []
    return Strip(
        subject=first.subject,
        subject_kind=first.kind,
        building_ids=tuple(dict.fromkeys(occupants[o].id for o in front.occupants)),
        unit=front.unit,
        street=view.street,
        side="left" if view.ribbon.side > 0 else "right",
        order=0,
        front_m=round(shape.front_m, 6),
        width_m=round(shape.width_m, 6),
        depth_m=round(shape.ground.area / shape.width_m, 6) if shape.width_m > 0.0 else 0.0,
        depth_rule=rule,
        ends=front.ends,
        flags=tuple(flags),
        polygon=shape.ground,
    )


def _numbered(drafts: Sequence[_Draft], settings: GeneratorSettings) -> tuple[list[Strip], list[Finding]]:
    """Overlaps settled, empty strips left out, the others numbered along each side."""
    drafts = sorted(drafts, key=lambda d: (d.strip.street, d.strip.side, d.rank_in_street))
    grounds = [
        Ground(d.strip.subject, d.strip.street, _rank(d.strip, place), d.strip.polygon, d.kerb)
        for place, d in enumerate(drafts)
    ]
    shapes, findings = settle(grounds, settings)
    counts: Counter[tuple[str, str]] = Counter()
    strips = []
    for draft, shape in zip(drafts, shapes, strict=True):
        strip = draft.strip
        findings += [
            Finding(
                FindingKind.UNCOVERED_FRONT,
                "in_carriageway",
                strip.building_ids,
                strip.street,
                float(line.length),
                line,
            )
            for line in draft.blocked
        ]
        if shape.is_empty:
            continue
        counts[(strip.street, strip.side)] += 1
        flags = [*strip.flags]
        flags += [Flag.SEVERAL_PARTS] if shape.geom_type == "MultiPolygon" else []
        # A corner building contests its corner with itself.
        less_m2 = 0.0 if Flag.CORNER in flags else strip.polygon.area - shape.area
        flags += [Flag.CUT_BACK] if less_m2 > settings.min_area_m2 else []
        order = counts[(strip.street, strip.side)]
        strips.append(replace(strip, order=order, polygon=shape, flags=tuple(flags)))
    return _with_set_backs(strips), findings


def _rank(strip: Strip, place: int) -> tuple[float | str, ...]:
    # To the millimetre, so that ground moved elsewhere ranks its strips alike.
    return (round(strip.depth_m, 3), -round(strip.front_m, 3), strip.subject, strip.street, strip.side, place)


def _with_set_backs(strips: Sequence[Strip], more_m: float = 2.0) -> list[Strip]:
    """Mark a strip whose wall stands back from both neighbours of its row."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, strip in enumerate(strips):
        rows[(strip.street, strip.side)].append(place)
    marked = list(strips)
    for row in rows.values():
        depths_m = np.array([strips[place].depth_m for place in row])
        for k in range(1, len(row) - 1):
            if depths_m[k] - max(depths_m[k - 1], depths_m[k + 1]) > more_m:
                strip = strips[row[k]]
                marked[row[k]] = replace(strip, flags=(*strip.flags, Flag.SET_BACK))
    return marked


def _side_findings(
    views: Sequence[SideView], found: Sequence[SideFronts], occupants: Sequence[Occupant]
) -> list[Finding]:
    findings = []
    for view, fronts in zip(views, found, strict=True):
        for gap in fronts.nobody:
            line = kerb_line(view.ribbon, gap.u0, gap.u1)
            findings.append(
                Finding(FindingKind.GAP, gap.why.value, (), view.street, float(line.length), line)
            )
        for dropped in fronts.dropped:
            wall = wall_line(view.ribbon, dropped.edges)
            ids = (occupants[dropped.occupant].id,)
            size_m = float(wall.length)
            findings.append(
                Finding(FindingKind.UNCOVERED_FRONT, dropped.why.value, ids, view.street, size_m, wall)
            )
    return findings
