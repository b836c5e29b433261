"""The databases other tests stand on: empty at the start of each, and never with a schema somebody changed."""

from __future__ import annotations

import os

import psycopg2
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from server.people.accounts import list_accounts
from tests.factories import make_account
from tests.postgres import TestServer, engine


def run(url: str, statement: str) -> None:
    with engine(url) as owner, owner.begin() as connection:
        connection.execute(text(statement))


def test_the_next_test_finds_no_row_of_this_one(postgres: TestServer) -> None:
    with postgres.clean() as first, engine(first) as owner:
        make_account(owner)
    with postgres.clean() as second, engine(second) as owner, owner.connect() as connection:
        assert first == second
        assert list_accounts(connection) == []
        assert connection.execute(text("SELECT count(*) FROM organisation")).scalar_one() == 0


def test_numbers_start_again_in_every_test(postgres: TestServer) -> None:
    for _ in range(2):
        with postgres.clean() as url, engine(url) as owner, owner.begin() as connection:
            assert connection.execute(text("SELECT nextval('case_number_seq')")).scalar_one() == 1


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE ledger DISABLE TRIGGER ledger_append_only",
        "ALTER TABLE session DROP CONSTRAINT session_revoked_whole",
        "DROP POLICY account_read ON account",
        "CREATE TABLE left_over (x int)",
        "CREATE OR REPLACE FUNCTION current_scope() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'district' $$",
        "GRANT UPDATE ON account TO frontage_app",
    ],
)
def test_a_database_whose_schema_was_changed_is_not_used_again(postgres: TestServer, change: str) -> None:
    with postgres.clean() as changed:
        run(changed, change)
    with postgres.clean() as next_one:
        assert next_one != changed


def test_who_still_holds_a_connection_loses_it_with_the_test(postgres: TestServer) -> None:
    with postgres.clean() as url:
        held = create_engine(
            make_url(url).set(drivername="postgresql+psycopg2"), poolclass=NullPool
        ).connect()
    with pytest.raises(DBAPIError):
        held.execute(text("SELECT 1"))
    held.invalidate()
    held.close()


def test_databases_of_a_dead_run_are_removed_and_those_of_a_living_one_kept(postgres: TestServer) -> None:
    with postgres.clone() as url:
        dead = TestServer(url)
        with dead, dead.empty() as left_over:
            name = make_url(left_over).database
            with TestServer(url):
                assert exists(url, name)
            dead._admin.close()  # As a kill does: the connection goes, the databases stay.
            with TestServer(url):
                assert not exists(url, name)
            dead._admin = psycopg2.connect(url)
            dead._admin.autocommit = True


def exists(url: str, name: str | None) -> bool:
    with engine(url) as owner, owner.connect() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": name}
        )
        return bool(found.scalar_one())


def test_no_setting_of_the_shell_reaches_a_test() -> None:
    assert [name for name in os.environ if name.startswith("FRONTAGE_")] == []
