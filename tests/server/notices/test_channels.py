"""Channels: made and changed by the body they belong to; their secrets go in, and out once at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from standardwebhooks import Webhook

from config import Config
from server.notices.delivering import Deliverer
from server.notices.sealing import Seal, SealBroken, Target
from tests.factories import DISTRICT, JINSHA, JINXIN
from tests.server.notices.conftest import Desk, ShiftedClock
from tests.server.notices.receivers import Mailbox, Receiver

CHANNELS = "/api/v1/notices/channels"
SignIn = Callable[..., dict[str, str]]
HOOK = {"kind": "webhook", "name": "平台", "address": "https://receiver.test:8443/hook?token=secret-token"}


@pytest.fixture
def admin(sign_in: SignIn) -> dict[str, str]:
    """An admin of the district."""
    return sign_in("admin")


def make(client: FlaskClient, headers: dict[str, str], **given: Any) -> dict[str, Any]:
    answer = client.post(CHANNELS, json={**HOOK, **given}, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def errors(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [one["path"] for one in answer.get_json()["errors"]]


def test_a_webhook_s_secret_is_made_here_and_told_once(client: FlaskClient, admin: dict[str, str]) -> None:
    made = make(client, admin)
    assert Webhook(made["secret"])
    assert made["address"] == "https://receiver.test:8443/…"
    listed = client.get(CHANNELS, headers=admin)
    assert [one["secret"] for one in listed.get_json()["items"]] == [None]
    assert "secret-token" not in listed.text and made["secret"] not in listed.text
    renamed = client.patch(f"{CHANNELS}/{made['id']}", json={"name": "新名"}, headers=admin).get_json()
    assert (renamed["name"], renamed["secret"]) == ("新名", None)


def test_a_new_address_comes_with_a_new_secret(client: FlaskClient, admin: dict[str, str]) -> None:
    made = make(client, admin)
    path = f"{CHANNELS}/{made['id']}"
    changed = client.patch(path, json={"address": "https://other.test/"}, headers=admin).get_json()
    assert changed["address"] == "https://other.test/…"
    assert changed["secret"] not in (None, made["secret"])


def test_neither_the_database_nor_the_server_s_role_can_read_what_is_sealed(
    client: FlaskClient, admin: dict[str, str], owner: Engine, as_app_role: Engine, config: Config
) -> None:
    made = make(client, admin)
    with owner.connect() as connection:
        (sealed,) = connection.execute(text("SELECT sealed FROM notice_channel")).scalars()
    assert "secret-token" not in sealed and made["secret"] not in sealed
    opened = Seal(config.secrets / "notices.key").open(sealed)
    assert opened == Target(HOOK["address"], made["secret"])
    with as_app_role.connect() as connection:
        with pytest.raises(Exception, match="permission denied"):
            connection.execute(text("SELECT sealed FROM notice_channel"))
    with pytest.raises(SealBroken):
        Seal(config.secrets / "another.key").open(sealed)


def test_a_township_makes_and_sees_its_own_channels_and_the_district_all(
    client: FlaskClient, sign_in: SignIn, admin: dict[str, str]
) -> None:
    jinsha = sign_in("admin", organisation=JINSHA)
    jinxin = sign_in("admin", organisation=JINXIN)
    made = make(client, jinsha)
    assert made["body"]["code"] == JINSHA
    make(client, admin, body=JINXIN)
    make(client, admin)
    seen = {
        name: [one["body"]["code"] for one in client.get(CHANNELS, headers=headers).get_json()["items"]]
        for name, headers in (("jinsha", jinsha), ("jinxin", jinxin), ("district", admin))
    }
    assert seen == {"jinsha": [JINSHA], "jinxin": [JINXIN], "district": [JINSHA, JINXIN, DISTRICT]}
    other = {**HOOK, "body": JINXIN}
    assert client.post(CHANNELS, json=other, headers=jinsha).status_code == 403
    path = f"{CHANNELS}/{made['id']}"
    assert client.patch(path, json={"enabled": False}, headers=jinxin).status_code == 404
    assert client.delete(path, headers=jinxin).status_code == 404
    assert client.post(f"{path}/test", headers=jinxin).status_code == 404


def test_the_list_comes_in_pages(client: FlaskClient, admin: dict[str, str]) -> None:
    names = [make(client, admin, name=f"渠道 {number}")["name"] for number in range(3)]
    first = client.get(f"{CHANNELS}?limit=2", headers=admin).get_json()
    rest = client.get(f"{CHANNELS}?limit=2&cursor={first['next']}", headers=admin).get_json()
    assert [one["name"] for one in first["items"] + rest["items"]] == names and rest["next"] is None


@pytest.mark.parametrize(
    "wrong, path",
    [
        ({"address": "ftp://receiver.test/"}, "/address"),
        ({"address": "https://10.0.0.1/"}, "/address"),
        ({"address": "https://[::ffff:192.168.1.1]/"}, "/address"),
        ({"address": "https://user:secret@receiver.test/"}, "/address"),
        ({"kind": "email", "address": "not an address"}, "/address"),
        ({"kind": "email", "address": "a@b.test\r\nBcc: c@d.test"}, "/address"),
        ({"secret": "mine"}, "/secret"),
        ({"digest_minutes": 5}, "/digest_minutes"),
        ({"digest_minutes": 1441}, "/digest_minutes"),
        ({"digest_minutes": "5"}, "/digest_minutes"),
        ({"enabled": 0.0}, "/enabled"),
        ({"all_bodies": "true"}, "/all_bodies"),
        ({"events": []}, "/events"),
        ({"events": ["case.%"]}, "/events/0"),
        ({"events": ["CASE"]}, "/events/0"),
        ({"quiet_hours": "late"}, "/quiet_hours"),
        ({"quiet_hours": "25:00-26:00"}, "/quiet_hours"),
        ({"body": "999999999"}, "/body"),
        ({"body": JINSHA, "all_bodies": True}, "/all_bodies"),
        ({"name": ""}, "/name"),
        ({"kind": "pigeon"}, "/kind"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    client: FlaskClient, admin: dict[str, str], owner: Engine, wrong: dict[str, Any], path: str
) -> None:
    assert errors(client.post(CHANNELS, json={**HOOK, **wrong}, headers=admin)) == [path]
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM notice_channel")).scalar_one() == 0


@pytest.mark.parametrize(
    "wrong, path",
    [
        ({"secret": "alone"}, "/secret"),
        ({"address": "http://10.1.1.1/"}, "/address"),
        ({"digest_minutes": 5}, "/digest_minutes"),
        ({"events": ["case.%"]}, "/events/0"),
    ],
)
def test_a_change_is_judged_as_a_new_channel_is(
    client: FlaskClient, admin: dict[str, str], wrong: dict[str, Any], path: str
) -> None:
    answer = client.patch(f"{CHANNELS}/{make(client, admin)['id']}", json=wrong, headers=admin)
    assert errors(answer) == [path]


def test_null_takes_the_quiet_hours_away_and_leaves_the_rest(
    client: FlaskClient, admin: dict[str, str]
) -> None:
    made = make(client, admin, quiet_hours="22:00-07:00", events=["case.*", "clock.red"])
    path = f"{CHANNELS}/{made['id']}"
    changed = client.patch(path, json={"quiet_hours": None, "name": None}, headers=admin).get_json()
    assert (changed["quiet_hours"], changed["name"], changed["events"]) == (
        None,
        "平台",
        ["case.*", "clock.red"],
    )


def test_a_test_message_goes_by_its_channel_alone_past_patterns_and_quiet_hours(
    client: FlaskClient, admin: dict[str, str], deliverer: Deliverer, receiver: Receiver
) -> None:
    others = {"events": ["clock.red"], "quiet_hours": "00:00-24:00", "address": receiver.url}
    make(client, admin, **{**others, "events": ["*"], "address": f"{receiver.url}/other"})
    made = make(client, admin, **others)
    answer = client.post(f"{CHANNELS}/{made['id']}/test", headers=admin)
    assert (answer.status_code, answer.get_json()["event"]) == (202, "notice.test")
    assert deliverer.run() == 1
    (request,) = receiver.requests
    assert Webhook(made["secret"]).verify(request.body, request.headers)["type"] == "notice.test"
    found = client.get(f"/api/v1/notices/deliveries?channel={made['id']}", headers=admin).get_json()["items"]
    assert [(one["state"], one["event"]) for one in found] == [("sent", "notice.test")]


def test_a_channel_that_ended_sends_nothing_more_and_its_past_stays(
    client: FlaskClient,
    admin: dict[str, str],
    deliverer: Deliverer,
    receiver: Receiver,
    desk: Desk,
    owner: Engine,
) -> None:
    made = make(client, admin, address=receiver.url, body=JINSHA)
    desk.tell("sent", case="TZ-2026-000001")
    assert deliverer.run() == 1
    desk.tell("waits", case="TZ-2026-000002")
    assert client.delete(f"{CHANNELS}/{made['id']}", headers=admin).status_code == 204
    assert deliverer.run() == 0
    desk.tell("later")
    assert [state for state, _, _ in desk.states()] == ["sent", "dropped"]
    assert client.get(CHANNELS, headers=admin).get_json()["items"] == []
    deliveries = client.get("/api/v1/notices/deliveries?state=dropped", headers=admin).get_json()["items"]
    assert [one["case"] for one in deliveries] == ["TZ-2026-000002"]
    replay = client.post(f"/api/v1/notices/deliveries/{deliveries[0]['id']}/replay", headers=admin)
    assert (replay.status_code, replay.get_json()["code"]) == (409, "notice_channel_off")
    with owner.connect() as connection:
        assert connection.execute(text("SELECT sealed FROM notice_channel")).scalar_one() == ""


def test_a_channel_that_is_mended_is_tried_at_once(
    client: FlaskClient,
    admin: dict[str, str],
    deliverer: Deliverer,
    receiver: Receiver,
    desk: Desk,
    shifted: ShiftedClock,
) -> None:
    made = make(client, admin, address=f"{receiver.url}/wrong", body=JINSHA)
    receiver.answers(404)
    desk.tell("k")
    deliverer.run()
    (failing,) = client.get(CHANNELS, headers=admin).get_json()["items"]
    assert failing["failures"] == 1 and failing["failing_until"] is not None
    receiver.answers(200)
    path = f"{CHANNELS}/{made['id']}"
    mended = client.patch(path, json={"address": receiver.url}, headers=admin).get_json()
    assert (mended["failures"], mended["failing_until"]) == (0, None)
    desk.tell("next")
    assert deliverer.run() == 1
    shifted.advance(seconds=31)
    assert deliverer.run() == 1


def test_deliveries_are_listed_with_their_age_by_case_and_state_in_pages(
    client: FlaskClient, admin: dict[str, str], desk: Desk, deliverer: Deliverer, post_office: Mailbox
) -> None:
    desk.channel("email", "duty@jinsha.test")
    for number in (1, 2, 3):
        desk.tell(f"k{number}", case=f"TZ-2026-{number:06d}")
    assert deliverer.run() == 3
    desk.tell("k4", case="TZ-2026-000002")
    path = "/api/v1/notices/deliveries"
    first = client.get(f"{path}?limit=3", headers=admin).get_json()
    rest = client.get(f"{path}?limit=3&cursor={first['next']}", headers=admin).get_json()
    assert [one["key"] for one in first["items"] + rest["items"]] == ["k4", "k3", "k2", "k1"]
    of_case = client.get(f"{path}?case=TZ-2026-000002&state=sent", headers=admin).get_json()["items"]
    assert [one["key"] for one in of_case] == ["k2"]
    assert of_case[0]["age_s"] >= 0 and of_case[0]["attempts"] == 1 and of_case[0]["trouble"] is None
