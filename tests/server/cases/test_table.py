"""Every row of the one table is what the API does: for whom, from where, with what, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from server.cases.guards import CONDITIONS, GUARDS
from server.cases.states import ACTIONS, BY_KEY, TABLE, Home, Kept, State, Transition, inputs_of
from server.cases.wire import ActionName, StateKey
from tests.server.cases.desk import REASON, USUAL, Desk
from tests.server.cases.hours import make_deadlines, make_hours
from tests.server.reports.street import rows

ROOT = Path(__file__).parents[3]
ROWS = [pytest.param(row, id=f"{row.action}-{row.when or row.source[0].key}") for row in TABLE]
# What comes with an action of the tests, beyond the version.
INPUTS: dict[str, dict[str, Any]] = {
    "refuse": REASON,
    "return": REASON,
    "rework": REASON,
    "reopen": REASON,
    "request_extension": {**REASON, "amount": 2, "unit": "work_hour"},
    "refuse_extension": REASON,
    "suspend": REASON,
    "cancel": REASON,
    "split": {"parts": [{"category": "goods_on_pavement", "note": "另一处堆物"}]},
    "assist": {"assisting": ["320612004"]},
    "milestone": {"clock": "stop"},
    "assign": {"assignee": "00000000-0000-4000-8000-000000000000"},
    "choose_zone": {"zone": {"kind": "frontage", "code": "F-NORTH"}},
}
BEFORE: dict[str, tuple[Any, ...]] = {
    "approve_extension": (("handler", "request_extension", INPUTS["request_extension"]),),
    "refuse_extension": (("handler", "request_extension", INPUTS["request_extension"]),),
    "release_zone": (("dispatcher", "choose_zone", INPUTS["choose_zone"]),),
}
ROLES = {
    "acceptor": "acceptor",
    "dispatcher": "dispatcher",
    "handler": "handler",
    "checker": "checker_jinsha",
}


def inputs_for(desk: Desk, row: Transition) -> dict[str, Any]:
    if row.action == "merge":
        return {"into": desk.open()}
    if row.action == "assign":
        return {"assignee": desk.account("handler2")}
    if row.action == "transfer":
        return {**REASON, **({"body": "320612004"} if row.when == "to_body" else {"department": "供电公司"})}
    return INPUTS.get(row.action, {})


def prepare(desk: Desk, row: Transition) -> None:
    further = {"clocks": {"stop": "4 work_hour"}} if row.action == "milestone" else {}
    needs = {"close_needs": "close"} if row.when == "close_is_separate" or row.action == "close" else {}
    make_hours(desk.owner)
    make_deadlines(desk.owner, **further, **needs)


def bring(desk: Desk, row: Transition, source: State) -> str:
    if source is State.CHECKED:
        number = desk.to("replied")
        desk.did("checker", number, "pass")
    else:
        number = desk.to(source.key)
    desk.walk(number, *BEFORE.get(row.action, ()))
    return number


@pytest.mark.parametrize("row", ROWS)
def test_a_row_leads_from_each_of_its_states_to_its_target(desk: Desk, row: Transition) -> None:
    prepare(desk, row)
    for source in row.source:
        number = bring(desk, row, source)
        before = desk.case(number)
        assert before["state"] == source.key

        after = desk.did(USUAL.get(row.action, "dispatcher"), number, row.action, **inputs_for(desk, row))

        target = row.target.key if isinstance(row.target, State) else source.key
        if row.target is Kept.BEFORE:
            target = before["suspended_from"]
        assert (after["state"], after["version"]) == (target, before["version"] + 1)
        assert bool(after["closed_at"]) == BY_KEY[target].ended
        assert desk.case(number) == {**after, **{key: desk.case(number)[key] for key in OF_THE_ASKER}}
        entry = desk.history(number)[-1]
        assert (entry["action"], entry["body"]["from"], entry["body"]["to"]) == (
            row.entry,
            source.key,
            target,
        )
        assert entry["body"]["version"] == after["version"]


OF_THE_ASKER = ("allowed_actions", "blocked_actions")


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_taken_by_its_roles_at_home_only_and_with_all_it_requires(
    desk: Desk, row: Transition
) -> None:
    prepare(desk, row)
    number = bring(desk, row, row.source[0])
    inputs = inputs_for(desk, row)
    version = desk.case(number)["version"]
    strangers = [who for role, who in ROLES.items() if role not in row.roles]
    if row.home is Home.DISTRICT:
        strangers += ["dispatcher_jinsha"]
    for who in strangers:
        answer = desk.act(who, number, row.action, version=version, **inputs)
        assert (answer.status_code, answer.json["code"]) == (409, "transition_refused"), who
        assert answer.json["guard"] in ("role", "home", "checker_is_not_handler", "extension_by_another"), who
        assert row.action not in [one["action"] for one in answer.json["allowed_actions"]]
    for who in ("officer", "admin"):
        assert desk.act(who, number, row.action, version=version, **inputs).status_code == 403
    for name in row.requires:
        short = {key: value for key, value in inputs.items() if key != name}
        answer = desk.act(USUAL.get(row.action, "dispatcher"), number, row.action, version=version, **short)
        assert answer.status_code == 422
        assert f"/{name}" in [error["path"] for error in answer.json["errors"]]
    assert desk.case(number)["version"] == version


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_has_no_way_from_a_state_that_is_not_in_its_rows(desk: Desk, action: str) -> None:
    sources = {state.key for row in TABLE if row.action == action for state in row.source}
    inputs = {"into": desk.open()} if action == "merge" else INPUTS.get(action, {})
    if action == "transfer":
        inputs = {**REASON, "department": "供电公司"}
    for state in ("reported", "registered", "handling", "cancelled"):
        if state in sources:
            continue
        number = desk.to(state)
        answer = desk.act(USUAL.get(action, "dispatcher"), number, action, **inputs)
        assert (answer.status_code, answer.json["guard"], answer.json["state"]) == (409, "state", state)
        assert answer.json["current_version"] == desk.case(number)["version"]


def test_what_the_api_says_is_allowed_is_what_the_table_says(desk: Desk) -> None:
    number = desk.open()
    for who, role in {"dispatcher": "dispatcher", "acceptor": "acceptor"}.items():
        listed = {one["action"]: one for one in desk.case(number, who)["allowed_actions"]}
        wanted = {row.action: row for row in TABLE if State.REPORTED in row.source and role in row.roles}
        # Nobody has chosen a zone that could be taken back.
        assert set(listed) == set(wanted) - {"release_zone"}
        for action, one in listed.items():
            assert one["requires"] == list(wanted[action].requires)


def test_the_words_of_table_wire_and_database_are_the_same() -> None:
    told = (ROOT / "migrations" / "versions" / "0012_pre_casework.py").read_text(encoding="utf-8")
    states = told.partition("STATES = (")[2].partition("\n)")[0]
    assert set(re.findall(r"'([a-z_]+)'", states)) == {state.key for state in State}
    assert set(get_args(StateKey)) == {state.key for state in State}
    assert set(get_args(ActionName)) == set(ACTIONS)


def test_every_condition_of_a_row_is_written_and_every_one_written_stands_in_a_row() -> None:
    assert {guard for row in TABLE for guard in row.guards} == set(GUARDS)
    assert {row.when for row in TABLE if row.when} == set(CONDITIONS)


def test_rows_of_one_action_and_state_are_told_apart_by_a_condition() -> None:
    for action in ACTIONS:
        for state in State:
            found = [row for row in TABLE if row.action == action and state in row.source]
            assert len({row.when for row in found}) == len(found), (action, state)
            assert len(found) < 2 or all(row.when for row in found), (action, state)


def test_no_way_leads_out_of_a_merged_case_and_every_other_state_can_be_reached() -> None:
    reached = {row.target for row in TABLE if isinstance(row.target, State)}
    assert reached | {State.REPORTED} == set(State)
    assert not [row for row in TABLE if State.MERGED in row.source]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_member_that_an_action_does_not_take_is_refused_by_name(desk: Desk, action: str) -> None:
    requires, takes = inputs_of(action)
    others: dict[str, Any] = {
        "reason": "x",
        "category": "goods_on_pavement",
        "clock": "stop",
        "until": "2026-09-02T00:00:00Z",
    }
    strange = {name: value for name, value in others.items() if name not in requires | takes}
    answer = desk.act("dispatcher", desk.open(), action, **strange)
    assert answer.status_code == 422
    assert {f"/{name}" for name in strange} <= {error["path"] for error in answer.json["errors"]}


def test_the_ledger_names_nobody_and_the_actor_is_an_account(desk: Desk) -> None:
    desk.to("closed")
    for entry in rows(desk.owner, "SELECT body, actor_id FROM ledger"):
        assert entry["actor_id"] is not None
        assert "测试 " not in entry["body"]
