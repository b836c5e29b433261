"""Channels: which body hears of what, by which way, when. Addresses and secrets go in and never come out again."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Connection, update

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.db import Principal
from server.notices.pinning import AddressRules
from server.notices.sealing import Seal, Target
from server.notices.tables import notice_channel
from server.notices.wire import ChannelIn, ChannelPatch
from server.problems.notices import NoticeChannelOff
from server.problems.request import InputRefused, NotAllowed, NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_MAILBOX = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,8}", re.ASCII)
_SECRET_BYTES = 32
# A change that is sent as null leaves these without a value; any other keeps what it has.
_MAY_BE_NOTHING = ("quiet_hours",)


@dataclass(frozen=True)
class ChannelRules:
    """What a channel may be in this deployment. `mail`: whether there is a server for e-mail."""

    seal: Seal
    addresses: AddressRules
    mail: bool

    def target(self, kind: str, address: str, secret: str | None) -> Target:
        """The target of a channel; a webhook's secret is made here. Raises InputRefused."""
        if secret is not None and kind != "dingtalk":
            raise _refused("/secret", "only a DingTalk robot has a secret of its own")
        if kind == "email":
            if not self.mail:
                raise _refused("/kind", "this deployment has no mail server (smtp_host)")
            if not _MAILBOX.fullmatch(address):
                raise _refused("/address", "no e-mail address")
            return Target(address)
        if not self.addresses.usable(address):
            raise _refused("/address", "an https address outside our own networks wanted")
        made = f"whsec_{b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
        return Target(address, made if kind == "webhook" else secret)


def create_channel(
    connection: Connection, asking: Principal, rules: ChannelRules, given: ChannelIn
) -> dict[str, Any]:
    """Make a channel. Raises InputRefused, NotAllowed: a township makes its own only."""
    body = given.body or asking.organisation_code
    if asking.scope != "district" and body != asking.organisation_code:
        raise NotAllowed(allowed_roles=["admin"], scope="district")
    _check_digest(given.kind, given.digest_minutes)
    target = rules.target(given.kind, given.address, given.secret)
    values = {
        **given.model_dump(include={"kind", "name", "events", "quiet_hours", "digest_minutes", "enabled"}),
        "all_bodies": given.all_bodies,
        "body": body,
        "shown": _shown(target),
        "sealed": rules.seal.close(target),
    }
    made = SQL["insert_channel"].run(connection, values).scalar_one_or_none()
    if made is None:
        raise _refused("/body", "no such body")
    return _with_secret(_checked(connection, made), target)


def change_channel(
    connection: Connection, rules: ChannelRules, channel_id: UUID, given: ChannelPatch
) -> dict[str, Any]:
    """Change a channel. Raises NotFound, InputRefused."""
    before = fetch_channel(connection, channel_id)
    changes = {
        name: value
        for name, value in given.model_dump(exclude_unset=True, exclude={"address", "secret"}).items()
        if value is not None or name in _MAY_BE_NOTHING
    }
    _check_digest(before["kind"], changes.get("digest_minutes", 0))
    target = None
    if given.address is not None:
        target = rules.target(before["kind"], given.address, given.secret)
        changes |= {"shown": _shown(target), "sealed": rules.seal.close(target)}
    elif given.secret is not None:
        raise _refused("/secret", "a secret is changed together with its address")
    if changes:
        # What was wrong with it may be mended now: it is tried again at once.
        changes |= {"failures": 0, "failing_until": None}
        connection.execute(
            update(notice_channel)
            .where(notice_channel.c.id == channel_id, notice_channel.c.deleted_at.is_(None))
            .values(**changes)
        )
    return _with_secret(_checked(connection, channel_id), target)


def delete_channel(connection: Connection, channel_id: UUID) -> None:
    """End a channel; its deliveries stay on record. Raises NotFound."""
    if SQL["delete_channel"].run(connection, {"channel_id": str(channel_id)}).one_or_none() is None:
        raise NotFound()


def test_channel(connection: Connection, channel_id: UUID) -> int:
    """Put a test message on its way; the number of its delivery. Raises NotFound, NoticeChannelOff."""
    made = SQL["test_channel"].run(connection, {"channel_id": str(channel_id)}).scalar_one()
    if made is None:
        fetch_channel(connection, channel_id)
        raise NoticeChannelOff()
    return int(made)


def fetch_channel(connection: Connection, channel_id: UUID) -> dict[str, Any]:
    """One channel. Raises NotFound."""
    return _told(_row(connection, channel_id))


def list_channels(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of channels, oldest first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    values = {
        "channel_id": None,
        "after_at": after[0] if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_channels"].run(connection, values).mappings().all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_told(row) for row in page],
        "next": write_cursor(page[-1]["created_at"].isoformat(), str(page[-1]["id"])) if more else None,
    }


def _checked(connection: Connection, channel_id: Any) -> dict[str, Any]:
    """The channel as it was just written. Raises InputRefused when only the district's may be so."""
    row = _row(connection, channel_id)
    if row["all_bodies"] and row["body_kind"] != "district":
        raise _refused("/all_bodies", "only a channel of the district hears of every body")
    return _told(row)


def _row(connection: Connection, channel_id: Any) -> Mapping[Any, Any]:
    values = {"channel_id": str(channel_id), "after_at": None, "after_id": None, "rows": 1}
    row = SQL["list_channels"].run(connection, values).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return row


def _check_digest(kind: str, minutes: int) -> None:
    if kind == "webhook" and minutes:
        raise _refused("/digest_minutes", "a webhook gets each event by itself")


def _with_secret(told: dict[str, Any], target: Target | None) -> dict[str, Any]:
    made = target.secret if target and told["kind"] == "webhook" else None
    return {**told, "secret": made}


def _shown(target: Target) -> str:
    if "://" not in target.address:
        return target.address
    url = httpx.URL(target.address)
    return f"{url.scheme}://{url.netloc.decode('ascii')}/…"


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "body": {"code": row["body_code"], "name": row["body_name"]},
        "all_bodies": row["all_bodies"],
        "kind": row["kind"],
        "name": row["name"],
        "address": row["shown"],
        "events": row["events"],
        "quiet_hours": row["quiet_hours"],
        "digest_minutes": row["digest_minutes"],
        "enabled": row["enabled"],
        "created_at": wire_time(row["created_at"]),
        "failures": row["failures"],
        "failing_until": wire_time(row["failing_until"]),
        "secret": None,
    }


def _refused(path: str, message: str) -> InputRefused:
    return InputRefused(errors=[{"path": path, "message": message}])
