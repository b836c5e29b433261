"""Rounds are sent to who walks them: by whom, to whom, once, and green with what was seen since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA, JINXIN, NOW
from tests.server.patrol.promised_sent_rounds import round_json
from tests.server.patrol.standings import SignIn, at_local, make_front, visit
from tests.server.patrol.walks import Officer

ROUNDS = "/api/v1/rounds"
TODAY = NOW.date()


def put(client: FlaskClient, headers: dict[str, str], body: dict[str, Any], to: Any = None) -> Any:
    return client.put(f"{ROUNDS}/{to or uuid4()}", json=body, headers=headers)


def listed(client: FlaskClient, headers: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    return list(client.get(f"{ROUNDS}{query}", headers=headers).get_json()["items"])


def test_only_those_who_direct_an_officer_send_and_see_their_rounds(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    district, own, other = (
        sign_in("zone_manager"),
        sign_in("zone_manager", organisation=JINSHA),
        sign_in("dispatcher", organisation=JINXIN),
    )
    colleague = sign_in("officer", organisation=JINSHA)
    body = round_json(officer.account_id, "F1")
    assert [put(client, headers, body).status_code for headers in (district, own)] == [201, 201]
    refused = put(client, other, body)
    assert (refused.status_code, refused.get_json()["errors"][0]["path"]) == (422, "/officer")
    manager = factories.make_account(owner, role="zone_manager", organisation=JINSHA)
    assert put(client, district, {**body, "officer": str(manager.id)}).status_code == 422
    assert [len(listed(client, who)) for who in (district, own, officer.headers)] == [2, 2, 2]
    assert listed(client, other) == listed(client, colleague) == []
    assert [one["replaced"] for one in listed(client, officer.headers)] == [False, True]


def test_a_round_sent_again_is_one_and_its_id_is_nobody_elses(
    client: FlaskClient, sign_in: SignIn, officer: Officer
) -> None:
    manager, to = sign_in("zone_manager"), uuid4()
    body = round_json(officer.account_id, "F1", note="先看东段")
    first, again = put(client, manager, body, to), put(client, manager, body, to)
    assert (first.status_code, again.status_code) == (201, 200) and first.get_json() == again.get_json()
    changed = put(client, manager, {**body, "minutes": 5.0}, to)
    assert (changed.status_code, changed.get_json()["code"]) == (409, "round_conflict")
    assert put(client, sign_in("zone_manager"), body, to).get_json()["code"] == "round_conflict"
    (one,) = listed(client, officer.headers)
    assert (one["note"], one["line"], one["streets"][0]["walk_m"]) == ("先看东段", body["line"], 120.0)


def test_days_that_are_over_or_far_and_rounds_without_zones_are_refused(
    client: FlaskClient, sign_in: SignIn, officer: Officer
) -> None:
    manager = sign_in("zone_manager")
    for path, odd in (
        ("/day", {"day": (TODAY - timedelta(days=1)).isoformat()}),
        ("/day", {"day": (TODAY + timedelta(days=32)).isoformat()}),
        ("/streets", {"streets": round_json(officer.account_id)["streets"]}),
    ):
        answer = put(client, manager, {**round_json(officer.account_id, "F1"), **odd})
        assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, path)
    tomorrow = {"day": (TODAY + timedelta(days=1)).isoformat()}
    assert put(client, manager, round_json(officer.account_id, "F1", **tomorrow)).status_code == 201
    assert listed(client, officer.headers, f"?day={TODAY}") == []
    assert len(listed(client, manager, f"?officer={officer.account_id}&day={tomorrow['day']}")) == 1


def test_fronts_turn_green_by_visits_since_it_was_sent_whoever_made_them(
    client: FlaskClient, owner: Engine, clock: StandingClock, sign_in: SignIn, officer: Officer
) -> None:
    before, after = (
        make_front(owner, code="F1"),
        make_front(owner, code="F2", at=(CORNER[0] + 0.001, CORNER[1])),
    )
    clock.now = at_local(TODAY, "12:00")
    visit(owner, before, officer.account_id, TODAY, "10:00")
    assert (
        put(client, sign_in("zone_manager"), round_json(officer.account_id, "F1", "F2", "F9")).status_code
        == 201
    )
    (one,) = listed(client, officer.headers)
    assert (one["zones"], one["seen"]) == (3, 0)
    someone = factories.make_account(owner, organisation=JINSHA)
    visit(owner, after, someone.id, TODAY, "13:00")
    (one,) = listed(client, officer.headers)
    assert one["seen"] == 1
    seen = {zone["code"]: zone["seen_at"] for zone in one["streets"][0]["zones"]}
    assert seen["F1"] is None and seen["F9"] is None
    assert seen["F2"] == at_local(TODAY, "13:01").isoformat(timespec="microseconds").replace("+00:00", "Z")
