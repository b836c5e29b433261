"""Signing in and out: throttled password checks, sessions in the database, and the two tokens of a session.

A refresh token is good once, and once more for a moment while what it was exchanged for is unused: the answer may have
been lost. Any other second use ends the session for both holders. Unknown user, wrong
password and disabled account get the same answer after the same work. What a token's holder may do is
server.access's business.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, Self
from uuid import UUID, uuid4

import structlog
from flask_jwt_extended import create_access_token, create_refresh_token
from sqlalchemy import Connection, Row

from server import secrets, sqltext
from server.db import Claim, Database, Principal
from server.people.passwords import Passwords
from server.problems.people import LoginRefused, PasswordMustChange, RefreshRefused, TooManyLogins
from server.problems.request import InputRefused

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
log = structlog.get_logger()


class LoginSettings(Protocol):
    """The settings of a deployment that login needs."""

    @property
    def secrets(self) -> Path: ...
    @property
    def access_token_lifetime_s(self) -> int: ...
    @property
    def refresh_token_lifetime_s(self) -> int: ...
    @property
    def refresh_retry_s(self) -> int: ...
    @property
    def login_window_s(self) -> int: ...
    @property
    def login_max_failures_per_account_and_address(self) -> int: ...
    @property
    def login_max_failures_per_address(self) -> int: ...
    @property
    def login_max_failures_per_account(self) -> int: ...


@dataclass(frozen=True)
class Tokens:
    """What a client keeps of a session, and whose it is."""

    access_token: str
    refresh_token: str
    expires_in_s: int
    principal: Principal


@dataclass(frozen=True)
class Login:
    """The door.

    Attributes:
        settings: lifetimes and limits.
        username_key: key of the digest under which attempts are counted: people type passwords into the wrong
            field.
        clock: aware UTC time by which attempts are counted. Tokens and sessions run by the machine's and the
            database's own clock.
    """

    settings: LoginSettings
    db: Database
    clock: Callable[[], datetime]
    username_key: bytes
    passwords: Passwords

    @classmethod
    def of(
        cls,
        settings: LoginSettings,
        db: Database,
        clock: Callable[[], datetime],
        *,
        passwords: Passwords | None = None,
    ) -> Self:
        """The door of one deployment, with the key it made for itself on first use."""
        key = secrets.random_key(settings.secrets / "login.key").encode("ascii")
        return cls(settings, db, clock, key, passwords or Passwords())

    def sign_in(self, username: str, password: str, address: str) -> Tokens:
        """Open a session.

        Args:
            username: as typed; case and spaces around it do not matter.
            password: as typed.
            address: IP address or network the attempt is counted for.

        Raises:
            TooManyLogins: before the password is looked at.
            LoginRefused: which of the two was wrong is not told.
            PasswordMustChange: both are right, and somebody else knows the password.
        """
        attempt_id, account = self._verify(username, password, address)
        if account.must_change:
            raise PasswordMustChange()
        claim, jti = Claim(account.account_id, uuid4()), uuid4()
        outdated = self.passwords.outdated(account.password_hash)
        replacement = self.passwords.hash(password) if outdated else None
        with self.db.anonymous() as connection:
            self._open(connection, account.password_hash, claim, jti)
            SQL["login_succeed"].run(connection, {"attempt_id": attempt_id})
            if replacement is not None:
                values = {
                    "account_id": str(claim.account_id),
                    "old": account.password_hash,
                    "new": replacement,
                }
                SQL["login_rehash"].run(connection, values)
        return self._tokens(claim, jti, self.settings.refresh_token_lifetime_s, LoginRefused)

    def change_password(self, username: str, password: str, wanted: str, address: str) -> Tokens:
        """Another password of the holder's own, and a session; all others end.

        Raises:
            TooManyLogins, LoginRefused: as for sign_in. InputRefused: it is the old one.
        """
        attempt_id, account = self._verify(username, password, address)
        if self.passwords.matches(wanted, account.password_hash):
            raise InputRefused(
                errors=[{"path": "/new_password", "message": "another one than before wanted"}]
            )
        new_hash = self.passwords.hash(wanted)
        claim, jti = Claim(account.account_id, uuid4()), uuid4()
        values = {"account_id": str(claim.account_id), "old": account.password_hash, "new": new_hash}
        with self.db.anonymous() as connection:
            if not SQL["login_change"].run(connection, values).scalar_one():
                raise LoginRefused()
            self._open(connection, new_hash, claim, jti)
            SQL["login_succeed"].run(connection, {"attempt_id": attempt_id})
        return self._tokens(claim, jti, self.settings.refresh_token_lifetime_s, LoginRefused)

    def refresh(self, claim: Claim, jti: UUID) -> Tokens:
        """New tokens for the one valid refresh token of a session, or for the one before when its answer was lost.

        The session's end does not move.

        Raises:
            RefreshRefused: the session is over, or this token was used before: then it is over from now on.
        """
        new_jti = uuid4()
        values = {
            "session_id": str(claim.session_id),
            "account_id": str(claim.account_id),
            "old": str(jti),
            "new": str(new_jti),
            "grace_s": self.settings.refresh_retry_s,
        }
        with self.db.anonymous() as connection:
            rotated = SQL["session_rotate"].run(connection, values).one()
        # Only now, behind the commit: a revocation must outlive the refusal.
        if rotated.outcome == "reuse":
            log.warning("refresh_token_reused", account=str(claim.account_id), session=str(claim.session_id))
        if rotated.outcome != "rotated":
            raise RefreshRefused()
        return self._tokens(claim, new_jti, rotated.left_s, RefreshRefused)

    def sign_out(self, claim: Claim) -> None:
        """End the session: its access tokens stop working at once. Repeating it changes nothing."""
        values = {
            "session_id": str(claim.session_id),
            "account_id": str(claim.account_id),
            "because": "logout",
        }
        with self.db.anonymous() as connection:
            SQL["session_revoke"].run(connection, values)

    def _verify(self, username: str, password: str, address: str) -> tuple[int, Row[Any]]:
        """The attempt that was booked, and the account that this is the password of.

        Raises:
            TooManyLogins, LoginRefused.
        """
        name = username.strip().lower()
        with self.db.anonymous() as connection:
            attempt_id = self._begin(connection, name, address)
            account = SQL["login_lookup"].run(connection, {"username": name}).one_or_none()
        # No connection is held while argon2 works. A disabled account's hash is compared like any other.
        matches = self.passwords.matches(password, account.password_hash if account is not None else None)
        if account is None or not matches or account.disabled:
            raise LoginRefused()
        return attempt_id, account

    def _begin(self, connection: Connection, name: str, address: str) -> int:
        now, window = self.clock(), timedelta(seconds=self.settings.login_window_s)
        values = {
            "username_digest": hmac.digest(self.username_key, name.encode(), hashlib.sha256),
            "address": address,
            "at": now,
            "since": now - window,
            "max_both": self.settings.login_max_failures_per_account_and_address,
            "max_address": self.settings.login_max_failures_per_address,
            "max_account": self.settings.login_max_failures_per_account,
        }
        begun = SQL["login_begin"].run(connection, values).one()
        if begun.blocked_by is not None:
            wait = begun.blocked_by + window - now
            raise TooManyLogins(retry_after_s=max(1, math.ceil(wait.total_seconds())))
        return int(begun.attempt_id)

    def _open(self, connection: Connection, password_hash: str, claim: Claim, jti: UUID) -> None:
        values = {
            "session_id": str(claim.session_id),
            "account_id": str(claim.account_id),
            "password_hash": password_hash,
            "jti": str(jti),
            "lifetime_s": self.settings.refresh_token_lifetime_s,
        }
        if not SQL["session_open"].run(connection, values).scalar_one():
            raise LoginRefused()

    def _tokens(
        self, claim: Claim, jti: UUID, left_s: int, refused: type[LoginRefused | RefreshRefused]
    ) -> Tokens:
        principal = self.db.who(claim)
        if principal is None:
            raise refused()
        lifetime_s = self.settings.access_token_lifetime_s
        identity, session = str(claim.account_id), {"sid": str(claim.session_id)}
        return Tokens(
            access_token=create_access_token(
                identity, expires_delta=timedelta(seconds=lifetime_s), additional_claims=session
            ),
            refresh_token=create_refresh_token(
                identity,
                expires_delta=timedelta(seconds=left_s),
                additional_claims={**session, "jti": str(jti)},
            ),
            expires_in_s=lifetime_s,
            principal=principal,
        )
