"""Calls for help: none is refused for its position, all dispatchers hear it, one takes it, and silence is told once."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from server import schema
from server.deployment import WORKER_ROLE
from server.patrol.live.escalating import escalate
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, DISTRICT, JINSHA, JINXIN
from tests.postgres import TestServer
from tests.server.patrol.walks import Officer, fix, send
from tests.server.world import SignIn

SOS = "/api/v1/sos"
AFTER = timedelta(minutes=2)


@pytest.fixture
def worker_url(postgres: TestServer, database_url: str) -> str:
    return schema.role_url(database_url, WORKER_ROLE, postgres.app_password)


def call(client: FlaskClient, officer: Officer, **said: Any) -> dict[str, Any]:
    """A new call for help, as answered."""
    answer = client.put(f"{SOS}/{uuid4()}", json=said, headers=officer.headers)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def kinds(owner: Engine, table: str, column: str) -> list[str]:
    with owner.connect() as connection:
        return list(
            connection.execute(text(f"SELECT {column} FROM {table} WHERE {column} LIKE 'sos.%' ORDER BY id"))
            .scalars()
            .all()
        )


# --- Raising --------------------------------------------------------------------------------------------------


# What phones say that do not know where they are, or do not know how to say it.
NO_PLACES = [
    None,
    {},
    "in the alley behind the market",
    [121.07, 32.07],
    {"lon": 0, "lat": 0, "datum": "wgs84"},
    {"lon": "121.07", "lat": "32.07", "datum": "wgs84"},
    {"lon": 500, "lat": 32.07, "datum": "wgs84"},
    {"lon": 121.07, "lat": 32.07, "datum": "mars"},
    {"lon": 121.07, "lat": 32.07, "datum": ["wgs84"]},
    {"lon": True, "lat": None, "note": "a \x00 and more"},
    {"lon": 1e308, "lat": -1e308},
]


def test_a_call_is_kept_whatever_its_position_is(client: FlaskClient, officer: Officer) -> None:
    for told in NO_PLACES:
        said = call(client, officer, position=told)
        assert (said["state"], said["position"], said["told"]) == ("open", None, told)
    deep = "[" * 500 + "]" * 500
    answer = client.put(
        f"{SOS}/{uuid4()}",
        data=f'{{"position": {deep}}}',
        headers=officer.headers | {"Content-Type": "application/json"},
    )
    assert answer.status_code == 201


def test_a_position_is_shown_in_wgs84_and_what_of_it_cannot_be_is_left_out(
    client: FlaskClient, owner: Engine, officer: Officer
) -> None:
    factories.make_zone(owner, kind="township", township=JINSHA, at=CORNER, width_m=3000, depth_m=3000)
    shifted = {"lon": 121.0745, "lat": 32.0680, "datum": "gcj02", "accuracy_m": 12}
    said = call(client, officer, position=shifted)
    assert said["position"]["lon"] == pytest.approx(121.07, abs=1e-3) != shifted["lon"]
    assert said["position"]["accuracy_m"] == 12 and said["township"] == JINSHA
    assert said["told"] == shifted and not said["position"]["datum_assumed"]
    odd = call(
        client, officer, position={"lon": CORNER[0], "lat": CORNER[1], "accuracy_m": -1, "satellites": 4}
    )
    assert odd["position"] == {"lon": CORNER[0], "lat": CORNER[1], "accuracy_m": None, "datum_assumed": True}
    # What the plane of the district cannot hold is a place all the same.
    far = call(client, officer, position={"lon": -59.0, "lat": -32.0, "datum": "wgs84"})
    assert far["position"] and far["township"] is None


def test_the_same_call_again_is_the_same_and_another_under_its_id_is_refused(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    path, said = f"{SOS}/{uuid4()}", {"raised_at": "2026-09-01T10:00:00+08:00", "note": "救命"}
    answers = [client.put(path, json=said, headers=officer.headers) for _ in range(3)]
    assert [one.status_code for one in answers] == [201, 200, 200]
    assert answers[0].get_json() == answers[2].get_json()
    assert kinds(owner, "change", "kind") == kinds(owner, "outbox", "event") == ["sos.raised"]
    assert refused(client.put(path, json=said | {"note": "!"}, headers=officer.headers)) == (
        409,
        "sos_conflict",
    )
    assert refused(client.put(path, json=said, headers=sign_in("officer"))) == (409, "sos_conflict")


def test_whoever_called_and_all_dispatchers_find_the_call_and_nobody_else_does(
    client: FlaskClient, sign_in: SignIn, officer: Officer
) -> None:
    sos_id = call(client, officer)["id"]
    seen = [officer.headers]
    seen += [sign_in("dispatcher", organisation=body) for body in (DISTRICT, JINSHA, JINXIN)]
    seen += [sign_in("zone_manager"), sign_in("admin", organisation=JINSHA)]
    for headers in seen:
        assert [one["id"] for one in client.get(SOS, headers=headers).get_json()["items"]] == [sos_id]
        assert client.get(f"{SOS}/{sos_id}", headers=headers).status_code == 200
    for headers in (sign_in("officer"), sign_in("handler", organisation=JINSHA)):
        assert client.get(SOS, headers=headers).get_json()["items"] == []
        assert client.get(f"{SOS}/{sos_id}", headers=headers).status_code == 404
    elsewhere = sign_in("zone_manager", organisation=JINXIN)
    answer = client.post(f"{SOS}/{sos_id}/acknowledge", headers=elsewhere)
    assert answer.status_code == 404


def test_calls_are_listed_newest_first_by_pages_and_by_state(
    client: FlaskClient, sign_in: SignIn, officer: Officer, clock: StandingClock
) -> None:
    ids = []
    for _ in range(3):
        clock.advance(seconds=1)
        ids.append(call(client, officer)["id"])
    dispatcher = sign_in("dispatcher")
    first = client.get(f"{SOS}?limit=2", headers=dispatcher).get_json()
    rest = client.get(f"{SOS}?limit=2&cursor={first['next']}", headers=dispatcher).get_json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1] and rest["next"] is None
    assert client.post(f"{SOS}/{ids[1]}/acknowledge", headers=dispatcher).status_code == 200
    taken = client.get(f"{SOS}?state=acknowledged", headers=dispatcher).get_json()
    assert [one["id"] for one in taken["items"]] == [ids[1]]


def test_every_body_that_subscribed_is_told_at_once_whosever_officer_it_is(
    client: FlaskClient, owner: Engine, officer: Officer
) -> None:
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO notice_channel (organisation_id, kind, name, shown, sealed, events, digest_minutes) "
                "SELECT o.id, 'email', o.code, '…', 'sealed', CAST(e.events AS text[]), 60 FROM organisation o "
                "JOIN (VALUES (:district, '{sos.*}'), (:jinsha, '{*}'), (:jinxin, '{sos.raised}'), "
                "(:jinxin, '{case.*}')) e (code, events) ON e.code = o.code"
            ),
            {"district": DISTRICT, "jinsha": JINSHA, "jinxin": JINXIN},
        )
    call(client, officer)
    with owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT c.name, d.urgent, d.next_try_at <= now(), x.payload - 'sos' AS payload "
                "FROM notice_delivery d JOIN notice_channel c ON c.id = d.channel_id "
                "JOIN outbox x ON x.id = d.outbox_id ORDER BY c.name"
            )
        )
        told = [tuple(row) for row in rows]
    assert told == [(body, True, True, {"township": None}) for body in (DISTRICT, JINSHA, JINXIN)]


# --- Answering ------------------------------------------------------------------------------------------------


def test_one_takes_a_call_and_the_second_hears_who_did(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    path = f"{SOS}/{call(client, officer)['id']}"
    account = factories.make_account(owner, role="dispatcher", organisation=JINXIN)
    first, second = sign_in(account.username), sign_in("dispatcher")
    assert refused(client.post(f"{path}/close", json={"outcome": "helped"}, headers=second)) == (
        409,
        "sos_untaken",
    )
    taken = [client.post(f"{path}/acknowledge", headers=first).get_json() for _ in range(2)]
    assert taken[0]["acknowledged"] == taken[1]["acknowledged"] and taken[0]["state"] == "acknowledged"
    answer = client.post(f"{path}/acknowledge", headers=second)
    assert refused(answer) == (409, "sos_taken")
    assert answer.get_json()["acknowledged"]["account"] == str(account.id)
    assert answer.get_json()["acknowledged"]["body"].startswith("金新街道")
    ending = {"outcome": "handed_over", "note": "交派出所"}
    closed = [client.post(f"{path}/close", json=ending, headers=second) for _ in range(2)]
    assert [one.status_code for one in closed] == [200, 200]
    assert closed[1].get_json()["closed"]["outcome_name"]
    answer = client.post(f"{path}/close", json={"outcome": "false_alarm"}, headers=first)
    assert refused(answer) == (409, "sos_closed") and answer.get_json()["closed"]["note"] == "交派出所"
    assert kinds(owner, "change", "kind") == ["sos.raised", "sos.acknowledged", "sos.closed"]


def test_of_many_who_take_it_at_once_one_does(
    app: OpenAPI, client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    dispatchers = [sign_in("dispatcher") for _ in range(3)]
    for _ in range(5):
        path, answers = f"{SOS}/{call(client, officer)['id']}/acknowledge", list[Any]()
        together = threading.Barrier(len(dispatchers))

        def take(
            headers: dict[str, str],
            path: str = path,
            answers: list[Any] = answers,
            together: threading.Barrier = together,
        ) -> None:
            with app.test_client() as own:
                together.wait()
                answers.append(own.post(path, headers=headers))

        threads = [threading.Thread(target=take, args=(headers,)) for headers in dispatchers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(one.status_code for one in answers) == [200, 409, 409]
        (winner,) = {one.get_json()["acknowledged"]["account"] for one in answers}
    assert kinds(owner, "change", "kind").count("sos.acknowledged") == 5


def test_until_it_is_closed_the_track_says_where_who_called_is_and_the_look_is_noted(
    client: FlaskClient, sign_in: SignIn, patrolling: Officer, clock: StandingClock
) -> None:
    send(client, patrolling, [fix(CORNER, clock.now - timedelta(minutes=1))])
    path, dispatcher = (
        f"{SOS}/{call(client, patrolling, raised_at=clock.now.isoformat())['id']}",
        sign_in("dispatcher", organisation=JINXIN),
    )
    # Where they were before they called is not told.
    assert client.get(path, headers=dispatcher).get_json()["now"] is None
    send(client, patrolling, [fix((121.071, 32.071), clock.now + timedelta(seconds=5))])
    for _ in range(2):
        now = client.get(path, headers=dispatcher).get_json()["now"]
        assert (now["lon"], now["lat"]) == (121.071, 32.071)
    looks = client.get("/api/v1/position-looks", headers=patrolling.headers).get_json()["items"]
    assert [one["why"] for one in looks] == ["sos"]
    client.post(f"{path}/acknowledge", headers=dispatcher)
    client.post(f"{path}/close", json={"outcome": "helped"}, headers=dispatcher)
    assert client.get(path, headers=dispatcher).get_json()["now"] is None


# --- Silence --------------------------------------------------------------------------------------------------


def raise_at(owner: Engine, officer: Officer, moment: datetime) -> UUID:
    """A call as it was received at some moment."""
    sos_id = uuid4()
    with owner.begin() as connection:
        connection.execute(
            text("SELECT set_config('frontage.account_id', :account, true)"),
            {"account": str(officer.account_id)},
        )
        connection.execute(
            text(
                "SELECT sos_raise_v1(:id, repeat('a', 64), :at, :at, CAST(:at AS date), NULL, NULL, NULL, NULL, NULL)"
            ),
            {"id": sos_id, "at": moment},
        )
    return sos_id


def test_a_call_nobody_takes_is_told_once_however_often_workers_look_and_die(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer, worker_url: str
) -> None:
    now = datetime.now(UTC)
    waiting = raise_at(owner, officer, now - timedelta(minutes=3))
    taken = raise_at(owner, officer, now - timedelta(minutes=3))
    raise_at(owner, officer, now - timedelta(minutes=1))
    assert client.post(f"{SOS}/{taken}/acknowledge", headers=sign_in("dispatcher")).status_code == 200

    told, tell = os.pipe()
    dying = os.fork()
    if dying == 0:
        # As the worker does, up to the moment before it is kept.
        with psycopg.connect(worker_url) as connection:
            connection.execute("SELECT sos_escalate_v1(%s, %s)", (now - AFTER, now))
            os.write(tell, b"done")
            signal.pause()
    assert os.read(told, 4) == b"done"
    os.kill(dying, signal.SIGKILL)
    os.waitpid(dying, 0)
    assert "sos.escalated" not in kinds(owner, "change", "kind")

    counts: list[int] = []
    workers = [threading.Thread(target=lambda: counts.append(escalate(worker_url, AFTER))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(counts) == [0, 0, 0, 1] and escalate(worker_url, AFTER) == 0
    assert kinds(owner, "change", "kind").count("sos.escalated") == 1
    assert kinds(owner, "outbox", "event").count("sos.escalated") == 1
    call_now = client.get(f"{SOS}/{waiting}", headers=sign_in("admin")).get_json()
    assert call_now["escalated_at"] and call_now["state"] == "open"


def wait_until_locked_out(owner: Engine) -> None:
    """Until the worker waits for somebody's lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = :role AND wait_event_type = 'Lock'"
    give_up_s = time.monotonic() + 60
    while True:
        with owner.connect() as connection:
            if connection.execute(text(waiting), {"role": WORKER_ROLE}).scalar_one():
                return
        assert time.monotonic() < give_up_s, "the worker waits for nobody"
        time.sleep(0.01)


