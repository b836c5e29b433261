"""Drawn streets for the tests of the frontage generator, in metres of the plane round Jinsha."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.frontage import Frontages, Strip
from geo.metric import MetricPlane
from geo.streetscape import Area, AreaKind, Building, PropertyLine, Street, Streetscape

X, Y = 601_000.0, 3_550_100.0
WIDTH_M = 10.0
KERB_M = WIDTH_M / 2.0
DATA = Path(__file__).parent / "data"


def house(
    name: str, west: float, east: float, setback: float = 4.0, deep: float = 10.0, **more: Any
) -> Building:
    """A house north of the east-west road: metres along it, wall foot so far from the kerb."""
    return Building(name, ground(west, east, setback, setback + deep), **more)


def ground(west: float, east: float, near: float, far: float) -> Polygon:
    """A box by metres along the road and from its northern kerb."""
    return shapely.box(X + west, Y + KERB_M + near, X + east, Y + KERB_M + far)


def outline(*points: tuple[float, float]) -> Polygon:
    """A polygon by (metres along, metres from the northern kerb)."""
    return Polygon([(X + x, Y + KERB_M + y) for x, y in points])


def line(*points: tuple[float, float]) -> LineString:
    """A line by (metres along, metres from the northern kerb)."""
    return LineString([(X + x, Y + KERB_M + y) for x, y in points])


def road(west: float = -60.0, east: float = 160.0, **more: Any) -> Street:
    """The east-west road, looking east: houses stand on its left."""
    given: dict[str, Any] = {"name": "新金路", "width_m": WIDTH_M, **more}
    return Street("road", LineString([(X + west, Y), (X + east, Y)]), **given)


def cross_road(at: float, name: str | None = "建设路", turn: float = 0.0, **more: Any) -> Street:
    """A road across, from south to north, leaning east by so many metres to each hundred."""
    given: dict[str, Any] = {"width_m": WIDTH_M, **more}
    ends = [(X + at - turn, Y - 100.0), (X + at, Y), (X + at + turn, Y + 100.0)]
    return Street(f"across {at}", LineString(ends), name, **given)


def scene(*things: Building | Street | PropertyLine | Area) -> Streetscape:
    """A streetscape of everything named."""
    return Streetscape(
        [thing for thing in things if isinstance(thing, Building)],
        [thing for thing in things if isinstance(thing, Street)],
        [thing for thing in things if isinstance(thing, PropertyLine)],
        [thing for thing in things if isinstance(thing, Area)],
    )


def moved(scape: Streetscape, turn_deg: float, east_m: float, north_m: float) -> Streetscape:
    """The whole scene turned about its middle and moved."""

    def move(shape: Any) -> Any:
        return None if shape is None else moved_shape(shape, turn_deg, east_m, north_m)

    return Streetscape(
        [replace(b, footprint=move(b.footprint)) for b in scape.buildings],
        [
            replace(s, line=move(s.line), left_kerb=move(s.left_kerb), right_kerb=move(s.right_kerb))
            for s in scape.streets
        ],
        [replace(p, line=move(p.line)) for p in scape.property_lines],
        [replace(a, outline=move(a.outline)) for a in scape.areas],
    )


def moved_shape(shape: BaseGeometry, turn_deg: float, east_m: float, north_m: float) -> BaseGeometry:
    c, s = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))

    def turn(points: np.ndarray) -> np.ndarray:
        x, y = points[:, 0] - X, points[:, 1] - Y
        return np.stack([X + east_m + c * x - s * y, Y + north_m + s * x + c * y], axis=1)

    return shapely.transform(shape, turn)


def strip_of(made: Frontages, subject: str, street: str = "新金路", unit: int = 0) -> Strip:
    """The one strip of a subject on a street."""
    (only,) = [s for s in made.strips if (s.subject, s.street, s.unit) == (subject, street, unit)]
    return only


def told(made: Frontages, kind: str) -> set[tuple[str, tuple[str, ...]]]:
    """Findings of a kind as (why, ids)."""
    return {(finding.why, finding.ids) for finding in made.findings if finding.kind == kind}


def same_ground(one: BaseGeometry, other: BaseGeometry, within_m2: float = 1e-5) -> bool:
    return one.symmetric_difference(other).area < within_m2


def tongji() -> Streetscape:
    """Real streets and buildings (OpenStreetMap); a closed pedestrian way is a square."""
    plane = MetricPlane(4549)

    def layer(name: str) -> list[tuple[dict[str, Any], BaseGeometry]]:
        features = json.loads((DATA / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
        shapes = [shapely.geometry.shape(item["geometry"]) for item in features]
        there = [
            shapely.transform(shape, lambda p: np.array([plane.forward(*map(float, q)) for q in p]))
            for shape in shapes
        ]
        return list(zip((item["properties"] for item in features), there, strict=True))

    streets, areas = [], []
    for said, shape in layer("tongji_streets"):
        name = None if said["highway"] == "footway" else said.get("name")
        half = said["highway"] == "primary" and said.get("oneway") == "yes"
        if said["highway"] == "pedestrian" and shape.is_closed:
            areas.append(Area(str(said["osm_id"]), AreaKind.SQUARE, Polygon(shape.coords)))
        else:
            width_m = 10.5 if half else None
            streets.append(
                Street(str(said["osm_id"]), cast(LineString, shape), name, said["highway"], width_m)
            )
    buildings = [
        Building(str(said["osm_id"]), cast(Polygon, shape)) for said, shape in layer("tongji_buildings")
    ]
    return Streetscape(buildings, streets, areas=areas)
