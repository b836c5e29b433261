"""Actions that concern several cases: assisting bodies, parts, merging; and which body sees which reports."""

from __future__ import annotations

from typing import Any

from server.cases.deadlines.recomputing import Checked, check
from server.evidence.ledger import verify_chain
from tests.factories import JINSHA, JINXIN
from tests.server.cases.desk import REASON, Desk
from tests.server.cases.hours import make_deadlines, make_hours
from tests.server.cases.test_guards import refused
from tests.server.reports.street import rows


def holds_together(desk: Desk) -> None:
    """Every chain is whole and every clock comes out again from the ledger."""
    with desk.owner.connect() as connection:
        assert list(verify_chain(connection)) == []
        assert list(check(connection, Checked())) == []


def test_a_joint_case_closes_only_when_every_assisting_body_is_done_or_excused(desk: Desk) -> None:
    make_hours(desk.owner)
    make_deadlines(desk.owner)
    number = desk.to("registered")
    lead = desk.did("dispatcher", number, "dispatch", assisting=[JINXIN])
    (child,) = lead["children"]
    assert (child["number"], child["relation"], child["state"], child["body"]["code"]) == (
        f"{number}-1",
        "assists",
        "dispatched",
        JINXIN,
    )
    part = desk.case(child["number"], "handler_jinxin")
    assert part["parent"] == {"number": number, "relation": "assists", "state": "dispatched"}
    assert part["due_at"] and part["body"]["code"] == JINXIN
    desk.walk(number, "accept", "after", "reply")
    assert child["number"] in refused(desk.act("checker", number, "pass"), "assisting_done")["reason"]

    desk.walk(part["number"], ("handler_jinxin", "accept"))
    desk.after(part["number"], who="handler_jinxin")
    desk.walk(part["number"], ("handler_jinxin", "reply"), ("checker", "pass"))

    assert desk.did("checker", number, "pass")["state"] == "closed"
    refused(desk.act("dispatcher", part["number"], "reopen", **REASON), "parent_open")
    holds_together(desk)


def test_an_assisting_body_is_added_later_and_excused_by_cancelling_its_part(desk: Desk) -> None:
    number = desk.to("handling")
    refused(desk.act("dispatcher", number, "assist", assisting=[JINSHA]), "assistants_fit")
    (child,) = desk.did("dispatcher", number, "assist", assisting=[JINXIN])["children"]
    refused(desk.act("dispatcher", number, "assist", assisting=[JINXIN]), "assistants_fit")
    refused(desk.act("dispatcher", child["number"], "assist", assisting=[JINSHA]), "not_a_part")
    refused(desk.act("dispatcher", number, "cancel", **REASON), "assisting_done")

    desk.did("dispatcher", child["number"], "cancel", **REASON)

    desk.walk(number, "after", "reply", "pass")
    assert desk.case(number)["state"] == "closed"


def test_a_handler_sees_its_own_body_s_part_and_the_reports_of_the_whole_but_not_the_whole(
    desk: Desk,
) -> None:
    number = desk.to("registered")
    (report,) = desk.case(number)["reports"]
    assert desk.get("handler_jinxin", f"/reports/{report['id']}").status_code == 404
    desk.did("dispatcher", number, "dispatch", assisting=[JINXIN])

    assert desk.get("handler_jinxin", f"/cases/{number}").status_code == 404
    assert desk.case(f"{number}-1", "handler_jinxin")["reports"] == [
        {"id": report["id"], "relation": "parent", "case": number}
    ]
    assert desk.get("handler_jinxin", f"/reports/{report['id']}").status_code == 200
    assert desk.get("handler", f"/cases/{number}-1").status_code == 404


def test_a_case_that_goes_to_another_body_takes_its_reports_with_it(desk: Desk) -> None:
    number = desk.to("dispatched")
    (report,) = desk.case(number)["reports"]
    desk.did("dispatcher", number, "transfer", body=JINXIN, **REASON)
    assert desk.get("handler", f"/cases/{number}").status_code == 404
    assert desk.get("handler_jinxin", f"/reports/{report['id']}").status_code == 200
    listed = desk.get("handler_jinxin", "/reports").json["features"]
    assert [one["id"] for one in listed] == [report["id"]]
    desk.did("dispatcher", number, "transfer", body=JINSHA, **REASON)
    assert desk.get("handler_jinxin", f"/reports/{report['id']}").status_code == 404
    assert desk.did("handler", number, "accept")["state"] == "accepted"


def test_parts_split_off_are_cases_of_their_own_in_the_same_place(desk: Desk) -> None:
    number = desk.to("dispatched")
    parts: list[dict[str, Any]] = [
        {"category": "goods_on_pavement", "note": "占道"},
        {"category": "goods_on_pavement", "note": "另一家", "body": JINXIN},
    ]
    case = desk.did("dispatcher", number, "split", parts=parts)
    assert case["state"] == "dispatched"
    assert [(child["number"], child["state"]) for child in case["children"]] == [
        (f"{number}-1", "registered"),
        (f"{number}-2", "registered"),
    ]
    first = desk.case(f"{number}-1")
    assert first["position"] == case["position"] and first["parent"]["relation"] == "split"
    desk.walk(first["number"], "dispatch", "accept", "after", "reply", "pass")
    assert desk.case(first["number"])["state"] == "closed"
    assert [entry["action"] for entry in desk.history(first["number"])][0] == "case.split"
    holds_together(desk)


def test_merging_keeps_every_report_and_the_earlier_start(desk: Desk, clock: Any) -> None:
    make_hours(desk.owner)
    make_deadlines(desk.owner)
    earlier = desk.to("dispatched")
    clock.advance(minutes=45)
    later = desk.to("dispatched")
    due_before = desk.case(later)["due_at"]

    gone = desk.did("dispatcher", earlier, "merge", into=later)

    assert (gone["state"], gone["merged_into"]) == ("merged", later)
    stays = desk.case(later)
    assert stays["opened_at"] == gone["opened_at"] < stays["due_at"] < due_before
    assert stays["due_at"] == gone["due_at"]
    assert stays["merged"] == [earlier]
    assert sorted(report["relation"] for report in stays["reports"]) == ["merged", "opened"]
    assert len(rows(desk.owner, "SELECT 1 FROM case_report")) == 2
    assert [entry["action"] for entry in desk.history(later)][-1] == "case.merged"
    holds_together(desk)


def test_a_case_is_merged_into_an_open_case_that_is_another_only(desk: Desk) -> None:
    number, closed = desk.to("registered"), desk.to("cancelled")
    refused(desk.act("dispatcher", number, "merge", into=number), "merge_fits")
    refused(desk.act("dispatcher", number, "merge", into=closed), "merge_fits")
    desk.did("dispatcher", number, "dispatch", assisting=[JINXIN])
    refused(desk.act("dispatcher", f"{number}-1", "merge", into=desk.open()), "merge_fits")
