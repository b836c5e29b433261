"""Streets as tiles: the ground of the map, of a day and in the base map's datum; of too many the widest."""

from __future__ import annotations

from datetime import timedelta

import pytest
import shapely
from flask.testing import FlaskClient
from shapely import LineString
from sqlalchemy import Engine

from config import Config
from tests.conftest import StandingClock
from tests.factories import CORNER
from tests.postgres import METRIC_SRID
from tests.server.maps.decoding import API, fetch, in_plane, lay_street, read, tile_at
from tests.server.world import SignIn

LON, LAT = CORNER
MAIN = LineString([(LON - 0.004, LAT), (LON, LAT + 0.0003), (LON + 0.004, LAT)])
LANE = LineString([(LON, LAT - 0.001), (LON, LAT + 0.001)])


def test_a_street_lies_in_its_tile_with_name_and_width_and_in_the_datum_asked_for(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    lay_street(owner, "建设路", MAIN, 14.0)
    lay_street(owner, None, LANE, None)
    headers, tile = sign_in("officer"), tile_at(*CORNER, 15)
    drawn = fetch(client, headers, "streets", tile)
    assert set(drawn) == {"streets"}
    named, plain = sorted(drawn["streets"], key=lambda one: "name" not in one.properties)
    assert named.properties == {"name": "建设路", "kind": "street", "width_m": 14.0, "sample": True}
    assert plain.properties == {"kind": "street", "sample": True}
    step_m = tile.width_m / 4096
    covered = shapely.clip_by_rect(in_plane(MAIN), *tile.bounds_m)
    assert covered.length > 100
    assert named.in_metres.buffer(1.5 * step_m).contains(covered)
    (_, shifted) = (
        fetch(client, headers, "streets", tile, "datum=wgs84"),
        fetch(client, headers, "streets", tile, "datum=gcj02"),
    )
    moved = max(shifted["streets"], key=lambda one: one.in_metres.length)
    assert 300 < moved.in_metres.hausdorff_distance(named.in_metres) < 900
    assert fetch(client, headers, "streets", tile_at(*CORNER, 10)) == {}


def test_a_new_or_closed_street_is_on_the_map_of_its_days_at_once(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    lay_street(owner, "建设路", MAIN, 14.0)
    headers, tile = sign_in("officer"), tile_at(*CORNER, 14)
    told = client.get(f"{API}/tiles/streets.json", headers=headers).get_json()
    assert [layer["id"] for layer in told["vector_layers"]] == ["streets"]
    assert told["bounds"][0] < LON < told["bounds"][2]
    address = told["tiles"][0].format(z=tile.z, x=tile.x, y=tile.y).removeprefix("http://localhost")
    first = client.get(address, headers=headers)
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    asking = {**headers, "If-None-Match": first.headers["ETag"]}
    assert client.get(address, headers=asking).status_code == 304
    tomorrow = (clock.now + timedelta(days=1)).date().isoformat()
    lay_street(owner, "新金路", LANE, 9.0, closed=tomorrow)
    changed = client.get(address, headers=asking)
    assert changed.headers["Cache-Control"] == "public, no-cache"
    assert names(read(changed.data, tile)) == {"建设路", "新金路"}
    clock.advance(days=2)
    assert names(fetch(client, headers, "streets", tile)) == {"建设路"}


def names(layers: dict) -> set[str]:
    return {one.properties["name"] for one in layers["streets"]}


class TestOfFew:
    """A deployment in which a tile holds two things."""

    @pytest.fixture
    def config(self, tmp_path) -> Config:
        return Config(var=tmp_path / "var", metric_srid=METRIC_SRID, tile_features_max=2)

    def test_of_too_many_streets_the_widest_are_drawn(
        self, client: FlaskClient, owner: Engine, sign_in: SignIn
    ) -> None:
        for number, width_m in enumerate((4.0, 21.0, None, 9.0)):
            lay_street(owner, f"{width_m}", shapely.affinity.translate(LANE, number * 1e-4), width_m)
        drawn = fetch(client, sign_in("officer"), "streets", tile_at(*CORNER, 15))
        assert names(drawn) == {"21.0", "9.0"}
