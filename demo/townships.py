"""Draws the 17 township outlines: Voronoi cells of approximate seats inside a made-up district outline.

Each border is bent once and used by both neighbours, so the cells tile the district without a gap. Names and
codes are real (source/tongzhou_townships.json); no line here is an official boundary.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from shapely import (
    MultiPoint,
    get_exterior_ring,
    get_parts,
    line_merge,
    polygonize,
    unary_union,
    voronoi_polygons,
)
from shapely.geometry import LineString, Polygon
from shapely.geometry import Point as ShapelyPoint
from shapely.geometry.base import BaseGeometry

from demo.features import Feature, shape_feature
from demo.plane import Point, to_degrees, to_plane

SOURCE = Path(__file__).parent / "source" / "tongzhou_townships.json"
VALID_FROM = "2022-09-01"
SEAT_REACH_M = 7_200.0
BORDER_STEP_M = 65.0
COAST_STEP_M = 11.0
COAST_TOWNSHIP = "320612104"

# Approximate on purpose: no free source gives the seats, let alone the outlines.
SEATS: dict[str, Point] = {
    "320612001": (121.07, 32.07),
    "320612002": (120.99, 32.07),
    "320612003": (120.97, 32.01),
    "320612004": (121.05, 32.09),
    "320612101": (120.99, 32.13),
    "320612102": (121.22, 32.03),
    "320612103": (121.20, 32.09),
    "320612104": (121.33, 32.16),
    "320612107": (121.15, 32.17),
    "320612110": (120.98, 32.22),
    "320612112": (120.87, 32.17),
    "320612114": (120.79, 32.09),
    "320612116": (120.72, 32.07),
    "320612117": (120.94, 32.10),
    "320612119": (121.01, 31.95),
    "320612120": (121.03, 31.98),
    "320612401": (121.40, 32.12),
}


@dataclass(frozen=True)
class Township:
    """A real township-level unit: 9-digit code, Chinese name, kind as the statistics bureau words it."""

    code: str
    name: str
    kind: str

    @property
    def seat(self) -> Point:
        """Approximate seat, lon/lat WGS-84."""
        return SEATS[self.code]


@cache
def townships() -> tuple[Township, ...]:
    """All units of the district in code order."""
    listed = json.loads(SOURCE.read_text(encoding="utf-8"))["townships"]
    units = (Township(item["code"], item["name"], item["kind"]) for item in listed)
    return tuple(sorted(units, key=lambda unit: unit.code))


@cache
def outlines() -> dict[str, Polygon]:
    """Outline of each township by code, in rounded WGS-84 degrees; neighbours share their vertices."""
    lines = [LineString(to_degrees(border)) for border in _bent_borders()]
    cells = list(get_parts(polygonize(lines)))
    found = {
        unit.code: next(cell for cell in cells if cell.contains(ShapelyPoint(unit.seat)))
        for unit in townships()
    }
    if len(cells) != len(found):
        raise ValueError(f"the bent borders close {len(cells)} cells for {len(found)} townships")
    return found


def township_features() -> list[Feature]:
    """The township layer, one feature for each unit."""
    return [
        shape_feature(
            outlines()[unit.code],
            {
                "code": unit.code,
                "name": unit.name,
                "township": unit.code,
                "valid_from": VALID_FROM,
                "sample": True,
                "unit_kind": unit.kind,
            },
        )
        for unit in townships()
    ]


def _bent_borders() -> list[list[Point]]:
    seats = {unit.code: ShapelyPoint(to_plane(*unit.seat)) for unit in townships()}
    district = unary_union([seat.buffer(SEAT_REACH_M) for seat in seats.values()])
    district = Polygon(get_exterior_ring(district.buffer(7_000.0).buffer(-7_000.0).simplify(40.0)))
    cells = voronoi_polygons(MultiPoint(list(seats.values())), extend_to=district.buffer(9_000.0))
    clipped = [cell.intersection(district) for cell in get_parts(cells)]
    coast = next(cell for cell in clipped if cell.contains(seats[COAST_TOWNSHIP]))
    borders = _edges(unary_union([cell.boundary for cell in clipped], grid_size=0.01))
    return [
        bend(border, Random(f"border {index}"), _step_m(border, district, coast))
        for index, border in enumerate(borders)
    ]


def _edges(network: BaseGeometry) -> list[LineString]:
    edges = [LineString(sorted_ends(list(edge.coords))) for edge in get_parts(line_merge(network))]
    return sorted(edges, key=lambda edge: [round(value) for value in (*edge.coords[0], *edge.coords[-1])])


def sorted_ends(points: list[Point]) -> list[Point]:
    """The same line, always told from the same end."""
    return points if points[0] <= points[-1] else points[::-1]


def _step_m(border: LineString, district: Polygon, coast: BaseGeometry) -> float:
    middle = border.interpolate(0.5, normalized=True)
    on_coast = middle.distance(district.exterior) < 1.0 and middle.distance(coast) < 1.0
    return COAST_STEP_M if on_coast else BORDER_STEP_M


def bend(border: LineString, random: Random, step_m: float) -> list[Point]:
    """Push a border sideways by a few waves that fade out at its ends, as ditches and field paths run."""
    waves = [
        (share * min(border.length / 6_000.0, 1.0), length_m, random.uniform(0.0, math.tau))
        for share, length_m in ((240.0, 5_200.0), (95.0, 1_700.0), (30.0, 520.0), (9.0, 190.0))
    ]
    count = max(8, round(border.length / step_m))
    points = [border.coords[0]]
    for index in range(1, count):
        along_m = border.length * index / count
        fade = math.sin(math.pi * index / count) ** 0.5
        push_m = fade * sum(size * math.sin(math.tau * along_m / wave + phase) for size, wave, phase in waves)
        points.append(_beside(border, along_m, push_m))
    points.append(border.coords[-1])
    return [(float(x), float(y)) for x, y in points]


def _beside(border: LineString, along_m: float, push_m: float) -> Point:
    # The direction is taken over 400 m, else the corners of the smoothed outline would fold the line.
    before, after = border.interpolate(max(along_m - 200.0, 0.0)), border.interpolate(along_m + 200.0)
    here = border.interpolate(along_m)
    length_m = before.distance(after)
    return (
        here.x - push_m * (after.y - before.y) / length_m,
        here.y + push_m * (after.x - before.x) / length_m,
    )
