"""Shifts as phones tell them: late, twice, in the wrong order; and what of them is never edited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from server import schema
from server.deployment import WORKER_ROLE
from server.jobs import conninfo
from server.patrol.duty.ending import end_overdue
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, DISTRICT, JINSHA, JINXIN, NOW
from tests.postgres import TestServer

API = "/api/v1"
SignIn = Callable[..., dict[str, str]]
Told = tuple[int, dict[str, Any]]


def hours(count: float) -> str:
    return (NOW + timedelta(hours=count)).isoformat()


class Phone:
    """One officer's phone."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    def _post(self, path: str, body: dict[str, Any]) -> Told:
        answer = self.client.post(f"{API}{path}", json=body, headers=self.headers)
        return answer.status_code, answer.get_json()

    def start(self, **body: Any) -> Told:
        return self._post("/shifts/start", body)

    def end(self, **body: Any) -> Told:
        return self._post("/shifts/end", body)

    def now(self) -> dict[str, Any]:
        made: dict[str, Any] = self.client.get(f"{API}/shifts/current", headers=self.headers).get_json()
        return made

    def shifts(self, query: str = "") -> list[dict[str, Any]]:
        answer = self.client.get(f"{API}/shifts{query}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.get_json()["items"]
        return items


@pytest.fixture
def phone(client: FlaskClient, sign_in: SignIn) -> Phone:
    return Phone(client, sign_in("officer", organisation=JINSHA))


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def test_a_shift_keeps_what_the_phone_said_beside_when_it_was_received(
    phone: Phone, clock: StandingClock
) -> None:
    shift = str(uuid4())
    status, told = phone.start(shift=shift, started_at=hours(-3))
    assert (status, told["id"], told["state"], told["ended_at"]) == (201, shift, "open", None)
    assert (at(told["started_at"]), at(told["start_received_at"])) == (NOW - timedelta(hours=3), NOW)
    assert at(told["limit_at"]) == NOW + timedelta(hours=9)
    assert phone.now()["shift"]["id"] == shift
    clock.advance(hours=2)
    status, told = phone.end(shift=shift, ended_at=hours(1))
    assert (status, told["state"], told["ended_by"]) == (200, "ended", "officer")
    assert (at(told["ended_at"]), at(told["end_received_at"])) == (
        NOW + timedelta(hours=1),
        NOW + timedelta(hours=2),
    )
    assert phone.now()["shift"] is None


def test_what_is_sent_again_is_the_same_and_what_differs_is_told_apart(
    phone: Phone, client: FlaskClient, sign_in: SignIn
) -> None:
    shift = str(uuid4())
    assert phone.start(shift=shift, started_at=hours(-1))[0] == 201
    assert phone.start(shift=shift, started_at=hours(-1))[0] == 200
    assert phone.start(shift=shift)[0] == 200
    assert phone.start(shift=shift, started_at=hours(-2))[1]["code"] == "shift_taken"
    another = Phone(client, sign_in("officer"))
    status, told = another.start(shift=shift)
    assert (status, told["code"], "shift" in told) == (409, "shift_taken", False)
    assert phone.end(shift=shift, ended_at=hours(0))[0] == 200
    assert phone.end(shift=shift, ended_at=hours(0))[0] == 200
    status, told = phone.end(shift=shift, ended_at=hours(-0.5))
    assert (status, told["code"], told["shift"]["id"]) == (409, "shift_ended", shift)
    assert phone.start(shift=shift, started_at=hours(-1))[1]["state"] == "ended"
    assert len(phone.shifts()) == 1


def test_one_shift_at_a_time_and_none_without_a_start(phone: Phone) -> None:
    assert phone.end()[1]["code"] == "shift_missing"
    assert phone.end(shift=str(uuid4()))[1]["code"] == "shift_missing"
    _, first = phone.start(started_at=hours(-2))
    status, told = phone.start()
    assert (status, told["code"], told["shift"]["id"]) == (409, "shift_open", first["id"])
    assert phone.end(ended_at=hours(-3))[0] == 422
    assert phone.end(ended_at=hours(-1))[0] == 200
    status, told = phone.start(started_at=hours(-1.5))
    assert (status, told["code"], told["shift"]["id"]) == (409, "shift_overlaps", first["id"])
    assert phone.start(started_at=hours(-1))[0] == 201


def test_a_time_no_phone_can_mean_is_refused_with_its_name(phone: Phone) -> None:
    for moment in (hours(0.1), "2099-01-01T00:00:00Z", hours(-169), "0001-01-01T00:00:00Z"):
        status, told = phone.start(started_at=moment)
        assert (status, told["errors"][0]["path"]) == (422, "/started_at")
    assert phone.start(started_at=hours(0.08))[0] == 201
    assert phone.end(ended_at=hours(1))[1]["errors"][0]["path"] == "/ended_at"


def test_a_shift_nobody_ends_ends_at_its_limit_and_the_phone_may_still_say_it_was_earlier(
    phone: Phone, clock: StandingClock, postgres: TestServer, database_url: str
) -> None:
    shift = str(uuid4())
    phone.start(shift=shift)
    limit = NOW + timedelta(hours=12)
    worker = conninfo(schema.role_url(database_url, WORKER_ROLE, postgres.app_password))
    assert end_overdue(worker, limit - timedelta(seconds=1)) == 0
    clock.advance(hours=13)
    # Read as ended from its limit on, whether or not a worker has been there.
    assert (phone.now()["shift"], phone.shifts()[0]["state"]) == (None, "ended")
    assert phone.end()[1]["code"] == "shift_missing"
    assert (end_overdue(worker, clock()), end_overdue(worker, clock())) == (1, 0)
    ended = phone.shifts()[0]
    assert (ended["ended_by"], at(ended["ended_at"])) == ("limit", limit)
    status, told = phone.end(shift=shift, ended_at=hours(8))
    assert (status, told["ended_by"], at(told["ended_at"])) == (200, "officer", NOW + timedelta(hours=8))


def test_an_end_told_for_after_the_limit_is_the_limit(phone: Phone, clock: StandingClock) -> None:
    phone.start()
    clock.advance(hours=11)
    shift = phone.now()["shift"]["id"]
    clock.advance(hours=9)
    _, told = phone.end(shift=shift, ended_at=hours(19))
    assert (told["ended_by"], at(told["ended_at"])) == ("limit", NOW + timedelta(hours=12))


def test_whatever_comes_first_of_starts_and_ends_gives_the_same_shifts(
    client: FlaskClient, sign_in: SignIn, clock: StandingClock
) -> None:
    clock.advance(hours=6)
    morning, noon = str(uuid4()), str(uuid4())
    told: list[tuple[str, dict[str, str]]] = [
        ("start", {"shift": morning, "started_at": hours(0)}),
        ("end", {"shift": morning, "ended_at": hours(3)}),
        ("start", {"shift": noon, "started_at": hours(4)}),
        ("end", {"shift": noon, "ended_at": hours(5)}),
    ]
    spans = set()
    # Every third: each has its turn to come first and last.
    for order in list(permutations(range(4)))[::3]:
        phone = Phone(client, sign_in("officer"))
        ids = {morning: str(uuid4()), noon: str(uuid4())}
        waiting = [
            (told[index][0], {**told[index][1], "shift": ids[told[index][1]["shift"]]}) for index in order
        ]
        # As a phone does: what is refused waits and is sent again.
        for _ in told:
            waiting = [(kind, body) for kind, body in waiting if getattr(phone, kind)(**body)[0] == 409]
        assert waiting == [], order
        spans.add(tuple((one["started_at"], one["ended_at"], one["ended_by"]) for one in phone.shifts()))
    assert len(spans) == 1
    assert [tuple(map(at, one[:2])) for one in spans.pop()] == [
        (NOW + timedelta(hours=4), NOW + timedelta(hours=5)),
        (NOW, NOW + timedelta(hours=3)),
    ]


def test_of_starts_sent_side_by_side_one_begins(app: OpenAPI, sign_in: SignIn) -> None:
    headers, told, barrier = sign_in("officer"), [], Barrier(6)

    def start() -> None:
        phone = Phone(app.test_client(), headers)
        barrier.wait()
        told.append(phone.start()[0])

    threads = [Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [201] + [409] * 5


def test_a_leader_ends_what_was_forgotten_in_their_scope_as_of_now(
    phone: Phone, client: FlaskClient, sign_in: SignIn, clock: StandingClock, owner: Engine
) -> None:
    shift = phone.start()[1]["id"]
    clock.advance(hours=9)
    leader = Phone(client, sign_in("dispatcher", organisation=JINSHA))
    assert Phone(client, sign_in("dispatcher", organisation=JINXIN)).end(shift=shift)[0] == 409
    assert leader.end(shift=shift, ended_at=hours(1))[0] == 422
    assert leader.end()[1]["errors"][0]["path"] == "/shift"
    status, told = leader.end(shift=shift)
    assert (status, told["ended_by"], at(told["ended_at"])) == (200, "dispatcher", NOW + timedelta(hours=9))
    # What was there keeps its word; the officer's own, told later, is the earlier one and counts.
    assert phone.end(shift=shift, ended_at=hours(8))[1]["ended_by"] == "officer"
    with owner.connect() as connection:
        kept = connection.execute(text("SELECT ended_by, ended_at FROM shift_end ORDER BY ended_at")).all()
    assert [tuple(row) for row in kept] == [
        ("officer", NOW + timedelta(hours=8)),
        ("dispatcher", NOW + timedelta(hours=9)),
    ]


def test_shifts_are_read_by_their_officer_and_the_leaders_of_their_scope(
    phone: Phone, client: FlaskClient, sign_in: SignIn
) -> None:
    shift = phone.start()[1]["id"]
    for role, organisation, seen in [
        ("dispatcher", JINSHA, True),
        ("zone_manager", DISTRICT, True),
        ("zone_manager", JINXIN, False),
        ("handler", JINSHA, False),
        ("admin", DISTRICT, False),
        ("officer", JINSHA, False),
    ]:
        found = Phone(client, sign_in(role, organisation=organisation)).shifts()
        assert [one["id"] for one in found] == [shift] * seen, (role, organisation)
    leader = Phone(client, sign_in("dispatcher"))
    other = Phone(client, sign_in("officer", organisation=JINXIN))
    other.start(started_at=hours(-4))
    other.end(ended_at=hours(-2))
    assert [one["body"] for one in leader.shifts()] == [JINSHA, JINXIN]
    assert [one["body"] for one in leader.shifts("?open=true")] == [JINSHA]
    assert [one["body"] for one in leader.shifts("?open=false")] == [JINXIN]
    assert leader.shifts(f"?from={hours(-2)}".replace("+", "%2B"))[0]["id"] == shift
    assert len(leader.shifts(f"?from={hours(-3)}&to={hours(-3)}".replace("+", "%2B"))) == 1
    assert len(leader.shifts(f"?account={leader.shifts()[0]['account']}")) == 1
    page = client.get(f"{API}/shifts?limit=1", headers=leader.headers).get_json()
    rest = client.get(f"{API}/shifts?limit=1&cursor={page['next']}", headers=leader.headers).get_json()
    assert ([one["body"] for one in rest["items"]], rest["next"]) == ([JINXIN], None)


def test_what_was_told_of_a_shift_is_changed_by_nobody(phone: Phone, owner: Engine) -> None:
    phone.start(started_at=hours(-2))
    phone.end(ended_at=hours(-1))
    changes = (
        "started_at = started_at - interval '1 minute'",
        "outside_roster = NOT outside_roster",
        "ended_at = ended_at + interval '1 minute'",
        "ended_at = NULL, ended_by = NULL, end_received_at = NULL",
    )
    updates = [f"UPDATE shift SET {change}" for change in changes]
    for statement in (*updates, "DELETE FROM shift", "TRUNCATE shift CASCADE"):
        with pytest.raises(DBAPIError) as refused, owner.begin() as connection:
            connection.execute(text(statement))
        assert refused.value.orig.diag.constraint_name == "shift_keeps"  # type: ignore[union-attr]


def test_the_database_itself_knows_one_shift_at_a_time(phone: Phone, owner: Engine) -> None:
    phone.start()
    again = (
        "INSERT INTO shift (id, account_id, organisation_id, outside_roster, started_at, start_received_at, limit_at) "
        "SELECT gen_random_uuid(), account_id, organisation_id, false, started_at + interval '1 hour', now(), "
        "limit_at + interval '1 hour' FROM shift"
    )
    with pytest.raises(DBAPIError) as refused, owner.begin() as connection:
        connection.execute(text(again))
    assert refused.value.orig.diag.constraint_name == "shift_one_at_a_time"  # type: ignore[union-attr]


def test_where_a_shift_begins_is_compared_and_not_kept(phone: Phone, owner: Engine) -> None:
    here = {"lon": CORNER[0], "lat": CORNER[1], "datum": "bd09", "accuracy_m": 5}
    status, told = phone.start(position=here)
    assert (status, told["outside_area"]) == (201, None)
    with owner.connect() as connection:
        columns = connection.execute(
            text("SELECT string_agg(CAST(ROW(s.*) AS text), ' ') FROM shift s")
        ).scalar_one()
    assert str(CORNER[0]) not in columns
    for wrong in (
        {**here, "lat": 95},
        {**here, "lon": 0, "lat": -90},
        {**here, "datum": "nad27"},
        {**here, "lon": "121"},
    ):
        assert phone.start(position=wrong)[0] == 422


def test_accounts_of_the_field_only_have_shifts(client: FlaskClient, sign_in: SignIn) -> None:
    assert Phone(client, sign_in("dispatcher")).start()[0] == 403
    assert Phone(client, sign_in("handler")).start()[0] == 201


def test_a_shift_that_is_open_is_counted_as_on_duty_until_it_ends(phone: Phone, owner: Engine) -> None:
    phone.start(started_at=hours(-2))
    asked = text("SELECT count(*) FROM on_duty_v1(:at)")
    spans = text("SELECT starts, ends FROM shift_spans_v1((SELECT account_id FROM shift), :since, :until)")
    with owner.connect() as connection:
        on_duty = {
            hour: connection.execute(asked, {"at": NOW + timedelta(hours=hour)}).scalar_one()
            for hour in (-3, -2, 9.9, 10)
        }
        wide = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}
        found = connection.execute(spans, wide).all()
        gone = connection.execute(spans, {**wide, "since": NOW + timedelta(hours=11)}).all()
    assert on_duty == {-3: 0, -2: 1, 9.9: 1, 10: 0}
    assert [tuple(row) for row in found] == [(NOW - timedelta(hours=2), NOW + timedelta(hours=10))]
    assert gone == []
    assert factories.count_rows(owner, "shift") == 1
