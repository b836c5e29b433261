"""Reading places: zones of one kind as GeoJSON at any date, the category list, and the match of a spot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, and_, func, or_, select

from server import sqltext
from server.contract import read_cursor, write_cursor
from server.places.matching import Fix, Matcher
from server.places.tables import zone

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def list_zones(
    connection: Connection,
    kind: str,
    on: date,
    bbox: tuple[float, float, float, float] | None,
    cursor: str | None,
    limit: int,
    *,
    township: str | None = None,
    q: str | None = None,
) -> dict[str, Any]:
    """One page of the zones of a kind valid on a day, in order of their codes, as a GeoJSON FeatureCollection."""
    after = read_cursor(cursor, str)
    query = (
        select(
            zone.c.code,
            zone.c.name,
            zone.c.version,
            zone.c.township_code,
            zone.c.sample,
            zone.c.source,
            zone.c.properties,
            func.lower(zone.c.valid).label("valid_from"),
            func.upper(zone.c.valid).label("valid_to"),
            func.ST_AsGeoJSON(zone.c.geom, 9).label("geometry"),
        )
        .where(and_(zone.c.kind == kind, zone.c.valid.op("@>")(on)))
        .order_by(zone.c.code)
        .limit(limit + 1)
    )
    if bbox:
        query = query.where(func.ST_Intersects(zone.c.geom, func.ST_MakeEnvelope(*bbox, 4326)))
    if township:
        query = query.where(zone.c.township_code == township)
    if q:
        named = func.strpos(func.lower(zone.c.name), q.lower()) > 0
        query = query.where(or_(named, zone.c.code == q))
    if after:
        query = query.where(zone.c.code > after[0])
    rows = connection.execute(query).mappings().all()
    page = rows[:limit]
    return {
        "type": "FeatureCollection",
        "features": [_feature(kind, row) for row in page],
        "next": write_cursor(page[-1]["code"]) if len(rows) > limit else None,
    }


def _feature(kind: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    properties = {
        **row["properties"],
        "kind": kind,
        "code": row["code"],
        "name": row["name"],
        "version": row["version"],
        "township": row["township_code"],
        "valid_from": row["valid_from"].isoformat(),
        "valid_to": row["valid_to"].isoformat() if row["valid_to"] else None,
        "sample": row["sample"],
        "source": row["source"],
    }
    feature_id = f"{kind}:{row['code']}:{row['version']}"
    return {
        "type": "Feature",
        "id": feature_id,
        "geometry": orjson.loads(row["geometry"]),
        "properties": properties,
    }


def list_categories(connection: Connection, on: date) -> list[dict[str, Any]]:
    """The category list in force on a day."""
    return [dict(row) for row in SQL["list_categories"].run(connection, {"on": on.isoformat()}).mappings()]


def match_spot(
    connection: Connection,
    matcher: Matcher,
    fix: Fix,
    on: date,
    *,
    category: str | None,
    hint: tuple[str, str] | None,
) -> dict[str, Any]:
    """The match of the HTTP contract for a spot; writes nothing."""
    values = {**matcher.candidate_values(fix, on, hint[0] if hint else None), "category": category}
    known = orjson.loads(SQL["fetch_match_context"].run(connection, values).scalar_one())
    weights = known["category"]["none_weights"] if known["category"] else None
    return matcher.judge(fix, known["candidates"], none_weights=weights, hint=hint).wire
