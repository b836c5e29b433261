"""Assists: help that patrols gave on their way. Whom they helped is counted; nobody's name has a place here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, select

from geo.datum import Datum, Position, PositionRefused, convert
from server.contract import local_time, wire_time
from server.evidence.canonical import canonical
from server.lists import newest_first
from server.patrol.live.officers import SQL, named
from server.patrol.live.tables import assist
from server.patrol.live.wire import AssistIn, AssistQuery
from server.people.tables import organisation
from server.problems.live import AssistConflict
from server.problems.request import InputRefused, NotFound

_READ = select(
    assist.c.id,
    assist.c.account_id,
    organisation.c.code,
    organisation.c.body_name,
    assist.c.happened_at,
    assist.c.received_at,
    assist.c.lon,
    assist.c.lat,
    assist.c.accuracy_m,
    assist.c.address,
    assist.c.township_code,
    assist.c.what,
    assist.c.people_helped,
    assist.c.outcome,
    assist.c.reports,
).join_from(assist, organisation, organisation.c.id == assist.c.organisation_id)


@dataclass(frozen=True)
class AssistDesk:
    """Takes assists. clock_skew_s: how far a phone's clock may be ahead."""

    clock: Callable[[], datetime]
    time_zone: ZoneInfo
    clock_skew_s: int

    def record(self, connection: Connection, assist_id: UUID, said: AssistIn) -> bool:
        """Keep an assist; whether it is new.

        Raises:
            AssistConflict: the id was used for another one.
            InputRefused: it is of the future, has no place, or names a report that is not the asker's.
        """
        now = self.clock()
        if said.happened_at > now + timedelta(seconds=self.clock_skew_s):
            raise InputRefused(errors=[{"path": "/happened_at", "message": "an assist of the future"}])
        sent = said.position
        try:
            place = convert(Position(sent.lon, sent.lat, Datum(sent.datum)), Datum.WGS84)
        except PositionRefused as error:
            raise InputRefused(errors=[{"path": "/position", "message": error.message}]) from error
        content = said.model_dump(mode="json", exclude={"position"})
        kept = {
            **content,
            "digest": hashlib.sha256(canonical(said.model_dump(mode="json"))).hexdigest(),
            "received_at": now.isoformat(),
            "on": local_time(said.happened_at, self.time_zone, "/happened_at").date().isoformat(),
            "lon": place.lon,
            "lat": place.lat,
            "sent_lon": sent.lon,
            "sent_lat": sent.lat,
            "datum": sent.datum,
            "accuracy_m": sent.accuracy_m,
        }
        values = {"assist_id": str(assist_id), "said": orjson.dumps(kept).decode()}
        outcome = SQL["put_assist"].run(connection, values).scalar_one()
        if outcome == "report":
            raise InputRefused(errors=[{"path": "/reports", "message": "only reports of your own"}])
        if outcome == "other":
            raise AssistConflict()
        return bool(outcome == "recorded")


def list_assists(connection: Connection, query: AssistQuery) -> dict[str, Any]:
    """One page of the assists the asker may see, newest first. Raises CursorRefused."""
    wanted = _READ
    if query.from_:
        wanted = wanted.where(assist.c.happened_at >= query.from_)
    if query.to:
        wanted = wanted.where(assist.c.happened_at < query.to)
    if query.township:
        wanted = wanted.where(assist.c.township_code == query.township)
    page, following = newest_first(
        connection, wanted, at=assist.c.happened_at, key=assist.c.id, cursor=query.cursor, limit=query.limit
    )
    return {"items": [_assist(row) for row in page], "next": following}


def fetch_assist(connection: Connection, assist_id: UUID) -> dict[str, Any]:
    """One assist the asker may see. Raises NotFound."""
    row = connection.execute(_READ.where(assist.c.id == assist_id)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return _assist(row)


def _assist(row: Any) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "account": str(row["account_id"]),
        "body": {"code": row["code"], "name": row["body_name"]},
        "happened_at": wire_time(row["happened_at"]),
        "received_at": wire_time(row["received_at"]),
        "position": {"lon": row["lon"], "lat": row["lat"]},
        "accuracy_m": row["accuracy_m"],
        "address": row["address"],
        "township": row["township_code"],
        "what": row["what"],
        "people_helped": row["people_helped"],
        "outcome": row["outcome"],
        **named("assist_outcome", row["outcome"], "outcome"),
        "reports": [str(one) for one in row["reports"]],
    }
