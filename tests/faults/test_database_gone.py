"""The database crashes, restarts, or drops its connections: 503 with Retry-After, nothing lost, no help needed."""

from __future__ import annotations

import http.client
import json
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from server import schema
from server.app import create_app
from server.cluster import PrivateCluster
from server.cluster_place import PROGRAMS
from server.problems.answering import from_database
from tests.factories import photo_bytes
from tests.faults.ledger_of_promises import broken_promises
from tests.faults.phone import Job, Phone
from tests.faults.served import served, wait_until
from tests.faults.world import make_world, unique_photo, world_on
from tests.postgres import METRIC_SRID, TestServer, engine

PHOTO = photo_bytes(size=(320, 240))


@pytest.fixture
def cluster() -> Iterator[PrivateCluster]:
    """A cluster of this test's own, directly under /tmp, where the OS user `postgres` may go."""
    folder = Path(tempfile.mkdtemp(prefix="frontage-test-", dir="/tmp"))
    folder.chmod(0o755)
    made = PrivateCluster(folder / "var", tell=lambda _: None)
    try:
        made.start()
        yield made
    finally:
        made.stop("immediate")
        shutil.rmtree(made.home, ignore_errors=True)
        shutil.rmtree(folder)


class Senders:
    """Phones that send one report after another until told to stop."""

    def __init__(self, phone: Phone, count: int) -> None:
        self.phone = phone
        self.receipts: dict[Job, dict[str, Any]] = {}
        self.failures: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=[number]) for number in range(count)]

    def __enter__(self) -> Senders:
        for thread in self._threads:
            thread.start()
        return self

    def wait_for_more(self, count: int) -> None:
        wanted = len(self.receipts) + count
        assert wait_until(lambda: len(self.receipts) >= wanted, 60)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        rng = random.Random(number)
        try:
            while not self._stop.is_set():
                job = Job((unique_photo(PHOTO),))
                self.receipts[job] = self.phone.deliver(job, rng, time.monotonic() + 120)
        except BaseException as failure:
            self.failures.append(failure)


@pytest.mark.skipif(not (PROGRAMS / "postgres").exists(), reason="needs PostgreSQL on this machine")
def test_a_database_that_crashes_under_load_is_503_and_comes_back_without_help(
    cluster: PrivateCluster, tmp_path: Path
) -> None:
    cluster.create_database("frontage")
    url = cluster.owner_url("frontage")
    schema.migrate(url, metric_srid=METRIC_SRID)
    with engine(url) as owner:
        world = world_on(url, schema.role_url(url, "frontage_app"), owner, tmp_path)
        with served(world) as server:
            phone = Phone(server.port, world.headers)
            with Senders(phone, 4) as senders:
                for _ in range(2):
                    senders.wait_for_more(5)
                    cluster.stop("immediate")
                    assert told_to_wait(phone) == 5
                    cluster.start()
                    assert wait_until(lambda: phone.send_words(Job(()))[0] == 201, 30)

        assert senders.failures == []
        words_only = _reports(owner) - len(senders.receipts)
        assert words_only >= 2
        lost = [
            one
            for one in broken_promises(world, senders.receipts)
            if f"for {len(senders.receipts)} " not in one
        ]
        assert lost == []


def _reports(owner: Engine) -> int:
    with owner.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM report")).scalar_one())


def told_to_wait(phone: Phone) -> int:
    """Seconds of Retry-After that a request gets now; 503 is expected."""
    connection = http.client.HTTPConnection("127.0.0.1", phone.port, timeout=30)
    try:
        headers = {**phone.headers, "Content-Type": "application/json"}
        connection.request("PUT", Job(()).path, json.dumps(Job(()).report), headers)
        answer = connection.getresponse()
        problem = json.loads(answer.read())
    finally:
        connection.close()
    assert (answer.status, problem["code"]) == (503, "unavailable")
    return int(answer.headers["Retry-After"])


def test_connections_that_were_ended_while_idle_are_replaced_unseen(
    postgres: TestServer, tmp_path: Path
) -> None:
    with make_world(postgres, tmp_path) as world:
        app = create_app(world.config, app_database_url=world.app_database_url)
        client = app.test_client()

        def send() -> int:
            job = Job(())
            return client.put(job.path, json=job.report, headers=world.headers).status_code

        for _ in range(3):
            assert send() == 201
            with world.owner.connect() as connection:
                ended = connection.execute(
                    text(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                        "WHERE application_name = 'frontage' AND datname = current_database()"
                    )
                ).scalar_one()
            assert ended >= 1
        assert send() == 201
        app.extensions["frontage"].close()


@pytest.mark.parametrize(
    ("sqlstate", "status"),
    [
        ("53100", 507),
        ("53200", 503),
        ("53300", 503),
        ("57014", 503),
        ("57P01", 503),
        ("57P03", 503),
        ("40001", 503),
        ("40P01", 503),
        ("55P03", 503),
        ("58030", 503),
        ("08006", 503),
        ("23505", 500),
        ("42601", 500),
    ],
)
def test_trouble_that_passes_is_told_from_a_defect_of_ours(
    database_url: str, sqlstate: str, status: int
) -> None:
    """507 when the database's disk is full, 503 for what another try may mend, 500 for the rest."""
    made = create_engine(database_url.replace("postgresql://", "postgresql+psycopg2://"))
    raise_it = text(f"DO $$ BEGIN RAISE EXCEPTION 'told' USING ERRCODE = '{sqlstate}'; END $$")
    with pytest.raises(DBAPIError) as raised, made.begin() as connection:
        connection.execute(raise_it)
    made.dispose()

    assert from_database(raised.value).status == status
