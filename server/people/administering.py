"""Accounts as administrators keep them: found, made, changed, ended; every change noted, and undone where it can be.

Runs with the rights of the connection given: the database knows who administers whom, and notes what changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.people.histories import list_changes, said_back
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def list_accounts(
    connection: Connection, wanted: Mapping[str, str | None], day: date, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of accounts by username, with their teams of a day. Raises CursorRefused."""
    after = read_cursor(cursor, str)
    rows = _rows(connection, None, wanted, day, after[0] if after else None, limit + 1)
    return {
        "items": [_told(row) for row in rows[:limit]],
        "next": write_cursor(rows[limit - 1]["username"]) if len(rows) > limit else None,
    }


def fetch_account(connection: Connection, account: UUID, day: date) -> dict[str, Any]:
    """One account. Raises NotFound."""
    rows = _rows(connection, account, {}, day, None, 1)
    if not rows:
        raise NotFound()
    return _told(rows[0])


def create_account(
    connection: Connection, said: Mapping[str, Any], password_hash: str, day: date
) -> dict[str, Any]:
    """A new account, whose holder has to change the password."""
    values = {"said": _json(said), "hash": password_hash, "day": day}
    made = SQL["create_account"].run(connection, values).scalar_one()
    return fetch_account(connection, made, day)


def change_account(
    connection: Connection, account: UUID, version: int, said: Mapping[str, Any], day: date
) -> dict[str, Any]:
    """The account as it then is. Raises NotFound; what else stands against it the database says."""
    values = {"account": str(account), "version": version, "said": _json(said), "day": day}
    if not SQL["change_account"].run(connection, values).scalar_one():
        raise NotFound()
    return fetch_account(connection, account, day)


def reset_password(connection: Connection, account: UUID, password_hash: str, day: date) -> dict[str, Any]:
    """Another password, which its holder has to change; every session ends. Raises NotFound."""
    values = {"account": str(account), "hash": password_hash}
    if not SQL["reset_password"].run(connection, values).scalar_one():
        raise NotFound()
    return fetch_account(connection, account, day)


def end_sessions(connection: Connection, account: UUID, day: date) -> dict[str, Any]:
    """No session goes on any more; again is the same. Raises NotFound."""
    if not SQL["end_sessions"].run(connection, {"account": str(account)}).scalar_one():
        raise NotFound()
    return fetch_account(connection, account, day)


def list_account_changes(
    connection: Connection, account: UUID, day: date, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of an account's history. Raises NotFound, CursorRefused."""
    now = _facts(fetch_account(connection, account, day))
    key = {"account": str(account)}
    return list_changes(connection, SQL["list_account_changes"], key, now, cursor, limit)


def undo_account_change(connection: Connection, account: UUID, version: int, day: date) -> dict[str, Any]:
    """The account with one change taken back by a new one. Raises NotFound, ChangeStands."""
    now = fetch_account(connection, account, day)
    key = {"account": str(account)}
    said = said_back(connection, SQL["list_account_changes"], key, _facts(now), version)
    return change_account(connection, account, now["version"], said, day)


def _rows(
    connection: Connection,
    account: UUID | None,
    wanted: Mapping[str, str | None],
    day: date,
    after: str | None,
    rows: int,
) -> list[Mapping[Any, Any]]:
    values = {
        "account": str(account) if account else None,
        "filter": _json(wanted),
        "day": day,
        "after": after,
        "rows": rows,
    }
    return list(SQL["list_accounts"].run(connection, values).mappings())


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value).decode()


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    same = ("username", "display_name", "role", "team", "sample", "version", "must_change_password")
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in (*same, "sessions", "tokens")},
        "body": {"code": row["body"], "name": row["body_name"]},
        "created_at": wire_time(row["created_at"]),
        "disabled_at": wire_time(row["disabled_at"]),
    }


def _facts(account: Mapping[str, Any]) -> dict[str, Any]:
    """What an account's history tells of it, as it is now."""
    return {
        **{name: account[name] for name in ("display_name", "role", "team")},
        "body": account["body"]["code"],
        "disabled": account["disabled_at"] is not None,
    }
