"""For the map: what applying an import would do, zone by zone, and what lies around a fault; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from server.contract import read_cursor, write_cursor
from server.places.importing.layers import SQL, Decision, would_do
from server.places.importing.reading import fault_of
from server.problems.request import NotFound

_M_PER_DEG = 111_320.0
# What is wrong with a whole layer has no neighbours.
_WIDE_DEG = 0.02


@dataclass(frozen=True)
class Around:
    """How much is shown beside a fault: zones this near, so many at most."""

    near_m: float
    zones_max: int


def compare(
    connection: Connection,
    import_id: UUID,
    decision: Decision,
    *,
    today: date,
    fate: str | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """What a version step by these decisions would do, with a page of the zones of one fate.

    Raises:
        NotFound, CursorRefused.
    """
    if SQL["fetch_import"].run(connection, {"id": str(import_id)}).one_or_none() is None:
        raise NotFound()
    key = read_cursor(cursor, str, int)
    fates = would_do(connection, import_id, decision, today=today)
    items, following = [], None
    if fate is not None:
        values = {
            "id": str(import_id),
            "valid_from": decision.valid_from,
            "accept": list(decision.accept),
            "accept_all": decision.accept_all,
            "gone": decision.gone,
            "fate": fate,
            "after_code": key[0] if key else "",
            "after_number": min(key[1], 2**31 - 1) if key else -1,
            "rows": limit + 1,
        }
        rows = SQL["list_fates"].run(connection, values).all()
        items = [_zone(row) for row in rows[:limit]]
        if len(rows) > limit:
            following = write_cursor(rows[limit - 1].code or "", rows[limit - 1].number or 0)
    return {"fates": fates, "items": items, "next": following}


def _zone(row: Any) -> dict[str, Any]:
    told = None if row.number is None else (row.name, row.township_code, row.geometry)
    there = None if row.name_before is None else (row.name_before, row.township_before, row.geometry_before)
    sides = {"after": _side(told), "before": _side(there)}
    return {"code": row.code, "feature": row.number, **sides, "reshaped": row.reshaped}


def _side(given: tuple[Any, ...] | None) -> dict[str, Any] | None:
    return None if given is None else dict(zip(("name", "township", "geometry"), given, strict=True))


def decided(connection: Connection, import_id: UUID, refused: list[str]) -> tuple[str, ...]:
    """Codes of all zones of an import that have a repair, but for those it is refused for."""
    rows = SQL["codes_with_repairs"].run(connection, {"id": str(import_id), "but": refused})
    return tuple(row.code for row in rows)


def fault_around(connection: Connection, import_id: UUID, number: int, around: Around) -> dict[str, Any]:
    """A fault, its zone as the file told it, and the zones beside: of the file, and in force.

    Raises:
        NotFound.
    """
    row = SQL["fetch_fault"].run(connection, {"id": str(import_id), "number": number}).one_or_none()
    if row is None:
        raise NotFound()
    told = _shape(row.wkb)
    here = [one for one in (told, _drawn(row.geometry)) if one is not None]
    beside: list[dict[str, Any]] = []
    if row.feature is not None and here:
        beside = _beside(connection, import_id, row, here, around)
    told_json = None if told is None else orjson.loads(shapely.to_geojson(told))
    return {**fault_of(row), "told": told_json, "around": beside}


def _beside(
    connection: Connection, import_id: UUID, row: Any, here: list[BaseGeometry], around: Around
) -> list[dict[str, Any]]:
    west, south, east, north = shapely.total_bounds(here)
    if max(east - west, north - south) > _WIDE_DEG:
        return []
    north_deg = around.near_m / _M_PER_DEG
    east_deg = north_deg / max(np.cos(np.radians(south)), 0.01)
    values = {
        "id": str(import_id),
        "but": row.feature,
        "kind": row.kind,
        "west": float(west - east_deg),
        "south": float(south - north_deg),
        "east": float(east + east_deg),
        "north": float(north + north_deg),
        "rows": around.zones_max,
    }
    return [dict(one._mapping) for one in SQL["list_around"].run(connection, values)]


def _shape(wkb: str | None) -> BaseGeometry | None:
    """A shape as it was told; None where it is none that could be drawn, such as a ring that is not closed."""
    shape = None if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
    if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        return None
    drawn: BaseGeometry = shapely.force_2d(shape)
    return drawn


def _drawn(geometry: Any) -> BaseGeometry | None:
    found = None if geometry is None else shapely.from_geojson(orjson.dumps(geometry), on_invalid="ignore")
    return None if found is None or found.is_empty else found
