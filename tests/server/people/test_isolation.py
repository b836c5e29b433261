"""What the server's role can see and do in the database by itself: next to nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from server.people.tables import account, login_attempt, session
from tests.factories import make_account
from tests.postgres import TestServer, engine

Headers = dict[str, str]


def open_session(owner: Engine, account_id: UUID) -> UUID:
    session_id = uuid4()
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO session (id, account_id, refresh_jti, expires_at) "
                "VALUES (:id, :account, :jti, now() + interval '1 hour')"
            ),
            {"id": session_id, "account": account_id, "jti": uuid4()},
        )
    return session_id


def enter(connection: Connection, account_id: UUID, session_id: UUID) -> int:
    statement = text("SELECT count(*) FROM enter_v1(:account, :session)")
    return int(connection.execute(statement, {"account": account_id, "session": session_id}).scalar_one())


def ids(connection: Connection, table: str) -> list[UUID]:
    return list(connection.execute(text(f"SELECT id FROM {table}")).scalars())


def test_without_entering_the_server_s_role_sees_no_account_and_no_session(
    owner: Engine, as_app_role: Engine
) -> None:
    open_session(owner, make_account(owner).id)
    with as_app_role.connect() as connection:
        assert (
            ids(connection, "account") == ids(connection, "session") == ids(connection, "login_attempt") == []
        )


def test_after_entering_it_sees_the_account_and_sessions_of_who_asks_only(
    owner: Engine, as_app_role: Engine
) -> None:
    me, other = make_account(owner, role="admin").id, make_account(owner).id
    mine = open_session(owner, me)
    open_session(owner, other)
    with as_app_role.connect() as connection:
        assert enter(connection, me, mine) == 1
        assert ids(connection, "account") == [me]
        assert ids(connection, "session") == [mine]


def test_entering_ends_with_the_transaction(owner: Engine, as_app_role: Engine) -> None:
    me = make_account(owner).id
    mine = open_session(owner, me)
    with as_app_role.connect() as connection:
        enter(connection, me, mine)
        connection.commit()
        assert ids(connection, "account") == []


def test_another_s_session_lets_nobody_in(owner: Engine, as_app_role: Engine) -> None:
    me, other = make_account(owner).id, make_account(owner).id
    theirs = open_session(owner, other)
    with as_app_role.connect() as connection:
        assert enter(connection, me, theirs) == 0
        assert ids(connection, "account") == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password_hash FROM account",
        "SELECT * FROM account",
        "INSERT INTO account (username) VALUES ('x')",
        "UPDATE account SET role = 'admin'",
        "DELETE FROM account",
        "UPDATE organisation SET name = 'x'",
        "INSERT INTO session (id) VALUES (gen_random_uuid())",
        "UPDATE session SET revoked_at = NULL",
        "DELETE FROM session",
        "INSERT INTO login_attempt (succeeded) VALUES (true)",
        "DELETE FROM login_attempt",
        "TRUNCATE session",
        "ALTER TABLE account DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE x (y int)",
        "SET session_replication_role = replica",
        "SET ROLE frontage",
        "CREATE FUNCTION enter_v1() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_the_server_s_role_is_refused(owner: Engine, as_app_role: Engine, statement: str) -> None:
    me = make_account(owner, role="admin").id
    mine = open_session(owner, me)
    with as_app_role.connect() as connection:
        enter(connection, me, mine)
        with pytest.raises(ProgrammingError) as refused:
            connection.execute(text(statement))
        assert refused.value.orig.pgcode in ("42501", "22023")  # type: ignore[union-attr]


def test_the_worker_s_role_touches_neither_hashes_nor_sessions(
    postgres: TestServer, database_url: str, owner: Engine
) -> None:
    make_account(owner)
    url = postgres.app_url(database_url).replace("frontage_app", "frontage_worker", 1)
    with engine(url) as worker:
        for statement in (
            "SELECT id FROM account",
            "SELECT id FROM session",
            "SELECT login_lookup_v1('x')",
            "SELECT enter_v1(gen_random_uuid(), gen_random_uuid())",
        ):
            with worker.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text(statement))


def test_no_table_of_people_escapes_row_level_security(owner: Engine) -> None:
    asked = text(
        "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = CAST(:name AS regclass)"
    )
    with owner.connect() as connection:
        for table in (account, session, login_attempt):
            assert connection.execute(asked, {"name": table.name}).scalar_one(), table.name


def test_what_one_request_may_see_is_gone_from_the_connection_for_the_next(
    app: OpenAPI, sign_in: Callable[..., Headers]
) -> None:
    app.test_client().get("/api/v1/me", headers=sign_in("admin"))
    with app.extensions["frontage"].db.anonymous() as connection:
        assert ids(connection, "account") == []
        assert connection.execute(text("SELECT current_scope()")).scalar_one() in (None, "")
