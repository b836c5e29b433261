"""The database as the server sees it: one engine, and transactions that know for whom they act.

Every transaction starts with `enter_v1`, which reads the account's role and organisation afresh and sets them for
row-level security; without it the server's role sees no row. A connection that died while idle (a restarted
database) is replaced once, before anything was done on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg2.extensions import Float, register_adapter
from sqlalchemy import Connection, Engine, MetaData, Row, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from server import sqltext
from server.problems.people import NotAuthenticated

# Every feature's tables.py registers here; migrations compare it with the database.
metadata = MetaData()

_ENTER = sqltext.Statement(
    "enter_v1",
    """
SELECT account_id, username, display_name, role, organisation_id, organisation_code, organisation_name,
  organisation_kind, scope
FROM enter_v1(CAST(:account_id AS uuid), CAST(:session_id AS uuid))
""",
)
_ENTER_BY_TOKEN = sqltext.Statement(
    "api_token_enter_v1",
    """
SELECT account_id, username, display_name, role, organisation_id, organisation_code, organisation_name,
  organisation_kind, scope
FROM api_token_enter_v1(CAST(:account_id AS uuid), CAST(:session_id AS uuid), CAST(:digest AS bytea))
""",
)


@dataclass(frozen=True)
class Claim:
    """Who a token says is asking; nothing of it is believed before the database confirmed it.

    Attributes:
        session_id: of a personal token its own id: it is no session's.
        digest: SHA-256 of a personal token; None for a session's.
    """

    account_id: UUID
    session_id: UUID
    digest: bytes | None = None


@dataclass(frozen=True)
class Principal:
    """Who is asking, read from the database on this request."""

    account_id: UUID
    username: str
    display_name: str
    role: str
    organisation_id: UUID
    organisation_code: str
    organisation_name: str
    organisation_kind: str
    scope: str
    session_id: UUID
    digest: bytes | None = None

    @property
    def claim(self) -> Claim:
        return Claim(self.account_id, self.session_id, self.digest)


@dataclass(frozen=True)
class _Entered:
    """A transaction that `enter_v1` has begun and nothing has used yet."""

    claim: Claim
    connection: Connection
    principal: Principal


_entered: ContextVar[_Entered | None] = ContextVar("frontage_entered", default=None)


def _principal(row: Row[Any] | None, claim: Claim) -> Principal | None:
    if row is None:
        return None
    return Principal(**row._mapping, session_id=claim.session_id, digest=claim.digest)


def _adapt_float(value: float) -> Float:
    # PostgreSQL refuses to read a subnormal number (22003); a latitude of 5e-324 degrees is the equator.
    return Float(0.0 if 0 < abs(value) < sys.float_info.min else value)


@contextmanager
def _without_transaction(connection: Connection) -> Iterator[None]:
    """One statement by itself: no BEGIN before it and no ROLLBACK after it, two round trips less."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the pool gave no connection")
    driver.autocommit = True
    try:
        yield
    finally:
        # A connection that just died has nothing to set; the pool throws it away.
        if not driver.closed:
            driver.autocommit = False


class Database:
    """Engine and transactions of the server's role `frontage_app`."""

    def __init__(
        self, url: str, *, pool_size: int, statement_timeout_ms: int, prepared_statements: bool
    ) -> None:
        options = (
            # jit: compiling takes longer than any statement of ours runs, and large layers cross its threshold.
            f"-c statement_timeout={statement_timeout_ms} -c timezone=UTC -c jit=off "
            "-c idle_in_transaction_session_timeout=60000"
        )
        register_adapter(float, _adapt_float)
        self.engine: Engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg2"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            # An error's text is logged in places we do not choose; what people sent has no place in it.
            hide_parameters=True,
            connect_args={"options": options, "application_name": "frontage", "connect_timeout": 5},
        )
        if prepared_statements:

            @event.listens_for(self.engine, "connect")
            def _connected(_: Any, record: Any) -> None:
                sqltext.allow_preparing(record.info)

    @contextmanager
    def transaction(self, claim: Claim) -> Iterator[tuple[Connection, Principal]]:
        """One transaction on behalf of `claim`, committed when the block ends, rolled back when it raises.

        The first one of a request is the one `enter` began, if it did.

        Raises:
            NotAuthenticated: when the account is disabled or the session revoked or expired.
        """
        connection, principal = self._begun(claim) or self._enter(claim)
        with connection:
            if principal is None:
                raise NotAuthenticated()
            yield connection, principal
            connection.commit()

    @contextmanager
    def anonymous(self) -> Iterator[Connection]:
        """One transaction on behalf of nobody: sees what row-level security shows everyone, and functions."""
        with self.engine.begin() as connection:
            yield connection

    def who(self, claim: Claim) -> Principal | None:
        """The principal of a claim, or None; asked in one round trip of its own, before a body is read."""
        connection, principal = self._enter(claim, alone=True)
        with connection:
            return principal

    def enter(self, claim: Claim) -> Principal | None:
        """The principal of a claim, or None; the transaction that told it waits for `transaction`, or `leave`.

        Only when nothing slow lies in between: it holds a connection.
        """
        connection, principal = self._enter(claim)
        if principal is None:
            connection.close()
            return None
        _entered.set(_Entered(claim, connection, principal))
        return principal

    def _begun(self, claim: Claim) -> tuple[Connection, Principal] | None:
        begun = _entered.get()
        if begun is None or begun.claim != claim:
            return None
        _entered.set(None)
        return begun.connection, begun.principal

    def leave(self) -> None:
        """End what `enter` began, if nothing used it."""
        begun = _entered.get()
        if begun is not None:
            _entered.set(None)
            begun.connection.close()

    def _enter(self, claim: Claim, *, alone: bool = False) -> tuple[Connection, Principal | None]:
        try:
            return self._enter_once(claim, alone)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self._enter_once(claim, alone)

    def _enter_once(self, claim: Claim, alone: bool) -> tuple[Connection, Principal | None]:
        connection = self.engine.connect()
        try:
            values: dict[str, Any] = {
                "account_id": str(claim.account_id),
                "session_id": str(claim.session_id),
            }
            with _without_transaction(connection) if alone else nullcontext():
                if claim.digest is None:
                    row = _ENTER.run(connection, values).one_or_none()
                else:
                    row = _ENTER_BY_TOKEN.run(connection, values | {"digest": claim.digest}).one_or_none()
        except BaseException:
            connection.close()
            raise
        return connection, _principal(row, claim)

    def close(self) -> None:
        self.engine.dispose()
