"""The feed for those who poll: nothing is lost or told twice, and nobody is told of what is not theirs."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Connection, Engine, text
from werkzeug.test import TestResponse

from server import jobs, schema
from server.access import ROLES
from server.deployment import WORKER_ROLE
from server.feed.changes import Change, fetch_changes, read_feed
from server.people.accounts import Account
from tests import factories
from tests.factories import DISTRICT, JINSHA, JINXIN
from tests.postgres import TestServer
from tests.server.feed.cases import acting, append, move, open_case
from tests.server.world import SignIn, make_two_places

API = "/api/v1"
Headers = dict[str, str]


@pytest.fixture
def officer(owner: Engine) -> Account:
    return factories.make_account(owner, role="officer")


@pytest.fixture
def dispatcher(sign_in: SignIn, officer: Account) -> Headers:
    return sign_in("dispatcher")


def changes(client: FlaskClient, headers: Headers, **query: Any) -> dict[str, Any]:
    answer = client.get(f"{API}/changes", query_string=query, headers=headers)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.get_json()
    return page


def refused(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def told(page: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["kind"], item["case"]) for item in page["items"]]


# --- Order ----------------------------------------------------------------------------------------------------


def test_everything_that_enters_a_case_s_history_is_a_change_in_that_order(
    client: FlaskClient, owner: Engine, officer: Account, dispatcher: Headers
) -> None:
    with acting(owner, officer) as connection:
        number = open_case(connection, JINSHA)
        append(connection, number, "case.registered")
        append(connection, number, "case.dispatched")
    page = changes(client, dispatcher)
    assert told(page) == [
        ("report.received", number),
        ("case.registered", number),
        ("case.dispatched", number),
    ]
    assert [item["id"] for item in page["items"]] == [1, 2, 3]
    assert page["next"] == "3"
    assert changes(client, dispatcher, after=page["next"]) == {"items": [], "next": "3"}


def test_a_transaction_that_began_first_and_commits_last_is_not_lost(
    client: FlaskClient, owner: Engine, officer: Account, dispatcher: Headers
) -> None:
    with acting(owner, officer) as late:
        slow = open_case(late, JINSHA)
        with acting(owner, officer) as early:
            quick = open_case(early, JINSHA)
        first = changes(client, dispatcher)
        assert told(first) == [("report.received", quick)]
        late.commit()
        assert told(changes(client, dispatcher, after=first["next"])) == [("report.received", slow)]


def test_of_many_writers_that_commit_in_any_order_every_reader_hears_each_once(
    app: OpenAPI, owner: Engine, officer: Account, dispatcher: Headers
) -> None:
    chance = random.Random(5)
    written: list[str] = []
    pauses_s = [[chance.uniform(0, 0.03) for _ in range(15)] for _ in range(4)]

    def write(mine_s: list[float]) -> None:
        for pause_s in mine_s:
            with acting(owner, officer) as connection:
                number = open_case(connection, JINSHA)
                time.sleep(pause_s)
            written.append(number)

    writers = [threading.Thread(target=write, args=(mine_s,)) for mine_s in pauses_s]
    heard: list[list[str]] = [[] for _ in range(3)]

    def read(mine: list[str]) -> None:
        # They look as often as they can, so that they try to place the same changes side by side.
        client, cursor, give_up_s = app.test_client(), "0", time.monotonic() + 60
        while len(mine) < 60 and time.monotonic() < give_up_s:
            page = changes(client, dispatcher, after=cursor, limit=7)
            mine += [item["case"] for item in page["items"]]
            cursor = page["next"]

    readers = [threading.Thread(target=read, args=(mine,)) for mine in heard]
    for thread in [*writers, *readers]:
        thread.start()
    for thread in [*writers, *readers]:
        thread.join()
    assert len(written) == 60
    assert [sorted(mine) for mine in heard] == [sorted(written)] * 3
    assert heard[0] == heard[1] == heard[2]


def test_a_change_that_was_rolled_back_never_was(
    client: FlaskClient, owner: Engine, officer: Account, dispatcher: Headers
) -> None:
    with acting(owner, officer) as connection:
        open_case(connection, JINSHA)
        connection.rollback()
    assert changes(client, dispatcher)["items"] == []


def test_pages_follow_each_other_to_the_end(
    client: FlaskClient, owner: Engine, officer: Account, dispatcher: Headers
) -> None:
    with acting(owner, officer) as connection:
        numbers = [open_case(connection, JINSHA) for _ in range(5)]
    page = changes(client, dispatcher, limit=2)
    found = page["items"]
    while page["items"]:
        page = changes(client, dispatcher, limit=2, after=page["next"])
        found += page["items"]
    assert [item["case"] for item in found] == numbers


def test_from_now_on_tells_nothing_of_what_was(
    client: FlaskClient, owner: Engine, officer: Account, dispatcher: Headers
) -> None:
    with acting(owner, officer) as connection:
        open_case(connection, JINSHA)
    begin = changes(client, dispatcher, after="now")
    assert begin == {"items": [], "next": "1"}
    with acting(owner, officer) as connection:
        number = open_case(connection, JINSHA)
    assert told(changes(client, dispatcher, after=begin["next"])) == [("report.received", number)]


# --- Cursors --------------------------------------------------------------------------------------------------


def test_who_begins_after_a_long_time_without_readers_begins_at_the_end(
    client: FlaskClient, owner: Engine, officer: Account, dispatcher: Headers
) -> None:
    with acting(owner, officer) as connection:
        number = open_case(connection, JINSHA)
        connection.execute(
            text(
                "INSERT INTO change (kind, at, case_number, version, organisation_id, lon, lat) "
                "SELECT 'case.noted', now(), case_number, 1, organisation_id, lon, lat "
                "FROM change CROSS JOIN generate_series(1, 2500)"
            )
        )
    page = changes(client, dispatcher, after="now")
    assert page == {"items": [], "next": "2501"}
    with acting(owner, officer) as connection:
        append(connection, number, "case.registered")
    assert told(changes(client, dispatcher, after=page["next"])) == [("case.registered", number)]


@pytest.mark.parametrize("cursor", ["soon", "-1", "1.5", "١", "1" * 19, " 1", ""])
def test_what_is_no_cursor_is_refused(client: FlaskClient, dispatcher: Headers, cursor: str) -> None:
    for path in ("changes", "stream"):
        if path == "stream" and cursor == "":
            continue  # an empty header or parameter of a stream is none
        answer = client.get(f"{API}/{path}", query_string={"after": cursor}, headers=dispatcher)
        assert refused(answer) == (400, "cursor_refused")


def test_a_cursor_of_another_life_of_the_database_is_told_to_begin_anew(
    client: FlaskClient, dispatcher: Headers
) -> None:
    answer = client.get(f"{API}/changes?after=7", headers=dispatcher)
    assert refused(answer) == (410, "cursor_expired")
    answer = client.get(f"{API}/stream", headers=dispatcher | {"Last-Event-ID": "7"})
    assert refused(answer) == (410, "cursor_expired")


def test_old_changes_go_and_with_them_the_cursors_that_lead_to_them(
    client: FlaskClient,
    owner: Engine,
    officer: Account,
    dispatcher: Headers,
    postgres: TestServer,
    database_url: str,
) -> None:
    with acting(owner, officer) as connection:
        for _ in range(3):
            open_case(connection, JINSHA)
    assert changes(client, dispatcher)["next"] == "3"
    with owner.begin() as connection:
        connection.execute(text("UPDATE change SET at = at - interval '9 days' WHERE seq < 3"))
    worker = schema.role_url(database_url, WORKER_ROLE, postgres.app_password)
    assert jobs.purge_changes(worker, datetime.now(UTC) - timedelta(days=7)) == 2
    assert factories.count_rows(owner, "change") == 1
    assert refused(client.get(f"{API}/changes?after=1", headers=dispatcher)) == (410, "cursor_expired")
    assert [item["id"] for item in changes(client, dispatcher, after="2")["items"]] == [3]
    assert [item["id"] for item in changes(client, dispatcher)["items"]] == [3]


def test_a_feed_in_which_nothing_happened_for_long_goes_on_where_it_was(
    client: FlaskClient,
    owner: Engine,
    officer: Account,
    dispatcher: Headers,
    postgres: TestServer,
    database_url: str,
) -> None:
    with acting(owner, officer) as connection:
        open_case(connection, JINSHA)
        open_case(connection, JINSHA)
    assert changes(client, dispatcher)["next"] == "2"
    worker = schema.role_url(database_url, WORKER_ROLE, postgres.app_password)
    for removed in (1, 0):
        assert jobs.purge_changes(worker, datetime.now(UTC) + timedelta(days=1)) == removed
    assert changes(client, dispatcher, after="2") == {"items": [], "next": "2"}
    assert refused(client.get(f"{API}/changes?after=0", headers=dispatcher)) == (410, "cursor_expired")
    with acting(owner, officer) as connection:
        number = open_case(connection, JINSHA)
    assert told(changes(client, dispatcher, after="2")) == [("report.received", number)]


# --- Scope ----------------------------------------------------------------------------------------------------


def test_a_case_handed_on_leaves_one_feed_and_enters_another(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Account, dispatcher: Headers
) -> None:
    with acting(owner, officer) as connection:
        number = open_case(connection, JINSHA)
        move(connection, number, JINXIN)
        append(connection, number, "case.accepted")
    here = changes(client, sign_in("handler", organisation=JINSHA))
    there = changes(client, sign_in("handler", organisation=JINXIN))
    assert told(here) == [("report.received", number), ("case.left", number)]
    assert told(there) == [("case.dispatched", number), ("case.accepted", number)]
    assert here["items"][1]["body"] == JINSHA
    assert "state" not in here["items"][1]
    assert told(changes(client, dispatcher)) == [
        ("report.received", number),
        ("case.left", number),
        ("case.dispatched", number),
        ("case.accepted", number),
    ]
    # Who reported it hears what happens to it, wherever it goes.
    assert told(changes(client, sign_in(officer.username))) == [
        ("report.received", number),
        ("case.dispatched", number),
        ("case.accepted", number),
    ]


def test_an_action_that_moves_a_case_is_told_to_both_bodies(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    place, _ = make_two_places(owner, client, sign_in)
    begin = changes(client, sign_in("dispatcher"), after="now")["next"]
    for who, action, body in (
        ("acceptor", "register", {"version": 1}),
        ("dispatcher", "dispatch", {"version": 2, "body": JINXIN}),
    ):
        path = f"{API}/cases/{place.case_number}/actions/{action}"
        answer = client.post(path, json=body, headers=sign_in(who))
        assert answer.status_code == 200, answer.text
    here = changes(client, sign_in("handler", organisation=JINSHA), after=begin)
    there = changes(client, sign_in("handler", organisation=JINXIN), after=begin)
    assert [(one["kind"], one.get("state"), one["version"]) for one in here["items"]] == [
        ("case.registered", "registered", 2),
        ("case.left", None, 3),
    ]
    assert [(one["kind"], one.get("state"), one["version"]) for one in there["items"]] == [
        ("case.dispatched", "dispatched", 3)
    ]


def put_others(owner: Engine, mine: Account) -> None:
    """A change of each audience, at each of two bodies, of somebody else and of `mine`."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO change (kind, at, subject, audience, organisation_id, reporter_id) "
                "SELECT told.kind, now(), gen_random_uuid(), told.audience, o.id, whose "
                "FROM organisation o, (VALUES ('shift.started', 'duty'), ('sos.raised', 'alarm'), "
                "('assist.recorded', 'scope')) told (kind, audience), "
                "unnest(ARRAY[CAST(:mine AS uuid), gen_random_uuid()]) whose WHERE o.code IN (:jinsha, :district)"
            ),
            {"mine": mine.id, "jinsha": JINSHA, "district": DISTRICT},
        )


