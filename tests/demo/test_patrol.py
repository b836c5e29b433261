"""The demo's patrols: walks along its own streets, the same for a day, with faults that phones have."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from shapely import Point
from sqlalchemy import Engine

from config import Config
from demo.duty import DAYS, dated
from demo.load import read_json
from demo.patrol import FRESH_FOR, fixed_walks, send
from demo.phone import Phone
from demo.walking import EVERY_S, JUMP_M, PLANE, POOR_ACCURACY_M, duration_of, fixes, length_m, way_of
from geo.datum import Datum, Position, convert
from server.patrol.coverage.plans.wire import PatrolPlansIn
from server.patrol.duty.wire import RosterIn
from tests import factories
from tests.postgres import TestServer
from tests.serving import serving

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
WALKS = read_json("patrol.json")["walks"]


def offsets_m(walk: dict[str, Any]) -> list[float]:
    """How far each fix lies from the way."""
    way = way_of(walk["township"], walk["way"])
    found = []
    for fix in fixes(walk, NOW):
        at = convert(Position(fix["lon"], fix["lat"], Datum(fix["datum"])), Datum.WGS84)
        found.append(Point(PLANE.forward(at.lon, at.lat)).distance(way))
    return found


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk["officer"])
def test_a_walk_keeps_to_its_streets_with_the_faults_of_a_phone(walk: dict[str, Any]) -> None:
    told = list(fixes(walk, NOW))
    assert told == list(fixes(walk, NOW))
    assert told != list(fixes({**walk, "seed": 99}, NOW))
    away = offsets_m(walk)
    assert median(away) < 5
    assert [distance > JUMP_M / 3 for distance in away].count(True) == 1
    assert any(fix["accuracy_m"] == POOR_ACCURACY_M for fix in told)
    times = [datetime.fromisoformat(fix["recorded_at"]) for fix in told]
    assert times == [NOW + timedelta(seconds=EVERY_S * step) for step in range(len(told))]
    assert times[-1] < NOW + duration_of(walk)
    assert 400 < length_m(walk) < 2000


def test_the_sample_says_what_it_is_and_names_what_the_demo_has() -> None:
    sample, people = read_json("patrol.json"), read_json("people.json")
    assert sample["sample"] and sample["note_zh"] and sample["note_en"]
    bodies = {one["username"]: one["organisation"] for one in people}
    for roster in sample["rosters"]:
        for turn in roster["turns"]:
            assert bodies[turn["officer"]] == roster["body"]
    codes = {
        feature["properties"]["code"]: feature["properties"]["street"]
        for feature in read_json("zones/frontage.geojson")["features"]
    }
    for walk in sample["walks"]:
        assert bodies[walk["officer"]] == walk["township"]
        if "visit" in walk:
            assert codes[walk["visit"]["zone"]["code"]] in {street for street, _, _ in walk["way"]}
    plans = PatrolPlansIn.model_validate(read_json("patrol_plans.json"))
    assert plans.sample
    assert {street for plan in plans.plans for street in plan.streets or ()} <= set(codes.values())


def test_the_sample_roster_lists_a_week_around_whatever_now_is() -> None:
    sample = read_json("patrol.json")
    for hour in range(0, 24, 3):
        now = datetime(2026, 12, 31, hour, 30, tzinfo=SHANGHAI)
        given = RosterIn.model_validate(dated(sample["rosters"][0], sample, now))
        assert len(given.entries) == DAYS * len(sample["rosters"][0]["turns"])
        assert all(given.first <= entry.day <= given.last for entry in given.entries)


def test_what_is_sent_is_the_same_for_a_day_and_another_after_it(tmp_path: Path) -> None:
    path = tmp_path / "demo" / "patrols.json"
    first = fixed_walks(path, SHANGHAI)
    assert fixed_walks(path, SHANGHAI) == first
    ended = [one["ended_at"] for one in first]
    assert None in ended and any(ended)
    for one in first:
        assert datetime.fromisoformat(one["positions"][-1]["recorded_at"]) < datetime.now(UTC)
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept["made_at"] = (datetime.fromisoformat(kept["made_at"]) - FRESH_FOR).isoformat()
    path.write_text(json.dumps(kept), encoding="utf-8")
    again = fixed_walks(path, SHANGHAI)
    assert {one["shift"] for one in again}.isdisjoint(one["shift"] for one in first)
    assert [one["streets"] for one in again] == [one["streets"] for one in first]


def test_a_walk_is_sent_once_and_left_out_while_its_officer_is_on_another_shift(
    config: Config, postgres: TestServer, database_url: str, owner: Engine, tmp_path: Path
) -> None:
    walk = {**fixed_walks(tmp_path / "patrols.json", SHANGHAI)[0], "visit": None}
    factories.make_account(owner, role="officer", username=walk["officer"])
    begins = datetime.fromisoformat(walk["started_at"])
    other = {"started_at": (begins - timedelta(hours=1)).isoformat()}
    with serving(
        config, database_url=database_url, app_database_url=postgres.app_url(database_url)
    ) as served:
        phone = Phone(served.url, walk["officer"], factories.PASSWORD)
        phone.sign_in()
        path, kind = "/api/v1/shifts", "application/json"
        assert phone.ask("POST", f"{path}/start", json.dumps(other).encode(), kind).status == 201
        assert send(phone, walk) is None
        assert factories.count_rows(owner, "position_fix") == 0
        ended = {"ended_at": walk["started_at"]}
        assert phone.ask("POST", f"{path}/end", json.dumps(ended).encode(), kind).status == 200
        sent = [send(phone, walk) for _ in range(2)]
        phone.hang_up()
    many = len(walk["positions"])
    assert [(one["accepted"], one["duplicate"]) for one in sent if one] == [(many, 0), (0, many)]
    assert factories.count_rows(owner, "position_fix") == many
