"""Reading zones through time. Geometry is sent with every digit that is kept, so that what is read can be sent back
as it was; who made an edit and why is only there for those whom row-level security shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, write_cursor
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
Bbox = tuple[float, float, float, float]


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def zone_feature(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The GeoJSON feature of one version, from a row with its columns and `geometry` as GeoJSON text."""
    return {
        "type": "Feature",
        "id": f"{row['kind']}:{row['code']}:{row['version']}",
        "geometry": orjson.loads(row["geometry"]),
        "properties": {
            **row["properties"],
            "kind": row["kind"],
            "code": row["code"],
            "name": row["name"],
            "version": row["version"],
            "township": row["township_code"],
            "valid_from": _day(row["valid_from"]),
            "valid_to": _day(row["valid_to"]),
            "sample": row["sample"],
            "source": row["source"],
        },
    }


def fetch_zone(connection: Connection, kind: str, code: str, on: date) -> dict[str, Any]:
    """One zone as it is on a day. Raises NotFound."""
    values = {"kind": kind, "code": code, "on": on.isoformat()}
    row = SQL["fetch_zone"].run(connection, values).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return zone_feature(row)


def list_versions(
    connection: Connection, kind: str, code: str, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of the versions of a code, newest first. Raises NotFound, CursorRefused."""
    before = read_cursor(cursor, int)
    values = {
        "kind": kind,
        "code": code,
        "before": min(before[0], 2**31 - 1) if before else None,
        "rows": limit + 1,
    }
    rows = SQL["list_zone_versions"].run(connection, values).mappings().all()
    if not rows and before is None:
        raise NotFound()
    page = rows[:limit]
    return {
        "type": "FeatureCollection",
        "features": [_version(row) for row in page],
        "next": write_cursor(page[-1]["version"]) if len(rows) > limit else None,
    }


def _version(row: Mapping[Any, Any]) -> dict[str, Any]:
    feature = zone_feature(row)
    feature["properties"]["withdrawn"] = row["withdrawn"]
    feature["properties"]["recorded_at"] = row["created_at"].isoformat()
    feature["properties"]["edit"] = (
        {
            "id": str(row["edit_id"]),
            "action": row["action"],
            "note": row["note"],
            "by": row["account_name"],
            "at": row["made_at"].isoformat(),
        }
        if row["edit_id"]
        else None
    )
    return feature


def list_newest(connection: Connection, kind: str, bbox: Bbox, limit: int) -> dict[str, Any]:
    """The newest versions in a rectangle, with every digit; `complete` is whether there are no more than `limit`."""
    west, south, east, north = bbox
    values = {"kind": kind, "west": west, "south": south, "east": east, "north": north, "rows": limit + 1}
    rows = SQL["list_newest_zones"].run(connection, values).mappings().all()
    return {
        "type": "FeatureCollection",
        "features": [zone_feature(row) for row in rows[:limit]],
        "complete": len(rows) <= limit,
    }


def list_days(connection: Connection, kind: str, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of the days on which a layer changes, newest first. Raises CursorRefused."""
    key = read_cursor(cursor, int)
    before = date.fromordinal(min(max(key[0], 1), date.max.toordinal())) if key else None
    values = {"kind": kind, "before": _day(before), "rows": limit + 1}
    rows = SQL["list_zone_days"].run(connection, values).mappings().all()
    page = [{"day": _day(row["day"]), "begun": row["begun"], "ended": row["ended"]} for row in rows[:limit]]
    return {
        "items": page,
        "next": write_cursor(rows[limit - 1]["day"].toordinal()) if len(rows) > limit else None,
    }


def list_changes(
    connection: Connection,
    kind: str,
    days: tuple[date, date],
    bbox: Bbox | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """One page of what differs between two days (`before`, `after`), in order of codes. Raises CursorRefused."""
    after = read_cursor(cursor, str)
    west, south, east, north = bbox or (None, None, None, None)
    values = {
        "kind": kind,
        "from": days[0].isoformat(),
        "to": days[1].isoformat(),
        "after": after[0] if after else "",
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "rows": limit + 1,
    }
    rows = SQL["list_zone_changes"].run(connection, values).mappings().all()
    page = rows[:limit]
    return {
        "type": "FeatureCollection",
        "features": [_change(kind, row) for row in page],
        "next": write_cursor(page[-1]["code"]) if len(rows) > limit else None,
    }


def _change(kind: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    before, after = _side(row, "before"), _side(row, "after")
    change = "added" if before is None else "removed" if after is None else "changed"
    there = after or before or {}
    return {
        "type": "Feature",
        "id": f"{kind}:{row['code']}",
        "geometry": there["geometry"],
        "properties": {
            "kind": kind,
            "code": row["code"],
            "change": change,
            "fields": _differing(before, after, row["moved"]) if before and after else [],
            "before": before,
            "after": after,
        },
    }


def _side(row: Mapping[Any, Any], side: str) -> dict[str, Any] | None:
    if row[f"{side}_version"] is None:
        return None
    return {
        "version": row[f"{side}_version"],
        "name": row[f"{side}_name"],
        "township": row[f"{side}_township"],
        "valid_from": _day(row[f"{side}_from"]),
        "valid_to": _day(row[f"{side}_to"]),
        "source": row[f"{side}_source"],
        "sample": row[f"{side}_sample"],
        "properties": row[f"{side}_properties"],
        "geometry": orjson.loads(row[f"{side}_geometry"]),
    }


def _differing(before: Mapping[str, Any], after: Mapping[str, Any], moved: bool) -> list[str]:
    words = [name for name in ("name", "township", "properties") if before[name] != after[name]]
    return ["geometry", *words] if moved else words
