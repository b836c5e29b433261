"""Streams through the server as it is run: they resume, they end, they show what is theirs, and they starve nobody.

The Flask test client gets the first page of a stream and its end; a connection is handed over by the real server only.
"""

from __future__ import annotations

import http.client
import json
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token, decode_token
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from config import Config
from server.people import accounts
from server.people.accounts import Account
from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.postgres import TestServer
from tests.server.feed.cases import acting, append, move, open_case
from tests.server.feed.reader import API, GIVE_UP_S, Reader
from tests.server.world import SignIn
from tests.serving import Served, serving

# As a test needs them: quick to notice, quick to speak.
QUICK = {"stream_heartbeat_s": 1, "stream_recheck_s": 1}


@pytest.fixture
def officer(owner: Engine) -> Account:
    return factories.make_account(owner, role="officer")


Serve = Callable[..., Any]


@pytest.fixture
def serve(app: OpenAPI, postgres: TestServer, database_url: str, config: Config) -> Serve:
    """`with serve(setting=value) as served`: the server over this test's database, with the keys of its app."""

    @contextmanager
    def started(**settings: object) -> Iterator[Served]:
        urls = {"database_url": database_url, "app_database_url": postgres.app_url(database_url)}
        with serving(config, **urls, settings=QUICK | settings) as served:
            yield served

    return started


def get(served: Served, path: str, headers: dict[str, str]) -> tuple[int, dict[str, Any], Any]:
    line = http.client.HTTPConnection(served.host, served.port, timeout=GIVE_UP_S)
    line.request("GET", API + path, headers=headers)
    answer = line.getresponse()
    told = json.loads(answer.read())
    line.close()
    return answer.status, told, answer.headers


@contextmanager
def opened_with_a_short(
    app: OpenAPI, signed_in: dict[str, str], open_: Callable[[dict[str, str]], Reader]
) -> Iterator[tuple[Reader, dict[str, str]]]:
    """A stream opened with a token that soon ends; with one that lasts longer where the machine was too slow for it."""
    for seconds in (3, 12, 48):
        headers = renewed(app, signed_in, seconds=seconds)
        with open_(headers) as reader:
            if reader.status == 200:
                yield reader, headers
                return
    raise AssertionError(f"no stream was opened: {reader.status}")


def renewed(app: OpenAPI, headers: dict[str, str], *, seconds: float) -> dict[str, str]:
    """The same session with a token that is good for so long."""
    with app.app_context():
        claims = decode_token(headers["Authorization"].partition(" ")[2])
        made = create_access_token(
            claims["sub"],
            additional_claims={"sid": claims["sid"]},
            expires_delta=timedelta(seconds=seconds),
        )
    return {"Authorization": f"Bearer {made}"}


# --- What is told ---------------------------------------------------------------------------------------------


