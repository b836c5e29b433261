"""Keeping calendars and office hours, and putting them together to the schedules that clocks are counted by.

Nothing is changed or taken away: the newest calendar counts, hours hold from their day on, and a schedule is made anew
for each body whose hours or calendar are no longer those of its newest one. Runs with the rights of the connection
given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.cases.calendars.checking import merged, week_of
from server.cases.calendars.wire import CalendarIn, HoursIn
from server.cases.faults import DataRefused, Fault
from server.contract import read_cursor, wire_time, write_cursor
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class Now:
    """When something is imported. `today`: the local day of `at`; `time_zone`: its IANA name."""

    at: datetime
    time_zone: str
    today: date


def import_calendar(connection: Connection, given: CalendarIn, now: Now) -> int:
    """Keep whole years of a calendar with what was known of others; returns the id of the new version.

    Raises:
        DataRefused: with every fault; nothing is kept.
    """
    SQL["lock_schedules"].run(connection)
    known = SQL["fetch_newest_calendar"].run(connection).one_or_none()
    years, days = merged(given, known.years if known else (), orjson.loads(known.days) if known else {})
    text = orjson.dumps(days, option=orjson.OPT_SORT_KEYS)
    values = {
        "name": given.name,
        "source": given.source,
        "sample": given.sample,
        "published_on": given.published_on.isoformat() if given.published_on else None,
        "digest": sha256(text).hexdigest(),
        "years": years,
        "days": text.decode(),
        "created_at": now.at,
    }
    made = int(SQL["insert_calendar"].run(connection, values).scalar_one())
    _compose(connection, years, days, now)
    return made


def put_hours(connection: Connection, given: HoursIn, now: Now) -> int:
    """Keep hours of a body from a day on; returns their id. Raises DataRefused."""
    SQL["lock_schedules"].run(connection)
    week_of(given.hours)
    values = {
        "body": given.body,
        "valid_from": given.valid_from.isoformat(),
        "hours": given.hours,
        "source": given.source,
        "sample": given.sample,
        "created_at": now.at,
    }
    made = SQL["insert_hours"].run(connection, values).scalar_one_or_none()
    if made is None:
        raise DataRefused([Fault("body_unknown", "/body", {"body": given.body})])
    known = SQL["fetch_newest_calendar"].run(connection).one_or_none()
    _compose(connection, known.years if known else [], orjson.loads(known.days) if known else {}, now)
    return int(made)


def _compose(connection: Connection, years: list[int], days: Mapping[str, Any], now: Now) -> None:
    """Put a schedule together for each body whose newest one is no longer so."""
    rows = SQL["fetch_hours"].run(connection).all()
    bodies = {body: list(group) for body, group in groupby(rows, key=lambda row: row.body)}
    of_district = next((group for group in bodies.values() if group[0].kind == "district"), [])
    works = {day: told["kind"] == "makeup" for day, told in days.items()}
    for body, own in bodies.items():
        # Before the first hours of its own a body has those of the district.
        before = [row for row in of_district if row.valid_from < own[0].valid_from]
        by_day = {row.valid_from: week_of(row.hours) for row in [*before, *own]}
        hours = [
            {"from": day.isoformat() if place else None, "week": week}
            for place, (day, week) in enumerate(sorted(by_day.items()))
        ]
        content = {"time_zone": now.time_zone, "hours": hours, "days": works, "years": years}
        text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        digest = sha256(text).hexdigest()
        if digest != own[0].digest:
            values = {
                "body": body,
                "since": now.today.isoformat(),
                "digest": digest,
                "content": text.decode(),
                "created_at": now.at,
            }
            SQL["insert_schedule"].run(connection, values)


def uncovered_years(connection: Connection, today: date, horizon_days: int) -> list[int]:
    """Years between today and the horizon that no calendar covers."""
    known = SQL["fetch_newest_calendar"].run(connection).one_or_none()
    covered = known.years if known else ()
    return [
        year
        for year in range(today.year, (today + timedelta(days=horizon_days)).year + 1)
        if year not in covered
    ]


def list_calendars(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of versions, newest first. Raises CursorRefused."""
    return _page(connection, SQL["list_calendars"], cursor, limit)


def list_hours(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of hours, newest written first. Raises CursorRefused."""
    return _page(connection, SQL["list_hours"], cursor, limit)


def _page(
    connection: Connection, statement: sqltext.Statement, cursor: str | None, limit: int
) -> dict[str, Any]:
    before = read_cursor(cursor, int)
    values = {"before": before[0] if before else None, "rows": limit + 1}
    rows = statement.run(connection, values).mappings().all()
    return {
        "items": [_told(row) for row in rows[:limit]],
        "next": write_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None,
    }


def fetch_calendar(connection: Connection, calendar_id: int) -> dict[str, Any]:
    """One version with its days in order. Raises NotFound."""
    row = SQL["fetch_calendar"].run(connection, {"id": calendar_id}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    days = orjson.loads(row["days"])
    return {**_told(row), "days": [{"date": day, **told} for day, told in sorted(days.items())]}


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {**row, "created_at": wire_time(row["created_at"])}
