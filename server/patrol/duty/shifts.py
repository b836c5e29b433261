"""Beginning and ending shifts as phones tell them, at once or hours later, and reading them.

What a phone says and when it was received are kept side by side. The database decides, in one statement under a lock of
the account (shift_start_v1, shift_end_v1); here its verdicts become problems. Limits are those of the deployment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, Select, column, or_, select, table

from geo.datum import Datum, Position, convert
from server import sqltext
from server.access import FIELD_ROLES
from server.contract import local_time, wire_time
from server.db import Principal
from server.lists import newest_first
from server.patrol.duty.wire import ShiftEndIn, ShiftStartIn, StartPlaceIn
from server.problems.duty import ShiftEnded, ShiftMissing, ShiftOpen, ShiftOverlaps, ShiftTaken
from server.problems.request import InputRefused

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_COLUMNS = (
    "id",
    "account_id",
    "username",
    "display_name",
    "body",
    "team_id",
    "team",
    "started_at",
    "start_received_at",
    "limit_at",
    "ended_at",
    "end_received_at",
    "ended_by",
    "outside_roster",
    "outside_area",
    "roster_entry_id",
    "on_from",
    "on_to",
    "area",
    "area_name",
)
_TOLD = table("shift_told", *(column(name) for name in _COLUMNS))


class ShiftSettings(Protocol):
    """What the deployment sets; names and reasons as in settings/duty.py."""

    @property
    def shift_max_h(self) -> int: ...
    @property
    def shift_late_max_h(self) -> int: ...
    @property
    def shift_clock_ahead_s(self) -> int: ...
    @property
    def roster_early_min(self) -> int: ...


@dataclass(frozen=True)
class ShiftFilter:
    """What a list of shifts is narrowed to; all conditions hold together.

    Attributes:
        since, until: shifts that touch this period. open: those that go on at `at`, or those that do not.
    """

    at: datetime
    account: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    open: bool | None = None


def start(
    connection: Connection,
    given: ShiftStartIn,
    settings: ShiftSettings,
    *,
    received_at: datetime,
    time_zone: ZoneInfo,
) -> tuple[dict[str, Any], bool]:
    """Begin a shift of who asks; returns it, and whether it is new.

    Raises:
        InputRefused: it would begin in the future, or too long ago. ShiftOpen, ShiftOverlaps, ShiftTaken.
    """
    started_at = told_time(given.started_at, "/started_at", settings, received_at)
    limits = {"max_h": settings.shift_max_h, "early_min": settings.roster_early_min}
    values = {
        "shift": str(given.shift or uuid4()),
        "started_at": started_at,
        "claimed": given.started_at is not None,
        "received_at": received_at,
        "day": local_time(started_at, time_zone, "/started_at").date().isoformat(),
        "limits": orjson.dumps(limits).decode(),
        "spot": _spot(given.position),
    }
    row = SQL["start_shift"].run(connection, values).one()
    if row.outcome == "taken":
        raise ShiftTaken()
    told = fetch(connection, row.shift_id, received_at)
    if row.outcome == "open":
        raise ShiftOpen(shift=told)
    if row.outcome == "overlaps":
        raise ShiftOverlaps(shift=told)
    return told, row.outcome == "started"


def _spot(place: StartPlaceIn | None) -> str | None:
    if place is None:
        return None
    at = convert(Position(place.lon, place.lat, Datum(place.datum)), Datum.WGS84)
    return orjson.dumps({"lon": at.lon, "lat": at.lat, "accuracy_m": place.accuracy_m}).decode()


def end(
    connection: Connection,
    asking: Principal,
    given: ShiftEndIn,
    settings: ShiftSettings,
    *,
    received_at: datetime,
) -> dict[str, Any]:
    """End a shift: an officer their own, a dispatcher or zone manager one of their scope, as of now.

    Raises:
        InputRefused: it ends in the future, too long ago or before it began; or somebody else says when.
        ShiftMissing. ShiftEnded: told before with another time.
    """
    if asking.role not in FIELD_ROLES:
        _as_of_now(given)
    values = {
        "shift": str(given.shift) if given.shift else None,
        "ended_at": told_time(given.ended_at, "/ended_at", settings, received_at),
        "claimed": given.ended_at is not None,
        "received_at": received_at,
    }
    row = SQL["end_shift"].run(connection, values).one()
    if row.outcome == "missing":
        raise ShiftMissing()
    if row.outcome == "early":
        raise _refused("/ended_at", "开始之前 / before the shift began")
    told = fetch(connection, row.shift_id, received_at)
    if row.outcome == "told":
        raise ShiftEnded(shift=told)
    return told


def _as_of_now(given: ShiftEndIn) -> None:
    # Only who was there can say when it ended; whoever ends it for them ends it now.
    if given.shift is None:
        raise _refused("/shift", "须写明班次 / whose shift?")
    if given.ended_at is not None:
        raise _refused("/ended_at", "代为结束以收到之时为准 / ended for somebody else, it ends now")


def told_time(
    claimed: datetime | None, path: str, settings: ShiftSettings, received_at: datetime
) -> datetime:
    """When something was by the phone, or when it was received. Raises InputRefused, naming `path`."""
    if claimed is None:
        return received_at
    if claimed > received_at + timedelta(seconds=settings.shift_clock_ahead_s):
        raise _refused(path, "晚于服务器时间 / in the future")
    if claimed < received_at - timedelta(hours=settings.shift_late_max_h):
        raise _refused(path, f"早于 {settings.shift_late_max_h} 小时之前 / too long ago")
    return claimed


def _refused(path: str, message: str) -> InputRefused:
    return InputRefused(errors=[{"path": path, "message": message}])


def fetch(connection: Connection, shift_id: str, at: datetime) -> dict[str, Any]:
    """One shift that is there, as it stands at `at`."""
    row = connection.execute(_told().where(_TOLD.c.id == shift_id)).mappings().one()
    return _worded(dict(row), at)


def list_shifts(
    connection: Connection, wanted: ShiftFilter, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of shifts the asker may see, the newest start first. Raises CursorRefused."""
    told, query = _TOLD.c, _told()
    lasts = told.ended_at.is_(None) & (told.limit_at > wanted.at)
    if wanted.account is not None:
        query = query.where(told.account_id == str(wanted.account))
    if wanted.since is not None:
        query = query.where(or_(told.ended_at > wanted.since, told.ended_at.is_(None)))
        query = query.where(told.limit_at > wanted.since)
    if wanted.until is not None:
        query = query.where(told.started_at < wanted.until)
    if wanted.open is not None:
        query = query.where(lasts if wanted.open else ~lasts)
    rows, following = newest_first(
        connection, query, at=told.started_at, key=told.id, cursor=cursor, limit=limit
    )
    return {"items": [_worded(dict(row), wanted.at) for row in rows], "next": following}


