"""The test stand: a private cluster in a folder of its own, databases on generated ground, and the server as it is run.

Everything is gone when the block ends. What a killed run left behind is removed by the next one: the kernel lets go of
a dead run's lock, so nobody living is disturbed.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection
from sqlalchemy import URL, create_engine, make_url

from bench import ground
from bench.processes import Families
from config import Config
from server import running, schema
from server.cluster import PrivateCluster
from server.deployment import DATABASE, Deployment
from server.people import accounts

ROOT = Path(__file__).resolve().parent.parent
_PREFIX = "bench-"
_HOST = "127.0.0.1"
_MIGRATED = "migrated"


@dataclass
class Stand:
    """One private cluster and its folder.

    Attributes:
        one_server: parts that need no worker share a server, which nothing is measured by; else each starts its own.
        kept: what ends with the stand.
    """

    cluster: PrivateCluster
    kept: ExitStack
    one_server: bool = False

    @property
    def var(self) -> Path:
        return self.cluster.var

    @cached_property
    def postmaster(self) -> int:
        return int((self.cluster.data / "postmaster.pid").read_text().splitlines()[0])

    @cached_property
    def _url(self) -> URL:
        # Whoever asks the cluster has it look for its processes first.
        return make_url(self.cluster.owner_url(DATABASE))

    def url(self, database: str = DATABASE) -> str:
        """Owner's URL."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def fill(self, database: str, *, zones: int, township_vertices: int) -> None:
        """A migrated database with the generated ground; nothing when it is there already."""
        if self.cluster.database_exists(database):
            return
        if not self.cluster.database_exists(_MIGRATED):
            self.cluster.create_database(_MIGRATED)
            schema.migrate(self.url(_MIGRATED), metric_srid=ground.SRID)
        self.cluster.create_database(database, template=_MIGRATED)
        given = ground.values(zones)
        with connected(self.url(database)) as connection, connection.cursor() as cursor:
            for statement in ground.BEFORE_FILLING:
                cursor.execute(statement)
            for code, wkb in ground.townships(township_vertices).items():
                cursor.execute(ground.FILL_TOWNSHIP, {**given, "code": code, "wkb": wkb})
            for statement in (ground.FILL_CATEGORY, ground.FILL_GRID, ground.FILL_FRONTAGES):
                cursor.execute(statement, given)
            for statement in ground.AFTER_FILLING:
                cursor.execute(statement)

    def people(self, role: str, count: int) -> list[accounts.NewAccount]:
        """Organisations for all townships and `count` of a role in the district, with their passwords."""
        engine = create_engine(schema.owner_engine_url(self.url()))
        with engine.begin() as connection:
            places = [(ground.DISTRICT_CODE, "district"), *((c, "township") for c in ground.township_codes())]
            taken = len(accounts.list_accounts(connection))
            for code, kind in places if not taken else []:
                accounts.put_organisation(
                    connection, code=code, kind=kind, name=code, body_name=code, body_name_en=code
                )
            made = [
                accounts.create_account(
                    connection,
                    username=f"{role}.{number:03d}",
                    display_name=f"{role} {number}",
                    role=role,
                    organisation_code=ground.DISTRICT_CODE,
                )
                for number in range(taken, taken + count)
            ]
        engine.dispose()
        return made

    @contextmanager
    def serve(self, officers: int = 1, dispatchers: int = 0, *, worker: bool = False) -> Iterator[Server]:
        """The server as `frontage run` starts it, over the filled database `frontage`; stopped at the end.

        Args:
            worker: start one too.
        """
        people = self.people("officer", officers)
        deciding = self.people("dispatcher", dispatchers)
        with ExitStack() as ours:
            if worker or not self.one_server:
                port, server, working = ours.enter_context(self._started(worker))
            else:
                port, server, working = self._shared
            yield Server(
                _HOST,
                port,
                [token_of(port, one.account.username, one.password) for one in people],
                Families(server, self.postmaster),
                [token_of(port, one.account.username, one.password) for one in deciding],
                working,
            )

    @cached_property
    def _shared(self) -> tuple[int, int, int | None]:
        return self.kept.enter_context(self._started(worker=False))

    @contextmanager
    def _started(self, worker: bool) -> Iterator[tuple[int, int, int | None]]:
        """Port and processes of a new server and worker."""
        config = Config(var=self.var, host=_HOST, port=_free_port(), metric_srid=ground.SRID)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("FRONTAGE_")}
        with running.Children(self.var / "log") as children:
            given = running.child_environ(environ, Deployment(config))
            child = children.start("server", running.server_command(), given)
            working = children.start("worker", running.worker_command(), given) if worker else None
            children.wait_until_ready(_HOST, config.port)
            yield config.port, child.process.pid, working.process.pid if working else None


@dataclass(frozen=True)
class Server:
    """A running server and the access tokens of its officers and dispatchers; `worker`: pid of one, if there is one."""

    host: str
    port: int
    tokens: list[str]
    families: Families
    dispatchers: list[str] = field(default_factory=list)
    worker: int | None = None


@contextmanager
def stand(*, one_server: bool = False) -> Iterator[Stand]:
    """A fresh private cluster on the disk the data folder is on; FRONTAGE_DATABASE_URL is not used here."""
    parent = Path(os.environ.get("FRONTAGE_VAR") or ROOT / "var").absolute()
    parent.mkdir(parents=True, exist_ok=True)
    _remove_left_overs(parent)
    var = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    # The cluster's OS user has to pass through; what is inside is closed on its own.
    var.chmod(0o711)
    cluster = PrivateCluster(var, tell=lambda _: None)
    try:
        with running.only_one(var), ExitStack() as kept:
            cluster.start()
            yield Stand(cluster, kept, one_server)
    finally:
        _remove(cluster)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """One psycopg2 connection in autocommit mode."""
    connection = psycopg2.connect(url, application_name="bench")
    try:
        connection.autocommit = True
        yield connection
    finally:
        connection.close()


def _remove_left_overs(parent: Path) -> None:
    for left in parent.glob(f"{_PREFIX}*"):
        try:
            with running.only_one(left):
                _remove(PrivateCluster(left, tell=lambda _: None))
        except running.RunFailed:
            continue  # a run that lives


def _remove(cluster: PrivateCluster) -> None:
    # Nothing in it is wanted any more: no checkpoint.
    cluster.stop("immediate")
    for folder in {cluster.home, cluster.var}:
        if folder.exists():
            shutil.rmtree(folder)


def token_of(port: int, username: str, password: str | None) -> str:
    """An access token, good for some minutes."""
    line = http.client.HTTPConnection(_HOST, port, timeout=30)
    body = json.dumps({"username": username, "password": password})
    line.request("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
    answer = line.getresponse()
    told = json.loads(answer.read())
    line.close()
    if answer.status != 200:
        raise running.RunFailed(f"登录失败 / sign-in of {username}: {answer.status} {told}")
    return str(told["access_token"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
