"""Tiles over HTTP: what names no tile, validators and ages, compression, limits, and the TileJSON of a layer."""

from __future__ import annotations

import gzip
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from geo.tile import Tile
from server.maps.layers import LAYERS
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER
from tests.postgres import METRIC_SRID
from tests.server.maps.decoding import API, read, scatter, tile_at
from tests.server.world import SignIn

TILE = tile_at(*CORNER, 15)
LOCKED_S = 6.0
FRONTAGES = f"{API}/tiles/frontage/{TILE.z}/{TILE.x}/{TILE.y}.mvt"


@pytest.mark.parametrize(
    "path",
    [
        "frontage/14/-1/5.mvt",
        "frontage/-1/0/0.mvt",
        "frontage/40/0/0.mvt",
        "frontage/19/0/0.mvt",
        "frontage/14/16384/0.mvt",
        "frontage/14/0/16384.mvt",
        "frontage/a/b/c.mvt",
        "frontage/14/1.5/2.mvt",
        "frontage/14/1e3/2.mvt",
        "frontage/٣/0/0.mvt",
        "frontage/03/0/0.mvt",
        f"frontage/14/{'9' * 3000}/2.mvt",
        f"frontage/{'9' * 5000}/0/2.mvt",
        "frontage/14/0/0.png",
        "shops/14/0/0.mvt",
        "frontage%00/14/0/0.mvt",
        "shops.json",
        ".json",
    ],
)
def test_what_names_no_tile_is_not_there(client: FlaskClient, sign_in: SignIn, path: str) -> None:
    answer = client.get(f"{API}/tiles/{path}", headers=sign_in("officer"))
    assert answer.status_code in (404, 422 if "%00" in path else 404)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "query", ["at=soon", "datum=wgs72", "v=-1", "v=x", "v=9223372036854775808", "at=2026-13-01", "zoom=1"]
)
def test_a_question_that_cannot_be_read_is_refused(client: FlaskClient, sign_in: SignIn, query: str) -> None:
    answer = client.get(f"{FRONTAGES}?{query}", headers=sign_in("officer"))
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "input_refused"


def test_a_tile_in_which_nothing_lies_is_a_tile_without_a_byte(client: FlaskClient, sign_in: SignIn) -> None:
    for layer in LAYERS:
        for datum in ("wgs84", "gcj02"):
            for zoom in (0, 10, 18):
                address = f"{API}/tiles/{layer}/{zoom}/0/0.mvt?datum={datum}"
                answer = client.get(address, headers=sign_in("admin"))
                assert (answer.status_code, answer.data) == (200, b""), address


