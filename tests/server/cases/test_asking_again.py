"""Phones ask again, and two people act at once: one action is taken, and whoever asks again hears the same."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import event

from server.evidence.ledger import verify_chain
from tests.server.cases.desk import REASON, Desk
from tests.server.reports.street import rows

RACES = 50


def test_the_same_key_with_the_same_content_is_answered_word_for_word_as_before(desk: Desk) -> None:
    number, key = desk.open(), str(uuid4())
    first = desk.act("acceptor", number, "register", version=1, key=key, note="属实")
    desk.did("dispatcher", number, "dispatch")

    again = desk.act("acceptor", number, "register", version=1, key=key, note="属实")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.data == first.data and again.headers["ETag"] == first.headers["ETag"] == '"2"'
    assert desk.case(number)["version"] == 3
    assert [entry["action"] for entry in desk.history(number)].count("case.registered") == 1


def test_the_same_key_for_anything_else_conflicts(desk: Desk) -> None:
    number, other, key = desk.open(), desk.open(), str(uuid4())
    desk.did("acceptor", number, "register", key=key)
    for answer in (
        desk.act("acceptor", number, "register", version=1, key=key, note="另"),
        desk.act("acceptor", other, "register", version=1, key=key),
        desk.act("acceptor", number, "refuse", version=1, key=key, **REASON),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "action_key_conflict")


def test_a_key_is_its_account_s_own(desk: Desk) -> None:
    key = str(uuid4())
    first, second = desk.to("registered"), desk.to("registered")
    desk.did("dispatcher", first, "dispatch", key=key)
    assert desk.act("dispatcher2", second, "dispatch", key=key).status_code == 200


def test_a_key_may_come_in_the_body_and_must_not_differ_from_the_header(desk: Desk) -> None:
    number, key = desk.open(), str(uuid4())
    path, headers = f"/api/v1/cases/{number}/actions/register", desk.headers("acceptor")
    both = {**headers, "Idempotency-Key": str(uuid4())}
    assert desk.client.post(path, json={"version": 1, "key": key}, headers=both).status_code == 422
    first = desk.client.post(path, json={"version": 1, "key": key}, headers=headers)
    again = desk.client.post(path, json={"version": 1}, headers={**headers, "Idempotency-Key": key})
    assert first.status_code == 200 and again.data == first.data


@pytest.mark.parametrize(
    "if_match, version, status",
    [
        ('"1"', None, 200),
        (None, 1, 200),
        ('"1"', 1, 200),
        ('"2"', 1, 422),
        ("abc", None, 422),
        (None, None, 422),
    ],
)
def test_the_version_comes_in_the_body_or_in_if_match(
    desk: Desk, if_match: str | None, version: int | None, status: int
) -> None:
    headers = {**desk.headers("acceptor"), **({"If-Match": if_match} if if_match else {})}
    body = {} if version is None else {"version": version}
    answer = desk.client.post(f"/api/v1/cases/{desk.open()}/actions/register", json=body, headers=headers)
    assert answer.status_code == status, answer.text


def test_an_older_version_is_refused_with_the_current_one(desk: Desk) -> None:
    number = desk.to("dispatched")
    answer = desk.act("handler", number, "accept", version=1)
    assert (answer.status_code, answer.json["guard"], answer.json["current_version"]) == (409, "version", 3)
    assert "accept" in [one["action"] for one in answer.json["allowed_actions"]]


def at_once(calls: list[Any]) -> list[Any]:
    """Answers of calls that all start together."""
    gate, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int) -> None:
        gate.wait()
        answers[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_two_dispatchers_at_once_exactly_one_wins(desk: Desk, request: pytest.FixtureRequest) -> None:
    races = request.config.getoption("--races")
    for who in ("dispatcher", "dispatcher2", "acceptor", "officer"):
        desk.headers(who)
    # Each has a screen of its own: a test client is not for two threads.
    app = desk.client.application
    for _ in range(races):
        number = desk.to("registered")
        path = f"/api/v1/cases/{number}/actions/dispatch"

        def dispatch(who: str, path: str = path) -> Any:
            return app.test_client().post(path, json={"version": 2}, headers=desk.headers(who))

        answers = at_once([lambda: dispatch("dispatcher"), lambda: dispatch("dispatcher2")])
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        (late,) = [answer.json for answer in answers if answer.status_code == 409]
        assert (late["guard"], late["current_version"]) == ("version", 3)
    counted = Counter(row["action"] for row in rows(desk.owner, "SELECT action FROM ledger"))
    assert counted["case.dispatched"] == races
    with desk.owner.connect() as connection:
        assert list(verify_chain(connection)) == []


def test_one_request_sent_twice_at_once_is_taken_once_and_answered_twice(desk: Desk) -> None:
    app = desk.client.application
    for _ in range(10):
        number, key = desk.to("registered"), str(uuid4())
        headers = {**desk.headers("dispatcher"), "Idempotency-Key": key}

        def send(number: str = number, headers: dict[str, str] = headers) -> Any:
            path = f"/api/v1/cases/{number}/actions/dispatch"
            return app.test_client().post(path, json={"version": 2}, headers=headers)

        one, other = at_once([send, send])
        assert (one.status_code, other.status_code) == (200, 200)
        assert one.data == other.data


def test_a_batch_answers_for_each_case_by_itself(desk: Desk) -> None:
    first, second, third = desk.open(), desk.to("registered"), desk.open()
    items = [
        {"number": first, "version": 1},
        {"number": second, "version": 2},
        {"number": third, "version": 7},
        {"number": "TZ-2026-999999", "version": 1},
    ]
    key = {"Idempotency-Key": str(uuid4())}
    answers = [
        desk.client.post(
            "/api/v1/cases/actions/register",
            json={"items": items},
            headers={**desk.headers("acceptor"), **key},
        ).get_json()["items"]
        for _ in range(2)
    ]
    assert [(one["number"], one["status"]) for one in answers[0]] == [
        (first, 200),
        (second, 409),
        (third, 409),
        ("TZ-2026-999999", 404),
    ]
    assert answers[0][0]["case"]["state"] == "registered"
    assert answers[0][1]["problem"]["guard"] == "state" and answers[0][2]["problem"]["guard"] == "version"
    assert orjson.dumps(answers[1][0]) == orjson.dumps(answers[0][0])
    assert desk.case(first)["version"] == 2


def test_a_batch_names_each_case_once_and_not_too_many(desk: Desk) -> None:
    twice = [{"number": "TZ-2026-000001", "version": 1}] * 2
    many = [{"number": f"TZ-2026-{n:06}", "version": 1} for n in range(101)]
    for items in (twice, many):
        answer = desk.client.post(
            "/api/v1/cases/actions/register", json={"items": items}, headers=desk.headers("acceptor")
        )
        assert answer.status_code == 422 and answer.get_json()["errors"][0]["path"] == "/items"


def test_an_action_takes_three_statements_entering_included(desk: Desk) -> None:
    desk.to("closed")  # Statements are prepared once a connection.
    number, seen = desk.to("registered"), list[str]()
    engine = desk.client.application.extensions["frontage"].db.engine

    def execute(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", execute)
    try:
        path = f"/api/v1/cases/{number}/actions/dispatch"
        answer = desk.client.post(path, json={"version": 2}, headers=desk.headers("dispatcher"))
    finally:
        event.remove(engine, "before_cursor_execute", execute)
    assert answer.status_code == 200
    sent = [statement for statement in seen if not statement.startswith("PREPARE")]
    assert len(sent) <= 3, sent
