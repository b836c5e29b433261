"""What a case needs before it closes, and who may not do what: each refusal says why, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from tests.factories import JINXIN
from tests.server.cases.desk import REASON, Desk
from tests.server.cases.hours import make_deadlines, make_hours
from tests.server.reports.street import spot

NORTH_SIDE = spot(0, 8)
IN_NO_ZONE = spot(400, 300)


def refused(answer: Any, guard: str) -> dict[str, Any]:
    """The problem of an action that this guard refused."""
    assert answer.status_code == 409, answer.text
    problem = dict(answer.json)
    assert (problem["code"], problem["guard"]) == ("transition_refused", guard)
    assert problem["reason"] and problem["reason_en"]
    return problem


def test_a_case_is_not_closed_without_an_after_photo(desk: Desk) -> None:
    number = desk.to("handling")
    desk.did("handler", number, "reply", note="已清理")
    problem = refused(desk.act("checker", number, "pass"), "after_photo")
    assert [one["action"] for one in problem["allowed_actions"]] == ["rework"]
    (blocked,) = desk.case(number, "checker")["blocked_actions"]
    assert (blocked["action"], blocked["guard"]) == ("pass", "after_photo")


def test_an_after_photo_that_never_arrived_is_none(desk: Desk) -> None:
    number = desk.to("handling")
    desk.after(number, sent=False)
    desk.did("handler", number, "reply")
    refused(desk.act("checker", number, "pass"), "after_photo")


def test_an_after_photo_from_another_zone_does_not_close_a_case(desk: Desk) -> None:
    number = desk.to("handling")
    desk.after(number, at=NORTH_SIDE)
    desk.did("handler", number, "reply")
    problem = refused(desk.act("checker", number, "pass"), "after_photo")
    assert "F-SOUTH" in problem["reason"]
    desk.after(number)
    assert desk.did("checker", number, "pass")["state"] == "closed"


@pytest.mark.parametrize("east_m, closes", [(30, True), (80, False)])
def test_where_there_is_no_zone_the_distance_decides(desk: Desk, east_m: float, closes: bool) -> None:
    number = desk.open(IN_NO_ZONE)
    desk.walk(number, "register", "dispatch", "accept")
    desk.after(number, at=spot(400 + east_m, 300))
    desk.did("handler", number, "reply")
    answer = desk.act("checker", number, "pass")
    if closes:
        assert answer.status_code == 200
    else:
        assert "80" in refused(answer, "after_photo")["reason"]


def test_after_rework_a_newer_after_photo_is_wanted(desk: Desk, clock: Any) -> None:
    number = desk.to("replied")
    clock.advance(minutes=5)
    desk.did("checker", number, "rework", **REASON)
    desk.did("handler", number, "reply")
    refused(desk.act("checker", number, "pass"), "after_photo")
    desk.after(number)
    assert desk.did("checker", number, "pass")["state"] == "closed"


def test_whoever_handled_a_case_never_passes_it_even_in_another_role(desk: Desk) -> None:
    number = desk.to("replied")
    refused(desk.act("handler", number, "pass"), "checker_is_not_handler")
    with desk.owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE account SET role = 'checker' WHERE id = (SELECT actor_id FROM ledger l "
                "JOIN case_file c ON c.id = l.case_id WHERE c.number = :number AND l.action = 'case.accepted')"
            ),
            {"number": number},
        )
    refused(desk.act("handler", number, "pass"), "checker_is_not_handler")
    refused(desk.act("handler", number, "rework", **REASON), "checker_is_not_handler")
    assert desk.did("checker_jinsha", number, "pass")["state"] == "closed"


def test_a_reply_names_only_reports_of_the_case_with_an_after_photo(desk: Desk) -> None:
    number, other = desk.to("handling"), desk.to("handling")
    strange = desk.after(other)
    refused(desk.act("handler", number, "reply", reports=[strange]), "reports_are_of_case")
    own = desk.after(number)
    desk.did("handler", number, "reply", reports=[own])
    assert desk.history(number)[-1]["body"]["reports"] == [own]


def test_an_extension_is_asked_for_by_one_and_decided_by_another(desk: Desk) -> None:
    make_hours(desk.owner)
    make_deadlines(desk.owner, extension_max="8 work_hour")
    number = desk.to("handling")
    due_at = desk.case(number)["due_at"]
    refused(desk.act("dispatcher", number, "approve_extension"), "extension_pending")
    for_ever: dict[str, Any] = {**REASON, "amount": 9000, "unit": "work_day"}
    assert desk.act("handler", number, "request_extension", **for_ever).status_code == 422
    wanted = {**REASON, "amount": 2, "unit": "work_hour"}
    refused(
        desk.act("handler", number, "request_extension", **{**wanted, "amount": 9}), "extension_within_limit"
    )
    asked = desk.did("handler", number, "request_extension", **wanted)
    assert (asked["extension"]["amount"], asked["due_at"]) == (2, due_at)
    refused(desk.act("handler", number, "request_extension", **wanted), "no_extension_pending")
    with desk.owner.begin() as connection:
        connection.execute(text("UPDATE account SET role = 'dispatcher' WHERE role = 'handler'"))
    refused(desk.act("handler", number, "approve_extension"), "extension_by_another")
    after = desk.did("dispatcher", number, "approve_extension")
    assert after["extension"] is None and after["due_at"] > due_at


def test_a_township_s_dispatcher_gives_no_case_to_another_body(desk: Desk) -> None:
    number = desk.to("registered")
    refused(desk.act("dispatcher_jinsha", number, "dispatch", body=JINXIN), "other_body_by_district")
    assert desk.did("dispatcher_jinsha", number, "dispatch")["state"] == "dispatched"


@pytest.mark.parametrize(
    "action, inputs, path",
    [
        ("dispatch", {"body": "999999"}, "/body"),
        ("dispatch", {"assisting": [JINXIN, "999999"]}, "/assisting/1"),
        ("merge", {"into": "TZ-2026-999999"}, "/into"),
        ("split", {"parts": [{"category": "unheard_of", "note": "x"}]}, "/parts/0/category"),
    ],
)
def test_what_is_named_and_not_there_is_named_in_the_refusal(
    desk: Desk, action: str, inputs: dict[str, Any], path: str
) -> None:
    answer = desk.act("dispatcher", desk.to("registered"), action, **inputs)
    assert answer.status_code == 422, answer.text
    assert [error["path"] for error in answer.json["errors"]] == [path]


def test_a_township_finds_no_case_of_another_to_act_on(desk: Desk) -> None:
    number = desk.to("dispatched")
    answer = desk.act("handler_jinxin", number, "accept")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_registering_may_correct_the_category_and_its_deadline_follows(desk: Desk) -> None:
    number = desk.open()
    answer = desk.act("acceptor", number, "register", category="nonsense")
    assert answer.status_code == 422
    assert (
        desk.did("acceptor", number, "register", category="goods_on_pavement")["category"]
        == "goods_on_pavement"
    )
