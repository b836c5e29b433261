"""Writes GeoJSON (RFC 7946) and plain JSON the same way on every run: one feature a line, so that diffs read.

Every collection carries `sample` and a note in Chinese and English that it is made up: the label travels
with the file wherever it is copied.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shapely import get_coordinates
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.polygon import orient

from demo.plane import Point

Feature = dict[str, Any]

NOTE_ZH = "演示数据：位置、街道、店铺均为虚构，非官方划定；仅镇街名称与代码为真实。"
NOTE_EN = "Demo data: all places, streets and shops are made up; only township names and codes are real."


def polygon_feature(ring: Sequence[Point], properties: Mapping[str, Any]) -> Feature:
    """A polygon from one open ring of rounded lon/lat, wound counter-clockwise and closed."""
    outline = orient(Polygon(ring), 1.0)
    return _feature("Polygon", [_pairs(outline.exterior)], properties)


def shape_feature(shape: Polygon | MultiPolygon, properties: Mapping[str, Any]) -> Feature:
    """A polygon or multipolygon in rounded lon/lat, holes kept, each ring wound as RFC 7946 asks."""
    parts = [orient(part, 1.0) for part in getattr(shape, "geoms", [shape])]
    rings = [[_pairs(part.exterior), *(_pairs(hole) for hole in part.interiors)] for part in parts]
    if len(rings) == 1:
        return _feature("Polygon", rings[0], properties)
    return _feature("MultiPolygon", rings, properties)


def line_feature(points: Sequence[Point], properties: Mapping[str, Any]) -> Feature:
    """A line from rounded lon/lat."""
    return _feature("LineString", [list(point) for point in points], properties)


def point_feature(place: Point, properties: Mapping[str, Any]) -> Feature:
    """A point from rounded lon/lat."""
    return _feature("Point", list(place), properties)


def collection_text(name: str, features: Iterable[Feature]) -> str:
    """The file text of a labelled collection: a head line, one line for each feature, a foot line."""
    head = {"type": "FeatureCollection", "name": name, "sample": True, "note_zh": NOTE_ZH, "note_en": NOTE_EN}
    lines = ",\n".join(_compact(feature) for feature in features)
    return f'{_compact(head)[:-1]},"features":[\n{lines}\n]}}\n'


def list_text(items: Iterable[Mapping[str, Any]]) -> str:
    """The file text of a plain list, one item a line."""
    return "[\n" + ",\n".join(_compact(item) for item in items) + "\n]\n"


def record_text(record: Mapping[str, Any], listed: str) -> str:
    """The file text of a record whose member `listed`, its last, is a list: one entry of it a line."""
    head = {key: value for key, value in record.items() if key != listed}
    return f'{_compact(head)[:-1]},"{listed}":{list_text(record[listed]).rstrip()}}}\n'


def object_text(record: Mapping[str, Any]) -> str:
    """The file text of a single record."""
    return f"{_compact(dict(record))}\n"


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with Unix line ends on every system, making the folder where needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _pairs(ring: LineString) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in get_coordinates(ring)]


def _feature(kind: str, coordinates: list[Any], properties: Mapping[str, Any]) -> Feature:
    return {
        "type": "Feature",
        "properties": dict(properties),
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
