"""Who is expected to act: named when a case is dispatched or by its body, told to them alone, and a right of nobody."""

from __future__ import annotations

from tests.factories import JINXIN
from tests.server.cases.desk import REASON, Desk
from tests.server.cases.test_guards import refused


def personal(desk: Desk, who: str) -> list[str]:
    """Numbers of the cases that somebody's inbox names them for."""
    items = desk.get(who, "/inbox", limit=200).json["items"]
    return [item["case"]["number"] for item in items if item["kind"] == "case.assigned"]


def test_whoever_is_named_is_told_and_every_colleague_still_may_act(desk: Desk) -> None:
    number, other = desk.to("registered"), desk.to("registered")
    desk.did("dispatcher", other, "dispatch")

    case = desk.did("dispatcher", number, "dispatch", assignee=desk.account("handler2"))

    assert (case["assignee"], bool(case["assignee_name"])) == (desk.account("handler2"), True)
    assert desk.history(number)[-1]["body"]["assignee"] == desk.account("handler2")
    assert case["assignee_name"] not in desk.history(number)[-1]["body"].values()
    assert (personal(desk, "handler2"), personal(desk, "handler")) == ([number], [])
    assert desk.did("handler", number, "accept")["assignee"] == desk.account("handler2")


def test_only_people_of_the_body_that_gets_it_are_named(desk: Desk) -> None:
    number = desk.to("registered")
    stranger = desk.account("handler_jinxin")
    refused(desk.act("dispatcher", number, "dispatch", assignee=stranger), "assignee_fits")
    refused(
        desk.act("dispatcher", number, "dispatch", assignee=desk.account("checker_jinsha")), "assignee_fits"
    )
    refused(
        desk.act("dispatcher", number, "dispatch", body=JINXIN, assignee=desk.account("handler")),
        "assignee_fits",
    )
    assert desk.did("dispatcher", number, "dispatch", body=JINXIN, assignee=stranger)["assignee"] == stranger


def test_the_body_hands_on_and_returning_forgets_who_was_named(desk: Desk) -> None:
    number = desk.to("registered")
    desk.did("dispatcher", number, "dispatch", assignee=desk.account("handler2"))
    refused(desk.act("dispatcher", number, "assign", assignee=desk.account("handler")), "home")

    desk.did("handler2", number, "assign", assignee=desk.account("handler"), note="今天休息")

    assert (personal(desk, "handler"), personal(desk, "handler2")) == ([number], [])
    assert desk.did("handler", number, "return", **REASON)["assignee"] is None
    assert personal(desk, "handler") == []
    assert desk.did("dispatcher", number, "dispatch")["assignee_name"] is None


def test_an_officer_who_is_named_sees_this_case_with_its_reports_and_nothing_else(desk: Desk) -> None:
    number, other = desk.open(), desk.open()
    officer = desk.account("officer2")
    assert desk.get("officer2", f"/cases/{number}").status_code == 404
    desk.walk(number, "register", ("dispatcher", "dispatch", {"assignee": officer}))

    case = desk.case(number, "officer2")
    assert case["allowed_actions"] == [] and len(case["reports"]) == 1
    assert desk.get("officer2", f"/reports/{case['reports'][0]['id']}").status_code == 200
    assert desk.get("officer2", f"/cases/{other}").status_code == 404
    assert personal(desk, "officer2") == [number]
    assert [one["number"] for one in desk.get("officer2", "/cases", mine="true").json["items"]] == [number]
    desk.after(number, who="officer2")

    desk.did("handler", number, "assign", assignee=desk.account("handler"))
    assert desk.get("officer2", f"/cases/{number}").status_code == 404


def test_the_list_names_who_is_expected_and_finds_ones_own(desk: Desk) -> None:
    mine, others = desk.to("registered"), desk.to("registered")
    desk.did("dispatcher", mine, "dispatch", assignee=desk.account("handler"))
    desk.did("dispatcher", others, "dispatch")
    listed = {one["number"]: one for one in desk.get("handler", "/cases").json["items"]}
    assert (listed[mine]["assignee"], listed[others]["assignee"]) == (desk.account("handler"), None)
    assert listed[mine]["assignee_name"] and listed[others]["assignee_name"] is None
    assert [one["number"] for one in desk.get("handler", "/cases", mine="true").json["items"]] == [mine]


def test_people_of_a_body_are_suggested_with_what_they_have_in_hand(desk: Desk) -> None:
    busy, number = desk.to("registered"), desk.to("registered")
    desk.did("dispatcher", busy, "dispatch", assignee=desk.account("handler"))
    idle = desk.account("handler2")

    items = desk.get("dispatcher", f"/cases/{number}/assignees").json["items"]

    people = {one["account"]: one for one in items}
    assert people[desk.account("handler")]["open_cases"] == 1
    assert (people[idle]["open_cases"], people[idle]["role"]) == (0, "handler")
    order = [one["account"] for one in items]
    assert order.index(idle) < order.index(desk.account("handler"))
    assert [reason["code"] for reason in people[idle]["reasons"]] == ["duty_unknown", "no_open_case"]
    assert desk.account("handler_jinxin") not in people
    foreign = desk.get("dispatcher", f"/cases/{number}/assignees", body=JINXIN).json["items"]
    assert [one["account"] for one in foreign] == [desk.account("handler_jinxin")]
    assert desk.get("handler", f"/cases/{number}/assignees", body=JINXIN).json["items"] == []


def test_several_cases_go_to_one_body_and_one_person_each_by_itself(desk: Desk) -> None:
    numbers = [desk.to("registered"), desk.to("registered")]
    late = desk.open()
    items = [{"number": one, "version": desk.case(one)["version"]} for one in [*numbers, late]]
    sent = {"items": items, "body": JINXIN, "assignee": desk.account("handler_jinxin")}

    answer = desk.client.post("/api/v1/cases/actions/dispatch", json=sent, headers=desk.headers("dispatcher"))

    assert [one["status"] for one in answer.get_json()["items"]] == [200, 200, 409]
    assert sorted(personal(desk, "handler_jinxin")) == sorted(numbers)
