"""Entering, finding and withdrawing certificates. Runs with the rights of the connection given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.problems.attachments import AttachmentMissing
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_FILTERS = ("account", "body", "in_force", "ends_before")


def list_certificates(
    connection: Connection, wanted: Mapping[str, Any], on: date, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page, those that end first before others. Raises CursorRefused."""
    after = read_cursor(cursor, str, UUID)
    values = {
        **{name: wanted.get(name) for name in _FILTERS},
        "on": on,
        "after_day": after[0] if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_certificates"].run(connection, values).mappings().all()
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    ending = last and write_cursor((last["last_day"] + timedelta(days=1)).isoformat(), str(last["id"]))
    return {"items": [_told(row) for row in page], "next": ending}


def fetch_certificate(connection: Connection, certificate: UUID, on: date) -> dict[str, Any]:
    """One certificate. Raises NotFound."""
    row = SQL["fetch_certificate"].run(connection, {"id": str(certificate), "on": on}).mappings().first()
    if row is None:
        raise NotFound()
    return _told(row)


def enter_certificate(
    connection: Connection, said: Mapping[str, Any], *, at: datetime, on: date
) -> dict[str, Any]:
    """A certificate of somebody the asker administers.

    Raises:
        NotFound: for anybody else's account. AttachmentMissing: the photo was not sent, or not seen.
    """
    made = SQL["insert_certificate"].run(connection, {**said, "at": at}).scalar_one_or_none()
    if made is None:
        raise NotFound()
    if said["photo"]:
        hidden = (
            SQL["use_photo"].run(connection, {"id": str(made), "photo": said["photo"], "at": at}).scalar_one()
        )
        if hidden:
            raise AttachmentMissing(sha256=hidden)
    return fetch_certificate(connection, made, on)


def withdraw_certificate(
    connection: Connection, certificate: UUID, reason: str, *, at: datetime, on: date
) -> dict[str, Any]:
    """It no longer counts from today on; again is the same. Raises NotFound."""
    told = fetch_certificate(connection, certificate, on)
    values = {"id": str(certificate), "on": on, "at": at, "reason": reason}
    if SQL["withdraw_certificate"].run(connection, values).scalar_one_or_none() is None:
        return told
    return fetch_certificate(connection, certificate, on)


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "account": {
            "id": str(row["account_id"]),
            **{name: row[name] for name in ("username", "display_name", "role")},
        },
        "body": {"code": row["body"], "name": row["body_name"]},
        **{name: row[name] for name in ("kind", "number", "photo", "in_force", "withdrawn_reason")},
        "first_day": row["first_day"] and row["first_day"].isoformat(),
        "last_day": row["last_day"] and row["last_day"].isoformat(),
        "created_at": wire_time(row["created_at"]),
        "withdrawn_at": wire_time(row["withdrawn_at"]),
    }
