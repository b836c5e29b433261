"""Strips are drawn by the worker from files of any format, told with what to look at, and become an import."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine

from config import Config
from geo.topology import overlapping
from server import jobs, schema
from server.cli import main
from server.deployment import WORKER_ROLE
from server.places.drawing.drawer import Drawer, DrawingLimits
from server.places.drawing.wire import DrawingOut
from server.places.foreign.faults import FileRefused
from server.places.foreign.placing import Plane
from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.postgres import METRIC_SRID, TestServer
from tests.server.maps.decoding import lay_street
from tests.server.places.layer_files import API, apply, written
from tests.server.places.test_generating import (
    PLANE,
    X,
    Y,
    collection,
    in_metres,
    street_and_two_houses,
)
from tests.server.places.working import work
from tests.server.world import SignIn

DATA = Path(__file__).resolve().parents[2] / "geo" / "data"
TONGJI = (121.4975, 31.2845)
OPTIONS = {"township": JINSHA, "valid_from": "2026-11-01"}


@pytest.fixture
def worker_url(postgres: TestServer, database_url: str) -> str:
    return schema.role_url(database_url, WORKER_ROLE, postgres.app_password)


@pytest.fixture
def manager(sign_in: SignIn) -> dict[str, str]:
    return sign_in("zone_manager")


def post(client: FlaskClient, headers: dict[str, str], options: Any = OPTIONS, **files: bytes) -> Any:
    body: dict[str, Any] = {part: (io.BytesIO(data), f"{part}.geojson") for part, data in files.items()}
    body["options"] = json.dumps(options)
    return client.post(f"{API}/zones/frontage/drawings", data=body, headers=headers)


def fetch(client: FlaskClient, headers: dict[str, str], drawing_id: str, query: str = "") -> dict[str, Any]:
    answer = client.get(f"{API}/zones/drawings/{drawing_id}{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.get_json()
    DrawingOut.model_validate(made)
    return made


def file_of(client: FlaskClient, headers: dict[str, str], import_id: str) -> bytes:
    answer = client.get(f"{API}/zones/imports/{import_id}/file", headers=headers)
    assert answer.status_code == 200
    return answer.data


def small() -> dict[str, bytes]:
    houses, streets = street_and_two_houses()
    return {"buildings": json.dumps(houses).encode(), "streets": json.dumps(streets).encode()}


def tongji() -> dict[str, bytes]:
    """Real buildings and streets, © OpenStreetMap contributors (tests/geo/data/README.md)."""
    return {part: (DATA / f"tongji_{part}.geojson").read_bytes() for part in ("buildings", "streets")}


def test_real_streets_are_drawn_without_overlaps_told_with_findings_and_applied(
    client: FlaskClient, owner: Engine, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    factories.make_zone(owner, kind="township", township=JINSHA, at=TONGJI, width_m=5000, depth_m=5000)
    ordered = post(client, manager, **tongji())
    assert ordered.status_code == 202, ordered.text
    assert ordered.headers["Location"] == f"{API}/zones/drawings/{ordered.json['id']}"
    assert (ordered.json["state"], ordered.json["import_id"]) == ("waiting", None)
    work(worker_url, config)
    drawn = fetch(client, manager, ordered.json["id"])
    assert drawn["state"] == "reported", drawn["problem"]
    assert drawn["summary"]["zones"] > 80
    found = page_through(client, manager, drawn["id"])
    assert len(found) == sum(drawn["summary"]["finding_counts"].values()) > 10
    assert {one["properties"]["kind"] for one in found} == set(drawn["summary"]["finding_counts"])
    only = fetch(client, manager, drawn["id"], "?kind=no_front&limit=500")["findings"]["features"]
    assert len(only) == drawn["summary"]["finding_counts"]["no_front"]

    zones = json.loads(file_of(client, manager, drawn["import_id"]))["features"]
    shapes = Plane(METRIC_SRID).metric(
        np.array([shapely.geometry.shape(zone["geometry"]) for zone in zones], dtype=object)
    )
    assert len(zones) == drawn["summary"]["zones"] and all(shapely.is_valid(shapes))
    assert overlapping(list(shapes), 1e-6) == []

    report: Any = client.get(f"{API}/zones/imports/{drawn['import_id']}", headers=manager).json
    assert (report["state"], report["kind"], report["errors"]) == ("reported", "frontage", 0), report[
        "faults"
    ]
    assert report["options"]["source"] == f"drawing {drawn['id']}"
    assert "zone_overlap" not in report["fault_counts"]
    assert apply(client, manager, drawn["import_id"]).json["new"] == len(zones)


def page_through(client: FlaskClient, headers: dict[str, str], drawing_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = fetch(client, headers, drawing_id, f"?limit=20{cursor}")["findings"]
        found += page["features"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def test_the_same_files_give_the_same_bytes(
    client: FlaskClient, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    ordered = [post(client, manager, **small()).json["id"] for _ in range(2)]
    work(worker_url, config)
    drawn = [fetch(client, manager, one) for one in ordered]
    digests = [
        client.get(f"{API}/zones/imports/{one['import_id']}", headers=manager).get_json()["sha256"]
        for one in drawn
    ]
    assert digests[0] == digests[1] and drawn[0]["import_id"] != drawn[1]["import_id"]
    assert drawn[0]["findings"] == drawn[1]["findings"]


def test_a_property_line_says_where_neighbours_meet(
    client: FlaskClient, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    line = json.dumps(collection((shapely.LineString([(13, 9), (13, 7)]), {"id": "p"}))).encode()
    ids = [post(client, manager, **small(), **more).json["id"] for more in ({}, {"property_lines": line})]
    work(worker_url, config)
    east = []
    for one in ids:
        drawn = fetch(client, manager, one)
        assert drawn["state"] == "reported", drawn["problem"]
        zones = json.loads(file_of(client, manager, drawn["import_id"]))["features"]
        (first,) = [zone for zone in zones if zone["properties"]["subject"] == "a"]
        east.append(in_metres(first).bounds[2] - X)
    assert east == [pytest.approx(14.0, abs=1e-3), pytest.approx(13.0, abs=1e-3)]
    assert [file["part"] for file in drawn["files"]] == ["buildings", "streets", "property_lines"]


def test_chosen_streets_are_drawn_along_by_other_rules_and_a_cancelled_drawing_keeps_nothing(
    client: FlaskClient, owner: Engine, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    given = small()
    west, south = PLANE.inverse(X - 100, Y - 100)
    east, north = PLANE.inverse(X + 100, Y + 100)
    for street in json.loads(given["streets"])["features"]:
        lay_street(owner, "新金路", shapely.geometry.shape(street["geometry"]), 10.0)
        lay_street(owner, "别的路", shapely.geometry.shape(street["geometry"]).reverse(), 10.0)
    chosen = {"names": ["新金路"], "bbox": [west, south, east, north]}
    with_rules = {**OPTIONS, "chosen": chosen, "rules": {"max_gap_m": 3.0}}
    buildings = {"buildings": given["buildings"]}
    far_away = {**OPTIONS, "chosen": {**chosen, "bbox": [120, 31, 120.1, 31.1]}}
    assert post(client, manager, far_away, **buildings).json["errors"][0]["path"] == "/options/chosen"
    assert post(client, manager, with_rules, **given).status_code == 422
    ids = [
        post(client, manager, options, **buildings).json["id"]
        for options in ({**OPTIONS, "chosen": chosen}, with_rules, with_rules)
    ]
    answer = client.post(f"{API}/zones/drawings/{ids[2]}/cancel", headers=manager)
    assert (answer.status_code, answer.get_json()["state"]) == (200, "cancelled"), answer.text
    with jobs.connect(worker_url) as slow:
        slow.execute("SELECT zone_run_take_v1(%s, 5)", (ids[1],))
        assert (
            client.post(f"{API}/zones/drawings/{ids[1]}/cancel", headers=manager).get_json()["state"]
            == "cancelled"
        )
        with pytest.raises(psycopg.errors.RestrictViolation, match="another attempt"):
            slow.execute("SELECT zone_run_progress_v1(%s, 1, 'draw', 1, 2)", (ids[1],))
    again = post(client, manager, with_rules, **buildings).json["id"]
    work(worker_url, config)
    plain, narrow = fetch(client, manager, ids[0]), fetch(client, manager, again)
    assert [file["part"] for file in plain["files"]] == ["buildings", "streets"]
    assert narrow["options"]["rules"] == {"max_gap_m": 3.0}
    # The gap of four metres between the houses is shared out by the usual rules, and nobody's by these.
    fronts = [
        sorted(
            zone["properties"]["street"]
            for zone in json.loads(file_of(client, manager, one["import_id"]))["features"]
        )
        for one in (plain, narrow)
    ]
    assert fronts == [["新金路", "新金路"]] * 2
    assert (plain["summary"]["finding_counts"].get("gap", 0), narrow["summary"]["finding_counts"]["gap"]) == (
        0,
        1,
    )
    ended = client.post(f"{API}/zones/drawings/{again}/cancel", headers=manager).get_json()
    assert ended["state"] == "reported"
    for cancelled in ids[1:]:
        assert fetch(client, manager, cancelled)["import_id"] is None
    assert factories.count_rows(owner, "zone_import") == 2


def test_files_of_another_format_and_datum_give_the_same_strips(
    client: FlaskClient, manager: dict[str, str], worker_url: str, config: Config, tmp_path: Path
) -> None:
    houses = [shapely.box(X, Y + 8, X + 12, Y + 20), shapely.box(X + 16, Y + 8, X + 30, Y + 20)]
    package = written(
        tmp_path, "buildings.gpkg", houses, {"id": ["a", "b"]}, driver="GPKG", crs=f"EPSG:{METRIC_SRID}"
    ).read_bytes()
    given = small()
    ids = [
        post(client, manager, **given).json["id"],
        post(client, manager, buildings=package, streets=given["streets"]).json["id"],
    ]
    work(worker_url, config)
    made = []
    for one in ids:
        drawn = fetch(client, manager, one)
        assert drawn["state"] == "reported", drawn["problem"]
        made.append(json.loads(file_of(client, manager, drawn["import_id"]))["features"])
    for left, right in zip(*made, strict=True):
        assert left["properties"] == right["properties"]
        assert shapely.hausdorff_distance(in_metres(left), in_metres(right)) < 0.001


def test_what_nothing_can_be_drawn_from_fails_with_every_fault_named(
    client: FlaskClient, owner: Engine, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    houses, streets = street_and_two_houses()
    houses["features"][1]["geometry"]["coordinates"][0].pop()
    streets["features"][0]["geometry"] = {"type": "Point", "coordinates": [121.0, 32.0]}
    parts = {"buildings": json.dumps(houses).encode(), "streets": json.dumps(streets).encode()}
    bad, empty = (
        post(client, manager, **parts).json["id"],
        post(client, manager, buildings=b"", streets=b"").json["id"],
    )
    work(worker_url, config)
    failed = fetch(client, manager, bad)
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "drawing_refused")
    assert [fault.split(":")[0] for fault in failed["problem"]["detail"]["faults"]] == [
        "buildings[1]",
        "streets[0]",
    ]
    assert fetch(client, manager, empty)["problem"]["code"] == "import_empty"
    assert factories.count_rows(owner, "zone_import") == 0
    assert factories.count_rows(owner, "zone_run_piece") == 0


@pytest.mark.parametrize(
    "limits", [DrawingLimits(timeout_s=0.2), DrawingLimits(memory_max_bytes=64 * 1024 * 1024)]
)
def test_a_drawing_that_takes_too_much_is_ended(tmp_path: Path, limits: DrawingLimits) -> None:
    files = {}
    for part, data in tongji().items():
        (tmp_path / part).write_bytes(data)
    with (tmp_path / "buildings").open("rb") as buildings, (tmp_path / "streets").open("rb") as streets:
        files = {"buildings": buildings.fileno(), "streets": streets.fileno()}
        options = {**OPTIONS, "datum": None, "sample": False}
        with pytest.raises(FileRefused) as refused:
            with Drawer(tmp_path / "scratch", METRIC_SRID, limits).drawn(files, options):
                raise AssertionError("it was drawn")
    assert refused.value.code == "import_limit"
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"valid_from": "2026-11-01"}, "/township"),
        ({**OPTIONS, "valid_from": "tomorrow"}, "/valid_from"),
        ({**OPTIONS, "datum": "nad27"}, "/datum"),
        ({**OPTIONS, "colour": "red"}, "/colour"),
    ],
)
def test_options_that_say_too_little_or_too_much_are_refused(
    client: FlaskClient, owner: Engine, manager: dict[str, str], options: dict[str, Any], path: str
) -> None:
    answer = post(client, manager, options, **small())
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json["errors"]] == [path]
    assert factories.count_rows(owner, "zone_run") == 0


def test_both_files_are_wanted_and_only_frontages_are_drawn(
    client: FlaskClient, manager: dict[str, str], sign_in: SignIn
) -> None:
    missing = post(client, manager, buildings=small()["buildings"])
    assert (missing.status_code, missing.json["errors"][0]["path"]) == (422, "/streets")
    assert client.post(f"{API}/zones/parking/drawings", headers=manager).status_code == 422
    assert post(client, sign_in("zone_manager", organisation=JINXIN), **small()).status_code == 403


def test_the_command_draws_what_the_worker_draws(
    client: FlaskClient,
    manager: dict[str, str],
    worker_url: str,
    config: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = json.dumps(collection((shapely.LineString([(13, 9), (13, 7)]), {"id": "p"}))).encode()
    parts = {**small(), "property_lines": line}
    ordered = post(client, manager, **parts).json["id"]
    work(worker_url, config)
    for part, data in parts.items():
        (tmp_path / part).write_bytes(data)
    monkeypatch.setenv("FRONTAGE_VAR", str(tmp_path / "var"))
    arguments = [str(tmp_path / "buildings"), str(tmp_path / "streets"), str(tmp_path / "out.geojson")]
    arguments += ["--property-lines", str(tmp_path / "property_lines")]
    arguments += ["--township", JINSHA, "--valid-from", "2026-11-01"]
    done = CliRunner().invoke(main, ["strips", "generate", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    drawn = fetch(client, manager, ordered)
    assert (tmp_path / "out.geojson").read_bytes() == file_of(client, manager, drawn["import_id"])


def test_a_street_in_several_stretches_is_each_of_them(
    client: FlaskClient, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    houses, _ = street_and_two_houses()
    stretches = shapely.MultiLineString([[(-40, 0), (10, 0)], [(10, 0), (70, 0)]])
    streets = collection((stretches, {"name": "新金路", "width_m": 10.0}))
    parts = {"buildings": json.dumps(houses).encode(), "streets": json.dumps(streets).encode()}
    ids = [post(client, manager, **small()).json["id"], post(client, manager, **parts).json["id"]]
    work(worker_url, config)
    whole, stretched = (
        json.loads(file_of(client, manager, fetch(client, manager, one)["import_id"]))["features"]
        for one in ids
    )
    for left, right in zip(whole, stretched, strict=True):
        assert in_metres(left).symmetric_difference(in_metres(right)).area < 1e-3
    assert PLANE.forward(*whole[0]["geometry"]["coordinates"][0][0])[0] > X - 100
