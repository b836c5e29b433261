"""Who is on duty and where, for those who direct them. Everybody shown with a position can read who looked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Row

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.messages import say
from server.patrol.live.wire import LiveQuery

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


class LiveRules(Protocol):
    """What the deployment sets; names and reasons as in config.py."""

    @property
    def live_fresh_s(self) -> int: ...
    @property
    def live_stale_s(self) -> int: ...


def list_live(connection: Connection, query: LiveQuery, at: datetime, rules: LiveRules) -> dict[str, Any]:
    """One page of people on duty, by username. Raises CursorRefused."""
    after = read_cursor(query.cursor, str)
    values = {
        "at": at,
        "fresh_s": rules.live_fresh_s,
        "stale_s": rules.live_stale_s,
        "state": query.state,
        "bbox": list(query.bbox) if query.bbox else None,
        "after": after[0] if after else None,
        # Whoever is on the next page is shown there: a look at one more would be noted here.
        "rows": query.limit,
        "why": query.why,
    }
    rows = SQL["list_officers_live"].run(connection, values).all()
    more = len(rows) == query.limit
    return {
        "items": [_officer(row, at) for row in rows],
        "next": write_cursor(rows[-1].username) if more else None,
    }


def _officer(row: Row[Any], at: datetime) -> dict[str, Any]:
    known = row.recorded_at is not None
    return {
        "account": str(row.account_id),
        "username": row.username,
        "name": row.display_name,
        "role": row.role,
        "body": {"code": row.body_code, "name": row.body_name},
        "team": row.team,
        "on_duty": True,
        "state": row.state,
        **named("live", row.state),
        # A phone's clock may be ahead of ours by some seconds.
        "age_s": max(0, round((at - row.recorded_at).total_seconds())) if known else None,
        "position": {"lon": row.lon, "lat": row.lat, "accuracy_m": row.accuracy_m} if known else None,
        "recorded_at": wire_time(row.recorded_at),
        "battery": row.battery,
        "shift": {
            "id": str(row.shift_id),
            "started_at": wire_time(row.started_at),
            "outside_roster": row.outside_roster,
        },
    }


def named(kind: str, code: str, member: str = "state") -> dict[str, str]:
    """A code in words, as `<member>_name` and `<member>_name_en`."""
    words = say(f"{kind}.{code}")
    return {f"{member}_name": words["text"], f"{member}_name_en": words["text_en"]}
