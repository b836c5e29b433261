"""Databases for tests: one template built by the real migrations, and clones of it.

A clone whose schema nobody touched is emptied and used again: that takes 10 ms where a new one takes 100 to 300.
Several test runs may share one server. Each keeps a connection that bears its name, so a new run can tell
databases left behind by a dead run from those in use, and removes only the former.
"""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import NullPool, PoolResetState

from server import schema
from server.cluster import PrivateCluster
from server.db import Database

METRIC_SRID = 4549
_PREFIX = "frontage_test_"
# Any DDL, a disabled trigger and a TRUNCATE too, leaves a newer row or another number of rows in one of these.
_SCHEMA_STATE = " UNION ALL ".join(
    f"SELECT count(*), max(CAST(CAST(xmin AS text) AS bigint)) FROM {catalog}"
    for catalog in (
        "pg_class",
        "pg_attribute",
        "pg_constraint",
        "pg_trigger",
        "pg_policy",
        "pg_proc",
        "pg_type",
    )
)
# Without triggers, which refuse to delete evidence, and in no particular order.
_EMPTY = """
DO $$
DECLARE
  item record;
  filled boolean;
BEGIN
  PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND NOT (application_name = 'frontage' AND state = 'idle');
  SET LOCAL session_replication_role = replica;
  SET LOCAL synchronous_commit = off;
  FOR item IN SELECT CAST(oid AS regclass) AS name FROM pg_class
    WHERE relnamespace = CAST('public' AS regnamespace) AND relkind = 'r'
      AND relname NOT IN ('alembic_version', 'spatial_ref_sys') LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', item.name) INTO filled;
    IF filled THEN
      EXECUTE format('DELETE FROM %s', item.name);
    END IF;
  END LOOP;
  PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
END $$
"""


class KeptDatabase(Database):
    """The server's database, closed when it is dropped and not with the app over it."""

    def close(self) -> None:
        """Connections stay: the first ST_Transform of a new one takes 60 ms."""


