"""What is put into the outbox reaches those who subscribed, once for each key, whatever the other side does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from standardwebhooks import Webhook

from config import Config
from server.jobs import connect, count_jobs
from server.notices.delivering import Deliverer, Patience
from server.wiring import deliverer_of
from tests.factories import DISTRICT, JINSHA, JINXIN
from tests.server.notices.conftest import SECRET, Desk, ShiftedClock
from tests.server.notices.receivers import Mailbox, Receiver, http_receiver

API = "/api/v1"
SignIn = Callable[..., dict[str, str]]
CASE = "TZ-2026-000012"
PAYLOAD: dict[str, Any] = {
    "case": CASE,
    "action": "dispatch",
    "from": "registered",
    "to": "dispatched",
    "version": 3,
    "due_at": "2026-09-02T09:30:00+00:00",
    "category": "goods_on_pavement",
    "township": JINSHA,
    "reason": "township_answers",
}


# --- Who is told -----------------------------------------------------------------------------------------------


def test_an_event_becomes_one_delivery_a_channel_that_subscribed_and_a_job_in_the_same_transaction(
    desk: Desk, owner: Engine, worker_url: str
) -> None:
    desk.channel("webhook", "http://127.0.0.1:1/", events=["case.dispatched"])
    desk.channel("webhook", "http://127.0.0.1:1/", events=["clock.*", "case.*"])
    desk.channel("webhook", "http://127.0.0.1:1/", events=["clock.*"])
    desk.channel("webhook", "http://127.0.0.1:1/", body=JINXIN)
    with owner.connect() as connection:
        connection.execute(
            text(
                "SELECT outbox_put_v1('case.dispatched', 'k', id, '{}') FROM organisation WHERE code = :code"
            ),
            {"code": JINSHA},
        )
        connection.rollback()
    assert desk.states() == [] and count_jobs(worker_url) == []
    desk.tell("k")
    desk.tell("k")
    assert desk.states() == [("pending", 0, None)] * 2
    assert [(one.task, one.state, one.jobs) for one in count_jobs(worker_url)] == [
        ("notices_deliver", "todo", 1)
    ]


def test_an_underscore_in_a_pattern_is_a_letter_and_not_any_letter(desk: Desk) -> None:
    desk.channel("webhook", "http://127.0.0.1:1/", events=["case.extension_refused"])
    desk.tell("1", event="case.extensionXrefused")
    assert desk.states() == []
    desk.tell("2", event="case.extension_refused")
    assert len(desk.states()) == 1


def test_a_channel_of_the_district_may_hear_of_every_body(desk: Desk) -> None:
    desk.channel("webhook", "http://127.0.0.1:1/", body=DISTRICT, all_bodies=True)
    desk.channel("webhook", "http://127.0.0.1:1/", body=DISTRICT)
    desk.tell("1", body=JINSHA)
    assert len(desk.states()) == 1


# --- Webhooks ----------------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_so_that_the_standard_s_own_library_believes_it(
    desk: Desk, deliverer: Deliverer, receiver: Receiver
) -> None:
    desk.channel("webhook", receiver.url)
    desk.tell(f"{CASE}:3", **PAYLOAD)
    assert deliverer.run() == 1
    (request,) = receiver.requests
    assert request.headers["webhook-id"] == f"{CASE}:3"
    told = Webhook(SECRET).verify(request.body, request.headers)
    assert told["type"] == "case.dispatched"
    assert datetime.fromisoformat(told["timestamp"]) - datetime.now(UTC) < timedelta(minutes=1)
    assert told["data"] == {**PAYLOAD, "body": JINSHA}
    assert desk.states() == [("sent", 1, None)]
    assert deliverer.run() == 0


@pytest.mark.parametrize(
    "status, state, waits_for",
    [
        (500, "answered_error", 1),
        (429, "answered_error", 1),
        (410, "answered_error", 1),
        (302, "redirected", 1),
    ],
)
def test_a_host_that_fails_is_tried_again_later_and_the_rest_of_its_channel_waits_too(
    desk: Desk,
    deliverer: Deliverer,
    receiver: Receiver,
    shifted: ShiftedClock,
    status: int,
    state: str,
    waits_for: int,
) -> None:
    desk.channel("webhook", receiver.url)
    for number in range(3):
        desk.tell(f"k{number}")
    receiver.answers(status, Location=receiver.url)
    assert deliverer.run() == 0
    assert len(receiver.requests) == waits_for
    assert desk.states() == [("pending", 1, state)] * 3
    desk.tell("k3")
    assert deliverer.run() == 0 and len(receiver.requests) == waits_for
    receiver.answers(204)
    shifted.advance(seconds=31)
    assert deliverer.run() == 4
    assert receiver.keys[waits_for:] == ["k0", "k1", "k2", "k3"]


def test_a_message_the_host_refuses_is_passed_by_the_others(
    desk: Desk, deliverer: Deliverer, receiver: Receiver, shifted: ShiftedClock
) -> None:
    desk.channel("webhook", receiver.url)
    receiver.answers(422)
    desk.tell("bad")
    assert deliverer.run() == 0
    receiver.answers(200)
    desk.tell("good")
    assert deliverer.run() == 1
    assert receiver.keys == ["bad", "good"]
    assert desk.states() == [("pending", 1, "answered_error"), ("sent", 1, None)]


def test_a_host_that_answers_500_for_a_day_is_asked_ever_more_seldom_then_given_up_and_replayed(
    desk: Desk,
    deliverer: Deliverer,
    receiver: Receiver,
    shifted: ShiftedClock,
    client: FlaskClient,
    sign_in: SignIn,
) -> None:
    desk.channel("webhook", receiver.url)
    receiver.answers(500)
    desk.tell("k")
    begun, waits_s = shifted(), []
    while deliverer.run() == 0 and (due := desk.next_try_at()) is not None:
        waits_s.append((due - shifted()).total_seconds())
        shifted.advance(seconds=waits_s[-1] - 1)
        tried = len(receiver.requests)
        assert deliverer.run() == 0 and len(receiver.requests) == tried
        shifted.advance(seconds=2)
    assert desk.states() == [("failed", len(receiver.requests), "answered_error")]
    assert shifted() - begun >= timedelta(days=1)
    assert [round(wait_s, -1) for wait_s in waits_s] == [
        30, 60, 120, 240, 480, 960, 1920, 3840, 7680, *[14_400] * (len(waits_s) - 9)
    ]  # fmt: skip
    receiver.answers(200)
    shifted.advance(days=3)
    assert deliverer.run() == 0
    headers = sign_in("admin")
    (failed,) = client.get(f"{API}/notices/deliveries?state=failed", headers=headers).get_json()["items"]
    assert failed["trouble"]["code"] == "answered_error" and failed["trouble"]["status"] == 500
    replayed = client.post(f"{API}/notices/deliveries/{failed['id']}/replay", headers=headers)
    assert (replayed.status_code, replayed.get_json()["state"]) == (202, "pending")
    assert deliverer.run() == 1
    assert set(receiver.keys) == {"k"}


def test_waits_double_up_to_a_longest_one() -> None:
    patience = Patience(base_s=30, most_s=14_400)
    assert [patience.wait_s(failures) for failures in (1, 2, 3, 9, 10, 11, 5000)] == [
        30, 60, 120, 7680, 14_400, 14_400, 14_400,
    ]  # fmt: skip


def test_a_host_that_hangs_holds_up_its_own_channel_only(
    desk: Desk, config: Config, worker_url: str, shifted: ShiftedClock, receiver: Receiver
) -> None:
    quick = config.model_copy(update={"webhook_timeout_s": 0.3})
    deliverer = deliverer_of(quick, lambda: connect(worker_url), shifted)
    with http_receiver() as hanging:
        hanging.hangs()
        desk.channel("webhook", hanging.url)
        desk.channel("webhook", receiver.url)
        for number in range(5):
            desk.tell(f"k{number}")
        assert deliverer.run() == 5
        assert receiver.keys == [f"k{number}" for number in range(5)]
        # One try, and its failure holds for all that waits there.
        assert len(hanging.requests) == 1
    assert sorted(desk.states()) == [("pending", 1, "timed_out")] * 5 + [("sent", 1, None)] * 5


@pytest.mark.parametrize("how", ["drips", "pours"])
def test_an_answer_without_an_end_is_not_waited_for(
    desk: Desk, config: Config, worker_url: str, shifted: ShiftedClock, receiver: Receiver, how: str
) -> None:
    quick = config.model_copy(update={"webhook_timeout_s": 0.5, "webhook_answer_max_bytes": 4096})
    getattr(receiver, how)()
    desk.channel("webhook", receiver.url)
    desk.tell("k")
    arrived = deliverer_of(quick, lambda: connect(worker_url), shifted).run()
    # It said 200 before it poured, and nobody needs the rest; dripping is no answer within the time.
    assert (arrived, desk.states()) == {
        "pours": (1, [("sent", 1, None)]),
        "drips": (0, [("pending", 1, "timed_out")]),
    }[how]


def test_two_workers_at_once_send_each_message_once(
    desk: Desk, deliverer: Deliverer, receiver: Receiver
) -> None:
    for _ in range(3):
        desk.channel("webhook", receiver.url)
    for number in range(20):
        desk.tell(f"k{number}")
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        deliverer.run()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # Who comes late leaves the rest to whoever holds the channel.
    deliverer.run()
    assert sorted(receiver.keys) == sorted(f"k{number}" for number in range(20) for _ in range(3))
    assert {state for state, _, _ in desk.states()} == {"sent"}


def test_what_comes_while_a_channel_is_being_served_is_sent_by_who_serves_it(
    desk: Desk, config: Config, worker_url: str, shifted: ShiftedClock, receiver: Receiver
) -> None:
    desk.channel("webhook", receiver.url)
    desk.tell("first")

    def meanwhile(point: str) -> None:
        # Another event, and the worker of its job, which finds the channel taken.
        if point == "notices.drained" and receiver.keys == ["first"]:
            desk.tell("second")
            assert deliverer_of(config, lambda: connect(worker_url), shifted).run() == 0

    assert deliverer_of(config, lambda: connect(worker_url), shifted, reach=meanwhile).run() == 2
    assert receiver.keys == ["first", "second"]


# --- E-mail ------------------------------------------------------------------------------------------------------


def test_a_mail_says_it_in_both_languages_under_an_id_of_its_key(
    desk: Desk, deliverer: Deliverer, post_office: Mailbox
) -> None:
    desk.channel("email", "duty@jinsha.test")
    desk.tell(f"{CASE}:3", **PAYLOAD)
    assert deliverer.run() == 1
    (mail,) = post_office.mails
    assert (mail["From"], mail["To"]) == ("frontage@bureau.test", "duty@jinsha.test")
    assert mail["Subject"] == f"【门前】{CASE} 已派遣，请签收"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@bureau.test>")
    body = mail.get_content()
    for line in (f"案卷：{CASE}", "镇街：金沙街道", "机构：金沙街道综合行政执法局", "时限：2026-09-02 17:30"):
        assert line in body
    assert f"Case: {CASE}" in body and "Due: 2026-09-02 17:30" in body


def test_a_mail_that_is_sent_again_has_the_same_id(
    desk: Desk, deliverer: Deliverer, post_office: Mailbox, owner: Engine
) -> None:
    desk.channel("email", "duty@jinsha.test")
    desk.channel("email", "head@jinsha.test")
    desk.tell("k")
    deliverer.run()
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE notice_delivery SET state = 'pending', settled_at = NULL, next_try_at = now(), batch_id = NULL"
            )
        )
    deliverer.run()
    assert len(post_office.ids) == 4 and len(set(post_office.ids)) == 2


@pytest.mark.parametrize(
    "recipient, message, trouble, others_wait",
    [
        ("550 No such user", "250 OK", "recipient_refused", False),
        ("250 OK", "451 Later", "answered_error", True),
    ],
)
def test_a_mail_server_that_refuses_is_asked_again(
    desk: Desk,
    deliverer: Deliverer,
    post_office: Mailbox,
    shifted: ShiftedClock,
    recipient: str,
    message: str,
    trouble: str,
    others_wait: bool,
) -> None:
    post_office.recipient_verdict, post_office.message_verdict = recipient, message
    desk.channel("email", "duty@jinsha.test")
    desk.tell("k0")
    desk.tell("k1")
    assert deliverer.run() == 0
    assert desk.states() == [("pending", 1, trouble)] * 2
    post_office.recipient_verdict = post_office.message_verdict = "250 OK"
    desk.tell("k2")
    assert deliverer.run() == (0 if others_wait else 1)
    shifted.advance(seconds=31)
    deliverer.run()
    assert len(post_office.mails) == 3


def test_without_a_mail_server_mail_waits_and_says_why(
    desk: Desk, config: Config, worker_url: str, shifted: ShiftedClock
) -> None:
    desk.channel("email", "duty@jinsha.test")
    desk.tell("k")
    without = config.model_copy(update={"smtp_host": None})
    assert deliverer_of(without, lambda: connect(worker_url), shifted).run() == 0
    assert desk.states() == [("pending", 1, "no_mail_server")]


def test_a_digest_collects_what_comes_within_its_time_and_stays_one_message_at_every_try(
    desk: Desk, deliverer: Deliverer, post_office: Mailbox, shifted: ShiftedClock
) -> None:
    desk.channel("email", "duty@jinsha.test", digest_minutes=30)
    desk.tell("k0", case="TZ-2026-000001")
    shifted.advance(minutes=29)
    assert deliverer.run() == 0
    desk.tell("k1", case="TZ-2026-000002")
    shifted.advance(minutes=2)
    post_office.message_verdict = "451 Later"
    assert deliverer.run() == 0
    # What comes after a first try is another message.
    desk.tell("k2", case="TZ-2026-000003")
    post_office.message_verdict = "250 OK"
    shifted.advance(minutes=31)
    assert deliverer.run() == 2
    both, alone = post_office.mails
    assert both["Subject"] == "【门前】2 条通知"
    assert "TZ-2026-000001" in both.get_content() and "TZ-2026-000002" in both.get_content()
    assert "TZ-2026-000003" in alone.get_content() and "TZ-2026-000001" not in alone.get_content()


def test_quiet_hours_put_off_all_but_emergencies(
    desk: Desk, deliverer: Deliverer, post_office: Mailbox, shifted: ShiftedClock, owner: Engine
) -> None:
    local = shifted().astimezone(deliverer.time_zone)
    begin, end = (
        (local - timedelta(hours=1)).strftime("%H:%M"),
        (local + timedelta(hours=1)).strftime("%H:%M"),
    )
    desk.channel("email", "duty@jinsha.test", quiet_hours=f"{begin}-{end}", digest_minutes=60)
    desk.tell("calm", case="TZ-2026-000001")
    desk.tell("urgent", case="TZ-2026-000002")
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE notice_delivery SET urgent = true, next_try_at = now() WHERE case_number = 'TZ-2026-000002'"
            )
        )
    shifted.advance(minutes=45)
    assert deliverer.run() == 1
    assert "TZ-2026-000002" in post_office.mails[0].get_content()
    shifted.advance(minutes=20)
    assert deliverer.run() == 1
    assert "TZ-2026-000001" in post_office.mails[1].get_content()


# --- Group robots ------------------------------------------------------------------------------------------------


def test_wecom_gets_text_in_chinese_at_its_address(
    desk: Desk, deliverer: Deliverer, receiver: Receiver
) -> None:
    receiver.answers(200, b'{"errcode":0,"errmsg":"ok"}')
    desk.channel("wecom", f"{receiver.url}?key=robot")
    desk.tell(f"{CASE}:3", **PAYLOAD)
    assert deliverer.run() == 1
    (request,) = receiver.requests
    assert request.path == "/hook?key=robot"
    assert request.json["msgtype"] == "text"
    lines = request.json["text"]["content"].splitlines()
    assert lines[:2] == ["【门前】已派遣，请签收", f"案卷：{CASE}"]


def test_dingtalk_gets_its_address_signed_as_its_documentation_says(
    desk: Desk, deliverer: Deliverer, receiver: Receiver
) -> None:
    receiver.answers(200, b'{"errcode":0,"errmsg":"ok"}')
    desk.channel("dingtalk", f"{receiver.url}?access_token=robot")
    desk.tell(f"{CASE}:3", **PAYLOAD)
    assert deliverer.run() == 1
    given = parse_qs(urlsplit(receiver.requests[0].path).query)
    assert given["access_token"] == ["robot"]
    (timestamp,) = given["timestamp"]
    assert abs(int(timestamp) / 1000 - datetime.now(UTC).timestamp()) < 60
    expected = hmac.new(b"SECtest", f"{timestamp}\nSECtest".encode(), hashlib.sha256).digest()
    assert given["sign"] == [base64.b64encode(expected).decode()]


@pytest.mark.parametrize("said", [b'{"errcode":45009,"errmsg":"too often"}', b"", b"[]"])
def test_a_robot_that_says_no_with_200_has_not_taken_it(
    desk: Desk, deliverer: Deliverer, receiver: Receiver, said: bytes
) -> None:
    receiver.answers(200, said)
    desk.channel("wecom", receiver.url)
    desk.tell("k")
    assert deliverer.run() == 0
    assert desk.states() == [("pending", 1, "robot_refused")]


def test_a_text_longer_than_a_robot_takes_is_cut_between_letters(
    desk: Desk, deliverer: Deliverer, receiver: Receiver, shifted: ShiftedClock
) -> None:
    receiver.answers(200, b'{"errcode":0}')
    desk.channel("wecom", receiver.url, digest_minutes=1)
    for number in range(60):
        desk.tell(f"k{number}", **{**PAYLOAD, "case": f"TZ-2026-{number:06d}"})
    shifted.advance(minutes=2)
    assert deliverer.run() == 1
    content = receiver.requests[0].json["text"]["content"]
    assert 2000 < len(content.encode()) <= 2048 and content.endswith("…")
    assert content.startswith("【门前】60 条通知")


# --- Defects of ours ---------------------------------------------------------------------------------------------


def test_a_channel_sealed_with_another_key_says_so(
    desk: Desk, deliverer: Deliverer, receiver: Receiver, owner: Engine
) -> None:
    desk.channel("webhook", receiver.url)
    with owner.begin() as connection:
        connection.execute(text("UPDATE notice_channel SET sealed = 'gAAAAA' || sealed"))
    desk.tell("k")
    assert deliverer.run() == 0
    assert desk.states() == [("pending", 1, "seal_broken")]
    assert receiver.requests == []
