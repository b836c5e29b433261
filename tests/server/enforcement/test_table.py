"""The table of steps against what works by it, clocks by days, and who sees what of a proceeding."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from server.enforcement import clocks
from server.enforcement.guards import CONDITIONS, GUARDS
from server.enforcement.steps_table import ALL, ENFORCEMENT, MANAGEMENT, SERVICE, STEPS, TABLE, State
from server.enforcement.wire import StepIn
from server.rulebooks.books.procedures import ProcedureClock
from tests.server.cases.desk import SignIn
from tests.server.enforcement.bureau import make_bureau

MIGRATION = Path(__file__).parents[3] / "migrations" / "versions" / "0050_pre_enforcement.py"


def test_every_row_names_only_what_there_is_and_every_state_is_reached_and_left() -> None:
    fields = set(StepIn.model_fields) | {"item", "subject", "party_kind", "party_name"}
    for row in TABLE:
        assert set(row.guards) <= set(GUARDS) and row.when in {"", *CONDITIONS}, row.step
        assert {*row.requires, *row.takes} <= fields, row.step
        assert row.means in (SERVICE, MANAGEMENT, ENFORCEMENT) and row.basis
    assert {row.target for row in TABLE} == set(State)
    assert {state for row in TABLE for state in row.source} == {state for state in State if not state.ended}
    assert {guard for row in TABLE for guard in row.guards} == set(GUARDS)
    stated = re.search(r"STATES = \((.*?)\)", MIGRATION.read_text("utf-8"), re.DOTALL)
    assert stated and re.findall(r"'(\w+)'", stated.group(1)) == [state.key for state in State]
    assert all(re.fullmatch(r"[a-z_]{1,40}", step) for step in STEPS)


def test_a_clock_does_not_count_the_day_it_begins_on_and_is_late_when_its_last_day_is_over() -> None:
    week = ProcedureClock(code="correct", name="改正", name_en="put right", amount=7, unit="day", warn_days=2)
    work = ProcedureClock(code="statement", name="陈述", name_en="heard", amount=5, unit="work_day")
    rules: dict[str, ProcedureClock] = {"correct": week, "statement": work}
    friday = date(2026, 9, 4)
    stand = clocks.apply((("begin", "correct"), ("begin", "statement")), [], rules, on=friday, schedule=None)
    assert [clock["due_on"] for clock in stand] == ["2026-09-11", "2026-09-11"]
    first = stand[0]
    days = [date(2026, 9, day) for day in (8, 9, 11, 12)]
    assert [clocks.standing(first, day) for day in days] == ["running", "soon", "soon", "late"]
    assert clocks.due_on(stand) == "2026-09-11"
    after = clocks.apply((("stop", "correct"),), stand, rules, on=days[0], schedule=None)
    assert [clock["stopped_on"] for clock in after] == ["2026-09-08", None]
    assert clocks.due_on(clocks.apply((("stop", ALL),), after, rules, on=days[0], schedule=None)) is None
    said = clocks.apply((("begin", "correct"),), [], rules, on=friday, schedule=None, days=3)
    assert said[0]["due_on"] == "2026-09-07"
    assert clocks.apply((("begin", "serve"),), [], rules, on=friday, schedule=None) == []


def test_another_township_sees_neither_a_proceeding_nor_its_officers_certificates(
    client: Any, owner: Engine, sign_in: SignIn
) -> None:
    bureau = make_bureau(client, owner, sign_in)
    number = bureau.filed(bureau.desk.to("handling"), item="litter", party_name="张三(个人)")["number"]
    seen = {who: bureau.desk.get(who, "/proceedings") for who in ("handler", "handler_jinxin", "dispatcher")}
    assert {who: len(answer.json["items"]) for who, answer in seen.items()} == {
        "handler": 1,
        "handler_jinxin": 0,
        "dispatcher": 1,
    }
    assert bureau.desk.get("handler_jinxin", f"/proceedings/{number}").status_code == 404
    assert bureau.desk.get("officer2", f"/proceedings/{number}").status_code == 404
    for who in ("acceptor", "intake"):
        assert bureau.desk.get(who, f"/proceedings/{number}").status_code == 403
    assert "张三" not in str(bureau.desk.history(number.partition("-E")[0])), "no name in the ledger"
    certificates = {
        who: len(bureau.desk.get(who, "/certificates").json["items"])
        for who in ("handler", "officer2", "handler_jinxin", "admin")
    }
    assert certificates == {"handler": 2, "officer2": 2, "handler_jinxin": 0, "admin": 2}


def test_an_ordinary_proceeding_ends_with_its_papers_and_every_step_in_the_ledger(
    client: Any, owner: Engine, sign_in: SignIn
) -> None:
    bureau = make_bureau(client, owner, sign_in)
    case = bureau.desk.to("handling")
    number, by = bureau.filed(case, item="goods_outside")["number"], {"officers": bureau.officers}
    for step, inputs in (
        ("inquire", {**by, "note": "现场查实"}),
        ("order_correction", {**by, "days": 3}),
        ("recheck", {**by, "corrected": False, "note": "未改正"}),
        ("advance_notice", {**by, "outcome": "penalty", "amount_yuan": 200}),
        ("statement", {"note": "请求从轻"}),
        ("decide", {**by, "outcome": "penalty", "amount_yuan": "150.50"}),
    ):
        made = bureau.took("handler", number, step, **inputs)
    electronic = bureau.step("handler", number, "serve", **by, how="sms")
    assert (electronic.status_code, electronic.json["guard"]) == (409, "served_electronically")
    assert [one["step"] for one in electronic.json["allowed_steps"]] == ["serve"]
    stale = bureau.step("handler", number, "serve", **by, how="in_person", version=1)
    assert (stale.json["guard"], stale.json["current_version"]) == ("version", made["version"])
    bureau.took("handler", number, "serve", **by, how="in_person")
    owed = bureau.step("handler", number, "end")
    assert (owed.status_code, owed.json["guard"]) == (409, "nothing_owed")
    bureau.took("handler", number, "comply")
    ended = bureau.took("handler", number, "end")
    assert ended["ended_at"] and {clock["standing"] for clock in ended["clocks"]} == {"stopped"}
    assert {step["step"]: step["means"] for step in ended["steps"]}["order_correction"] == "management"
    papers = {step["step"]: step["document"] for step in ended["steps"] if step["document"]}
    assert list(papers) == ["order_correction", "advance_notice", "decide"]
    shown = bureau.desk.get("handler", f"/documents/{papers['decide']}").json
    assert "150.50" in shown["content"]["text"] and shown["title"] == "行政处罚决定书"
    entries = [entry for entry in bureau.desk.history(case) if entry["action"].startswith("enforcement.")]
    assert [entry["seq"] for entry in entries] == [step["ledger_seq"] for step in ended["steps"]]
