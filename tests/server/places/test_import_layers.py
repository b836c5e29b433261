"""A layer is reported on before anything is written, kept with its report, and applied as one version step."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any
from uuid import uuid4

import pyogrio
import pytest
import shapely
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN
from tests.server.places.layer_files import API, apply, feature, geojson, row, send, strip
from tests.server.world import SignIn


@pytest.fixture
def manager(sign_in: SignIn) -> dict[str, str]:
    return sign_in("zone_manager")


def layer(owner: Engine, kind: str = "frontage") -> list[tuple[Any, ...]]:
    with owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT code, version, lower(valid), upper(valid) FROM zone WHERE kind = :kind ORDER BY code, version"
            ),
            {"kind": kind},
        )
        return [tuple(one) for one in rows]


def fates(report: dict[str, Any]) -> dict[str, int]:
    return {fate: told["zones"] for fate, told in report["fates"].items()}


def test_a_dry_run_writes_nothing_to_the_layer_and_keeps_file_and_report(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    data = row(3)
    answer = send(client, manager, data, name="../门前\x01.geojson")
    assert answer.status_code == 201, answer.text
    report = answer.json
    assert fates(report) == {"new": 3} and report["errors"] == 0
    assert report["read"]["mapping"] == {"code": "code", "name": "name", "township": "township"}
    assert report["sha256"] == hashlib.sha256(data).hexdigest() and report["made_by"]
    assert layer(owner) == []
    kept = client.get(f"{API}/zones/imports/{report['id']}/file", headers=manager)
    assert kept.data == data


def test_applying_is_one_version_step_with_its_day(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    first = send(client, manager, row(3)).json
    done = apply(client, manager, first["id"], valid_from="2026-10-01")
    assert done.status_code == 200, done.text
    assert (done.json["new"], done.json["changed"], done.json["unchanged"]) == (3, 0, 0)
    changed = geojson(
        feature(strip(0), "A0"), feature(strip(1, size_deg=1.1e-4), "A1"), feature(strip(5), "A5")
    )
    second = send(client, manager, changed, valid_from="2026-11-01").json
    assert fates(second) == {"unchanged": 1, "changed": 1, "new": 1, "gone": 1}
    assert apply(client, manager, second["id"], valid_from="2026-11-01", gone="close").status_code == 200
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    assert layer(owner) == [
        ("A0", 1, october, None),
        ("A1", 1, october, november),
        ("A1", 2, november, None),
        ("A2", 1, october, november),
        ("A5", 1, november, None),
    ]


def test_what_is_gone_stays_unless_it_is_said_to_end(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    factories.make_zone(owner, code="OLD", at=(CORNER[0] + 0.01, CORNER[1]))
    report = send(client, manager, row(1)).json
    assert fates(report) == {"new": 1, "gone": 1}
    assert apply(client, manager, report["id"]).json["gone"] == 1
    assert ("OLD", 1, date(2022, 9, 1), None) in layer(owner)


def test_an_import_is_applied_once_and_the_same_file_again_makes_no_version(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    report = send(client, manager, row(1)).json
    assert apply(client, manager, report["id"]).status_code == 200
    again = apply(client, manager, report["id"])
    assert (again.status_code, again.json["code"]) == (409, "import_applied")
    told: Any = client.get(f"{API}/zones/imports/{report['id']}", headers=manager).json
    assert told["applied"]["valid_from"] == "2026-11-01" and told["fates"] is None
    same = send(client, manager, row(1)).json
    assert apply(client, manager, same["id"], valid_from="2026-11-02").json["unchanged"] == 1
    assert [version for _, version, _, _ in layer(owner)] == [1]


def test_properties_are_laid_over_those_in_force_or_replace_them(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    shape = strip(0)
    for properties, given in (("merge", {"shop": "甲", "trade": "餐饮"}), ("merge", {"shop": "乙"})):
        report = send(client, manager, geojson(feature(shape, "A", **given)), properties=properties).json
        day = "2026-11-01" if given["shop"] == "甲" else "2026-11-02"
        assert apply(client, manager, report["id"], valid_from=day).status_code == 200
    lean = geojson(feature(shape, "A", shop="乙"))
    report = send(client, manager, lean, properties="replace", valid_from="2026-11-03").json
    assert fates(report) == {"changed": 1}
    with owner.connect() as connection:
        kept = connection.execute(
            text("SELECT properties FROM zone ORDER BY version DESC LIMIT 1")
        ).scalar_one()
    assert kept == {"shop": "乙", "trade": "餐饮"}


def test_a_day_not_after_the_version_in_force_is_refused_with_the_zones_named(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    factories.make_zone(owner, code="A0", valid_from=date(2026, 6, 1))
    report = send(client, manager, row(2), valid_from="2026-05-01").json
    assert fates(report) == {"before_version": 1, "new": 1}
    refused = apply(client, manager, report["id"], valid_from="2026-05-01")
    assert (refused.status_code, refused.json["code"]) == (409, "zone_date_refused")
    assert refused.json["zones"] == ["A0"]
    assert len(layer(owner)) == 1


def test_a_past_day_is_refused_once_reports_depend_on_it_unless_they_are_matched_again(
    client: FlaskClient, owner: Engine, manager: dict[str, str], sign_in: SignIn
) -> None:
    factories.make_category(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    sent = client.put(f"{API}/reports/{uuid4()}", json=factories.report_json(), headers=sign_in("officer"))
    assert sent.status_code == 201, sent.text
    far = geojson(feature(strip(0, lon=CORNER[0] + 0.01), "FAR"))
    early = send(client, manager, far).json
    assert apply(client, manager, early["id"], valid_from="2026-08-01").status_code == 200
    near = send(client, manager, row(2), valid_from="2026-08-01").json
    assert fates(near)["reported"] >= 1
    refused = apply(client, manager, near["id"], valid_from="2026-08-01")
    assert (refused.status_code, refused.json["code"]) == (409, "zone_reports_depend")
    assert refused.json["zones"] == ["A0", "A1"]
    assert [code for code, *_ in layer(owner)] == ["FAR"]
    done = apply(client, manager, near["id"], valid_from="2026-08-01", rematch=True)
    assert (done.status_code, done.json["rematch_from"]) == (200, "2026-08-01")


def test_faults_come_by_pages_and_by_code(client: FlaskClient, manager: dict[str, str]) -> None:
    report = send(
        client, manager, geojson(feature(strip(9)), *(feature(strip(n), None) for n in range(5)))
    ).json
    assert report["fault_counts"]["code_missing"] == 5
    first: Any = client.get(
        f"{API}/zones/imports/{report['id']}?limit=2&code=code_missing", headers=manager
    ).json
    rest: Any = client.get(
        f"{API}/zones/imports/{report['id']}?limit=9&code=code_missing&cursor={first['next']}",
        headers=manager,
    ).json
    assert [fault["feature"] for fault in first["faults"] + rest["faults"]] == [2, 3, 4, 5, 6]
    assert first["faults"][0]["text"] and rest["next"] is None


@pytest.mark.parametrize(
    "role, organisation", [("zone_manager", JINXIN), ("officer", None), ("dispatcher", None)]
)
def test_only_those_who_manage_the_district_s_zones_may_import(
    client: FlaskClient, owner: Engine, sign_in: SignIn, role: str, organisation: str | None
) -> None:
    headers = sign_in(role, organisation=organisation)
    assert send(client, headers, row(1)).status_code == 403
    assert factories.count_rows(owner, "zone_import") == 0


def test_gdal_opens_what_we_serve_and_it_comes_back_unchanged(
    client: FlaskClient, owner: Engine, manager: dict[str, str], tmp_path: Any
) -> None:
    report = send(client, manager, row(4)).json
    apply(client, manager, report["id"], valid_from="2026-09-01")
    served = client.get(f"{API}/zones/frontage", headers=manager)
    path = tmp_path / "ours.geojson"
    path.write_bytes(served.data)
    meta, _, wkb, columns = pyogrio.raw.read(path)
    assert meta["crs"] == "EPSG:4326" and len(wkb) == 4
    codes = columns[list(meta["fields"]).index("code")]
    assert sorted(codes) == ["A0", "A1", "A2", "A3"]
    assert shapely.equals_exact(shapely.from_wkb(wkb[list(codes).index("A2")]), strip(2), tolerance=1e-8)
    again = send(client, manager, served.data).json
    assert fates(again) == {"unchanged": 4}, json.dumps(again)
