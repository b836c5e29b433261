"""Tiles for base maps in GCJ-02 and BD-09: every vertex where an independent oracle and geo.datum put it."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine

from geo.datum import Datum, Position, convert
from geo.tile import to_mercator
from tests import factories
from tests.factories import CORNER
from tests.server.maps.decoding import STEPS, fetch, put, scatter, tile_at
from tests.server.world import SignIn, make_two_places

ORACLE = Path(__file__).parents[2] / "geo" / "data" / "datum_oracle.csv"
ROWS = list(csv.DictReader(ORACLE.read_text(encoding="utf-8").splitlines()))
SHIFTED = ["gcj02", "bd09"]


def plane(lon: float, lat: float) -> shapely.Point:
    x, y = to_mercator(np.array([lon]), np.array([lat]))
    return shapely.Point(float(x[0]), float(y[0]))


@pytest.mark.parametrize("datum", SHIFTED)
def test_a_point_is_drawn_where_the_oracle_tells_it(
    client: FlaskClient, owner: Engine, sign_in: SignIn, datum: str
) -> None:
    rows = [*ROWS[:200:40], *ROWS[200::2]]
    put(
        owner,
        "service_point",
        {row["id"]: shapely.Point(float(row["wgs84_lng"]), float(row["wgs84_lat"])) for row in rows},
    )
    headers = sign_in("officer")
    for row in rows:
        lon, lat = float(row[f"{datum}_lng"]), float(row[f"{datum}_lat"])
        tile = tile_at(lon, lat, 18)
        drawn = {
            f.properties["code"]: f
            for f in fetch(client, headers, "service_point", tile, f"datum={datum}")["service_point"]
        }
        apart_m = drawn[row["id"]].in_metres.distance(plane(lon, lat)) * math.cos(math.radians(lat))
        assert apart_m < 0.5
        assert apart_m <= tile.width_m / STEPS


def shifted(geometry: BaseGeometry, datum: str) -> BaseGeometry:
    """A WGS-84 geometry in the plane of a base map, vertex by vertex with the scalar conversion."""

    def moved(points: np.ndarray) -> np.ndarray:
        told = [convert(Position(float(x), float(y), Datum.WGS84), Datum(datum)) for x, y in points]
        return np.column_stack(to_mercator(np.array([p.lon for p in told]), np.array([p.lat for p in told])))

    return shapely.transform(geometry, moved)


@pytest.mark.parametrize("datum", SHIFTED)
@pytest.mark.parametrize("zoom", [14, 16, 18])
def test_every_zone_that_meets_a_shifted_tile_is_in_it_where_it_belongs(
    client: FlaskClient, owner: Engine, sign_in: SignIn, datum: str, zoom: int
) -> None:
    zones = {
        code: shifted(zone, datum)
        for code, zone in scatter(owner, seed=zoom, count=80, spread_deg=0.3 / 2**zoom * 16).items()
    }
    here = convert(Position(*CORNER, Datum.WGS84), Datum(datum))
    tile = tile_at(here.lon, here.lat, zoom)
    drawn = {
        feature.properties["code"]: feature.in_metres
        for feature in fetch(client, sign_in("officer"), "frontage", tile, f"datum={datum}")["frontage"]
    }
    step_m, inside = tile.width_m / STEPS, shapely.box(*tile.bounds_m)
    assert {code for code, zone in zones.items() if zone.intersects(inside)} <= set(drawn)
    assert len(drawn) > 3
    for code, geometry in drawn.items():
        assert geometry.intersection(inside).difference(zones[code].buffer(2 * step_m)).is_empty
        assert zones[code].buffer(-2 * step_m).intersection(inside).difference(geometry).is_empty


@pytest.mark.parametrize("datum", SHIFTED)
@pytest.mark.parametrize("layer", ["reports", "cases"])
def test_reports_and_cases_are_drawn_and_counted_in_the_datum_of_the_base_map(
    client: FlaskClient, owner: Engine, sign_in: SignIn, layer: str, datum: str
) -> None:
    make_two_places(owner, client, sign_in)
    headers = sign_in("dispatcher")
    here = convert(Position(*CORNER, Datum.WGS84), Datum(datum))
    for zoom in (14, 18):
        tile = tile_at(here.lon, here.lat, zoom)
        (thing,) = fetch(client, headers, layer, tile, f"datum={datum}")[layer]
        assert thing.in_metres.distance(plane(here.lon, here.lat)) <= tile.width_m / STEPS
    tile = tile_at(here.lon, here.lat, 12)
    (cell,) = fetch(client, headers, layer, tile, f"datum={datum}")[f"{layer}_cells"]
    assert cell.properties == ({"count": 1, "overdue": 0} if layer == "cases" else {"count": 1})
    assert cell.in_metres.distance(plane(here.lon, here.lat)) < 153


def test_cgcs2000_is_drawn_as_wgs84_is(client: FlaskClient, owner: Engine, sign_in: SignIn) -> None:
    factories.make_zone(owner)
    headers, tile = sign_in("officer"), tile_at(*CORNER, 16)
    one = fetch(client, headers, "frontage", tile)["frontage"]
    assert fetch(client, headers, "frontage", tile, "datum=cgcs2000")["frontage"] == one