def test_a_tile_is_confirmed_until_its_layer_changes(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_zone(owner)
    headers = sign_in("officer")
    first = client.get(FRONTAGES, headers=headers)
    asking = {**headers, "If-None-Match": first.headers["ETag"]}
    again = client.get(FRONTAGES, headers=asking)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert client.get(f"{FRONTAGES}?datum=gcj02", headers=asking).status_code == 200
    factories.make_zone(owner, kind="parking")
    assert client.get(FRONTAGES, headers=asking).status_code == 304
    factories.make_zone(owner)
    changed = client.get(FRONTAGES, headers=asking)
    assert changed.status_code == 200
    assert len(read(changed.data, TILE)["frontage"]) == 2


def test_the_map_of_today_is_another_one_tomorrow(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    factories.make_zone(owner)
    headers = sign_in("officer")
    today = client.get(FRONTAGES, headers=headers).headers["ETag"]
    clock.advance(days=1)
    assert client.get(FRONTAGES, headers={**headers, "If-None-Match": today}).status_code == 200


def test_a_tile_of_the_version_in_force_may_be_kept_by_all_but_never_past_midnight(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    factories.make_zone(owner)
    headers = sign_in("officer")

    def kept(query: str) -> str:
        return client.get(f"{FRONTAGES}?{query}", headers=headers).headers["Cache-Control"]

    assert kept("v=1") == "public, max-age=3600"
    assert kept("v=2") == kept("") == "public, no-cache"
    clock.advance(hours=13, minutes=50)  # 23:50 in the district
    assert kept("v=1") == "public, max-age=600"
    assert kept("v=1&at=2026-01-01") == "public, max-age=3600"


def test_a_tile_is_compressed_for_who_accepts_it_and_the_same_otherwise(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    scatter(owner, count=60, spread_deg=0.004)
    headers = sign_in("officer")
    plain = client.get(FRONTAGES, headers=headers)
    packed = client.get(FRONTAGES, headers={**headers, "Accept-Encoding": "gzip"})
    refused = client.get(FRONTAGES, headers={**headers, "Accept-Encoding": "gzip;q=0"})
    assert len(plain.data) > 1000
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == refused.data
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert packed.headers["ETag"] == plain.headers["ETag"]


def test_the_description_of_a_layer_leads_to_its_tiles(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_zone(owner)
    headers = sign_in("officer")
    told: dict[str, Any] = client.get(f"{API}/tiles/frontage.json?datum=gcj02", headers=headers).get_json()
    assert (told["tilejson"], told["minzoom"], told["maxzoom"]) == ("3.0.0", 0, 18)
    west, south, east, north = told["bounds"]
    assert west < CORNER[0] < east
    assert south < CORNER[1] < north
    (address,) = told["tiles"]
    shifted = tile_at(CORNER[0] + 0.0045, CORNER[1] - 0.002, 14)
    path = address.format(z=shifted.z, x=shifted.x, y=shifted.y).removeprefix("http://localhost")
    answer = client.get(path, headers=headers)
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
    drawn = read(answer.data, shifted)
    assert set(drawn) == {"frontage"}
    fields = {layer["id"]: layer["fields"] for layer in told["vector_layers"]}
    assert set(drawn["frontage"][0].properties) <= set(fields["frontage"])
    assert set(fields) == {"frontage", "frontage_cells"}


@pytest.mark.parametrize("layer", list(LAYERS))
def test_every_layer_has_a_description(client: FlaskClient, sign_in: SignIn, layer: str) -> None:
    answer = client.get(f"{API}/tiles/{layer}.json", headers=sign_in("reviewer"))
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["name"] == layer
    assert told["bounds"] == [-180.0, -85.05, 180.0, 85.05]


def test_the_address_of_tiles_keeps_the_day_that_was_asked_for(client: FlaskClient, sign_in: SignIn) -> None:
    told = client.get(f"{API}/tiles/parking.json?at=2026-01-02", headers=sign_in("officer")).get_json()
    assert "at=2026-01-02T12%3A00%3A00Z" in told["tiles"][0]


class TestWithLittlePatience:
    """A deployment in which a statement of a tile may take a tenth of a second."""

    @pytest.fixture
    def config(self, tmp_path) -> Config:
        return Config(
            var=tmp_path / "var",
            metric_srid=METRIC_SRID,
            database_pool_size=4,
            tile_statement_timeout_ms=100,
        )

    def test_a_tile_that_takes_too_long_is_given_up_and_the_next_one_is_not(
        self, client: FlaskClient, owner: Engine, sign_in: SignIn
    ) -> None:
        headers = sign_in("officer")
        with owner.connect() as connection:
            connection.execute(text("LOCK TABLE zone IN ACCESS EXCLUSIVE MODE"))
            # Who waits longer than its limit sees the lock gone, and gets a tile.
            opening = threading.Timer(LOCKED_S, connection.rollback)
            opening.start()
            answer = client.get(FRONTAGES, headers=headers)
            opening.cancel()
            opening.join()
        assert answer.status_code == 503
        assert answer.get_json()["code"] == "unavailable"
        assert answer.headers["Retry-After"]
        assert client.get(FRONTAGES, headers=headers).status_code == 200
        # The limit is that of tiles: other calls on the same connections have their own.
        with client.application.extensions["frontage"].db.engine.connect() as line:
            assert line.exec_driver_sql("SHOW statement_timeout").scalar_one() == "15s"


def test_a_tile_reads_its_own_place_only(owner: Engine) -> None:
    scatter(owner, count=2000, spread_deg=0.2)
    tile = Tile(16, 54809, 26597)
    with owner.begin() as connection:
        connection.execute(text("ANALYZE zone"))
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            connection.execute(
                text(
                    "EXPLAIN SELECT code FROM zone WHERE geom_3857 && ST_TileEnvelope(:z, :x, :y) "
                    "AND kind = 'frontage' AND valid @> DATE '2026-01-01'"
                ),
                {"z": tile.z, "x": tile.x, "y": tile.y},
            ).scalars()
        )
    assert "zone_geom_3857" in plan


def test_a_policy_keeps_no_index_from_finding_the_reports_of_a_tile(as_app_role: Engine) -> None:
    with as_app_role.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        for table in ("report", "case_file"):
            plan = "\n".join(
                connection.execute(
                    text(f"EXPLAIN SELECT place FROM {table} WHERE tile_key >= 5 AND tile_key < 9")
                ).scalars()
            )
            assert f"{table}_tile_key" in plan
            assert "Index Cond" in plan
