"""The closed loop end to end: a case goes from report to closing, and every step leaves what it should."""

from __future__ import annotations

import orjson

from server.evidence.ledger import verify_chain
from tests.server.cases.desk import Desk
from tests.server.reports.street import rows


def test_a_case_goes_from_its_report_to_its_closing(desk: Desk) -> None:
    number = desk.to("closed")

    case = desk.case(number)
    assert (case["state"], case["step"], case["version"]) == ("closed", 7, 7)
    assert case["closed_at"] and case["round"] == 0
    actions = [entry["action"] for entry in desk.history(number)]
    assert actions == [
        "report.received",
        "case.registered",
        "case.dispatched",
        "case.accepted",
        "case.started",
        "report.attached",
        "case.replied",
        "case.passed",
    ]
    with desk.owner.connect() as connection:
        assert list(verify_chain(connection)) == []


def test_rework_sends_it_back_and_counts(desk: Desk) -> None:
    number = desk.to("replied")

    case = desk.did("checker", number, "rework", reason="地面仍有油污")
    assert (case["state"], case["round"]) == ("handling", 1)
    desk.walk(number, "after", "reply", "pass")

    assert desk.case(number)["state"] == "closed"
    (entry,) = [entry for entry in desk.history(number) if entry["action"] == "case.reworked"]
    body = entry["body"]
    assert {key: body[key] for key in ("action", "from", "to", "version", "reason", "actor_role")} == {
        "action": "rework",
        "from": "replied",
        "to": "handling",
        "version": 7,
        "reason": "地面仍有油污",
        "actor_role": "checker",
    }


def test_every_action_leaves_one_outbox_row_named_by_its_entry_and_no_words_of_people(desk: Desk) -> None:
    number = desk.open()
    desk.did("acceptor", number, "register", note="王小明 13800000000 来电")
    (row,) = rows(desk.owner, "SELECT * FROM outbox WHERE event = 'case.registered'")
    assert row["dedupe_key"] == f"{number}:2"
    assert row["payload"]["from"] == "reported" and row["payload"]["to"] == "registered"
    assert "王小明" not in orjson.dumps(row["payload"]).decode()
