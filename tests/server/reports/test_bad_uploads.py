"""Bodies that do not arrive as announced, by raw sockets to gunicorn: cut off, wrong length, bad chunks."""

from __future__ import annotations

import json
import random
import socket
import struct
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.factories import photo_bytes, report_json
from tests.faults.served import Served, served, wait_until
from tests.faults.world import make_world
from tests.postgres import TestServer
from tests.server.reports.hostile import BOUNDARY, join, part
from tests.server.reports.street import row_counts, sha256_of, tree

PHOTO = photo_bytes(size=(640, 480))
REPORT = report_json(photos=[PHOTO])
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
BODY = join(part("report", json.dumps(REPORT).encode()), part("photo", PHOTO, "a.jpg"))
WORDS = json.dumps(REPORT).encode()
_rng = random.Random(7)
CUTS = sorted({*range(0, len(BODY), 1024), *(_rng.randrange(len(BODY)) for _ in range(40)), len(BODY) - 1})


@pytest.fixture(scope="module")
def server(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with make_world(postgres, tmp_path_factory.mktemp("served")) as world, served(world) as running:
        yield running


def state(server: Served) -> tuple[dict[str, int], dict[str, int]]:
    files = tree(server.world.config.var)
    return row_counts(server.world.owner), {
        path: size for path, size in files.items() if "secrets" not in path
    }


def test_an_upload_cut_off_at_any_kilobyte_leaves_nothing_and_can_be_repeated(server: Served) -> None:
    report_id, before = uuid4(), state(server)

    for cut in CUTS:
        head = server.head(len(BODY), MULTIPART, report_id)
        status, problem = server.exchange(head + BODY[:cut], hang_up=True)
        assert status in (0, 400), (cut, status, problem)
        assert status == 0 or problem["code"] == "malformed_request"

    assert wait_until(lambda: state(server) == before)
    status, receipt = server.exchange(server.head(len(BODY), MULTIPART, report_id) + BODY)
    assert (status, receipt["state"]) == (201, "complete")


def test_a_photo_cut_off_at_any_kilobyte_leaves_nothing_and_is_still_asked_for(server: Served) -> None:
    report_id, words = uuid4(), json.dumps({**REPORT, "note": "cut photo"}).encode()
    server.exchange(server.head(len(words), "application/json", report_id) + words)
    path, before = f"/api/v1/reports/{report_id}/photos/{sha256_of(PHOTO)}", state(server)

    for cut in range(0, len(PHOTO), 1024):
        status, problem = server.exchange(
            server.head(len(PHOTO), "image/jpeg", path=path) + PHOTO[:cut], hang_up=True
        )
        assert status in (0, 400), (cut, status, problem)

    assert wait_until(lambda: state(server) == before)
    status, receipt = server.exchange(server.head(len(PHOTO), "image/jpeg", path=path) + PHOTO)
    assert (status, receipt["state"]) == (201, "complete")


def test_a_client_that_resets_the_connection_leaves_nothing(server: Served) -> None:
    before = state(server)
    for cut in CUTS[::10]:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(server.head(len(BODY), MULTIPART) + BODY[:cut])
            # Linger 0: closing sends RST.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert wait_until(lambda: state(server) == before)


@pytest.mark.parametrize(
    ("length", "allowed"),
    [
        pytest.param(len(WORDS) - 1, {400}, id="one too few"),
        pytest.param(0, {400}, id="none at all"),
        pytest.param(10, {400}, id="a few bytes"),
    ],
)
def test_a_length_shorter_than_the_body_is_refused(server: Served, length: int, allowed: set[int]) -> None:
    before = state(server)

    status, problem = server.exchange(server.head(length, "application/json") + WORDS)

    assert status in allowed and problem["code"] == "malformed_request"
    assert state(server) == before


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: -1",),
        ("Content-Length: x",),
        ("Content-Length: 1e3",),
        (f"Content-Length: {len(WORDS)}", "Content-Length: 3"),
        ("Content-Length: 10", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: gzip",),
        ("Transfer-Encoding: chunked, identity",),
    ],
    ids=" ".join,
)
def test_lengths_that_contradict_each_other_never_reach_the_app_as_a_report(
    server: Served, lines: tuple[str, ...]
) -> None:
    before = state(server)

    status, _ = server.exchange(server.head(None, "application/json", None, *lines) + WORDS, hang_up=True)

    assert status == 0 or 400 <= status <= 501 and status != 500
    assert state(server) == before


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 100, 4096, 10**6])
def test_a_body_in_chunks_of_any_size_is_taken(server: Served, size: int) -> None:
    body = join(
        part("report", json.dumps({**REPORT, "note": f"in chunks of {size}"}).encode()),
        part("photo", PHOTO, "a.jpg"),
    )
    head = server.head(None, MULTIPART, None, "Transfer-Encoding: chunked")

    status, receipt = server.exchange(head + chunked(body, size))

    assert (status, receipt["state"]) == (201, "complete")


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"zz\r\nhello\r\n0\r\n\r\n", id="size is no number"),
        pytest.param(b"-5\r\nhello\r\n0\r\n\r\n", id="negative size"),
        pytest.param(b"5\r\nhello world\r\n0\r\n\r\n", id="longer than its size"),
        pytest.param(b"ffffffffffffffff\r\nhello", id="huge size"),
        pytest.param(b"5\r\nhel", id="cut off in a chunk"),
        pytest.param(b"5\r\nhello\r\n", id="no last chunk"),
        pytest.param(chunked(BODY, 512)[:-5], id="all but the last chunk"),
        pytest.param(chunked(BODY[:-40], 512), id="whole chunks of half a body"),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", MULTIPART, "image/jpeg"])
def test_chunks_that_cannot_be_read_are_refused_and_leave_nothing(
    server: Served, bad: bytes, content_type: str
) -> None:
    before, path = state(server), ""
    if content_type == "image/jpeg":
        path = f"/api/v1/reports/{uuid4()}/photos/{sha256_of(PHOTO)}"

    head = server.head(None, content_type, None, "Transfer-Encoding: chunked", path=path)
    status, problem = server.exchange(head + bad, hang_up=True)

    assert status == 0 or 400 <= status < 500, (status, problem)
    assert wait_until(lambda: state(server) == before)


def test_a_chunked_body_without_end_is_stopped_at_the_limit(server: Served) -> None:
    before = state(server)
    endless = chunked(b" " * 400_000, 65536)[:-5]

    head = server.head(None, "application/json", None, "Transfer-Encoding: chunked")
    status, problem = server.exchange(head + endless)

    assert status == 413 and problem["limit_bytes"] == server.world.config.json_max_bytes
    assert state(server) == before
