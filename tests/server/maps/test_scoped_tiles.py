"""Tiles of reports and cases show who asks what their lists show, at every zoom, and nobody else keeps them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from shapely.geometry import shape
from sqlalchemy import Engine, text

from config import Config
from geo.tile import Tile
from tests import factories
from tests.factories import CORNER, DISTRICT, JINSHA, JINXIN
from tests.postgres import METRIC_SRID
from tests.server.maps.decoding import API, fetch, in_plane, tile_at
from tests.server.world import ELSEWHERE, SignIn, make_two_places

ASKERS = [
    ("handler", JINSHA),
    ("checker", JINXIN),
    ("zone_manager", JINXIN),
    ("dispatcher", DISTRICT),
    ("admin", DISTRICT),
    ("handler", DISTRICT),
    ("officer", JINSHA),
    ("the officer", JINSHA),
]


def listed(client: FlaskClient, headers: dict[str, str], layer: str) -> set[str]:
    page = client.get(f"{API}/{layer}", headers=headers).get_json()
    return (
        {row["number"] for row in page["items"]}
        if layer == "cases"
        else {row["id"] for row in page["features"]}
    )


def test_a_tile_shows_the_reports_and_cases_of_the_list_and_counts_no_other(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    places = make_two_places(owner, client, sign_in)
    sizes = set()
    for role, organisation in ASKERS:
        own = role == "the officer"
        headers = sign_in(places[0].officer) if own else sign_in(role, organisation=organisation)
        sizes.add(shown_and_listed(client, headers))
    assert sizes == {0, 1, 2}


def shown_and_listed(client: FlaskClient, headers: dict[str, str]) -> int:
    """Compares tiles with lists; how many reports this reader sees."""
    for layer, name in (("reports", "id"), ("cases", "number")):
        wanted = listed(client, headers, layer)
        drawn, counted = set(), 0
        for at in (CORNER, ELSEWHERE):
            things = fetch(client, headers, layer, tile_at(*at, 15)).get(layer, [])
            drawn |= {thing.properties[name] for thing in things}
            cells = fetch(client, headers, layer, tile_at(*at, 13)).get(f"{layer}_cells", [])
            counted += sum(cell.properties["count"] for cell in cells)
        assert drawn == wanted
        assert counted == len(wanted)
    return counted


def test_a_report_in_its_tile_says_little_and_stands_where_its_list_says(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    place, _ = make_two_places(owner, client, sign_in)
    headers, tile = sign_in("dispatcher"), tile_at(*CORNER, 18)
    (thing,) = fetch(client, headers, "reports", tile)["reports"]
    feature = client.get(f"{API}/reports/{place.report_id}", headers=headers).get_json()
    assert set(thing.properties) == {"id", "category", "township", "received_at"}
    assert thing.properties["id"] == str(place.report_id)
    assert thing.in_metres.distance(in_plane(shape(feature["geometry"]))) < tile.width_m / 4096


def test_each_point_is_in_one_tile_of_a_zoom_however_near_the_edge(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    middle = tile_at(*CORNER, 16)
    west, south, east, north = middle.bounds_deg
    reporter = factories.make_account(owner).id
    edge = 1e-9
    spots = [
        (x + i, y + j)
        for x in (west, east)
        for y in (south, north)
        for i in (-edge, edge)
        for j in (-edge, edge)
    ]
    with owner.begin() as connection:
        for number, (lon, lat) in enumerate(spots):
            connection.execute(
                text(
                    "INSERT INTO case_file (number, state, organisation_id, category, place, reporter_id, opened_at) "
                    "SELECT :number, 'reported', id, 'goods', ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :who, now() "
                    "FROM organisation WHERE kind = 'district'"
                ),
                {"number": f"N{number}", "lon": lon, "lat": lat, "who": reporter},
            )
    headers = sign_in("dispatcher")
    found: list[str] = []
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            tile = Tile(16, middle.x + i, middle.y + j)
            found += [
                thing.properties["number"] for thing in fetch(client, headers, "cases", tile).get("cases", [])
            ]
    assert sorted(found) == sorted(f"N{number}" for number in range(len(spots)))


def test_a_scoped_tile_is_kept_by_its_asker_alone_and_confirmed_by_its_bytes(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_two_places(owner, client, sign_in)
    tile = tile_at(*CORNER, 15)
    address = f"{API}/tiles/reports/{tile.z}/{tile.x}/{tile.y}.mvt"
    headers, other = sign_in("handler", organisation=JINSHA), sign_in("handler", organisation=JINXIN)
    mine, theirs = client.get(address, headers=headers), client.get(address, headers=other)
    assert mine.data != theirs.data == b""
    assert mine.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in mine.headers["Vary"]
    again = client.get(address, headers={**headers, "If-None-Match": mine.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    stolen = client.get(address, headers={**other, "If-None-Match": mine.headers["ETag"]})
    assert stolen.status_code == 200


def test_another_day_is_no_question_to_reports(client: FlaskClient, sign_in: SignIn) -> None:
    answer = client.get(f"{API}/tiles/reports/14/0/0.mvt?at=2026-01-01", headers=sign_in("admin"))
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["path"] == "/at"


class TestWithFewThingsToATile:
    """A deployment in which a tile may hold a single thing."""

    @pytest.fixture
    def config(self, tmp_path) -> Config:
        return Config(
            var=tmp_path / "var", metric_srid=METRIC_SRID, database_pool_size=4, tile_features_max=1
        )

    @pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
    def test_a_tile_that_would_hold_too_many_things_counts_them(
        self, client: FlaskClient, owner: Engine, sign_in: SignIn, datum: str
    ) -> None:
        factories.make_zone(owner)
        headers, tile = sign_in("officer"), Tile(14, 13702, 6649)
        if datum == "gcj02":
            tile = tile_at(CORNER[0] + 0.0045, CORNER[1] - 0.002, 14)
        query = f"datum={datum}"
        assert set(fetch(client, headers, "frontage", tile, query)) == {"frontage"}
        factories.make_zone(owner, at=(CORNER[0] + 1e-5, CORNER[1]))
        crowded = fetch(client, headers, "frontage", tile, query)
        assert set(crowded) == {"frontage_cells"}
        assert sum(cell.properties["count"] for cell in crowded["frontage_cells"]) == 2

    def test_a_tile_that_would_hold_too_many_reports_counts_those_that_may_be_seen(
        self, client: FlaskClient, owner: Engine, sign_in: SignIn
    ) -> None:
        factories.make_category(owner)
        factories.make_zone(owner, kind="township", width_m=3000, depth_m=3000)
        officer = sign_in("officer", organisation=JINSHA)
        for _ in range(2):
            sent = client.put(f"{API}/reports/{uuid4()}", json=factories.report_json(), headers=officer)
            assert sent.status_code == 201
        tile = tile_at(*CORNER, 17)
        seen = fetch(client, sign_in("dispatcher"), "reports", tile)
        assert [cell.properties["count"] for cell in seen["reports_cells"]] == [2]
        assert fetch(client, sign_in("officer", organisation=JINSHA), "reports", tile) == {}