def everything(connection: Connection) -> list[Change]:
    return read_feed(connection, 0, 100)


@pytest.mark.parametrize("organisation", [JINSHA, JINXIN, DISTRICT])
@pytest.mark.parametrize("role", ROLES)
def test_a_stream_shows_what_the_database_shows_for_every_role_and_body(
    client: FlaskClient, owner: Engine, sign_in: SignIn, app: Any, role: str, organisation: str
) -> None:
    reporter = factories.make_account(owner, role=role, organisation=organisation)
    with acting(owner, reporter) as connection:
        open_case(connection, JINXIN)
    other = factories.make_account(owner, role="officer")
    with acting(owner, other) as connection:
        for body in (JINSHA, JINXIN, DISTRICT):
            move(connection, open_case(connection, body), JINSHA if body != JINSHA else JINXIN)
    put_others(owner, reporter)
    page = changes(client, sign_in(reporter.username))
    db = app.extensions["frontage"].db
    with app.test_request_context(headers=sign_in(reporter.username)):
        from server.access import token_claim

        claim, _ = token_claim()
    with db.transaction(claim) as (connection, asking):
        of_database = [one.seq for one in fetch_changes(connection, "0", 100).changes]
        of_streams = [one.seq for one in everything(connection) if one.shown_to(asking)]
    assert of_streams == of_database == [item["id"] for item in page["items"]]
    assert of_streams


