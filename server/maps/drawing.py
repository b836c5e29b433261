"""Drawing one tile: things themselves where they are few, counts in cells where they are many, in the datum asked for.

Zones in WGS-84 are encoded by the database in one statement. For another datum the rows come here, every vertex is told
in that datum by `geo.shift`, and the database encodes what it is given back: there is no second encoder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from sqlalchemy import Connection

from geo.datum import Datum
from geo.datum_arrays import from_wgs84
from geo.periods import Period
from geo.shift import GeometryArray, to_plane, window_deg
from geo.tile import CELL_ZOOM, KEY_ZOOM, Metres, Tile, centres_m, from_mercator, tiles_over, to_mercator
from server import sqltext
from server.maps.layers import CELL_FIELDS, Layer
from server.sqltext import Statement

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))

GRID_STEPS = 4096
BUFFER_STEPS = 64
# 64 x 64 cells to a tile: 8 pixels each on a tile of 512.
_CELL_BITS = 6
# From here on outlines are drawn as they are.
_EXACT_ZOOM = 14
_DEG_A_M = 360 / 40_075_016.7
# Where the rows of the scoped layers come from.
_POINT_ROWS = {"reports": SQL["tile_reports"], "cases": SQL["tile_cases"]}


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn: a tile of a layer, in a datum, of a day (zones), over a period (how fronts stand).

    Attributes:
        now: what was due before is overdue; the counts of cases tell how many are.
    """

    layer: Layer
    tile: Tile
    datum: Datum
    on: date
    period: Period | None = None
    now: datetime | None = None

    @property
    def shifted(self) -> bool:
        return self.datum not in (Datum.WGS84, Datum.CGCS2000)

    @property
    def step_m(self) -> float:
        """One step of the grid of the tile, in metres of EPSG:3857."""
        return self.tile.width_m / GRID_STEPS

    @property
    def tolerance_m(self) -> float:
        """How far an outline may be simplified: nobody can see one step."""
        return self.step_m if self.tile.z < _EXACT_ZOOM else 0.0


def draw(connection: Connection, wanted: Wanted, features_max: int) -> bytes:
    """A Mapbox Vector Tile (version 2); no byte at all when nothing lies in it.

    Args:
        connection: in a transaction of who asks, who sees what row-level security shows.
        features_max: a tile that would hold more things is drawn as counts.
    """
    if not wanted.layer.counted:
        return (
            _streets(connection, wanted, features_max) if wanted.tile.z >= wanted.layer.detail_zoom else b""
        )
    if wanted.tile.z >= wanted.layer.detail_zoom:
        drawn = _things(connection, wanted, features_max)
        if drawn is not None:
            return drawn
    return _counts(connection, wanted)


def _things(connection: Connection, wanted: Wanted, features_max: int) -> bytes | None:
    """The things themselves, or None when there are too many."""
    if wanted.layer.judged and not wanted.shifted:
        statement, standing = _standing(connection, wanted, SQL["tile_coverage"])
        row = statement.run(connection, {**_tile_values(wanted), **standing, "rows": features_max + 1}).one()
        return bytes(row.mvt) if row.features <= features_max else None
    if wanted.layer.scoped and not wanted.layer.judged:
        return _points(connection, wanted, features_max)
    if wanted.shifted:
        return _shifted_zones(connection, wanted, features_max)
    values = {
        **_tile_values(wanted),
        "layer": wanted.layer.name,
        "on": wanted.on.isoformat(),
        "tolerance_m": wanted.tolerance_m,
        "rows": features_max + 1,
    }
    row = SQL["tile_zones"].run(connection, values).one()
    return bytes(row.mvt) if row.features <= features_max else None


def _shifted_zones(connection: Connection, wanted: Wanted, features_max: int) -> bytes | None:
    west, south, east, north = window_deg(wanted.tile, wanted.datum, margin=BUFFER_STEPS / GRID_STEPS)
    values = {
        "layer": wanted.layer.name,
        "on": wanted.on.isoformat(),
        "tolerance_deg": wanted.tolerance_m * _DEG_A_M,
        "rows": features_max + 1,
        **{"west": west, "south": south, "east": east, "north": north},
    }
    statement = SQL["tile_zone_rows"]
    if wanted.layer.judged:
        statement, standing = _standing(connection, wanted, SQL["tile_coverage_rows"])
        values |= standing
    rows = statement.run(connection, values).all()
    if len(rows) > features_max:
        return None
    geometries = to_plane(shapely.from_wkb([bytes(row.wkb) for row in rows]), wanted.datum)
    return _encode(
        connection,
        wanted,
        wanted.layer.name,
        [row.properties for row in rows],
        geometries,
        ids=[row.id for row in rows],
        buffer=BUFFER_STEPS,
    )


def _streets(connection: Connection, wanted: Wanted, features_max: int) -> bytes:
    """Streets for a ground to find one's way on: of too many the widest."""
    west, south, east, north = window_deg(wanted.tile, wanted.datum, margin=BUFFER_STEPS / GRID_STEPS)
    values = {
        "on": wanted.on.isoformat(),
        "tolerance_deg": wanted.tolerance_m * _DEG_A_M,
        "rows": features_max,
        **{"west": west, "south": south, "east": east, "north": north},
    }
    rows = SQL["tile_street_rows"].run(connection, values).all()
    lines = to_plane(shapely.from_wkb([bytes(row.wkb) for row in rows]), wanted.datum)
    return _encode(
        connection, wanted, "streets", [row.properties for row in rows], lines, buffer=BUFFER_STEPS
    )


