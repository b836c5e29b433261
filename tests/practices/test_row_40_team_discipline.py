"""Row 40: team discipline. Training and equipment of a person; a patrol outside the roster shows in the record."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINSHA, JINXIN, NOW
from tests.server.patrol.rosters import roster, turn
from tests.server.records.filing import API, HANDED, NOTE, TRAINED, filed, position, put_record

SignIn = Callable[..., dict[str, str]]


def test_row_40_a_patrol_outside_the_roster_shows_as_such_in_the_record(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")
    rostered, other = (factories.make_account(owner, organisation=JINSHA).username for _ in range(2))
    leader = sign_in("zone_manager", organisation=JINSHA)
    planned = client.post(f"{API}/roster/imports", json=roster(turn(rostered)), headers=leader)
    assert planned.status_code == 201
    outside = {}
    for who in (rostered, other):
        officer = sign_in(who)
        started = client.post(f"{API}/shifts/start", json={}, headers=officer).get_json()
        made = filed(client, officer, "listening_visit", NOTE, position=position())
        assert made["shift"] == started["id"]
        # Who leads them reads the same in the record.
        read = client.get(f"{API}/records/{made['id']}", headers=leader).get_json()
        outside[who] = (started["outside_roster"], made["outside_roster"], read["outside_roster"])
    assert outside == {rostered: (False,) * 3, other: (True,) * 3}
    off_duty = filed(
        client, sign_in("officer", organisation=JINSHA), "listening_visit", NOTE, position=position()
    )
    assert (off_duty["shift"], off_duty["outside_roster"]) == (None, None)


def test_row_40_training_and_equipment_are_the_person_s_and_their_admin_s_to_see(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")
    person = factories.make_account(owner, organisation=JINSHA).username
    admin = sign_in("admin", organisation=JINSHA)
    filed(client, admin, "training", TRAINED, about=person)
    filed(client, admin, "equipment_issue", HANDED, about=person)

    def forms(headers: dict[str, str]) -> list[str]:
        told = client.get(f"{API}/records?about_kind=person&about={person}", headers=headers).get_json()
        return sorted(one["form"]["code"] for one in told["items"])

    assert (
        forms(sign_in(person)) == forms(admin) == forms(sign_in("admin")) == ["equipment_issue", "training"]
    )
    for who, where in [("officer", JINSHA), ("zone_manager", JINSHA), ("admin", JINXIN)]:
        assert forms(sign_in(who, organisation=where)) == []
    stranger = put_record(
        client, sign_in("admin", organisation=JINXIN), "training", TRAINED, about=person, at=NOW.isoformat()
    )
    assert stranger.get_json()["errors"][0]["path"] == "/about/code"
