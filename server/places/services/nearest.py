"""The nearest service points, and whether they are open: kiosks, toilets, waste points, sites, restaurants.

Distance is measured straight in the metric plane. Hours are the point's own text; one without hours, or with hours
that cannot be read, is neither open nor closed and never in a list of open ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from geo.hours import HoursRefused, WeekHours, read_hours
from server import sqltext

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class NearestQuestion:
    """Where (metric plane, metres), when (local time), what and how many."""

    x_m: float
    y_m: float
    at: datetime
    service: str | None
    only_open: bool
    radius_m: float
    limit: int


def nearest(connection: Connection, asked: NearestQuestion) -> list[dict[str, Any]]:
    """Service points nearest first."""
    day = {"on": asked.at.date().isoformat(), "service": asked.service}
    texts = SQL["list_service_hours"].run(connection, day).scalars()
    known = {text: _read(text) for text in texts}
    holding = [text for text, hours in known.items() if hours is not None and hours.holds(asked.at)]
    values = {
        **day,
        "x": asked.x_m,
        "y": asked.y_m,
        "radius_m": asked.radius_m,
        "hours": holding if asked.only_open else None,
        "rows": asked.limit,
    }
    rows = SQL["nearest_service_points"].run(connection, values).mappings()
    return [_item(row, known, asked.at) for row in rows]


def _read(text: str) -> WeekHours | None:
    try:
        return read_hours(text)
    except HoursRefused:
        return None


def _item(row: Mapping[Any, Any], known: Mapping[str, WeekHours | None], at: datetime) -> dict[str, Any]:
    properties = row["properties"]
    written, service = properties.get("hours"), properties.get("service")
    hours = known.get(written) if isinstance(written, str) else None
    return {
        "code": row["code"],
        "name": row["name"],
        "version": row["version"],
        "township": row["township_code"],
        "service": service if isinstance(service, str) else None,
        "lon": row["lon"],
        "lat": row["lat"],
        "distance_m": round(row["distance_m"], 1),
        "hours": written if isinstance(written, str) else None,
        "open": None if hours is None else hours.holds(at),
        "open_until": _until(hours, at),
        "sample": row["sample"],
        "source": row["source"],
    }


def _until(hours: WeekHours | None, at: datetime) -> str | None:
    left_min = hours.minutes_left(at) if hours else 0
    if not left_min:
        return None
    return (at.replace(second=0, microsecond=0) + timedelta(minutes=left_min)).isoformat()