def _points(connection: Connection, wanted: Wanted, features_max: int) -> bytes | None:
    first, last = _ranges(wanted, KEY_ZOOM)
    values = {"first": first, "last": last, "rows": features_max + 1}
    rows = _POINT_ROWS[wanted.layer.name].run(connection, values).all()
    if len(rows) > features_max:
        return None
    lon = np.array([row.lon for row in rows], np.float64)
    lat = np.array([row.lat for row in rows], np.float64)
    points = _points_at(*to_mercator(*from_wgs84(lon, lat, wanted.datum)))
    return _encode(connection, wanted, wanted.layer.name, [row.properties for row in rows], points)


def _standing(
    connection: Connection, wanted: Wanted, statement: Statement
) -> tuple[Statement, dict[str, Any]]:
    """A statement of coverage over the day that is kept or worked out, and the period as it takes it."""
    period = wanted.period
    if period is None:
        raise ValueError("how fronts stand is asked of a period")
    day = period.last.isoformat()
    kept = SQL["tile_standing_kept"].run(connection, {"day": day}).scalar_one()
    values = {"day": day, "weeks": _days(period.weeks), "days": _days(period.days)}
    if kept:
        return statement, values
    # The same columns, worked out for the day.
    source = "front_standing_on_v1(CAST(:day AS date))"
    return statement.over("front_standing", source, f"{statement.name}_worked_out"), values


def _days(days: Iterable[date]) -> str:
    return "{" + ",".join(day.isoformat() for day in days) + "}"


def _counts(connection: Connection, wanted: Wanted) -> bytes:
    zoom = max(min(CELL_ZOOM, wanted.tile.z + _CELL_BITS), wanted.tile.z)
    values: dict[str, Any] = {
        "kind": wanted.layer.name,
        "on": wanted.on.isoformat(),
        "shift": 2 * (CELL_ZOOM - zoom),
    }
    if not wanted.layer.scoped and not wanted.shifted:
        first, last = wanted.tile.keys(CELL_ZOOM)
        values.update(first=first, last=last, origin=wanted.tile.keys(zoom)[0], layer=wanted.layer.cells)
        values["width"] = GRID_STEPS >> (zoom - wanted.tile.z)
        return bytes(SQL["tile_zone_cells"].run(connection, values).scalar_one())
    values["first"], values["last"] = _ranges(wanted, CELL_ZOOM)
    statement = SQL["tile_work_cell_rows"] if wanted.layer.scoped else SQL["tile_zone_cell_rows"]
    if "overdue" in wanted.layer.cell_fields:
        statement, values["now"] = SQL["tile_case_cell_rows"], wanted.now
    if wanted.layer.judged:
        statement, standing = _standing(connection, wanted, SQL["tile_coverage_cell_rows"])
        values |= standing
    rows = statement.run(connection, values).all()
    x, y = centres_m(np.array([row.cell for row in rows], np.int64), zoom)
    if wanted.shifted:
        x, y = to_mercator(*from_wgs84(*from_mercator(x, y), wanted.datum))
    plain = wanted.layer.cell_fields == CELL_FIELDS
    properties = [orjson.dumps({"count": row.count}).decode() if plain else row.properties for row in rows]
    return _encode(connection, wanted, wanted.layer.cells, properties, _points_at(x, y))


def _points_at(x: Metres, y: Metres) -> GeometryArray:
    made: GeometryArray = np.asarray(shapely.points(x, y), dtype=np.object_)
    return made


def _ranges(wanted: Wanted, zoom: int) -> tuple[str, str]:
    """Ranges of keys of `zoom` in which everything lies that the tile may show: firsts and ends, as arrays of SQL."""
    tiles = [wanted.tile]
    if wanted.shifted:
        tiles = tiles_over(*window_deg(wanted.tile, wanted.datum, margin=0.0), wanted.tile.z)
    first, last = zip(*(tile.keys(zoom) for tile in tiles), strict=True)
    return _array(first), _array(last)


def _array(numbers: Sequence[int | None]) -> str:
    # As a literal: its type is then that of the parameter, also for an array of nulls.
    return "{" + ",".join("NULL" if number is None else str(number) for number in numbers) + "}"


def _encode(
    connection: Connection,
    wanted: Wanted,
    layer: str,
    properties: Sequence[str],
    geometries: GeometryArray,
    *,
    ids: Sequence[int] | None = None,
    buffer: int = 0,
) -> bytes:
    if not len(properties):
        return b""
    values = {
        **_tile_values(wanted),
        "layer": layer,
        "buffer": buffer,
        "ids": _array(ids if ids is not None else [None] * len(properties)),
        "properties": list(properties),
        "wkbs": [str(wkb) for wkb in shapely.to_wkb(geometries, hex=True)],
    }
    return bytes(SQL["tile_encode"].run(connection, values).scalar_one())


def _tile_values(wanted: Wanted) -> dict[str, Any]:
    tile = wanted.tile
    return {"z": tile.z, "x": tile.x, "y": tile.y, "step_m": wanted.step_m}