def test_a_call_for_help_is_heard_by_every_dispatcher_and_a_shift_by_those_who_direct(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    put_others(owner, factories.make_account(owner, role="officer", organisation=JINSHA))
    heard = {
        (role, organisation): Counter(
            item["kind"] for item in changes(client, sign_in(role, organisation=organisation))["items"]
        )
        for role in ("dispatcher", "zone_manager", "admin", "handler", "officer")
        for organisation in (DISTRICT, JINSHA, JINXIN)
    }
    # Of each audience there are four: two of Jinsha, two of the district.
    seen = {DISTRICT: 4, JINSHA: 2, JINXIN: 0}
    answering = ("zone_manager", "admin")
    assert {who: count["sos.raised"] for who, count in heard.items()} == {
        (role, body): 4 if role == "dispatcher" else seen[body] if role in answering else 0
        for role, body in heard
    }
    assert {who: count["shift.started"] for who, count in heard.items()} == {
        (role, body): seen[body] if role in ("dispatcher", "zone_manager") else 0 for role, body in heard
    }


def test_a_change_that_is_of_no_case_says_what_it_is_of(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    officer = factories.make_account(owner, role="officer", organisation=JINSHA)
    put_others(owner, officer)
    item = changes(client, sign_in(officer.username))["items"][0]
    assert set(item) == {"id", "kind", "at", "subject", "body"}
    assert str(officer.id) not in str(item)


def test_a_change_names_no_person_and_nothing_that_was_written(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    place, _ = make_two_places(owner, client, sign_in)
    page = changes(client, sign_in("handler", organisation=JINSHA))
    (item,) = page["items"]
    assert item == {
        "id": item["id"],
        "kind": "report.received",
        "at": item["at"],
        "case": place.case_number,
        "state": "reported",
        "version": 1,
        "body": JINSHA,
        "township": JINSHA,
        "position": {"lon": pytest.approx(place.at[0]), "lat": pytest.approx(place.at[1])},
    }
    assert "测试" not in str(page) and place.officer not in str(page) and "堆物" not in str(page)
