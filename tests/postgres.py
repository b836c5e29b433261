"""Databases for tests: one template built by the real migrations, and clones of it that live for one test.

Several test runs may share one server. Each holds an advisory lock while it lives, so a new run can tell
databases left behind by a dead run from those in use, and removes only the former.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import psycopg2
from psycopg2 import sql
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

from server import schema
from server.cluster import PrivateCluster

METRIC_SRID = 4549
_PREFIX = "frontage_test_"
_LOCK_CLASS = 0x7465


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

    def __enter__(self) -> TestServer:
        self._admin = psycopg2.connect(self.admin_url)
        self._admin.autocommit = True
        self._ask("SELECT pg_advisory_lock(%s, %s)", _LOCK_CLASS, self.run)
        self._drop_left_overs()
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._ours(f"{_PREFIX}{self.run:08x}"):
            self._drop(name)
        self._admin.close()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """URL of a database without any schema, for tests of the migrations themselves."""
        with self._database(None) as url:
            yield url

    @contextmanager
    def clone(self) -> Iterator[str]:
        """Owner's URL of a fresh copy of the migrated template (about 60 ms)."""
        if self._template is None:
            name = f"{_PREFIX}{self.run:08x}_template"
            self._create(name, None)
            schema.migrate(self._url(name), metric_srid=METRIC_SRID)
            self._template = name
        with self._database(self._template) as url:
            yield url

    def others_connected(self) -> bool:
        """Whether anybody but this run is connected to the server."""
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        return bool(self._ask(f"SELECT count(*) FROM pg_stat_activity WHERE {others}")[0][0])

    def app_url(self, owner_url: str) -> str:
        """The same database as the role the server works with."""
        return schema.role_url(owner_url, "frontage_app", self.app_password)

    @contextmanager
    def _database(self, template: str | None) -> Iterator[str]:
        name = f"{_PREFIX}{self.run:08x}_{next(self._numbers)}"
        self._create(name, template)
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def _url(self, name: str) -> str:
        return make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)

    def _create(self, name: str, template: str | None) -> None:
        source = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        self._ask(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), source))

    def _drop(self, name: str) -> None:
        self._ask(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _drop_left_overs(self) -> None:
        for run in {name.removeprefix(_PREFIX)[:8] for name in self._ours(_PREFIX)} - {f"{self.run:08x}"}:
            if self._ask("SELECT pg_try_advisory_lock(%s, %s)", _LOCK_CLASS, int(run, 16))[0][0]:
                for name in self._ours(f"{_PREFIX}{run}"):
                    self._drop(name)
                self._ask("SELECT pg_advisory_unlock(%s, %s)", _LOCK_CLASS, int(run, 16))

    def _ours(self, prefix: str) -> list[str]:
        rows = self._ask("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", prefix)
        return [row[0] for row in rows]

    def _ask(self, statement: str | sql.Composable, *values: object) -> list[tuple]:
        with self._admin.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def private_server(cluster: PrivateCluster) -> Iterator[TestServer]:
    """A cluster, started when it does not run and stopped again unless somebody else uses it by then."""
    started = cluster.start()
    with TestServer(cluster.owner_url("postgres")) as server:
        yield server
        in_use = server.others_connected()
    if started and not in_use:
        cluster.stop()


@contextmanager
def engine(url: str) -> Iterator[Engine]:
    """An engine that keeps no connection open between transactions."""
    made = create_engine(make_url(url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield made
    made.dispose()
