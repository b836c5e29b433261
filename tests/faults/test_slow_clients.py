"""A phone on a bad line holds a thread of the server, never a connection to the database."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import text

from tests.factories import photo_bytes
from tests.faults.phone import BOUNDARY, Job, Phone, multipart
from tests.faults.served import served, wait_until
from tests.faults.world import World, make_world
from tests.postgres import TestServer


def test_bodies_that_trickle_in_hold_no_connection_to_the_database(
    postgres: TestServer, tmp_path: Path
) -> None:
    jobs = [Job((photo_bytes(seed=seed, size=(2400, 1800)),)) for seed in range(3)]
    with (
        make_world(postgres, tmp_path, database_pool_size=2) as world,
        served(world, threads=6) as server,
        ExitStack() as open_sockets,
    ):
        phone, slow = Phone(server.port, world.headers), []
        for job in jobs:
            body = multipart(job.report, job.photos)
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            open_sockets.callback(connection.close)
            head = server.head(len(body), f"multipart/form-data; boundary={BOUNDARY}", job.report_id)
            connection.sendall(head + body[:-100])
            slow.append((connection, body[-100:]))
        # The photo so far lies in the staging folder: by then the server waits in the middle of each body.
        assert wait_until(lambda: len(list((world.config.var / "staging").iterdir())) == 3)

        for _ in range(4):
            assert phone.send_words(Job(()))[0] == 201
        # An answered request gives its connection back a moment later; what is held is held until the body is there.
        assert wait_until(lambda: _held(world) == 0)

        for waiting, rest in slow:
            waiting.sendall(rest)
            answer = b""
            while piece := waiting.recv(65536):
                answer += piece
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.split()[1] == b"201" and json.loads(body)["state"] == "complete"


def _held(world: World) -> int:
    """Connections of the server that are in a transaction."""
    with world.owner.connect() as asking:
        return int(
            asking.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'frontage' "
                    "AND datname = current_database() AND state <> 'idle'"
                )
            ).scalar_one()
        )
