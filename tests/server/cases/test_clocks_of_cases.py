"""What actions do to the clocks of a case, and that all of it comes out again from the ledger alone."""

from __future__ import annotations

from typing import Any

from tests.server.cases.desk import REASON, Desk
from tests.server.cases.hours import make_deadlines, make_hours
from tests.server.cases.test_several_cases import holds_together
from tests.server.reports.street import rows

# 10:00 on a Tuesday in the district: four work-hours later it is 16:00.
TEN_TO_FOUR = "2026-09-01T08:00:00"


def clocks(desk: Desk, number: str) -> dict[str, dict[str, Any]]:
    found = rows(
        desk.owner,
        "SELECT k.* FROM case_clock k JOIN case_file c ON c.id = k.case_id WHERE c.number = :number ORDER BY round",
        number=number,
    )
    return {row["name"]: dict(row) for row in found}


def test_handling_is_due_in_work_hours_from_the_dispatch(desk: Desk) -> None:
    make_hours(desk.owner)
    make_deadlines(desk.owner)
    number = desk.to("dispatched")
    assert desk.case(number)["due_at"].startswith(TEN_TO_FOUR)
    assert {name: bool(row["stopped_at"]) for name, row in clocks(desk, number).items()} == {
        "register": True,
        "dispatch": True,
        "accept": False,
        "handle": False,
    }


def test_the_clock_for_registering_counts_from_the_report(desk: Desk, clock: Any) -> None:
    make_hours(desk.owner)
    make_deadlines(desk.owner)
    number = desk.open()
    opened_at = clock.now
    clock.advance(minutes=30)
    desk.did("acceptor", number, "register")
    assert clocks(desk, number)["register"]["started_at"] == opened_at
    holds_together(desk)


def test_the_time_a_reply_waits_to_be_checked_is_not_the_handler_s(desk: Desk, clock: Any) -> None:
    make_hours(desk.owner)
    make_deadlines(desk.owner)
    number = desk.to("replied")
    assert clocks(desk, number)["handle"]["paused_at"] == clock.now
    clock.advance(hours=1)
    case = desk.did("checker", number, "rework", **REASON)
    assert case["due_at"].startswith("2026-09-01T09:00:00")
    holds_together(desk)


def test_a_suspended_case_is_due_at_no_time_and_goes_on_where_it_stood(desk: Desk, clock: Any) -> None:
    make_hours(desk.owner)
    make_deadlines(desk.owner)
    number = desk.to("accepted")
    clock.advance(hours=1)
    assert desk.did("dispatcher", number, "suspend", **REASON)["due_at"] is None
    clock.advance(days=1)
    case = desk.did("dispatcher", number, "resume")
    # Three work-hours are left at 11:00 of the day after.
    assert (case["state"], case["due_at"][:19]) == ("accepted", "2026-09-02T08:00:00")
    holds_together(desk)


def test_an_illegal_building_has_three_clocks_that_stop_each_by_itself(desk: Desk) -> None:
    make_hours(desk.owner)
    further = {"stop": "4 work_hour", "penalty": "7 work_day", "demolish": "20 work_day"}
    make_deadlines(desk.owner, handle="20 work_day", clocks=further)
    number = desk.to("handling")
    desk.did("handler", number, "milestone", clock="stop")
    answer = desk.act("handler", number, "milestone", clock="stop")
    assert (answer.status_code, answer.json.get("guard")) == (409, "milestone_runs"), answer.text
    stopped = {name: bool(row["stopped_at"]) for name, row in clocks(desk, number).items()}
    assert {name: stopped[name] for name in further} == {"stop": True, "penalty": False, "demolish": False}
    holds_together(desk)


def test_every_way_through_the_table_leaves_clocks_that_come_out_again(desk: Desk, clock: Any) -> None:
    make_hours(desk.owner)
    make_deadlines(desk.owner, extension_max="8 work_hour", clocks={"stop": "1 work_hour"})
    number = desk.open()
    more = {**REASON, "amount": 2, "unit": "work_hour"}
    for step in (
        "register",
        "dispatch",
        ("handler", "return", REASON),
        "dispatch",
        ("dispatcher", "suspend", REASON),
        ("dispatcher", "resume"),
        "accept",
        ("handler", "request_extension", more),
        ("dispatcher", "approve_extension"),
        "start",
        "after",
        "reply",
        ("checker", "rework", REASON),
        "after",
        "reply",
        "pass",
        ("dispatcher", "reopen", REASON),
        "accept",
        ("dispatcher", "transfer", {**REASON, "body": "320612004"}),
        ("dispatcher", "cancel", REASON),
    ):
        clock.advance(minutes=25)
        desk.walk(number, step)
    holds_together(desk)
    running = "SELECT name FROM case_clock WHERE stopped_at IS NULL"
    assert rows(desk.owner, running) == []
    assert desk.case(number)["round"] == 2


def test_without_a_table_of_deadlines_nothing_is_due_and_everything_goes_on(desk: Desk) -> None:
    make_hours(desk.owner)
    number = desk.to("closed")
    assert desk.case(number)["due_at"] is None and clocks(desk, number) == {}


def test_a_new_table_changes_no_case_that_has_its_row(desk: Desk) -> None:
    make_hours(desk.owner)
    number = desk.to("registered")
    make_deadlines(desk.owner)
    late = desk.to("registered")
    assert desk.did("dispatcher", number, "dispatch")["due_at"] is not None
    frozen = rows(desk.owner, "SELECT deadline FROM case_file WHERE number = :number", number=late)
    assert frozen[0]["deadline"]["handle"] == {"value": 4, "unit": "work_hour"}
