"""A suggested round is sent to who walks it; fronts seen since turn it green, whoever saw them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.evidence import canonical
from server.patrol.rounds.wire import RoundSentIn
from server.problems.request import InputRefused, NotFound
from server.problems.rounds import RoundConflict

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def send(
    connection: Connection, round_id: UUID, wanted: RoundSentIn, at: datetime, *, today: date, days_max: int
) -> bool:
    """Keep a round; whether it is new.

    Args:
        at: aware moment of receipt. today: its local day. days_max: how many days ahead a round may be for.
    Raises:
        InputRefused: a day that is over or too far ahead, no zone at all, or nobody whom the asker directs.
        RoundConflict: the id was used for another one.
    """
    if not today <= wanted.day <= today + timedelta(days=days_max):
        message = f"today to {days_max} days ahead wanted"
        raise InputRefused(errors=[{"path": "/day", "message": message}])
    if not any(street.zones for street in wanted.streets):
        raise InputRefused(errors=[{"path": "/streets", "message": "no zone to look at"}])
    said = wanted.model_dump(mode="json")
    told = {name: said[name] for name in ("streets", "length_m", "minutes", "line", "note")}
    values = {
        "round_id": str(round_id),
        "officer": str(wanted.officer),
        "day": wanted.day,
        "digest": canonical.digest(said),
        "told": orjson.dumps(told).decode(),
        "at": at,
    }
    outcome = SQL["put_round"].run(connection, values).scalar_one()
    if outcome == "nobody":
        raise InputRefused(errors=[{"path": "/officer", "message": "nobody of the field whom you direct"}])
    if outcome == "other":
        raise RoundConflict()
    return bool(outcome == "sent")


def fetch(connection: Connection, round_id: UUID) -> dict[str, Any]:
    """One round the asker may see. Raises NotFound."""
    row = _rows(connection, round_id=str(round_id), rows=1).one_or_none()
    if row is None:
        raise NotFound()
    return _told(row)


def list_rounds(
    connection: Connection, day: date | None, officer: UUID | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of rounds, the newest first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    before = {"before_at": after[0], "before_id": str(after[1])} if after else {}
    asked = {"day": day, "officer": str(officer) if officer else None, "rows": limit + 1, **before}
    rows = _rows(connection, **asked).all()
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    return {
        "items": [_told(row) for row in page],
        "next": write_cursor(wire_time(last["sent_at"]), str(last["id"])) if last else None,
    }


def _rows(connection: Connection, **values: Any) -> Any:
    nothing = dict.fromkeys(("day", "officer", "round_id", "before_at", "before_id"))
    return SQL["list_rounds"].run(connection, nothing | values).mappings()


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    told, known = orjson.loads(row["told"]), row["seen"] or {}
    seen = {code for code, zone in known.items() if zone["seen_at"]}
    wanted = {code for street in told["streets"] for code in street["zones"]}
    streets = [
        {**street, "zones": [_zone(code, known.get(code)) for code in street["zones"]]}
        for street in told["streets"]
    ]
    return {
        **told,
        "id": str(row["id"]),
        "officer": {
            "account": str(row["account_id"]),
            "name": row["display_name"],
            "body": row["body_code"],
            "body_name": row["body_name"],
        },
        "day": row["day"].isoformat(),
        "sent_by": row["sent_name"],
        "sent_at": wire_time(row["sent_at"]),
        "replaced": row["replaced"],
        "streets": streets,
        "zones": len(wanted),
        "seen": len(seen),
    }


def _zone(code: str, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """A zone of a round; one whose code no zone has keeps it as its name."""
    seen_at = known["seen_at"] if known else None
    return {
        "code": code,
        "name": known["name"] if known else code,
        "seen_at": wire_time(datetime.fromisoformat(seen_at)) if seen_at else None,
    }
