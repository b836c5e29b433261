"""Tiles of zones hold what the zones are: against their geometry and against the GeoJSON of the same place."""

from __future__ import annotations

from datetime import date

import pytest
import shapely
from flask.testing import FlaskClient
from shapely.geometry import shape
from sqlalchemy import Engine

from geo.observation import Kind
from geo.tile import Tile
from tests import factories
from tests.factories import CORNER, JINXIN
from tests.server.maps.decoding import API, STEPS, fetch, in_plane, scatter, tile_at
from tests.server.world import SignIn

BUFFER = 64


def tiles_around(zoom: int) -> list[Tile]:
    """The tile of the corner and those beside it."""
    middle = tile_at(*CORNER, zoom)
    return [Tile(zoom, middle.x + i, middle.y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]


@pytest.mark.parametrize("zoom", [14, 15, 16, 17, 18])
def test_every_zone_that_meets_a_tile_is_in_it_clipped_a_little_beyond_and_nothing_else(
    client: FlaskClient, owner: Engine, sign_in: SignIn, zoom: int
) -> None:
    zones = {
        code: in_plane(zone)
        for code, zone in scatter(owner, seed=zoom, spread_deg=0.3 / 2**zoom * 16).items()
    }
    headers, seen = sign_in("officer"), 0
    for tile in tiles_around(zoom):
        features = fetch(client, headers, "frontage", tile).get("frontage", [])
        drawn = {feature.properties["code"]: feature for feature in features}
        assert len(drawn) == len(features)
        step_m, inside = tile.width_m / STEPS, shapely.box(*tile.bounds_m)
        assert {code for code, zone in zones.items() if zone.intersects(inside)} <= set(drawn)
        for code, feature in drawn.items():
            seen += 1
            west, north, east, south = feature.in_steps.bounds
            assert -BUFFER <= min(west, north)
            assert max(east, south) <= STEPS + BUFFER
            # Corners are moved to the grid, which moves a point of an edge by no more than a step.
            assert feature.in_metres.intersection(inside).difference(zones[code].buffer(2 * step_m)).is_empty
            assert zones[code].buffer(-2 * step_m).intersection(inside).difference(feature.in_metres).is_empty
            assert zones[code].intersects(inside.buffer((BUFFER + 1) * step_m, join_style="mitre"))
    assert seen > 5


@pytest.mark.parametrize("datum", ["wgs84", "bd09"])
def test_an_area_reaches_beyond_its_tile_by_the_margin_so_that_no_seam_is_seen(
    client: FlaskClient, owner: Engine, sign_in: SignIn, datum: str
) -> None:
    factories.make_zone(owner, kind="community", width_m=9000, depth_m=9000)
    (feature,) = fetch(client, sign_in("officer"), "community", tile_at(*CORNER, 16), f"datum={datum}")[
        "community"
    ]
    assert feature.in_steps.equals(shapely.box(-BUFFER, -BUFFER, STEPS + BUFFER, STEPS + BUFFER))


def test_a_neighbour_just_beyond_the_edge_is_in_the_tile_as_well(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    tile = tile_at(*CORNER, 16)
    beyond = tile.bounds_deg[2] + 5e-5
    factories.make_zone(owner, code="beside", at=(beyond, CORNER[1]), width_m=1, depth_m=1)
    (feature,) = fetch(client, sign_in("officer"), "frontage", tile)["frontage"]
    assert feature.in_steps.bounds[0] > STEPS


def test_a_zone_thinner_than_the_grid_stays_in_the_tile(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_zone(owner, code="thread", width_m=0.05, depth_m=0.05)
    (feature,) = fetch(client, sign_in("officer"), "frontage", tile_at(*CORNER, 14))["frontage"]
    assert feature.properties["code"] == "thread"
    assert feature.in_steps.area > 0


@pytest.mark.parametrize("kind", list(Kind))
def test_a_tile_and_the_list_of_the_same_place_agree(
    client: FlaskClient, owner: Engine, sign_in: SignIn, kind: Kind
) -> None:
    if kind is Kind.SERVICE_POINT:
        point = {"type": "Point", "coordinates": list(CORNER)}
        factories.make_zone(owner, kind=kind, geometry=point)
    else:
        factories.make_zone(owner, kind=kind, at=CORNER, width_m=40, depth_m=20)
    headers, tile = sign_in("checker"), tile_at(*CORNER, 16)
    west, south, east, north = tile.bounds_deg
    bbox = f"bbox={west},{south},{east},{north}"
    listed = client.get(f"{API}/zones/{kind}?{bbox}", headers=headers).get_json()["features"]
    (feature,) = fetch(client, headers, kind, tile)[kind]
    (zone,) = listed
    of_another = client.get(f"{API}/zones/{kind}?{bbox}&township={JINXIN}", headers=headers).get_json()
    assert of_another["features"] == []
    told = zone["properties"]
    for words, found in ((told["name"][1:], listed), (told["code"], listed), ("别处", [])):
        named = client.get(f"{API}/zones/{kind}?q={words}", headers=headers).get_json()
        assert named["features"] == found
    assert feature.properties == {
        name: told[name]
        for name in ("code", "name", "version", "township", "sample")
        if told[name] is not None
    }
    assert feature.in_metres.hausdorff_distance(in_plane(shape(zone["geometry"]))) < tile.width_m / STEPS


def test_a_tile_of_another_day_shows_the_zones_of_that_day(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    day = date(2026, 3, 1)
    factories.make_zone(owner, code="F1", name="旧", valid_to=day)
    factories.make_zone(
        owner, code="F1", name="新", version=2, valid_from=day, at=(CORNER[0], CORNER[1] + 1e-5)
    )
    headers, tile = sign_in("officer"), tile_at(*CORNER, 16)

    def names(query: str) -> list[str]:
        return [
            f.properties["name"] for f in fetch(client, headers, "frontage", tile, query).get("frontage", [])
        ]

    assert names("") == ["新"]
    assert names("at=2026-02-28") == ["旧"]
    # Midnight in the district is still the day before in UTC.
    assert names("at=2026-02-28T16:30:00Z") == ["新"]
    assert names("at=2022-08-31") == []


def test_a_long_outline_is_simplified_where_nobody_can_see_it(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    circle = shapely.Point(CORNER).buffer(0.05, quad_segs=500)
    geometry = {"type": "Polygon", "coordinates": [list(map(list, circle.exterior.coords))]}
    factories.make_zone(owner, kind="township", geometry=geometry)
    headers = sign_in("officer")
    for zoom, most in ((6, 40), (9, 120), (11, 250)):
        tile = tile_at(*CORNER, zoom)
        (feature,) = fetch(client, headers, "township", tile)["township"]
        step_m = tile.width_m / STEPS
        assert shapely.get_num_coordinates(feature.in_steps) < most
        shown = shapely.box(*tile.bounds_m).buffer(BUFFER * step_m, join_style="mitre")
        whole = in_plane(circle).intersection(shown)
        assert feature.in_metres.symmetric_difference(whole).area < whole.length * 2 * step_m
