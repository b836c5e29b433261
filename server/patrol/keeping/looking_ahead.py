"""How long what is kept, and what the next night would make coarse or delete. Writes nothing."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from server.contract import wire_time
from server.messages import say
from server.patrol.keeping.holds import SQL
from server.patrol.keeping.keeper import KeepingSettings

NIGHTLY_UTC = time(20, 13)
"""When the worker keeps: 04:13 in the district."""
RULES = ("track_precise_days", "track_kept_days", "visits_kept_days", "looks_kept_days")


def look_ahead(connection: Connection, settings: KeepingSettings, now: datetime) -> dict[str, Any]:
    """The limits with their reasons, when the next night is, and what is due then, counted as of that moment."""
    at = _next_night(now)
    days = {name: int(getattr(settings, name)) for name in RULES}
    before = {name: at - timedelta(days=count) for name, count in days.items()}
    values = {
        "coarse_before": before["track_precise_days"],
        "gone_before": before["track_kept_days"],
        "visits_before": before["visits_kept_days"],
        "looks_before": before["looks_kept_days"],
    }
    rows = SQL["list_next"].run(connection, values).all()
    return {
        "rules": [
            {
                "setting": f"FRONTAGE_{name.upper()}",
                "days": count,
                **say(f"retention.{name}", {"days": count}),
            }
            for name, count in days.items()
        ],
        "next_at": wire_time(at),
        "due": [{**row._mapping, "day": row.day.isoformat() if row.day else None} for row in rows],
    }


def _next_night(now: datetime) -> datetime:
    """The next moment at which the worker keeps. `now` is of UTC."""
    at = datetime.combine(now.date(), NIGHTLY_UTC, now.tzinfo)
    return at if at > now else at + timedelta(days=1)