@dataclass
class TestServer:
    """A PostgreSQL server that tests may create databases on.

    Attributes:
        admin_url: owner's URL of a database that is not a test's.
        app_password: of the server's role, where the server asks for one.
    """

    __test__ = False

    admin_url: str
    app_password: str | None = None
    run: int = field(default_factory=lambda: secrets.randbits(31))
    _numbers: Iterator[int] = field(default_factory=count, repr=False)
    _template: str | None = field(default=None, repr=False)
    _spare: str | None = field(default=None, repr=False)
    _untouched: list[tuple] = field(default_factory=list, repr=False)
    _owners: dict[str, Engine] = field(default_factory=dict, repr=False)
    _served: dict[str, dict[tuple, KeptDatabase]] = field(default_factory=dict, repr=False)

    @property
    def _name(self) -> str:
        return f"{_PREFIX}{self.run:08x}"

    def __enter__(self) -> TestServer:
        self._admin = psycopg2.connect(self.admin_url, application_name=self._name)
        self._admin.autocommit = True
        self._drop_left_overs()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Drop what is this run's and be connected no more; once more does nothing."""
        if not self._admin.closed:
            for name in self._databases(self._name):
                self._drop(name)
            self._admin.close()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """URL of a database without any schema, for tests of the migrations themselves."""
        with self._database(None) as url:
            yield url

    @contextmanager
    def clone(self) -> Iterator[str]:
        """Owner's URL of a fresh copy of the migrated template, dropped afterwards."""
        with self._database(self._migrated()) as url:
            yield url

    @contextmanager
    def clean(self) -> Iterator[str]:
        """Owner's URL of a migrated database without rows; the one of the test before where that is possible."""
        name, self._spare = self._spare, None
        if name is None:
            name = self._next_name()
            self._create(name, self._migrated())
            # A commit waits milliseconds for the disk. Who lets servers or databases die, has a clone, which waits.
            self._ask(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
            with self.owner(self._url(name)).connect() as connection:
                self._untouched = _schema_state(connection)
        try:
            yield self._url(name)
        finally:
            with self.owner(self._url(name)).begin() as connection:
                connection.exec_driver_sql(_EMPTY.replace("%", "%%"))
                same = _schema_state(connection) == self._untouched
            if same and self._spare is None:
                self._spare = name
            else:
                self._drop(name)

    def owner(self, url: str) -> Engine:
        """The owner's engine of a database of this run, with a connection that outlives a test.

        A new connection takes 60 ms for its first ST_Transform. Given back it forgets all else that was set on it.
        """
        name = str(make_url(url).database)
        if name not in self._owners:
            made = create_engine(_driven(url), pool_size=1, pool_pre_ping=True, pool_reset_on_return=None)
            event.listen(made, "reset", _forget)
            self._owners[name] = made
        return self._owners[name]

    def served(self, url: str, **settings: Any) -> KeptDatabase:
        """A database of this run as the server has it, with a pool that outlives a test; settings as for Database."""
        name = str(make_url(url).database)
        made = self._served.setdefault(name, {})
        key = (url, *sorted(settings.items()))
        if key not in made:
            made[key] = KeptDatabase(url, **settings)
        return made[key]

    def _migrated(self) -> str:
        if self._template is None:
            name = f"{self._name}_template"
            self._create(name, None)
            schema.migrate(self._url(name), metric_srid=METRIC_SRID)
            self._template = name
        return self._template

    def others_connected(self) -> bool:
        """Whether anybody but this run is connected to the server."""
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        return bool(self._ask(f"SELECT count(*) FROM pg_stat_activity WHERE {others}")[0][0])

    def app_url(self, owner_url: str) -> str:
        """The same database as the role the server works with."""
        return schema.role_url(owner_url, "frontage_app", self.app_password)

    @contextmanager
    def _database(self, template: str | None) -> Iterator[str]:
        name = self._next_name()
        self._create(name, template)
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def _next_name(self) -> str:
        return f"{self._name}_{next(self._numbers)}"

    def _url(self, name: str) -> str:
        return make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)

    def _create(self, name: str, template: str | None) -> None:
        source = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        self._ask(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), source))

    def _drop(self, name: str) -> None:
        for served in self._served.pop(name, {}).values():
            served.engine.dispose()
        if name in self._owners:
            self._owners.pop(name).dispose()
        self._ask(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _drop_left_overs(self) -> None:
        # Databases first: whoever made one of them was connected by then, and still is when alive.
        databases = self._databases(_PREFIX)
        alive = {row[0] for row in self._ask("SELECT application_name FROM pg_stat_activity")}
        for name in databases:
            if name[: len(self._name)] not in alive:
                self._drop(name)

    def _databases(self, prefix: str) -> list[str]:
        rows = self._ask("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", prefix)
        return [row[0] for row in rows]

    def _ask(self, statement: str | sql.Composable, *values: object) -> list[tuple]:
        with self._admin.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []


def _driven(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+psycopg2")


def _forget(connection: Any, _record: object, state: PoolResetState) -> None:
    if state.terminate_only or connection.closed:
        return
    connection.rollback()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DISCARD ALL")
    connection.autocommit = False


def _schema_state(connection: Connection) -> list[tuple]:
    return [tuple(row) for row in connection.exec_driver_sql(_SCHEMA_STATE)]


@contextmanager
def private_server(cluster: PrivateCluster) -> Iterator[TestServer]:
    """A cluster, started when it does not run; of several runs that share it, the last one stops it again."""
    # In turns: a run that begins must not meet a cluster that the one before it is about to stop, and two that end
    # together must not each take the other for one that stays.
    with _turn(cluster) as ours:
        if cluster.start():
            ours.write_text("started for tests")
        server = TestServer(cluster.owner_url("postgres")).__enter__()
    try:
        yield server
    finally:
        with _turn(cluster) as ours:
            last = ours.read_text() != "" and not server.others_connected()
            server.leave()
            if last:
                ours.write_text("")
                cluster.stop()


@contextmanager
def _turn(cluster: PrivateCluster) -> Iterator[Path]:
    """One run at a time; the file says whether the cluster runs for tests only."""
    path = cluster.var / "started-for-tests"
    cluster.var.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield path


@contextmanager
def engine(url: str) -> Iterator[Engine]:
    """An engine that keeps no connection open between transactions."""
    made = create_engine(_driven(url), poolclass=NullPool)
    yield made
    made.dispose()
