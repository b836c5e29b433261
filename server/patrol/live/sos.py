"""Calls for help: raised by anybody in the street, told to every dispatcher, taken by one, closed with how it ended.

Nothing about the position of a call is refused: what can be read as one is shown on the map, what cannot is kept and
shown as told. What becomes of a call are rows that are only added; the database lets each kind of them happen once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, Row

from geo.datum import Datum, Position, PositionRefused, convert
from server.contract import read_cursor, wire_time, write_cursor
from server.patrol.live.officers import SQL, named
from server.patrol.live.wire import SosCloseIn, SosIn, SosQuery
from server.problems.live import SosClosed, SosConflict, SosTaken, SosUntaken
from server.problems.request import NotFound

# Roles that may take and close calls; the second and third of their own scope.
ANSWERING = ("dispatcher", "zone_manager", "admin")
_ACCURACY_MAX_M = 100_000


@dataclass(frozen=True)
class Spot:
    """A place that was told. lon, lat: WGS-84 degrees; accuracy_m: 68 % radius, None when it was not told."""

    lon: float
    lat: float
    accuracy_m: float | None


def read_spot(told: Any) -> Spot | None:
    """What can be read as a position of whatever a phone told, else None. Without a datum it is taken for WGS-84.

    >>> read_spot({"lon": 121.07, "lat": 32.07, "accuracy_m": -1})
    Spot(lon=121.07, lat=32.07, accuracy_m=None)
    >>> read_spot({"lon": 0, "lat": 0})  # what a phone says that knows no place
    """
    if not isinstance(told, dict):
        return None
    try:
        sent = Position(told.get("lon"), told.get("lat"), told.get("datum", Datum.WGS84))  # type: ignore[arg-type]
        place = convert(sent, Datum.WGS84)
    except (PositionRefused, TypeError):
        return None
    if sent.lon == 0 and sent.lat == 0:
        return None
    return Spot(place.lon, place.lat, _accuracy_m(told.get("accuracy_m")))


def _accuracy_m(told: Any) -> float | None:
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told <= _ACCURACY_MAX_M:
        return float(told)
    return None


@dataclass(frozen=True)
class SosDesk:
    """Takes calls for help and answers to them. Connections are those of who asks."""

    clock: Callable[[], datetime]
    time_zone: ZoneInfo

    def raise_call(self, connection: Connection, sos_id: UUID, said: SosIn) -> bool:
        """Keep a call and have it told; whether it is new. Raises SosConflict."""
        now = self.clock()
        told, spot = _kept(said.position), read_spot(said.position)
        claimed = "" if said.raised_at is None else said.raised_at.isoformat()
        content = orjson.dumps([claimed, told, said.note])
        values = {
            "sos_id": str(sos_id),
            "digest": hashlib.sha256(content).hexdigest(),
            "raised_at": said.raised_at or now,
            "received_at": now,
            "on": now.astimezone(self.time_zone).date(),
            "note": said.note,
            "told": told,
            "lon": spot.lon if spot else None,
            "lat": spot.lat if spot else None,
            "accuracy_m": spot.accuracy_m if spot else None,
        }
        outcome = SQL["raise_sos"].run(connection, values).scalar_one()
        if outcome == "other":
            raise SosConflict()
        return bool(outcome == "raised")

    def acknowledge(self, connection: Connection, sos_id: UUID) -> dict[str, Any]:
        """Take a call; the same again by whoever took it. Raises NotFound, SosTaken."""
        outcome = self._answer(connection, sos_id, "acknowledged")
        call = fetch_call(connection, sos_id)
        if outcome == "taken":
            raise SosTaken(acknowledged=call["acknowledged"])
        return call

    def close(self, connection: Connection, sos_id: UUID, said: SosCloseIn) -> dict[str, Any]:
        """Say how a call ended. Raises NotFound, SosUntaken, SosClosed."""
        outcome = self._answer(connection, sos_id, "closed", said.outcome, said.note)
        if outcome == "untaken":
            raise SosUntaken()
        call = fetch_call(connection, sos_id)
        if outcome == "taken":
            raise SosClosed(closed=call["closed"])
        return call

    def whereabouts(self, connection: Connection, sos_id: UUID) -> dict[str, Any] | None:
        """Where who called is now, by the track, until the call is closed; the look is noted."""
        values = {"sos_id": str(sos_id), "at": self.clock()}
        row = SQL["sos_whereabouts"].run(connection, values).one_or_none()
        return row and {**_place(row), "recorded_at": wire_time(row.recorded_at)}

    def _answer(
        self,
        connection: Connection,
        sos_id: UUID,
        kind: str,
        outcome: str | None = None,
        note: str | None = None,
    ) -> str:
        values = {"sos_id": str(sos_id), "kind": kind, "at": self.clock(), "outcome": outcome, "note": note}
        came = str(SQL["answer_sos"].run(connection, values).scalar_one())
        if came == "absent":
            raise NotFound()
        return came


def list_calls(connection: Connection, query: SosQuery) -> dict[str, Any]:
    """One page of the calls the asker hears of, newest first. Raises CursorRefused."""
    before = read_cursor(query.cursor, datetime, UUID)
    values = {
        "sos_id": None,
        "state": query.state,
        "before_at": before[0] if before else None,
        "before_id": str(before[1]) if before else None,
        "rows": query.limit + 1,
    }
    rows = SQL["read_sos"].run(connection, values).all()
    page, last = rows[: query.limit], rows[: query.limit][-1:]
    more = len(rows) > query.limit
    return {
        "items": [_call(row) for row in page],
        "next": write_cursor(last[0].received_at.isoformat(), str(last[0].id)) if more else None,
    }


def fetch_call(connection: Connection, sos_id: UUID) -> dict[str, Any]:
    """One call the asker hears of. Raises NotFound."""
    values = {"sos_id": str(sos_id), "state": None, "before_at": None, "before_id": None, "rows": 1}
    row = SQL["read_sos"].run(connection, values).one_or_none()
    if row is None:
        raise NotFound()
    return _call(row)


def _kept(told: Any) -> str | None:
    """What was told, as JSON. What is nested deeper than anybody writes by hand is not kept, and the call is."""
    try:
        return None if told is None else orjson.dumps(told).decode()
    except orjson.JSONEncodeError:
        return '"?"'


def _call(row: Row[Any]) -> dict[str, Any]:
    assumed = isinstance(row.told, dict) and "datum" not in row.told
    return {
        "id": str(row.id),
        "state": row.state,
        **named("sos", row.state),
        "account": str(row.account_id),
        "name": row.display_name,
        "role": row.role,
        "body": {"code": row.body_code, "name": row.body_name},
        "raised_at": wire_time(row.raised_at),
        "received_at": wire_time(row.received_at),
        "note": row.note,
        "position": None if row.lon is None else {**_place(row), "datum_assumed": assumed},
        "told": row.told,
        "township": row.township_code,
        "acknowledged": _answered(row.taken_at, row.taken_by, row.taken_name, row.taken_body),
        "escalated_at": wire_time(row.escalated_at),
        "closed": _end(row),
    }


def _place(row: Row[Any]) -> dict[str, Any]:
    return {"lon": row.lon, "lat": row.lat, "accuracy_m": row.accuracy_m}


def _answered(at: datetime | None, account_id: UUID, name: str, body: str) -> dict[str, Any] | None:
    if at is None:
        return None
    return {"at": wire_time(at), "account": str(account_id), "name": name, "body": body}


def _end(row: Row[Any]) -> dict[str, Any] | None:
    answered = _answered(row.closed_at, row.closed_by, row.closed_name, row.closed_body)
    if answered is None:
        return None
    words = named("sos_outcome", row.outcome, "outcome")
    return {**answered, "outcome": row.outcome, **words, "note": row.closing_note}
