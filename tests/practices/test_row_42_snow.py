"""The 42nd practice: snow before the door. Four lines and a form of data, a plan; not a line of code knows of snow."""

from __future__ import annotations

import re
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.places.categories.store import apply_document
from tests import factories
from tests.factories import CORNER, JINSHA, NOW, RULEBOOKS, report_json
from tests.server.patrol.covered import cover_all
from tests.server.records.filing import filed
from tests.server.reports.street import Officer
from tests.server.world import SignIn

API = "/api/v1"
ROOT = Path(__file__).parents[2]


def test_row_42_snow_clearing_is_reported_recorded_and_due_by_data_alone(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    with owner.begin() as connection:
        apply_document(connection, factories.sample("categories.json"), at=NOW)
    for kind in ("duties", "themes", "forms"):
        factories.make_rulebook(owner, kind)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    front = factories.make_zone(owner, width_m=30, depth_m=30)
    manager = sign_in("zone_manager")
    plan = {
        "code": "SNOW", "zone_kind": "frontage", "visits": 1, "per": "day", "visit_kinds": ["inspection"],
        "note": "雪后每日查看",
    }  # fmt: skip
    made = client.post(f"{API}/patrol-plans/drafts", json={"name": "扫雪", "plans": [plan]}, headers=manager)
    assert made.status_code == 201, made.text
    # A plan is for fronts that the worker has seen.
    cover_all(owner)
    tried = client.get(
        f"{API}/patrol-plans/{made.get_json()['id']}/trial?day=2026-09-01", headers=manager
    ).get_json()
    assert [(one["plan"], one["fronts"]) for one in tried["plans"] if one["plan"]] == [("SNOW", 1)]

    officer = Officer(client, sign_in("officer", organisation=JINSHA))
    receipt = officer.receipt(report_json(category="snow_left", at=CORNER, accuracy_m=1.0))
    carried = officer.get(f"/reports/{receipt['id']}").get_json()["properties"]["duty"]
    assert (carried["duty"], [item["code"] for item in carried["items"]]) == ("hygiene", ["H8"])
    themes = client.get(f"{API}/themes?from=2026-09-01&to=2026-09-01", headers=manager).get_json()
    assert {one["theme"]: one["cases"] for one in themes["items"] if one["cases"]} == {"hazard": 1}

    told = filed(client, officer.headers, "snow_clearing", {"cleared": True, "ice": False}, about=front)
    assert (told["score"], told["visit"], told["means"]) == (100, "inspection", "service")


def test_row_42_no_line_of_code_knows_of_snow() -> None:
    code = (
        path
        for folder in ("server", "geo", "migrations", "settings", "web/src")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".sql", ".ts", ".tsx", ".css"} and "words" not in path.parts
    )
    assert [path for path in code if re.search("snow|积雪", path.read_text(encoding="utf-8"))] == []
    kept = {path.stem for path in RULEBOOKS.glob("*.json") if "snow" in path.read_text(encoding="utf-8")}
    assert {"duties", "themes", "forms"} <= kept
