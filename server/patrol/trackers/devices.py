"""Devices and their tokens: enrolled, listed, revoked, and let in when they send.

A token is good for the first client that uses it. Whatever that client tells of itself is its mark: a second phone that
scanned the same code tells otherwise and is refused. A plain tracker proves no more than that, see docs/adr/0030.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import qr, sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.patrol.trackers import enrolling
from server.patrol.trackers.wire import DeviceIn, State
from server.problems.request import InputRefused, NotFound
from server.problems.trackers import DeviceTokenRefused

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_PIXELS_A_MODULE = 6


@dataclass(frozen=True)
class EnrolmentRules:
    """How devices are enrolled here.

    Attributes:
        lifetime_s: of a token nobody uses. interval_s: between two fixes. devices_max: of one account.
    """

    lifetime_s: int
    interval_s: int
    devices_max: int


@dataclass(frozen=True)
class Credential:
    """What a request shows: a token, and for whom it says it is."""

    token: str
    username: str | None = None


@dataclass(frozen=True)
class LetIn:
    """A device that may send. `claimed`: its token was used for the first time just now."""

    device_id: int
    datum: str
    claimed: bool


def enrol(
    connection: Connection, wanted: DeviceIn, root: str, rules: EnrolmentRules, at: datetime
) -> dict[str, Any]:
    """Make a device, or one that is there anew, with a token of its own; the answer is the only one that holds it.

    Raises:
        NotFound: an account the asker does not look after. InputRefused: its role carries no phone.
    """
    token = enrolling.new_token()
    values = {
        "account_id": str(wanted.account) if wanted.account else None,
        "kind": wanted.kind,
        "name": wanted.name,
        "datum": wanted.datum,
        "digest": enrolling.digest(token),
        "at": at,
        "lifetime_s": rules.lifetime_s,
        "most": rules.devices_max,
    }
    enrolled = SQL["enrol_device"].run(connection, values).one()
    if enrolled.outcome == "absent":
        raise NotFound()
    if enrolled.outcome == "indoors":
        message = "only officers, handlers and checkers carry a tracker"
        raise InputRefused(errors=[{"path": "/account", "message": message}])
    setup = enrolling.Setup(root, wanted.kind, enrolled.username, wanted.name, token, rules.interval_s)
    return {
        "device": fetch_device(connection, enrolled.device_id, at),
        "token": token,
        "address": setup.address,
        "uri": setup.uri,
        "qr_svg": qr.svg(setup.uri),
        "qr_png": base64.b64encode(qr.png(setup.uri, pixels_a_module=_PIXELS_A_MODULE)).decode(),
    }


def fetch_device(connection: Connection, device_id: int, at: datetime) -> dict[str, Any]:
    """One device. Raises NotFound."""
    values = {"device_id": device_id, "account_id": None, "before": None, "rows": 1}
    row = SQL["list_devices"].run(connection, values).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return _told(row, at)


def list_devices(
    connection: Connection, account_id: str | None, at: datetime, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of devices, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {
        "device_id": None,
        "account_id": account_id,
        "before": before[0] if before else None,
        "rows": limit + 1,
    }
    rows = SQL["list_devices"].run(connection, values).mappings().all()
    page = rows[:limit]
    return {
        "items": [_told(row, at) for row in page],
        "next": write_cursor(page[-1]["id"]) if len(rows) > limit else None,
    }


def revoke(connection: Connection, device_id: int, at: datetime) -> dict[str, Any]:
    """End a device and its token; again is the same. Raises NotFound."""
    if not SQL["revoke_device"].run(connection, {"device_id": device_id, "at": at}).scalar_one():
        raise NotFound()
    return fetch_device(connection, device_id, at)


def let_in(
    connection: Connection, kind: enrolling.Kind, shown: Credential, mark: str | None, at: datetime
) -> LetIn:
    """The device of a token; this transaction then acts for its officer. Raises DeviceTokenRefused."""
    values = {
        "digest": enrolling.digest(shown.token),
        "kind": kind,
        "username": shown.username,
        "mark": mark,
        "at": at,
    }
    row = SQL["enter_device"].run(connection, values).one_or_none()
    if row is None:
        raise DeviceTokenRefused()
    return LetIn(row.device_id, row.datum, row.claimed)


def note_heard(connection: Connection, device_id: int, heard: Mapping[str, int], at: datetime) -> None:
    """Keep what a request brought, for whoever wonders why nothing arrives."""
    values = {"device_id": device_id, "heard": orjson.dumps(heard).decode(), "at": at}
    SQL["note_heard"].run(connection, values)


def _told(row: Mapping[Any, Any], at: datetime) -> dict[str, Any]:
    times = ("created_at", "enrolled_at", "expires_at", "claimed_at", "revoked_at", "heard_at")
    return {
        "id": row["id"],
        "account": {
            "id": str(row["account_id"]),
            "username": row["username"],
            "display_name": row["display_name"],
        },
        **{name: row[name] for name in ("kind", "name", "datum")},
        "state": _state(row, at),
        "enrolled_by": row["enrolled_by"],
        "client": row["mark"],
        **{name: wire_time(row[name]) for name in times},
        "heard": orjson.loads(row["heard"]) if row["heard"] else None,
    }


def _state(row: Mapping[Any, Any], at: datetime) -> State:
    if row["revoked_at"]:
        return "revoked"
    if row["enrolled_at"] is None:
        return "unenrolled"
    if row["claimed_at"]:
        return "active"
    return "waiting" if row["expires_at"] > at else "expired"