def test_what_happens_is_told_at_once_and_goes_on_after_a_restart_without_loss_or_double(
    serve: Serve, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    dispatcher = sign_in("dispatcher")
    with acting(owner, officer) as connection:
        open_case(connection, JINSHA)
    with serve() as served:
        with Reader(served, "/stream", dispatcher) as reader:
            assert (reader.status, reader.headers["Content-Type"]) == (200, "text/event-stream")
            with acting(owner, officer) as connection:
                first = open_case(connection, JINSHA)
            # Nothing of what was before: from now on.
            assert reader.events(1) == [("report.received", first)]
            cursor = reader.last_id
    with acting(owner, officer) as connection:
        append(connection, first, "case.registered")
        missed = open_case(connection, JINXIN)
    with serve() as served, Reader(served, "/stream", dispatcher | {"Last-Event-ID": cursor}) as reader:
        assert reader.events(2) == [("case.registered", first), ("report.received", missed)]
        with acting(owner, officer) as connection:
            append(connection, missed, "case.registered")
        assert reader.events(1) == [("case.registered", missed)]


def test_each_stream_shows_what_is_its_reader_s(
    serve: Serve, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    readers = {
        "district": sign_in("dispatcher"),
        JINSHA: sign_in("handler", organisation=JINSHA),
        JINXIN: sign_in("checker", organisation=JINXIN),
        "own": sign_in(officer.username),
        "other officer": sign_in("officer"),
    }
    other = factories.make_account(owner, role="officer")
    with serve() as served, ExitStack() as stack:
        streams = {
            name: stack.enter_context(Reader(served, "/stream", headers)) for name, headers in readers.items()
        }
        with acting(owner, officer) as connection:
            mine = open_case(connection, JINSHA)
            move(connection, mine, JINXIN)
        with acting(owner, other) as connection:
            theirs = open_case(connection, JINXIN)
        wanted = {
            "district": [
                ("report.received", mine),
                ("case.left", mine),
                ("case.dispatched", mine),
                ("report.received", theirs),
            ],
            JINSHA: [("report.received", mine), ("case.left", mine)],
            JINXIN: [("case.dispatched", mine), ("report.received", theirs)],
            "own": [("report.received", mine), ("case.dispatched", mine)],
            "other officer": [],
        }
        assert {name: streams[name].events(len(told)) for name, told in wanted.items()} == wanted
        # The beat after it carries everybody past the end, and nothing else came.
        for stream in streams.values():
            stream.wait_until(b": beat\nid: 4\n\n")
            assert b"data:" not in stream.body


def test_a_stream_and_the_polled_feed_are_one(
    serve: Serve, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    dispatcher = sign_in("dispatcher")
    with serve() as served, Reader(served, "/stream", dispatcher) as reader:
        with acting(owner, officer) as connection:
            open_case(connection, JINSHA)
        event = reader.event()
        status, page, _ = get(served, "/changes", dispatcher)
    assert (status, page) == (200, {"items": [event], "next": str(event["id"])})


def test_who_missed_more_than_a_page_gets_one_page_and_comes_again(
    serve: Serve, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    dispatcher = sign_in("dispatcher")
    with acting(owner, officer) as connection:
        numbers = [open_case(connection, JINSHA) for _ in range(5)]
    heard: list[tuple[str, str]] = []
    with serve(stream_replay_max_count=3) as served:
        with Reader(served, "/stream?after=0", dispatcher) as reader:
            heard += reader.events(3)
            reader.wait_for_the_end()
        with Reader(served, f"/stream?after={reader.last_id}", dispatcher) as again:
            heard += again.events(2)
    assert [case for _, case in heard] == numbers


def test_a_client_of_http_1_0_gets_the_same_without_chunks(
    serve: Serve, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    with serve() as served, Reader(served, "/stream", sign_in("dispatcher"), version="1.0") as reader:
        assert "Transfer-Encoding" not in reader.headers
        with acting(owner, officer) as connection:
            number = open_case(connection, JINSHA)
        assert reader.events(1) == [("report.received", number)]
        reader.wait_until(b": beat\n")


def test_a_server_that_keeps_its_connections_gives_one_page_and_ends(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    with acting(owner, officer) as connection:
        number = open_case(connection, JINSHA)
    answer = client.get(f"{API}/stream?after=0", headers=sign_in("dispatcher"))
    assert answer.mimetype == "text/event-stream"
    first, second, rest = answer.text.split("\n\n")
    assert first.startswith("retry: ") and first.endswith("\nid: 0")
    assert second.startswith("id: 1\ndata: ") and number in second
    assert rest == ""


# --- How it ends ----------------------------------------------------------------------------------------------


def test_a_stream_ends_when_its_token_does(serve: Serve, app: OpenAPI, sign_in: SignIn) -> None:
    signed_in = sign_in("dispatcher")
    with serve() as served:
        with opened_with_a_short(app, signed_in, lambda headers: Reader(served, "/stream", headers)) as (
            reader,
            headers,
        ):
            reader.wait_for_the_end()
            assert get(served, "/changes", headers)[0] == 401


def test_a_stream_ends_soon_after_its_session_or_its_account(
    serve: Serve, owner: Engine, sign_in: SignIn
) -> None:
    gone = factories.make_account(owner, role="handler")
    headers, signed_out, stays = sign_in(gone.username), sign_in("dispatcher"), sign_in("admin")
    with serve() as served, ExitStack() as stack:
        disabled, out, kept = (
            stack.enter_context(Reader(served, "/stream", one)) for one in (headers, signed_out, stays)
        )
        with owner.begin() as connection:
            accounts.disable_account(connection, gone.username)
        line = http.client.HTTPConnection(served.host, served.port, timeout=GIVE_UP_S)
        line.request("POST", f"{API}/auth/logout", headers=signed_out)
        assert line.getresponse().status == 204
        line.close()
        disabled.wait_for_the_end()
        out.wait_for_the_end()
        kept.body = b""
        kept.wait_until(b": beat\n")


def test_who_is_moved_to_another_body_hears_that_body_from_then_on(
    serve: Serve, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    handler = factories.make_account(owner, role="handler", organisation=JINSHA)
    with serve() as served, Reader(served, "/stream", sign_in(handler.username)) as reader:
        with owner.begin() as connection:
            connection.execute(
                text(
                    "UPDATE account SET organisation_id = (SELECT id FROM organisation WHERE code = :code) "
                    "WHERE id = :id"
                ),
                {"code": JINXIN, "id": handler.id},
            )
        # Confirmed once a second: after two beats the stream knows.
        reader.wait_until(b": beat\n")
        reader.body = b""
        reader.wait_until(b": beat\n")
        reader.body = b""
        reader.wait_until(b": beat\n")
        with acting(owner, officer) as connection:
            open_case(connection, JINSHA)
            number = open_case(connection, JINXIN)
        assert reader.events(1) == [("report.received", number)]


def test_a_server_that_stops_ends_its_streams_in_order(serve: Serve, sign_in: SignIn) -> None:
    dispatcher = sign_in("dispatcher")
    with ExitStack() as stack:
        with serve() as served:
            readers = [stack.enter_context(Reader(served, "/stream", dispatcher)) for _ in range(5)]
        for reader in readers:
            reader.wait_for_the_end()


def test_a_reader_that_reads_nothing_is_closed_and_the_others_hear_everything(
    serve: Serve, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    dispatcher = sign_in("dispatcher")
    with serve(stream_buffer_max_bytes=4096, stream_replay_max_count=10_000) as served, ExitStack() as stack:
        slow = stack.enter_context(Reader(served, "/stream", dispatcher))
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        quick = stack.enter_context(Reader(served, "/stream", dispatcher))
        heard = 0
        # What neither side's kernel holds any more stays in the server, up to the limit.
        for _ in range(12):
            with acting(owner, officer) as connection:
                for _ in range(200):
                    open_case(connection, JINSHA)
            heard += len(quick.events(200))
            if _closed_streams(served) == 1:
                break
        assert _closed_streams(served) == 1
        with acting(owner, officer) as connection:
            number = open_case(connection, JINSHA)
        assert quick.events(1) == [("report.received", number)]
        with pytest.raises(ConnectionError):
            slow.events(heard + 1)
        # It comes again with what it saw last, and nothing is missing.
        with Reader(served, f"/stream?after={slow.last_id}", dispatcher) as again:
            assert again.events(heard + 1 - int(slow.last_id))[-1] == ("report.received", number)


def _closed_streams(served: Served) -> int:
    return 2 - int(_metric(served, "frontage_streams"))


def _metric(served: Served, name: str) -> float:
    line = http.client.HTTPConnection(served.host, served.port, timeout=GIVE_UP_S)
    line.request("GET", "/metrics")
    told = line.getresponse().read().decode()
    line.close()
    (found,) = [one for one in told.splitlines() if one.startswith(f"{name} ")]
    return float(found.split()[1])


# --- Limits ---------------------------------------------------------------------------------------------------


def test_too_many_streams_are_told_to_poll_and_a_closed_one_makes_room(serve: Serve, sign_in: SignIn) -> None:
    one, other, third = sign_in("dispatcher"), sign_in("admin"), sign_in("acceptor")
    with serve(streams_max_count=3, streams_per_account_max_count=2) as served, ExitStack() as stack:
        first = stack.enter_context(Reader(served, "/stream", one))
        stack.enter_context(Reader(served, "/stream", one))
        status, told, headers = get(served, "/stream", one)
        assert (status, told["code"], headers["Retry-After"]) == (503, "streams_full", "5")
        stack.enter_context(Reader(served, "/stream", other))
        assert get(served, "/stream", third)[0] == 503
        assert get(served, "/changes", third)[0] == 200
        first.socket.close()
        deadline = time.monotonic() + GIVE_UP_S
        while _metric(served, "frontage_streams") > 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert stack.enter_context(Reader(served, "/stream", third)).status == 200


def test_five_hundred_idle_streams_leave_the_api_free(
    serve: Serve, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    dispatcher = sign_in("dispatcher")
    request = f"GET {API}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {dispatcher['Authorization']}\r\n\r\n"
    with (
        serve(streams_per_account_max_count=600, stream_heartbeat_s=60) as served,
        ExitStack() as stack,
        selectors.DefaultSelector() as selector,
    ):
        for _ in range(500):
            line = stack.enter_context(socket.create_connection((served.host, served.port)))
            line.sendall(request.encode())
            selector.register(line, selectors.EVENT_READ)
        assert len(_heard_by(selector, b"retry: ")) == 500
        # Counted by the thread that writes them, a moment after the first bytes are out.
        while (counted := _metric(served, "frontage_streams")) < 500:
            time.sleep(0.05)
        assert counted == 500
        for _ in range(20):
            assert get(served, "/changes?after=now", dispatcher)[0] == 200
        with acting(owner, officer) as connection:
            number = open_case(connection, JINSHA)
        assert len(_heard_by(selector, number.encode())) == 500


def _heard_by(selector: selectors.BaseSelector, text: bytes) -> set[int]:
    """The connections on which a text came, read until all have it or nothing more comes."""
    got: dict[int, bytes] = {}
    heard: set[int] = set()
    while len(heard) < len(selector.get_map()):
        ready = selector.select(GIVE_UP_S)
        if not ready:
            break
        for key, _ in ready:
            got[key.fd] = got.get(key.fd, b"") + key.fileobj.recv(65536)  # type: ignore[union-attr]
            if text in got[key.fd]:
                heard.add(key.fd)
    return heard


# --- Tickets --------------------------------------------------------------------------------------------------


def ticket(client: FlaskClient, headers: dict[str, str]) -> str:
    answer = client.post(f"{API}/stream/tickets", headers=headers)
    assert answer.status_code == 200
    assert answer.get_json()["expires_in"] == 30
    return str(answer.get_json()["ticket"])


def test_a_ticket_opens_one_stream_of_its_session_once(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Account
) -> None:
    with acting(owner, officer) as connection:
        open_case(connection, JINXIN)
        number = open_case(connection, JINSHA)
    given = ticket(client, sign_in("handler", organisation=JINSHA))
    path = f"{API}/stream?after=0&ticket={given}"
    assert number in client.get(path).text
    used = client.get(path)
    assert (used.status_code, used.get_json()["code"]) == (401, "not_authenticated")
    assert given not in str(used.get_json())


def test_a_ticket_opens_nothing_but_a_stream(client: FlaskClient, sign_in: SignIn) -> None:
    given = ticket(client, sign_in("dispatcher"))
    assert client.get(f"{API}/changes?ticket={given}").status_code == 401
    assert client.post(f"{API}/stream/tickets?ticket={given}").status_code == 401


@pytest.mark.parametrize("made_up", ["", "x", "\u0661", "'; --", "a" * 64])
def test_a_made_up_ticket_opens_nothing_even_beside_a_token(
    client: FlaskClient, sign_in: SignIn, made_up: str
) -> None:
    answer = client.get(f"{API}/stream", query_string={"ticket": made_up}, headers=sign_in("dispatcher"))
    assert answer.status_code == 401


def test_a_ticket_too_old_or_of_an_ended_session_opens_nothing(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    headers = sign_in("dispatcher")
    late, ended = ticket(client, headers), ticket(client, headers)
    with owner.begin() as connection:
        connection.execute(text("UPDATE stream_ticket SET expires_at = now() - interval '1 second'"))
    assert client.get(f"{API}/stream?ticket={late}").status_code == 401
    with owner.begin() as connection:
        connection.execute(text("UPDATE stream_ticket SET expires_at = now() + interval '1 minute'"))
    assert client.post(f"{API}/auth/logout", headers=headers).status_code == 204
    assert client.get(f"{API}/stream?ticket={ended}").status_code == 401


def test_the_database_holds_no_ticket_and_forgets_those_that_nobody_used(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    headers = sign_in("dispatcher")
    given = ticket(client, headers)
    with owner.begin() as connection:
        kept = connection.execute(text("SELECT CAST(ROW(t) AS text) FROM stream_ticket t")).scalar_one()
        connection.execute(text("UPDATE stream_ticket SET expires_at = now() - interval '1 second'"))
    assert given not in kept
    ticket(client, headers)
    assert factories.count_rows(owner, "stream_ticket") == 1


def test_a_stream_by_ticket_ends_with_the_token_the_ticket_was_asked_with(
    serve: Serve, app: OpenAPI, client: FlaskClient, sign_in: SignIn
) -> None:
    signed_in = sign_in("dispatcher")
    given = ""

    def with_a_ticket(headers: dict[str, str]) -> Reader:
        nonlocal given
        given = ticket(client, headers)
        return Reader(served, f"/stream?ticket={given}", {})

    with serve() as served, opened_with_a_short(app, signed_in, with_a_ticket) as (reader, _):
        reader.wait_for_the_end()
    log = served.log_path.read_text(encoding="utf-8")
    assert f"{API}/stream" in log
    assert given not in log
