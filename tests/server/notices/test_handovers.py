"""A handover is on its way, sent, accepted or could not be sent, has an age, and raises an alarm when it is old."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from server.jobs import connect
from server.notices.delivering import Deliverer
from tests.conftest import StandingClock
from tests.factories import DISTRICT, JINSHA
from tests.server.cases.desk import Desk as Bureau
from tests.server.cases.desk import make_desk
from tests.server.notices.conftest import Desk, ShiftedClock
from tests.server.notices.receivers import Mailbox, Receiver

API = "/api/v1"
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def bureau(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Bureau:
    return make_desk(client, owner, sign_in)


def handovers(bureau: Bureau, who: str = "dispatcher", **query: Any) -> list[dict[str, Any]]:
    answer = bureau.get(who, "/handovers", **query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_a_handover_without_channels_lies_in_the_inbox_and_counts_as_sent(bureau: Bureau) -> None:
    number = bureau.to("dispatched")
    (one,) = handovers(bureau)
    assert (one["case"], one["state"], one["body"]["code"]) == (number, "sent", JINSHA)
    assert one["age_s"] >= 0 and one["accepted_at"] is None and one["alarm"] is False
    bureau.walk(number, "accept")
    (one,) = handovers(bureau)
    assert one["state"] == "acknowledged" and one["accepted_at"] >= one["dispatched_at"]
    bureau.walk(number, "start")
    assert handovers(bureau) == []


def test_a_handover_goes_from_pending_over_failed_and_sent_to_acknowledged(
    bureau: Bureau,
    desk: Desk,
    deliverer: Deliverer,
    receiver: Receiver,
    shifted: ShiftedClock,
    sign_in: SignIn,
) -> None:
    desk.channel("webhook", receiver.url, events=["case.dispatched"])
    # The district's own copy says nothing about whether the township heard of it.
    desk.channel("email", "district@bureau.test", body=DISTRICT, all_bodies=True)
    number = bureau.to("dispatched")
    assert [one["state"] for one in handovers(bureau)] == ["pending"]
    receiver.answers(500)
    deliverer.run()
    assert [one["state"] for one in handovers(bureau)] == ["pending"]
    shifted.advance(days=1, minutes=1)
    deliverer.run()
    assert [one["state"] for one in handovers(bureau)] == ["failed"]
    receiver.answers(200)
    admin = sign_in("admin")
    (failed,) = bureau.client.get(
        f"{API}/notices/deliveries?state=failed&case={number}", headers=admin
    ).get_json()["items"]
    shifted.advance(days=1)
    bureau.client.post(f"{API}/notices/deliveries/{failed['id']}/replay", headers=admin)
    assert deliverer.run() == 1
    assert [one["state"] for one in handovers(bureau)] == ["sent"]
    assert receiver.requests[-1].json["data"]["case"] == number
    bureau.walk(number, "accept")
    assert [one["state"] for one in handovers(bureau, state="acknowledged")] == ["acknowledged"]
    assert handovers(bureau, state="sent") == []


def test_a_township_sees_its_own_handovers_only(bureau: Bureau) -> None:
    bureau.to("dispatched")
    assert len(handovers(bureau, "handler")) == 1
    assert handovers(bureau, "handler_jinxin") == []


def test_handovers_come_in_pages_of_the_oldest_cases_first(bureau: Bureau, clock: StandingClock) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(bureau.to("dispatched"))
        clock.advance(seconds=1)
    first = bureau.get("dispatcher", "/handovers", limit=2).get_json()
    rest = bureau.get("dispatcher", "/handovers", limit=2, cursor=first["next"]).get_json()
    assert [one["case"] for one in first["items"] + rest["items"]] == numbers
    assert rest["next"] is None


def test_one_that_is_returned_and_dispatched_again_begins_anew(
    bureau: Bureau, desk: Desk, deliverer: Deliverer, receiver: Receiver
) -> None:
    desk.channel("webhook", receiver.url, events=["case.dispatched"])
    number = bureau.to("dispatched")
    deliverer.run()
    bureau.walk(number, ("handler", "return", {"reason": "不属本街道"}))
    assert handovers(bureau) == []
    bureau.walk(number, "dispatch")
    assert [one["state"] for one in handovers(bureau)] == ["pending"]
    deliverer.run()
    assert [one["state"] for one in handovers(bureau)] == ["sent"]
    assert len(set(receiver.keys)) == 2


def test_an_old_handover_is_told_to_the_district_once_though_two_workers_look(
    bureau: Bureau, desk: Desk, worker_url: str, owner: Engine
) -> None:
    desk.channel("email", "district@bureau.test", body=DISTRICT, events=["handover.alarm"])
    late = bureau.to("dispatched")
    bureau.to("accepted")
    before = datetime.now(UTC) + timedelta(seconds=1)
    assert alarms(worker_url, before - timedelta(hours=1)) == 0
    barrier, told = threading.Barrier(4), []

    def look() -> None:
        with connect(worker_url) as connection:
            barrier.wait()
            connection.execute("SELECT handover_alarms_v1(%s)", (before,))
            told.append(1)

    workers = [threading.Thread(target=look) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(told) == 4 and alarms(worker_url, before) == 0
    with owner.connect() as connection:
        events = connection.execute(
            text("SELECT payload ->> 'case' FROM outbox WHERE event = 'handover.alarm'")
        )
        assert list(events.scalars()) == [late]
    assert len(desk.states()) == 1
    bureau.walk(late, ("handler", "return", {"reason": "不属本街道"}), "dispatch")
    assert alarms(worker_url, datetime.now(UTC) + timedelta(seconds=1)) == 1


def alarms(worker_url: str, before: datetime) -> int:
    with connect(worker_url) as connection:
        row = connection.execute("SELECT handover_alarms_v1(%s)", (before,)).fetchone()
        assert row is not None
        return int(row[0])


def test_an_emergency_is_told_at_once_past_quiet_hours_and_digests(
    bureau: Bureau, desk: Desk, deliverer: Deliverer, post_office: Mailbox, owner: Engine
) -> None:
    desk.channel("email", "duty@jinsha.test", quiet_hours="00:00-24:00", digest_minutes=600)
    number = bureau.to("registered")
    assert deliverer.run() == 0
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE case_file SET emergency = true WHERE number = :number"), {"number": number}
        )
    bureau.walk(number, "dispatch")
    assert deliverer.run() == 1
    assert post_office.mails[0]["Subject"] == f"【门前】{number} 已派遣，请签收"


def test_the_operator_s_numbers_name_what_waits_and_what_was_given_up(
    bureau: Bureau, desk: Desk, client: FlaskClient, owner: Engine
) -> None:
    desk.channel("webhook", "http://127.0.0.1:1/", events=["case.dispatched"])
    bureau.to("dispatched")
    with owner.begin() as connection:
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    figures = client.get("/metrics").text
    assert "frontage_database_up 1.0" in figures
    assert 'frontage_jobs{state="failed",task="notices_deliver"} 1.0' in figures
    assert 'frontage_notice_deliveries{kind="webhook",state="pending"} 1.0' in figures
    assert "frontage_handovers_unaccepted 1.0" in figures
    (oldest,) = [
        line for line in figures.splitlines() if line.startswith("frontage_handover_oldest_seconds ")
    ]
    assert 0 <= float(oldest.split()[1]) < 600


def test_an_inbox_entry_is_read_by_its_own_body(bureau: Bureau, owner: Engine) -> None:
    bureau.to("dispatched")
    entries = bureau.get("handler", "/inbox").get_json()["items"]
    assert entries[0]["read_at"] is None
    path = f"{API}/inbox/{entries[0]['id']}/read"
    for who in ("dispatcher", "handler_jinxin"):
        assert bureau.client.post(path, headers=bureau.headers(who)).status_code == 404
    assert bureau.client.post(path, headers=bureau.headers("handler")).status_code == 204
    first = bureau.get("handler", "/inbox").get_json()["items"][0]["read_at"]
    assert first is not None
    assert bureau.client.post(path, headers=bureau.headers("handler2")).status_code == 204
    assert bureau.get("handler", "/inbox").get_json()["items"][0]["read_at"] == first


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM notice_channel",
        "SELECT * FROM notice_delivery",
        "SELECT outbox_put_v1('a.b', 'k', gen_random_uuid(), '{}')",
        "SELECT notice_test_v1(gen_random_uuid())",
    ],
)
def test_the_worker_sends_what_is_due_and_reads_nothing_else(worker_url: str, statement: str) -> None:
    with connect(worker_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize(
    "call",
    [
        "notice_take_v1(gen_random_uuid(), now(), false, 1, 1)",
        "notice_note_v1(gen_random_uuid(), gen_random_uuid(), now(), 'sent', NULL, NULL, now(), 1)",
        "handover_alarms_v1(now())",
    ],
)
def test_the_server_may_not_do_the_worker_s_part(as_app_role: Engine, call: str) -> None:
    with as_app_role.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(f"SELECT {call}"))


@pytest.mark.parametrize("state", ["sent", "failed"])
def test_the_server_may_put_a_delivery_back_but_not_say_what_became_of_it(
    as_app_role: Engine, desk: Desk, state: str
) -> None:
    desk.channel("webhook", "http://127.0.0.1:1/")
    desk.tell("k")
    with as_app_role.connect() as connection:
        connection.execute(text("SELECT set_config('frontage.scope', 'district', true)"))
        change = "UPDATE notice_delivery SET settled_at = now(), state = "
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(text(f"{change}'{state}'"))
        connection.rollback()
        connection.execute(text("SELECT set_config('frontage.scope', 'district', true)"))
        assert connection.execute(text(f"{change}'dropped'")).rowcount == 1
