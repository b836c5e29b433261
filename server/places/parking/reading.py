"""Reading parking areas: one list with filters, among them whether it is legal to stand there at a time.

Hours are evaluated by geo.hours alone; the database is asked for areas whose hours, as written, are among those that
hold. There are few different texts, so the list needs neither a second evaluator nor every row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from server.contract import read_cursor, write_cursor
from server.places.parking.attributes import Vehicle, hours_of, read_attributes
from server.places.tables import zone

Bbox = tuple[float, float, float, float]


@dataclass(frozen=True)
class ParkingFilter:
    """What is asked for; `at` is local time, its date chooses the map and its clock the hours."""

    at: datetime
    bbox: Bbox | None = None
    township: str | None = None
    vehicle: Vehicle | None = None
    condition: str | None = None
    legal: bool | None = None


def list_parking(
    connection: Connection, wanted: ParkingFilter, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of parking areas in order of their codes, as GeoJSON. Raises CursorRefused."""
    after = read_cursor(cursor, str)
    where = _where(wanted)
    if wanted.legal is not None:
        where = and_(where, _legal(connection, where, wanted.at, wanted.legal))
    query = (
        select(
            zone.c.code,
            zone.c.name,
            zone.c.version,
            zone.c.township_code,
            func.lower(zone.c.valid).label("valid_from"),
            func.upper(zone.c.valid).label("valid_to"),
            zone.c.properties,
            zone.c.sample,
            zone.c.source,
            func.ST_AsGeoJSON(zone.c.geom, 9).label("geometry"),
        )
        .where(where)
        .order_by(zone.c.code)
        .limit(limit + 1)
    )
    if after:
        query = query.where(zone.c.code > after[0])
    rows = connection.execute(query).mappings().all()
    page = rows[:limit]
    return {
        "type": "FeatureCollection",
        "features": [_feature(row, wanted.at) for row in page],
        "next": write_cursor(page[-1]["code"]) if len(rows) > limit else None,
    }


def _where(wanted: ParkingFilter) -> ColumnElement[bool]:
    terms: list[ColumnElement[bool]] = [
        zone.c.kind == "parking",
        zone.c.valid.op("@>")(wanted.at.date()),
        zone.c.township_code == wanted.township if wanted.township else true(),
        zone.c.properties["vehicle"].astext == wanted.vehicle if wanted.vehicle else true(),
        zone.c.properties["condition"].astext == wanted.condition if wanted.condition else true(),
    ]
    if wanted.bbox:
        terms.append(func.ST_Intersects(zone.c.geom, func.ST_MakeEnvelope(*wanted.bbox, 4326)))
    return and_(*terms)


def _legal(
    connection: Connection, where: ColumnElement[bool], local: datetime, legal: bool
) -> ColumnElement[bool]:
    written = zone.c.properties["legal_hours"]
    texts = connection.scalars(
        select(written.astext).where(where, func.jsonb_typeof(written) == "string").distinct()
    )
    read = {text: hours_of(text) for text in texts}
    holding = [text for text, hours in read.items() if hours is not None and hours.holds(local) is legal]
    return and_(func.jsonb_typeof(written) == "string", written.astext.in_(holding))


def _feature(row: Mapping[Any, Any], local: datetime) -> dict[str, Any]:
    known = read_attributes(row["properties"])
    return {
        "type": "Feature",
        "id": f"parking:{row['code']}:{row['version']}",
        "geometry": orjson.loads(row["geometry"]),
        "properties": {
            "code": row["code"],
            "name": row["name"],
            "version": row["version"],
            "township": row["township_code"],
            "valid_from": row["valid_from"].isoformat(),
            "valid_to": row["valid_to"].isoformat() if row["valid_to"] else None,
            "vehicle": known.vehicle,
            "capacity": known.capacity,
            "legal_hours": known.legal_hours,
            "legal": known.legal_at(local),
            "sign": known.sign,
            "condition": known.condition,
            "inspected_on": known.inspected_on.isoformat() if known.inspected_on else None,
            "faults": list(known.faults),
            "sample": row["sample"],
            "source": row["source"],
        },
    }
