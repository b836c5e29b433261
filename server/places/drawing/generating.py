"""Frontage strips from buildings, streets and property lines in metres: a layer to import and a report to look at.

geo.frontage does the drawing; here features become its input and its strips become GeoJSON with codes. Nothing is
written to the database: a generated layer goes through the import and its checks like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.frontage import Frontages, Strip, generate_frontages
from geo.streetscape import (
    Building,
    GeneratorInputRefused,
    GeneratorSettings,
    PropertyLine,
    Street,
    Streetscape,
    check_streetscape,
)
from server.places.drawing.ground import Features
from server.places.drawing.refusals import GroundRefused
from server.places.foreign.formats import Shapes
from server.places.foreign.placing import Plane

# Wider than what rounding makes of a line walked out and back; along 50 m of border it moves less than 1e-6 m2.
_SPIKE_M = 2e-8


@dataclass(frozen=True)
class Labels:
    """What the zones are given besides their place.

    Attributes:
        township: its code, and the first part of theirs. sample: made up for a demonstration.
    """

    township: str
    valid_from: date
    sample: bool


def generate_layer(
    buildings: Features,
    streets: Features,
    property_lines: Features | None,
    *,
    plane: Plane,
    labels: Labels,
    rules: Mapping[str, float] | None = None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Draw the strips of footprints along street lines.

    Args:
        buildings: polygons; `id`, `code` or `osm_id`, and `operator` where several answer together.
        streets: lines; `name` (none: a lane), `width_m` between kerbs, `class`, `kind` or `highway`.
        property_lines: lines between two properties, where they are known.
        rules: limits in metres that differ from those of GeneratorSettings, by their names.

    Returns:
        The zones, ready to be imported, and the findings of the topology report as features; both WGS-84 GeoJSON.
    Raises:
        GroundRefused: with every fault of the files, named by feature.
    """
    faults: list[str] = []
    scape = Streetscape(
        [
            Building(name, shape, _text(said, "operator"))  # type: ignore[arg-type]
            for name, said, shape in _things(buildings, "buildings", faults)
        ],
        [_street(name, said, shape) for name, said, shape in _lines(streets, "streets", faults)],
        [
            PropertyLine(name, shape)  # type: ignore[arg-type]
            for name, _, shape in _lines(property_lines, "property_lines", faults)
        ],
    )
    settings = GeneratorSettings(**(rules or {}))  # type: ignore[arg-type]
    try:
        check_streetscape(scape, settings)
    except GeneratorInputRefused as error:
        faults += [f"{p.path}: {p.message} ({p.code})" for p in error.problems]
    if faults:
        raise GroundRefused(faults)
    made = generate_frontages(scape, settings)
    return _zones(made, plane, labels), _findings(made, plane)


def _things(
    given: Features | None, part: str, faults: list[str]
) -> Iterator[tuple[str, Mapping[str, Any], BaseGeometry]]:
    """Name, attributes and shape of each feature; what has no shape is a fault."""
    for index, said, shape in given.each() if given else ():
        if shape is None:
            faults.append(
                f"{part}[{index}]: 几何缺失或无法读取 / no geometry that can be read (geometry_unreadable)"
            )
        else:
            yield _text(said, "id", "code", "osm_id") or str(index), said, shape


def _lines(
    given: Features | None, part: str, faults: list[str]
) -> Iterator[tuple[str, Mapping[str, Any], BaseGeometry]]:
    """As _things; a line in several stretches, as many formats write every line, is that many."""
    for name, said, shape in _things(given, part, faults):
        stretches = list(shape.geoms) if isinstance(shape, shapely.MultiLineString) else [shape]
        for number, stretch in enumerate(stretches):
            yield name if len(stretches) == 1 else f"{name}/{number}", said, stretch


def _street(name: str, said: Mapping[str, Any], shape: BaseGeometry) -> Street:
    return Street(
        id=name,
        line=shape,  # type: ignore[arg-type]
        name=_text(said, "name"),
        street_class=_text(said, "class", "kind", "highway") or "",
        width_m=_number(said, "width_m"),
    )


def _text(said: Mapping[str, Any], *names: str) -> str | None:
    return next((str(said[name]) for name in names if said.get(name)), None)


def _number(said: Mapping[str, Any], name: str) -> float | None:
    value = said.get(name)
    if isinstance(value, str):
        # A CSV has text only.
        try:
            return float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _outward(shapes: list[BaseGeometry], plane: Plane) -> list[dict[str, Any]]:
    """Shapes of the plane as WGS-84 GeoJSON, every digit of them: a rounded corner would overlap the neighbour."""
    metric = np.array(shapes, dtype=object)
    degrees: Shapes = plane.degrees(metric)
    sound = shapely.is_valid(degrees) & shapely.is_valid(plane.metric(degrees))
    for place in np.flatnonzero(~sound):
        degrees[place] = _mended(metric[place], plane)
    return [shapely.geometry.mapping(shape) for shape in degrees]


def _mended(shape: BaseGeometry, plane: Plane) -> BaseGeometry:
    """A shape that touches itself by the last digit, as at a spike of no width, without the spike: in degrees."""
    snapped = shapely.set_precision(shape, _SPIKE_M)
    degrees: BaseGeometry = plane.degrees(np.array([snapped], dtype=object))[0]
    if shapely.is_valid(degrees):
        return degrees
    parts = shapely.get_parts(shapely.make_valid(degrees, method="structure", keep_collapsed=False))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == shapely.get_dimensions(shape)])


def _zones(made: Frontages, plane: Plane, labels: Labels) -> dict[str, Any]:
    first: dict[tuple[str, int], Strip] = {}
    for strip in made.strips:
        first.setdefault((strip.subject, strip.unit), strip)
    shapes = made.zones()
    drawn = _outward([shapes[key] for key in first], plane)
    features = [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {
                "code": f"{labels.township}-F{number:05d}",
                "name": f"{strip.street} {strip.side} {strip.order}",
                "township": labels.township,
                "valid_from": labels.valid_from.isoformat(),
                "sample": labels.sample,
                "street": strip.street,
                "order": strip.order,
                "side": strip.side,
                "front_m": round(strip.front_m, 2),
                "depth_m": round(strip.depth_m, 2),
                "subject": strip.subject,
                "rule": strip.depth_rule.value,
                "flags": [flag.value for flag in strip.flags],
            },
        }
        for number, (strip, geometry) in enumerate(zip(first.values(), drawn, strict=True), start=1)
    ]
    return {
        "type": "FeatureCollection",
        "name": "frontage",
        "algorithm": made.algorithm,
        "features": features,
    }


def _findings(made: Frontages, plane: Plane) -> list[dict[str, Any]]:
    drawn = _outward([finding.geometry for finding in made.findings], plane)
    return [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {
                "kind": finding.kind.value,
                "why": finding.why,
                "ids": list(finding.ids),
                "street": finding.street,
                "size": round(finding.size, 3),
            },
        }
        for finding, geometry in zip(made.findings, drawn, strict=True)
    ]


def summary_of(zones: Mapping[str, Any], findings: list[dict[str, Any]]) -> dict[str, Any]:
    """How much was drawn and found."""
    counts = Counter(finding["properties"]["kind"] for finding in findings)
    return {
        "zones": len(zones["features"]),
        "algorithm": zones["algorithm"],
        "finding_counts": dict(sorted(counts.items())),
    }
