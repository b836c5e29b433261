"""Nothing that leaves the product names a person: not in data, not in a sentence, not on the wire."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from server.messages import say
from server.notices.delivering import Deliverer
from server.notices.events import EVENTS
from server.notices.outcome import Trouble
from server.notices.wording import Item, Message, subject, told
from server.notices.wording import text as words
from tests import factories
from tests.server.notices.conftest import Desk, ShiftedClock
from tests.server.notices.receivers import Mailbox, Receiver

NAME, PHONE = "张建国", "13812345678"
SHANGHAI = ZoneInfo("Asia/Shanghai")
# What a careless feature, or a person in a free text, could put where others read.
PLANTED: dict[str, Any] = {
    "case": "TZ-2026-000012",
    "action": "case.refused",
    "from": "registered",
    "to": f"refused by {NAME}",
    "version": 4,
    "reason": f"{NAME} 来电 {PHONE},不予立案",
    "note": NAME,
    "actor": {"name": NAME, "phone": PHONE},
    "category": PHONE,
    "township": PHONE[:9] + "x",
    "due_at": f"2026-09-02T17:30:00+08:00 {NAME}",
    "clock": NAME,
    "position": {"lon": 121.07, "lat": 32.07},
    NAME: PHONE,
}


def item(**payload: Any) -> Item:
    row = {
        "event": "case.dispatched",
        "key": "k",
        "at": "2026-09-01T02:00:00+00:00",
        "payload": payload,
        "body": "320612001",
        "body_name": "金沙街道综合行政执法局",
        "body_name_en": "Enforcement Bureau",
        "township_name": None,
        "category_name": None,
        "category_name_en": None,
    }
    return Item.of(row)


def test_only_what_is_listed_leaves_and_only_in_its_form() -> None:
    assert told(PLANTED) == {
        "case": "TZ-2026-000012", "action": "case.refused", "from": "registered", "version": 4,
    }  # fmt: skip


def test_a_reason_that_is_a_code_leaves_and_one_that_somebody_typed_does_not() -> None:
    assert told({"reason": "outside_all_townships"}) == {"reason": "outside_all_townships"}
    assert told({"reason": "Zhang Jianguo called"}) == {}


@pytest.mark.parametrize("value", [True, 1.5, "4", None, [4]])
def test_a_version_is_a_whole_number(value: Any) -> None:
    assert told({"version": value}) == {}


def test_planted_names_and_numbers_reach_nobody(
    desk: Desk, deliverer: Deliverer, receiver: Receiver, post_office: Mailbox, owner: Engine
) -> None:
    receiver.answers(200, b'{"errcode":0}')
    officer = factories.make_account(owner, role="officer")
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE account SET display_name = :name WHERE id = :id"), {"name": NAME, "id": officer.id}
        )
    for kind in ("webhook", "wecom", "dingtalk"):
        desk.channel(kind, receiver.url)
    desk.channel("email", "duty@jinsha.test")
    desk.tell("k", event="case.refused", **PLANTED)
    assert deliverer.run() == 4
    wire = [request.path + request.body.decode() + str(request.headers) for request in receiver.requests]
    wire += [mail.as_string() + mail.get_content() + mail["Subject"] for mail in post_office.mails]
    assert len(wire) == 4
    for said in wire:
        for secret in (NAME, PHONE, officer.username):
            assert secret not in said and secret.encode("unicode_escape").decode() not in said
        assert "TZ-2026-000012" in said


def test_every_event_and_every_trouble_has_words_in_both_languages() -> None:
    for code in [*(f"event.{event}" for event in EVENTS), *(f"delivery.{one.value}" for one in Trouble)]:
        assert all(say(code).values())


def test_an_event_nobody_worded_is_told_by_its_name() -> None:
    new = Message("k", (Item("patrol.begun", "k", "2026-09-01T02:00:00+00:00", {"body": "320612001"}, {}),))
    assert subject(new) == "【门前】patrol.begun"
    assert words(new, SHANGHAI).splitlines() == ["【门前】patrol.begun", "机构：320612001"]


def test_times_are_told_as_the_clocks_of_the_district_show_them() -> None:
    message = Message("k", (item(due_at="2026-09-02T09:30:00.000000Z"),))
    assert "时限：2026-09-02 17:30" in words(message, SHANGHAI)
    odd = Message("k", (item(due_at="2026-13-40T99:99:99"),))
    assert "时限：2026-13-40" in words(odd, SHANGHAI)


def test_a_state_is_told_by_its_name_and_an_unknown_one_by_its_code() -> None:
    assert f"状态：{say('state.reported')['text']}" in words(Message("k", (item(to="reported"),)), SHANGHAI)
    assert "State: put_aside" in words(Message("k", (item(to="put_aside"),)), SHANGHAI, english=True)


def test_a_category_is_told_by_its_name(
    desk: Desk, deliverer: Deliverer, post_office: Mailbox, owner: Engine, shifted: ShiftedClock
) -> None:
    factories.make_category(owner, code="goods_on_pavement")
    desk.channel("email", "duty@jinsha.test")
    desk.tell("k", category="goods_on_pavement", township="320612001")
    assert deliverer.run() == 1
    body = post_office.mails[0].get_content()
    assert "类别：类别 goods_on_pavement" in body and "Category: goods on pavement" in body
    assert "镇街：金沙街道" in body
