"""Row 18, legal review of major decisions: by a reviewer who is not the case's officer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from tests import factories
from tests.server.cases.desk import SignIn
from tests.server.enforcement.bureau import certify, make_bureau


def test_row_18_a_major_decision_waits_for_a_reviewer_who_is_not_the_officer_of_the_case(
    client: Any, owner: Engine, sign_in: SignIn
) -> None:
    bureau = make_bureau(client, owner, sign_in)
    desk, officers = bureau.desk, bureau.officers
    # A reviewer with a certificate went along to the inquiry: nobody reviews what they worked on.
    along = desk.account("reviewer")
    certify(owner, along)
    case = desk.to("handling")
    number = bureau.heard(case, "20000")
    decided = {"officers": officers, "outcome": "penalty", "amount_yuan": "20000"}

    early = bureau.step("handler", number, "decide", **decided)
    assert (early.status_code, early.json["code"]) == (409, "legal_review_needed")
    assert [rule["code"] for rule in early.json["rules"]] == ["unit_over_10000"]
    assert [rule["code"] for rule in bureau.proceeding(number)["major"]] == ["unit_over_10000"]

    bureau.took("handler", number, "submit_review")
    inbox = desk.get("reviewer", "/inbox").json["items"]
    assert inbox[0]["kind"] == "enforcement.submit_review" and inbox[0]["case"]["number"] == case
    by_handler = bureau.step("handler", number, "approve", note="同意")
    assert (by_handler.status_code, by_handler.json["code"]) == (409, "review_by_own_officer")
    by_stranger = bureau.step("handler_jinxin", number, "approve", note="同意", version=1)
    assert by_stranger.status_code == 404

    sent_back = bureau.took("reviewer", number, "object", note="证据不足")
    assert sent_back["state"] == "inquired"
    bureau.took("handler", number, "inquire", officers=[*officers, along], note="补充询问笔录")
    bureau.took(
        "handler", number, "advance_notice", officers=officers, outcome="penalty", amount_yuan="20000"
    )
    bureau.took("handler", number, "hearing", officers=officers, note="听证笔录")
    bureau.took("handler", number, "submit_review")
    own = bureau.step("reviewer", number, "approve", note="同意")
    assert (own.status_code, own.json["code"]) == (409, "review_by_own_officer")
    assert own.json["proceeding"] == number
    assert own.json["title"] == "办案人员不能审核自己的案件"

    another = sign_in("reviewer")
    version = bureau.proceeding(number)["version"]
    approved = client.post(
        f"/api/v1/proceedings/{number}/steps/approve",
        json={"version": version, "note": "事实清楚,同意"},
        headers=another,
    )
    assert approved.status_code == 200, approved.text
    heavier = bureau.step("handler", number, "decide", **{**decided, "amount_yuan": "20001"})
    assert (heavier.status_code, heavier.json["guard"]) == (409, "not_heavier_than_noticed")
    made = bureau.took("handler", number, "decide", **decided)
    assert made["decision"]["amount_yuan"] == "20000.00" and made["state"] == "decided"


def test_row_18_a_rule_that_cannot_be_worked_out_counts_as_one_that_holds(
    client: Any, owner: Engine, sign_in: SignIn
) -> None:
    bureau = make_bureau(client, owner, sign_in, kinds=("penalty_items", "delegations", "procedures"))
    rule = {"code": "odd", "name": "除以零", "name_en": "divides", "condition": "1 / amount_yuan > 0"}
    factories.make_rulebook(owner, "major_rules", [rule])
    number = str(bureau.filed(bureau.desk.to("handling"), item="litter")["number"])
    bureau.took("handler", number, "inquire", officers=bureau.officers, note="查实")
    bureau.took("handler", number, "advance_notice", officers=bureau.officers, outcome="warning")
    bureau.took("handler", number, "statement", note="无异议")
    refused = bureau.step("handler", number, "decide", officers=bureau.officers, outcome="warning")
    assert (refused.status_code, refused.json["rules"][0]["no_value"]) == (409, "divides_by_zero")
