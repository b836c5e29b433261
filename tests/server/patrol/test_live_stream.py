"""Live positions and calls for help on streams of the server as it is run, beside what the database shows."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from config import Config
from tests import factories
from tests.factories import CORNER, DISTRICT, JINSHA, JINXIN
from tests.postgres import TestServer
from tests.server.feed.reader import API, GIVE_UP_S, Reader
from tests.server.patrol.walks import Officer, fix, start_shift
from tests.server.world import SignIn
from tests.serving import Served, serving

QUICK = {"stream_positions_ms": 200, "stream_recheck_s": 1, "stream_heartbeat_s": 1}


@pytest.fixture
def served(app: OpenAPI, postgres: TestServer, database_url: str, config: Config) -> Iterator[Served]:
    """The server over this test's database, quick to tell who moved."""
    urls = {"database_url": database_url, "app_database_url": postgres.app_url(database_url)}
    with serving(config, **urls, settings=QUICK) as running:
        yield running


def ask(served: Served, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Any:
    line = http.client.HTTPConnection(served.host, served.port, timeout=GIVE_UP_S)
    line.request(
        method,
        API + path,
        body=json.dumps(body) if body is not None else None,
        headers={**headers, "Content-Type": "application/json"},
    )
    answer = line.getresponse()
    told = json.loads(answer.read())
    line.close()
    assert answer.status < 300, told
    return told


class Screen:
    """What a dispatcher's map shows: everybody the events left on it, and the changes heard on the way."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.shown, self.heard = reader, dict[str, Any](), list[str]()

    def until(self, wanted: Mapping[str, float]) -> None:
        """Read on until it shows these accounts at these latitudes, and nobody else."""
        while {account: item["position"]["lat"] for account, item in self.shown.items()} != wanted:
            self._read()

    def until_heard(self, kind: str) -> dict[str, Any]:
        while True:
            told = self._read()
            if told.get("kind") == kind:
                return told

    def _read(self) -> dict[str, Any]:
        block = self.reader.block()
        told: dict[str, Any] = json.loads(block["data"])
        if block.get("event") == "officers":
            assert "id" not in block
            for account in told["gone"]:
                self.shown.pop(account, None)
            self.shown.update({item["account"]: item for item in told["items"]})
        else:
            self.heard.append(told["kind"])
        return told


def on_duty(owner: Engine, sign_in: SignIn, body: str) -> Officer:
    account = factories.make_account(owner, role="officer", organisation=body)
    start_shift(owner, account.id, datetime.now(UTC) - timedelta(hours=1))
    return Officer(account.username, account.id, sign_in(account.username))


def step(served: Served, officer: Officer, lat: float) -> None:
    fixes = [fix((CORNER[0], lat), datetime.now(UTC))]
    assert ask(served, "POST", "/positions", officer.headers, {"positions": fixes})["accepted"] == 1


def test_streams_show_who_is_on_duty_in_their_scope_as_the_database_does_and_every_look_is_noted(
    served: Served, owner: Engine, sign_in: SignIn
) -> None:
    people = {body: on_duty(owner, sign_in, body) for body in (JINSHA, JINXIN)}
    keys = {body: str(one.account_id) for body, one in people.items()}
    bodies = {DISTRICT: [JINSHA, JINXIN], JINSHA: [JINSHA], JINXIN: [JINXIN]}
    watching = {body: sign_in("dispatcher", organisation=body) for body in bodies}
    with ExitStack() as stack:
        screens = {
            body: Screen(stack.enter_context(Reader(served, "/stream?positions=1", headers)))
            for body, headers in watching.items()
        }
        plain = stack.enter_context(Reader(served, "/stream", watching[DISTRICT]))
        for latitude in (32.07, 32.08):
            for one in people.values():
                step(served, one, latitude)
            for body, screen in screens.items():
                screen.until({keys[one]: latitude for one in bodies[body]})
        for one in people.values():
            looks = ask(served, "GET", "/position-looks", one.headers)["items"]
            assert [look["why"] for look in looks] == ["live_map"] * 2
        for body, headers in watching.items():
            listed = ask(served, "GET", "/officers/live", headers)["items"]
            assert {item["account"]: item["position"] for item in listed} == {
                account: item["position"] for account, item in screens[body].shown.items()
            }

        # A stream on which somebody moves all the time still beats: else its cursor would grow old.
        screen, latitude = screens[JINXIN], 32.08
        screen.reader.beats = 0
        while not screen.reader.beats:
            latitude += 1e-4
            assert latitude < 32.085, "it does not beat"
            step(served, people[JINXIN], latitude)
            screen.until({keys[JINXIN]: latitude})
        screens[DISTRICT].until({keys[JINSHA]: 32.08, keys[JINXIN]: latitude})

        ask(served, "POST", "/shifts/end", people[JINSHA].headers, {})
        screens[DISTRICT].until({keys[JINXIN]: latitude})
        screens[JINSHA].until({})
        # Whoever asked for no positions got none; that a shift ended is a change.
        assert json.loads(plain.block()["data"])["kind"] == "shift.ended"
        assert screens[JINXIN].heard == []


def test_row_38_a_call_for_help_is_on_the_stream_of_every_dispatcher_and_so_is_who_took_it(
    served: Served, owner: Engine, sign_in: SignIn
) -> None:
    account = factories.make_account(owner, role="officer", organisation=JINSHA)
    officer = Officer(account.username, account.id, sign_in(account.username))
    dispatchers = [sign_in("dispatcher", organisation=body) for body in (DISTRICT, JINSHA, JINXIN)]
    sos_id = str(uuid4())
    with ExitStack() as stack:
        screens = [Screen(stack.enter_context(Reader(served, "/stream", one))) for one in dispatchers]
        deaf = stack.enter_context(Reader(served, "/stream", sign_in("handler", organisation=JINSHA)))
        place = {"lon": CORNER[0], "lat": CORNER[1], "datum": "wgs84"}
        ask(served, "PUT", f"/sos/{sos_id}", officer.headers, {"position": place})
        for screen in screens:
            told = screen.until_heard("sos.raised")
            assert (told["subject"], told["position"]) == (sos_id, {"lon": CORNER[0], "lat": CORNER[1]})
            assert account.display_name not in json.dumps(told, ensure_ascii=False)
        ask(served, "POST", f"/sos/{sos_id}/acknowledge", dispatchers[2])
        for screen in screens:
            assert screen.until_heard("sos.acknowledged")["subject"] == sos_id
        with owner.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO change (kind, at, subject, organisation_id) "
                    "SELECT 'assist.recorded', now(), gen_random_uuid(), id FROM organisation WHERE code = :code"
                ),
                {"code": JINSHA},
            )
        # What a handler of the same township hears first is what came after.
        assert deaf.event()["kind"] == "assist.recorded"


def test_positions_are_streamed_to_those_who_direct_people_only(client: FlaskClient, sign_in: SignIn) -> None:
    for role in ("handler", "officer", "admin", "intake"):
        answer = client.get(f"{API}/stream?positions=1", headers=sign_in(role))
        assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "/positions")
    for role in ("dispatcher", "zone_manager"):
        assert client.get(f"{API}/stream?positions=1", headers=sign_in(role)).status_code == 200
