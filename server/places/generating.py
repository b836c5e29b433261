"""Frontage strips from files: buildings and streets in, a layer to import and a report to look at out.

geo.frontage does the drawing in metres; here files become its input and its strips become GeoJSON with codes.
Nothing is written to the database: a generated layer goes through the import and its checks like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.datum import Datum, Position, convert
from geo.frontage import Frontages, Strip, generate_frontages
from geo.guard import GeometryRefused, geometry_from_geojson
from geo.metric import MetricPlane
from geo.streetscape import Building, GeneratorInputRefused, Street, Streetscape
from server.places.importing import ImportRefused

Move = Callable[[float, float], tuple[float, float]]


def generate_layer(
    buildings: Mapping[str, Any],
    streets: Mapping[str, Any],
    *,
    plane: MetricPlane,
    datum: Datum,
    township: str,
    valid_from: date,
    sample: bool,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw the strips of a file of footprints along a file of street lines.

    Args:
        buildings: FeatureCollection of polygons; `id` or `code`, and `operator` where several answer together.
        streets: FeatureCollection of lines; `name` (none: a lane), `width_m` between kerbs, `kind` or `class`.
        datum: of both files, in degrees. township: code the zones get, and the first part of their codes.

    Returns:
        The zones, ready for `frontage zones import frontage`, and the topology report; both WGS-84 GeoJSON.
    Raises:
        ImportRefused: with every fault of the files, named by feature number.
    """
    inward = _to_plane(plane, datum)
    faults: list[str] = []
    houses = [
        Building(_name(feature, index), _moved(shape, inward), _text(feature, "operator"))
        for index, feature, shape in _polygons(buildings, faults)
    ]
    lines = [
        Street(
            id=_name(feature, index),
            line=_moved(shape, inward),
            name=_text(feature, "name"),
            street_class=_text(feature, "class", "kind") or "",
            width_m=_number(feature, "width_m"),
        )
        for index, feature, shape in _lines(streets, faults)
    ]
    if faults:
        raise ImportRefused(faults)
    try:
        made = generate_frontages(Streetscape(houses, lines))
    except GeneratorInputRefused as error:
        raise ImportRefused([f"{p.path}: {p.message} ({p.code})" for p in error.problems]) from error
    return _zones(made, plane, township, valid_from, sample), _report(made, plane)


def _to_plane(plane: MetricPlane, datum: Datum) -> Move:
    def move(lon: float, lat: float) -> tuple[float, float]:
        place = convert(Position(lon, lat, datum), Datum.WGS84)
        return plane.forward(place.lon, place.lat)

    return move


def _moved(shape: BaseGeometry, move: Move) -> Any:
    def each(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([move(float(x), float(y)) for x, y in points]).reshape(-1, 2)

    return shapely.transform(shape, each)


def _features(collection: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise ImportRefused(["不是 GeoJSON FeatureCollection / not a GeoJSON FeatureCollection"])
    yield from enumerate(features)


def _polygons(
    collection: Mapping[str, Any], faults: list[str]
) -> Iterator[tuple[int, dict[str, Any], BaseGeometry]]:
    for index, feature in _features(collection):
        try:
            yield index, feature["properties"] or {}, geometry_from_geojson(feature["geometry"])
        except (GeometryRefused, KeyError, TypeError) as error:
            faults.append(f"buildings[{index}]: {error}")


def _lines(
    collection: Mapping[str, Any], faults: list[str]
) -> Iterator[tuple[int, dict[str, Any], BaseGeometry]]:
    for index, feature in _features(collection):
        try:
            points = np.array(feature["geometry"]["coordinates"], dtype=float)
            if (
                feature["geometry"]["type"] != "LineString"
                or points.ndim != 2
                or not np.isfinite(points).all()
            ):
                raise ValueError("一条折线 LineString of finite numbers wanted")
            if len(points) < 2 or (abs(points[:, 0]) > 180).any() or (abs(points[:, 1]) > 90).any():
                raise ValueError("两个以上经纬度点 two positions or more, in degrees, wanted")
            yield index, feature["properties"] or {}, shapely.LineString(points[:, :2])
        except (ValueError, KeyError, TypeError) as error:
            faults.append(f"streets[{index}]: {error}")


def _text(properties: Mapping[str, Any], *names: str) -> str | None:
    return next((str(properties[name]) for name in names if properties.get(name)), None)


def _name(properties: Mapping[str, Any], index: int) -> str:
    return _text(properties, "id", "code") or str(index)


def _number(properties: Mapping[str, Any], name: str) -> float | None:
    value = properties.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _outward(shape: BaseGeometry, plane: MetricPlane) -> dict[str, Any]:
    # Nine decimals are a tenth of a millimetre: neighbours keep their shared corners.
    mapped: dict[str, Any] = shapely.geometry.mapping(
        shapely.set_precision(_moved(shape, plane.inverse), 1e-9)
    )
    return mapped


def _zones(
    made: Frontages, plane: MetricPlane, township: str, valid_from: date, sample: bool
) -> dict[str, Any]:
    first: dict[tuple[str, int], Strip] = {}
    for strip in made.strips:
        first.setdefault((strip.subject, strip.unit), strip)
    shapes = made.zones()
    features = [
        {
            "type": "Feature",
            "geometry": _outward(shapes[key], plane),
            "properties": {
                "code": f"{township}-F{number:05d}",
                "name": f"{strip.street} {strip.side} {strip.order}",
                "township": township,
                "valid_from": valid_from.isoformat(),
                "sample": sample,
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
        for number, (key, strip) in enumerate(first.items(), start=1)
    ]
    return {
        "type": "FeatureCollection",
        "name": "frontage",
        "algorithm": made.algorithm,
        "features": features,
    }


def _report(made: Frontages, plane: MetricPlane) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "geometry": _outward(finding.geometry, plane),
            "properties": {
                "kind": finding.kind.value,
                "why": finding.why,
                "ids": list(finding.ids),
                "street": finding.street,
                "size": round(finding.size, 3),
            },
        }
        for finding in made.findings
    ]
    return {"type": "FeatureCollection", "name": "findings", "features": features}
