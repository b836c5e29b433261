"""Loading made-up or generated zones, each with a date of its own, by the owner.

For files of our own making (WGS-84 GeoJSON): all or, with every fault named, nothing. A zone that did not change
keeps its version; a changed one closes its version on the day the new one begins. Others' files come by layers.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from psycopg2.extras import execute_values
from sqlalchemy import Connection

from geo.guard import GeometryRefused, geometry_from_geojson
from geo.observation import Kind
from server import sqltext
from server.places.fixed_words import FIXED_WORDS

SQL = sqltext.load(Path(__file__).with_name("plain.sql"))
_BATCH = 1000

_POINT_KINDS = (Kind.SERVICE_POINT,)
_OWN_FIELDS = frozenset(
    {"code", "name", "township", "valid_from", "sample", "kind", "version", "valid_to", "source"}
)


class ImportRefused(ValueError):
    """The file was not applied; `faults` says why, one line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(f"{len(faults)} faults, the first: {faults[0]}")
        self.faults = tuple(faults)


@dataclass(frozen=True)
class ZoneIn:
    """One zone of a file, checked. `wkb` is WGS-84."""

    code: str
    name: str
    township: str | None
    valid_from: date
    sample: bool
    properties: str
    wkb: str


@dataclass(frozen=True)
class ImportCounts:
    """What an import did."""

    new: int
    changed: int
    unchanged: int


def read_zones(kind: Kind, collection: Mapping[str, Any]) -> list[ZoneIn]:
    """Check a GeoJSON FeatureCollection (RFC 7946, WGS-84).

    Raises:
        ImportRefused: with every fault found, named by feature number and code.
    """
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list) or not features:
        raise ImportRefused(["not a GeoJSON FeatureCollection with features"])
    zones, faults = [], []
    seen: set[str] = set()
    for index, feature in enumerate(features):
        try:
            zone = _zone(kind, feature)
        except (GeometryRefused, ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(f"features[{index}]: {error}")
            continue
        if zone.code in seen:
            faults.append(f"features[{index}]: code {zone.code} stands twice")
        seen.add(zone.code)
        zones.append(zone)
    if faults:
        raise ImportRefused(faults)
    return zones


def _zone(kind: Kind, feature: Mapping[str, Any]) -> ZoneIn:
    types = ("Point",) if kind in _POINT_KINDS else ("Polygon", "MultiPolygon")
    geometry = geometry_from_geojson(feature["geometry"], types=types)
    given = feature["properties"]
    code = str(given["code"])
    if not 1 <= len(code) <= 64:
        raise ValueError(f"a code of 1 to 64 characters wanted, not {len(code)}")
    if code in FIXED_WORDS:
        raise ValueError(f"{code} is a word of the addresses and no code")
    extra = {name: value for name, value in given.items() if name not in _OWN_FIELDS}
    return ZoneIn(
        code=code,
        name=str(given.get("name") or code)[:200],
        township=code if kind is Kind.TOWNSHIP else given.get("township"),
        valid_from=date.fromisoformat(given["valid_from"]),
        sample=bool(given.get("sample", False)),
        properties=orjson.dumps(extra, option=orjson.OPT_SORT_KEYS).decode(),
        wkb=geometry.wkb_hex,
    )


def apply_zones(
    connection: Connection,
    kind: Kind,
    zones: Sequence[ZoneIn],
    *,
    source: str,
    progress: Callable[[int], None] = lambda done: None,
) -> ImportCounts:
    """Write new and changed zones; the caller's transaction makes it one step.

    Args:
        source: where the file came from, kept with every version.
        progress: called with the number of zones looked at so far.
    Raises:
        ImportRefused: when a changed zone would begin before the version it replaces.
    """
    cursor = connection.connection.cursor()
    cursor.execute(SQL["make_coming"].bound)
    for start in range(0, len(zones), _BATCH):
        batch = zones[start : start + _BATCH]
        execute_values(
            cursor, "INSERT INTO coming VALUES %s", [_row(zone) for zone in batch], page_size=_BATCH
        )
        progress(start + len(batch))
    SQL["compare_coming"].run(connection, {"kind": kind.value})
    fates = {row.fate: row for row in SQL["count_fates"].run(connection)}
    if "early" in fates:
        named = ", ".join(fates["early"].codes)
        raise ImportRefused([f"valid_from is not after the version in force: {named}"])
    SQL["close_changed"].run(connection, {"kind": kind.value})
    SQL["insert_coming"].run(connection, {"kind": kind.value, "source": source})
    cursor.execute("DROP TABLE coming")
    counts = {fate: row.zones for fate, row in fates.items()}
    return ImportCounts(counts.get("new", 0), counts.get("changed", 0), counts.get("unchanged", 0))


def _row(zone: ZoneIn) -> tuple[Any, ...]:
    return (zone.code, zone.name, zone.township, zone.valid_from, zone.sample, zone.properties, zone.wkb)
