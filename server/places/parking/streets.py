"""Loading the street layer from a GeoJSON file (WGS-84): the file is the layer from its day on, all of it or nothing.

Lines have no codes of their own, so a line is known by the digest of what is said of it: one that comes again
unchanged keeps its row, one that is gone is closed, never deleted.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from psycopg2.extras import execute_values
from shapely.geometry import LineString
from sqlalchemy import Connection

from server import sqltext
from server.places.importing import ImportRefused

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
VERTICES_MAX = 10_000
WIDTH_MAX_M = 200.0


@dataclass(frozen=True)
class StreetIn:
    """One line of a file, checked; `wkb` is WGS-84, `width_m` the carriageway."""

    digest: str
    name: str | None
    kind: str | None
    width_m: float | None
    township: str | None
    wkb: str


@dataclass(frozen=True)
class StreetCounts:
    """What an import did to the layer."""

    new: int
    unchanged: int
    gone: int


def read_streets(collection: Any) -> list[StreetIn]:
    """Check a FeatureCollection of LineStrings and MultiLineStrings (each part a street of its own).

    Raises:
        ImportRefused: with every fault found, named by feature number.
    """
    features = collection.get("features") if isinstance(collection, Mapping) else None
    if not isinstance(features, list) or not features:
        raise ImportRefused(["not a GeoJSON FeatureCollection with features"])
    if collection.get("crs") is not None:
        raise ImportRefused(["a file that names a CRS of its own: WGS-84 (RFC 7946) wanted"])
    streets: dict[str, StreetIn] = {}
    faults = []
    for index, feature in enumerate(features):
        try:
            for street in _streets(feature):
                streets[street.digest] = street
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(f"features[{index}]: {type(error).__name__} {error}")
    if faults:
        raise ImportRefused(faults)
    return list(streets.values())


def apply_streets(
    connection: Connection, streets: Sequence[StreetIn], *, valid_from: date, source: str, sample: bool
) -> StreetCounts:
    """Make the file the layer from a day on; the caller's transaction makes it one step.

    Raises:
        ImportRefused: when a line in force would end before it began, or a closed one ended later.
    """
    cursor = connection.connection.cursor()
    cursor.execute(SQL["make_coming_streets"].bound)
    rows = [(one.digest, one.name, one.kind, one.width_m, one.township, one.wkb) for one in streets]
    execute_values(cursor, "INSERT INTO coming_street VALUES %s", rows, page_size=1000)
    day = {"valid_from": valid_from.isoformat()}
    fates = SQL["count_street_fates"].run(connection, day).one()
    if fates.early:
        raise ImportRefused([f"{fates.early} lines in force begin or ended on {valid_from} or later"])
    SQL["close_gone_streets"].run(connection, day)
    SQL["insert_coming_streets"].run(connection, {**day, "source": source, "sample": sample})
    cursor.execute("DROP TABLE coming_street")
    return StreetCounts(fates.new, fates.unchanged, fates.gone)


def _streets(feature: Mapping[str, Any]) -> Iterator[StreetIn]:
    geometry, given = feature["geometry"], feature.get("properties") or {}
    if geometry["type"] not in ("LineString", "MultiLineString"):
        raise ValueError(f"a {str(geometry['type'])[:40]} is no street line")
    lines = [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]
    name, kind = _text(given, "name", 200), _text(given, "kind", 64)
    township, width_m = _text(given, "township", 64), _width_m(given.get("width_m"))
    for line in lines:
        wkb = _line(line).wkb_hex
        told = orjson.dumps([name, kind, width_m, township, wkb])
        yield StreetIn(hashlib.sha256(told).hexdigest(), name, kind, width_m, township, wkb)


def _text(given: Mapping[str, Any], name: str, chars_max: int) -> str | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > chars_max or "\x00" in value:
        raise ValueError(f"{name}: a text of at most {chars_max} characters wanted")
    return value


def _width_m(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= WIDTH_MAX_M:
        raise ValueError(f"width_m: metres above 0 and at most {WIDTH_MAX_M:.0f} wanted")
    return float(value)


def _line(coordinates: Any) -> LineString:
    if not isinstance(coordinates, list) or not 2 <= len(coordinates) <= VERTICES_MAX:
        raise ValueError(f"a line of 2 to {VERTICES_MAX} positions wanted")
    points = [_point(position) for position in coordinates]
    if len(set(points)) < 2:
        raise ValueError("a line without length")
    return LineString(points)


def _point(position: Any) -> tuple[float, float]:
    if not isinstance(position, list) or len(position) < 2:
        raise ValueError("a position is a list of lon and lat")
    lon, lat = position[:2]
    for value in (lon, lat):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError("a position is two finite numbers")
    if abs(lon) > 180 or abs(lat) > 90:
        raise ValueError("lon or lat is out of range")
    return float(lon), float(lat)
