"""What a second look leads to: one that fails opens the case again as rework, and nobody judges himself."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.factories import DISTRICT, NOW
from tests.server.cases.desk import Desk, SignIn, make_desk

API = "/api/v1"
TODAY = NOW.date().isoformat()


@pytest.fixture
def desk(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Desk:
    return make_desk(client, owner, sign_in)


class Look:
    """A closed case in a sample, and a checker of the district who has not seen it before."""

    def __init__(self, desk: Desk, size: int = 5) -> None:
        self.desk = desk
        self.number = desk.to("closed")
        self.headers = desk.sign_in("checker", organisation=DISTRICT)
        made = desk.client.post(
            f"{API}/rechecks", json={"from": TODAY, "to": TODAY, "size": size}, headers=self.headers
        )
        assert made.status_code == 201, made.text
        self.id = made.get_json()["id"]

    def note(self, passed: bool, headers: dict[str, str] | None = None, **other: Any) -> Any:
        body = {
            "passed": passed,
            "note": "仍有堆物",
            "version": self.desk.case(self.number)["version"],
            **other,
        }
        path = f"{API}/rechecks/{self.id}/cases/{self.number}"
        return self.desk.client.post(path, json=body, headers=headers or self.headers)


def test_a_case_that_fails_is_opened_again_and_counts_as_rework(desk: Desk) -> None:
    look = Look(desk)
    answer = look.note(False)
    assert answer.status_code == 200, answer.text
    assert (answer.json["checked"], answer.json["failed"]) == (1, 1)
    case = desk.case(look.number)
    assert (case["state"], case["round"]) == ("dispatched", 1)
    last = desk.history(look.number)[-1]
    assert (last["action"], last["body"]["reason"]) == ("case.reopened", "仍有堆物")


def test_a_case_that_passes_stays_closed(desk: Desk) -> None:
    look = Look(desk)
    before = desk.history(look.number)
    answer = look.note(True)
    assert answer.status_code == 200
    (case,) = answer.json["cases"]
    assert (case["number"], case["passed"], case["note"], case["state"]) == (
        look.number,
        True,
        "仍有堆物",
        "closed",
    )
    assert desk.history(look.number) == before


def test_asking_again_opens_it_once(desk: Desk) -> None:
    look = Look(desk)
    version = desk.case(look.number)["version"]
    answers = [look.note(False, version=version) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json == answers[2].json
    assert [entry["action"] for entry in desk.history(look.number)].count("case.reopened") == 1


@pytest.mark.parametrize("first", [True, False])
def test_a_look_that_was_taken_does_not_turn_into_its_opposite(desk: Desk, first: bool) -> None:
    look = Look(desk)
    assert look.note(first).status_code == 200
    state = desk.case(look.number)["state"]
    answer = look.note(not first)
    assert (answer.status_code, answer.json["reason"]) == (409, "looked_at")
    assert desk.case(look.number)["state"] == state


@pytest.mark.parametrize("passed", [True, False])
def test_who_passed_a_case_does_not_look_at_it_again(desk: Desk, passed: bool) -> None:
    look = Look(desk)
    answer = look.note(passed, headers=desk.headers("checker"))
    assert (answer.status_code, answer.json["reason"]) == (409, "own_case")
    assert desk.case(look.number)["state"] == "closed"


def test_a_case_that_was_not_drawn_is_not_of_the_sample(desk: Desk) -> None:
    look = Look(desk)
    look.number = desk.to("closed")
    assert look.note(False).status_code == 404
    assert desk.case(look.number)["state"] == "closed"


def test_a_case_that_changed_since_is_not_judged_by_what_was_seen_before(desk: Desk) -> None:
    look = Look(desk)
    version = desk.case(look.number)["version"]
    desk.did("dispatcher", look.number, "reopen", reason="来电再诉")
    answer = look.note(False, version=version)
    assert (answer.status_code, answer.json["code"]) == (409, "transition_refused")
    told = desk.client.get(f"{API}/rechecks/{look.id}", headers=look.headers).get_json()
    assert told["checked"] == 0


def test_the_photo_of_a_look_is_the_checkers_own_and_of_that_case(desk: Desk) -> None:
    look = Look(desk)
    other = desk.to("closed")
    desk.people["looker"] = look.headers
    elsewhere, handlers = desk.after(other, who="looker"), desk.after(look.number)
    for report in (elsewhere, handlers, str(uuid4())):
        answer = look.note(True, report=report)
        assert (answer.status_code, answer.json["errors"][0]["path"]) == (422, "/report")
    mine = desk.after(look.number, who="looker")
    (case,) = look.note(False, report=mine).json["cases"]
    assert (case["report"], case["passed"], case["state"]) == (mine, False, "dispatched")
    assert case["seen_at"] is not None
    assert "report.attached" in [entry["action"] for entry in desk.history(look.number)]


def test_cases_are_handed_out_evenly_but_never_to_whoever_had_a_hand_in_them(desk: Desk) -> None:
    look = Look(desk, size=20)
    numbers = [look.number, *(desk.to("closed") for _ in range(3))]
    made = desk.client.post(
        f"{API}/rechecks", json={"from": TODAY, "to": TODAY, "share_percent": 100}, headers=look.headers
    ).get_json()
    assert made["drawn"] == len(numbers)
    path = f"{API}/rechecks/{made['id']}"
    everybody = desk.client.get(f"{API}/rechecks/checkers", headers=look.headers).get_json()["items"]
    passed_them = desk.account("checker")
    desk.people["looker"] = look.headers
    looker, second = desk.account("looker"), desk.sign_in("checker", organisation=DISTRICT)
    assert {passed_them, looker} <= {one["id"] for one in everybody}
    desk.people["second"] = second

    def give(numbers: list[str], *checkers: str) -> Any:
        return desk.client.post(
            f"{path}/assignments", json={"numbers": numbers, "checkers": checkers}, headers=look.headers
        )

    def held() -> dict[str, str | None]:
        cases = desk.client.get(path, headers=look.headers).get_json()["cases"]
        return {case["number"]: case["checker"] and case["checker"]["id"] for case in cases}

    assert give(numbers, passed_them).status_code == 200
    assert set(held().values()) == {None}
    assert give(numbers, passed_them, looker, desk.account("second")).status_code == 200
    assert sorted(map(str, held().values())) == sorted([looker, desk.account("second")] * 2)
    tasks = desk.client.get(f"{API}/rechecks/mine", headers=look.headers).get_json()["items"]
    assert sorted(one["number"] for one in tasks) == sorted(
        number for number, account in held().items() if account == looker
    )
    first = tasks[0]
    body = {"passed": True, "version": first["version"]}
    done = desk.client.post(f"{path}/cases/{first['number']}", json=body, headers=look.headers)
    total = done.get_json()["total"]
    assert (done.status_code, total["held"], total["rate"], total["low"]) == (200, 1, 1.0, 0.25)
    assert len(desk.client.get(f"{API}/rechecks/mine", headers=look.headers).get_json()["items"]) == 1
    # What was looked at stays; the others are taken back.
    assert give(numbers).status_code == 200
    assert [number for number, account in held().items() if account] == [first["number"]]
    for wrong in (give(["TZ-2026-999999"], looker), give(numbers, str(uuid4()))):
        assert wrong.status_code == 422
    lines = desk.client.get(f"{path}/cases.csv", headers=look.headers).get_data(as_text=True).splitlines()
    assert len(lines) == 1 + len(numbers)
    population = desk.client.get(f"{path}/population.txt", headers=look.headers).get_data(as_text=True)
    assert population.split() == sorted(numbers)


def test_a_failed_look_says_why(desk: Desk) -> None:
    look = Look(desk)
    assert look.note(False, note="  ").status_code == 422
