"""Tiles as a client reads them, through a decoder that is not ours: features with geometry in the tile's plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from flask.testing import FlaskClient
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine, text

from geo.tile import Tile, tiles_over, to_mercator
from tests import factories

API = "/api/v1"
STEPS = 4096


@dataclass(frozen=True)
class Feature:
    """One feature: in steps of the tile's grid (down), and in metres of EPSG:3857."""

    properties: dict[str, Any]
    in_steps: BaseGeometry
    in_metres: BaseGeometry


def read(body: bytes, tile: Tile) -> dict[str, list[Feature]]:
    """Every layer of a tile by name."""
    west, _, _, north = tile.bounds_m
    step_m = tile.width_m / STEPS
    found = {}
    for name, layer in mapbox_vector_tile.decode(body, default_options={"y_coord_down": True}).items():
        assert layer["extent"] == STEPS
        found[name] = [
            Feature(
                feature["properties"],
                geometry := shape(feature["geometry"]),
                shapely.transform(geometry, lambda p: np.array([west, north]) + p * [step_m, -step_m]),
            )
            for feature in layer["features"]
        ]
    return found


def tile_at(lon: float, lat: float, zoom: int) -> Tile:
    (tile,) = tiles_over(lon, lat, lon, lat, zoom)
    return tile


def fetch(
    client: FlaskClient, headers: dict[str, str], layer: str, tile: Tile, query: str = ""
) -> dict[str, list[Feature]]:
    """GET a tile and read it."""
    address = f"{API}/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt{'?' if query else ''}{query}"
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    return read(answer.data, tile)


def in_plane(geometry: BaseGeometry) -> BaseGeometry:
    """A WGS-84 geometry in EPSG:3857."""
    made: BaseGeometry = shapely.transform(geometry, lambda p: np.column_stack(to_mercator(p[:, 0], p[:, 1])))
    return made


SCATTER = """
INSERT INTO zone (kind, code, version, name, township_code, valid, geom, source, sample)
SELECT :kind, u.code, 1, u.code, NULL, daterange(CAST(:valid_from AS date), NULL),
  ST_SetSRID(ST_GeomFromWKB(decode(u.wkb, 'hex')), 4326), 'test', true
FROM unnest(CAST(:codes AS text[]), CAST(:wkbs AS text[])) AS u (code, wkb)
"""


def scatter(
    owner: Engine,
    *,
    kind: str = "frontage",
    count: int = 150,
    seed: int = 1,
    spread_deg: float = 0.02,
    valid_from: str = "2022-09-01",
    prefix: str = "Z",
) -> dict[str, BaseGeometry]:
    """Zones around the corner in one statement, a hand's breadth to half a kilometre, some with a hole; by code."""
    lot = np.random.default_rng(seed)
    made: dict[str, BaseGeometry] = {}
    for number in range(count):
        lon, lat = np.array(factories.CORNER) + lot.uniform(-spread_deg, spread_deg, 2)
        wide, deep = 10 ** lot.uniform(-6, -2.3, 2)
        turned = shapely.affinity.rotate(shapely.box(lon, lat, lon + wide, lat + deep), lot.uniform(0, 90))
        if number % 5 == 0:
            turned = turned.difference(turned.centroid.buffer(min(wide, deep) / 4))
        made[f"{prefix}{number:04d}"] = turned
    put(owner, kind, made, valid_from=valid_from)
    return made


def put(owner: Engine, kind: str, zones: dict[str, BaseGeometry], *, valid_from: str = "2022-09-01") -> None:
    """Zones by code, in one statement."""
    values = {
        "kind": kind,
        "codes": list(zones),
        "wkbs": [geometry.wkb_hex for geometry in zones.values()],
        "valid_from": valid_from,
    }
    with owner.begin() as connection:
        connection.execute(text(SCATTER), values)


def lay_street(
    owner: Engine, name: str | None, line: BaseGeometry, width_m: float | None, closed: str = ""
) -> None:
    """A street from 2022-09-01 on, until the day `closed`."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO street (digest, name, street_kind, width_m, township_code, valid, geom, source, sample) "
                "VALUES (md5(:wkt) || md5(coalesce(:name, '')), :name, 'street', :width_m, NULL, "
                "daterange('2022-09-01', CAST(NULLIF(:closed, '') AS date)), ST_GeomFromText(:wkt, 4326), 'test', true)"
            ),
            {"name": name, "wkt": line.wkt, "width_m": width_m, "closed": closed},
        )
