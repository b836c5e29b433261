"""Organisations and accounts, as operators set them up.

Everything here runs on the owner's connection in the caller's transaction: the server's role can do none of
it. Refusals are `AccountRefused` with a sentence in both languages; a password that was made up here is
returned once and kept nowhere.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from server.access import ROLES
from server.messages import say
from server.people.passwords import PASSWORD_MAX_CHARS, Passwords
from server.people.tables import account, organisation, session

PASSWORD_MIN_CHARS = 10
# 20 random letters and digits: typed from paper without asking which sign was meant, and beyond any guessing.
_READABLE = "abcdefghijkmnpqrstuvwxyz23456789"
_GENERATED_CHARS = 20
# As the database checks it (account_username_form), so that the refusal can say what is wrong.
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class AccountRefused(ValueError):
    """What was asked for cannot be; `str()` is the reason in both languages."""

    def __init__(self, reason: str, params: Mapping[str, Any]) -> None:
        self.reason = reason
        words = say(f"account.{reason}", params)
        super().__init__(f"{words['text']} / {words['text_en']}")


@dataclass(frozen=True)
class Organisation:
    """A body that answers for a place."""

    id: UUID
    code: str
    kind: str
    name: str


@dataclass(frozen=True)
class Account:
    """An account as operators see it."""

    id: UUID
    username: str
    display_name: str
    role: str
    organisation_code: str
    organisation_name: str
    sample: bool
    created_at: datetime
    password_changed_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class NewAccount:
    """An account made just now, with the password its holder is told."""

    account: Account
    password: str


def put_organisation(
    connection: Connection,
    *,
    code: str,
    kind: str,
    name: str,
    body_name: str,
    body_name_en: str,
    sample: bool = False,
) -> Organisation:
    """Create the organisation `code`, or give it these names; townships belong to the one district.

    Raises:
        AccountRefused: a township comes before its district, or the code has another kind already.
        sqlalchemy.exc.IntegrityError: the code is no administrative code, or there is another district.
    """
    parent_id = None
    if kind == "township":
        parent_id = connection.scalar(select(organisation.c.id).where(organisation.c.kind == "district"))
        if parent_id is None:
            raise AccountRefused("no_district", {"code": code})
    names = {"name": name, "body_name": body_name, "body_name_en": body_name_en, "sample": sample}
    statement = (
        insert(organisation)
        .values(code=code, kind=kind, parent_id=parent_id, **names)
        .on_conflict_do_update(index_elements=["code"], set_=names, where=organisation.c.kind == kind)
        .returning(organisation.c.id, organisation.c.code, organisation.c.kind, organisation.c.name)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise AccountRefused("organisation_kind", {"code": code, "kind": kind})
    return Organisation(*row)


def put_organisations(connection: Connection, listed: Any) -> list[Organisation]:
    """The organisations of a file: a list of `{code, kind, name, body_name_zh, body_name_en, sample?}`.

    Raises:
        AccountRefused: naming the entry that cannot be used; and as put_organisation.
    """
    if not isinstance(listed, list) or not listed:
        raise AccountRefused("organisation_file", {"fault": "not a list"})
    put = []
    for number, given in enumerate(listed, start=1):
        try:
            texts = {name: str(given[name]) for name in ("code", "kind", "name")}
            put.append(
                put_organisation(
                    connection,
                    **texts,
                    body_name=str(given["body_name_zh"]),
                    body_name_en=str(given["body_name_en"]),
                    sample=bool(given.get("sample", False)),
                )
            )
        except (KeyError, TypeError, AttributeError, IntegrityError) as error:
            fault = f"#{number}: {type(error).__name__} {str(error).partition(chr(10))[0]}"
            raise AccountRefused("organisation_file", {"fault": fault}) from error
    return put


def create_account(
    connection: Connection,
    *,
    username: str,
    display_name: str,
    role: str,
    organisation_code: str,
    password: str | None = None,
    sample: bool = False,
    passwords: Passwords | None = None,
) -> NewAccount:
    """Create an account; without a password, a random one is made.

    Raises:
        AccountRefused: the name is taken or malformed, role or organisation unknown, the password too short
            or long.
    """
    if not _USERNAME.fullmatch(username):
        raise AccountRefused("username_form", {"username": username})
    if role not in ROLES:
        raise AccountRefused("role_unknown", {"role": role, "roles": ", ".join(ROLES)})
    organisation_id = connection.scalar(
        select(organisation.c.id).where(organisation.c.code == organisation_code)
    )
    if organisation_id is None:
        raise AccountRefused("organisation_unknown", {"code": organisation_code})
    password = _usable(password)
    values = {
        "username": username,
        "display_name": display_name,
        "role": role,
        "organisation_id": organisation_id,
        "password_hash": (passwords or Passwords()).hash(password),
        "sample": sample,
    }
    statement = insert(account).values(**values).on_conflict_do_nothing(index_elements=["username"])
    if connection.execute(statement.returning(account.c.id)).one_or_none() is None:
        raise AccountRefused("username_taken", {"username": username})
    return NewAccount(find_account(connection, username), password)


def set_password(
    connection: Connection, username: str, password: str | None = None, *, passwords: Passwords | None = None
) -> str:
    """Give an account another password and end its sessions.

    Returns:
        the password, made here when none was given.

    Raises:
        AccountRefused: no such account, or the password is too short or long.
    """
    password = _usable(password)
    password_hash = (passwords or Passwords()).hash(password)
    _change(connection, username, password_hash=password_hash, password_changed_at=func.now())
    _end_sessions(connection, username, "password")
    return password


def disable_account(connection: Connection, username: str) -> Account:
    """Let nobody in with this account any more, those who are in included. Repeating it changes nothing.

    Raises:
        AccountRefused: no such account.
    """
    _change(connection, username, disabled_at=func.coalesce(account.c.disabled_at, func.now()))
    _end_sessions(connection, username, "disabled")
    return find_account(connection, username)


def enable_account(connection: Connection, username: str) -> Account:
    """Let a disabled account in again; its old sessions stay ended.

    Raises:
        AccountRefused: no such account.
    """
    _change(connection, username, disabled_at=None)
    return find_account(connection, username)


def set_role(connection: Connection, username: str, role: str) -> Account:
    """Change what an account may do, from its next request on.

    Raises:
        AccountRefused: no such account or role.
    """
    if role not in ROLES:
        raise AccountRefused("role_unknown", {"role": role, "roles": ", ".join(ROLES)})
    _change(connection, username, role=role)
    return find_account(connection, username)


def list_accounts(connection: Connection) -> list[Account]:
    """All accounts by organisation code and name."""
    rows = connection.execute(_accounts().order_by(organisation.c.code, account.c.username))
    return [_account(row) for row in rows]


def find_account(connection: Connection, username: str) -> Account:
    """One account.

    Raises:
        AccountRefused: no such account.
    """
    row: Row[Any] | None = connection.execute(_accounts().where(account.c.username == username)).one_or_none()
    if row is None:
        raise AccountRefused("username_unknown", {"username": username})
    return _account(row)


def _accounts() -> Select[Any]:
    columns = account.c
    return select(
        columns.id,
        columns.username,
        columns.display_name,
        columns.role,
        organisation.c.code.label("organisation_code"),
        organisation.c.name.label("organisation_name"),
        columns.sample,
        columns.created_at,
        columns.password_changed_at,
        columns.disabled_at,
    ).join(organisation, organisation.c.id == columns.organisation_id)


def _account(row: Row[Any]) -> Account:
    return Account(**row._mapping)


def _change(connection: Connection, username: str, **values: Any) -> None:
    # The account's row before its sessions: session_open_v1 waits for it, so no session slips in between.
    changed = connection.execute(update(account).where(account.c.username == username).values(**values))
    if changed.rowcount == 0:
        raise AccountRefused("username_unknown", {"username": username})


def _end_sessions(connection: Connection, username: str, because: str) -> None:
    holder = select(account.c.id).where(account.c.username == username).scalar_subquery()
    open_ones = (session.c.account_id == holder) & session.c.revoked_at.is_(None)
    connection.execute(
        update(session).where(open_ones).values(revoked_at=func.now(), revoked_because=because)
    )


def new_password() -> str:
    """A random password that is told once."""
    return "".join(secrets.choice(_READABLE) for _ in range(_GENERATED_CHARS))


def _usable(password: str | None) -> str:
    if password is None:
        return new_password()
    if not PASSWORD_MIN_CHARS <= len(password) <= PASSWORD_MAX_CHARS or "\x00" in password:
        raise AccountRefused("password_length", {"min": PASSWORD_MIN_CHARS, "max": PASSWORD_MAX_CHARS})
    return password