def test_a_call_that_is_being_taken_is_not_told_as_one_nobody_takes(
    owner: Engine, officer: Officer, worker_url: str
) -> None:
    sos_id = raise_at(owner, officer, datetime.now(UTC) - timedelta(minutes=3))
    dispatcher = factories.make_account(owner, role="dispatcher")
    counts: list[int] = []
    worker = threading.Thread(target=lambda: counts.append(escalate(worker_url, AFTER)))
    with owner.begin() as taking:
        taking.execute(
            text("SELECT set_config('frontage.account_id', :account, true)"), {"account": str(dispatcher.id)}
        )
        answer = "SELECT sos_answer_v1(:id, 'acknowledged', now(), NULL, NULL)"
        assert taking.execute(text(answer), {"id": sos_id}).scalar_one() == "done"
        worker.start()
        wait_until_locked_out(owner)
    worker.join()
    assert counts == [0] and "sos.escalated" not in kinds(owner, "change", "kind")


def test_what_was_escalated_is_still_taken_by_one(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer, worker_url: str
) -> None:
    sos_id = raise_at(owner, officer, datetime.now(UTC) - timedelta(minutes=3))
    assert escalate(worker_url, AFTER) == 1
    answer = client.post(f"{SOS}/{sos_id}/acknowledge", headers=sign_in("zone_manager"))
    assert answer.status_code == 200 and answer.get_json()["escalated_at"]
    assert escalate(worker_url, AFTER) == 0
