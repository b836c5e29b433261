"""What the wizard asks besides the report: the same file read again, what lies around a fault, what a step would do."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from server import schema
from server.deployment import WORKER_ROLE
from tests import factories
from tests.postgres import TestServer
from tests.server.places.layer_files import API, LAT, LON, apply, feature, geojson, send, strip
from tests.server.places.working import work
from tests.server.world import SignIn

BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[LON, LAT], [LON + 1e-4, LAT + 1e-4], [LON + 1e-4, LAT], [LON, LAT + 1e-4], [LON, LAT]]],
}
DAY = "2026-11-01"


@pytest.fixture
def manager(sign_in: SignIn) -> dict[str, str]:
    return sign_in("zone_manager")


def layer() -> bytes:
    """A crossing ring, two that overlap, one that is in force as it is, and one whose ring is open."""
    wide = feature(strip(2, size_deg=1.2e-4, lon=LON - 4e-5), "WIDE", 街道="新金路")
    corners = [list(corner) for corner in strip(6).exterior.coords]
    open_ring = {"type": "Polygon", "coordinates": [corners[:-1]]}
    return geojson(
        feature(BOW_TIE, "BOW"),
        wide,
        feature(strip(3), "NEXT"),
        feature(strip(9), "SAME"),
        feature(open_ring, "OPEN"),
    )


def call(client: FlaskClient, headers: dict[str, str], path: str, **body: Any) -> Any:
    answer = client.post(f"{API}/zones/imports/{path}", json=body, headers=headers)
    assert answer.status_code in (200, 202), answer.text
    return answer.json


def codes(told: dict[str, Any]) -> list[str]:
    return [one["code"] for one in told["items"]]


def test_a_fault_is_told_with_its_zone_as_sent_and_the_zones_beside(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    factories.make_zone(owner, code="IN-FORCE", at=(LON + 3.5e-4, LAT + 2.2e-4))
    factories.make_zone(owner, code="FAR", at=(LON + 0.01, LAT))
    report = send(client, manager, layer()).json
    address = f"{API}/zones/imports/{report['id']}/faults"
    by_code = {fault["code"]: fault["number"] for fault in report["faults"]}

    overlap: Any = client.get(f"{address}/{by_code['zone_overlap']}", headers=manager).json
    assert overlap["zone"] == "NEXT" and overlap["params"]["other"] == "WIDE"
    assert overlap["told"]["type"] == "Polygon" and overlap["repair"]["geometry"] != overlap["told"]
    assert {(one["code"], one["in_force"]) for one in overlap["around"]} >= {
        ("WIDE", False),
        ("IN-FORCE", True),
    }
    assert not {"FAR", "NEXT"} & {one["code"] for one in overlap["around"]}
    crossing: Any = client.get(f"{address}/{by_code['ring_crossing']}", headers=manager).json
    assert crossing["told"]["coordinates"] == BOW_TIE["coordinates"]
    unclosed: Any = client.get(f"{address}/{by_code['ring_unclosed']}", headers=manager).json
    assert unclosed["repair"]["geometry"] and unclosed["around"]


def test_what_a_step_would_do_follows_the_decisions_and_writes_nothing(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    first = send(client, manager, geojson(feature(strip(9), "SAME"), feature(strip(20), "GONE"))).json
    assert apply(client, manager, first["id"], valid_from="2026-10-01").status_code == 200
    report = send(client, manager, layer()).json
    path = f"{report['id']}/comparison"

    bare = call(client, manager, path, valid_from=DAY)
    assert {fate: told["zones"] for fate, told in bare["fates"].items()} == {
        "faulty": 2, "new": 2, "unchanged": 1, "gone": 1,
    }  # fmt: skip
    every = call(client, manager, f"{path}?fate=new&limit=3", valid_from=DAY, accept_repairs="all")
    rest = call(
        client,
        manager,
        f"{path}?fate=new&limit=3&cursor={every['next']}",
        valid_from=DAY,
        accept_repairs="all",
    )
    assert codes(every) + codes(rest) == ["BOW", "NEXT", "OPEN", "WIDE"] and rest["next"] is None
    assert (
        every["items"][0]["after"]["geometry"]["type"] == "MultiPolygon" and not every["items"][0]["before"]
    )
    but = {"accept_repairs": "all", "refuse_repairs": ["BOW"]}
    assert codes(call(client, manager, f"{path}?fate=faulty", valid_from=DAY, **but)) == ["BOW"]
    moved = geojson(
        feature(strip(9, size_deg=1.1e-4, lon=LON - 9e-5), "SAME"), feature(strip(20), "GONE", note="new")
    )
    beside = send(client, manager, moved).json
    both = call(client, manager, f"{beside['id']}/comparison?fate=changed", valid_from=DAY)["items"]
    assert [(one["code"], one["reshaped"]) for one in both] == [("GONE", False), ("SAME", True)]
    (gone,) = call(client, manager, f"{path}?fate=gone", valid_from=DAY)["items"]
    assert (gone["code"], gone["after"], gone["before"]["geometry"]["type"]) == ("GONE", None, "Polygon")
    early = call(client, manager, f"{path}?fate=before_version", valid_from="2026-10-01", gone="close")
    assert codes(early) == ["GONE"]
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM zone WHERE kind = 'frontage'")).scalar_one() == 2
    assert apply(client, manager, report["id"], **but).json["code"] == "import_faulty"
    assert apply(client, manager, report["id"], accept_repairs="all").json["new"] == 4


def test_a_kept_file_is_read_again_in_another_way_and_becomes_an_import_of_its_own(
    client: FlaskClient,
    owner: Engine,
    manager: dict[str, str],
    postgres: TestServer,
    database_url: str,
    config: Config,
) -> None:
    first = send(client, manager, layer()).json
    options = {"columns": {"name": "code", "street": "街道"}, "valid_from": DAY}
    again = call(client, manager, f"{first['id']}/readings", **options)
    assert (again["state"], again["file_name"]) == ("waiting", first["file_name"])
    work(schema.role_url(database_url, WORKER_ROLE, postgres.app_password), config)
    told: Any = client.get(f"{API}/zones/imports/{again['id']}", headers=manager).json
    assert (told["state"], told["sha256"]) == ("reported", first["sha256"])
    assert told["read"]["mapping"] == {
        "code": "code",
        "name": "code",
        "township": "township",
        "street": "街道",
    }
    assert apply(client, manager, again["id"], accept_repairs="all").status_code == 200
    with owner.connect() as connection:
        row = connection.execute(
            text("SELECT name, properties, lower(valid) FROM zone WHERE code = 'WIDE'")
        ).one()
    assert tuple(row) == ("WIDE", {"name": "店 WIDE", "street": "新金路"}, date(2026, 11, 1))
    for import_id in (first["id"], again["id"]):
        assert client.get(f"{API}/zones/imports/{import_id}/file", headers=manager).data == layer()