def now_of(connection: Connection, at: datetime) -> dict[str, Any]:
    """The asker's own shift that goes on, and their turn on the roster that is now or next."""
    own = SQL["fetch_own_shift"].run(connection, {"at": at}).one_or_none()
    turn = SQL["fetch_own_turn"].run(connection, {"at": at}).mappings().one_or_none()
    return {
        "shift": fetch(connection, own.shift_id, at) if own else None,
        "roster": rostered(dict(turn)) if turn else None,
    }


def _told() -> Select[Any]:
    return select(*_TOLD.c)


def _worded(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "account": str(row["account_id"]),
        "username": row["username"],
        "name": row["display_name"],
        "body": row["body"],
        "team": team_ref(row),
        "state": "open" if row["ended_at"] is None and row["limit_at"] > at else "ended",
        **{
            name: wire_time(row[name])
            for name in ("started_at", "start_received_at", "limit_at", "ended_at", "end_received_at")
        },
        "ended_by": row["ended_by"],
        "outside_roster": row["outside_roster"],
        "outside_area": row["outside_area"],
        "roster": rostered(row) if row["roster_entry_id"] else None,
    }


def rostered(row: dict[str, Any]) -> dict[str, Any]:
    """A turn on the roster, of a row that names it `roster_entry_id`."""
    return {
        "id": row["roster_entry_id"],
        "on_from": wire_time(row["on_from"]),
        "on_to": wire_time(row["on_to"]),
        "area": area_ref(row),
    }


def team_ref(row: dict[str, Any]) -> dict[str, Any] | None:
    return {"id": row["team_id"], "name": row["team"]} if row["team_id"] else None


def area_ref(row: dict[str, Any]) -> dict[str, Any] | None:
    return {"code": row["area"], "name": row["area_name"]} if row["area"] else None
