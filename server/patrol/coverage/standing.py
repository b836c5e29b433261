"""Keeping how every front stands up to the day: at local midnight other periods, plans and zones count."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import procrastinate
import psycopg
import structlog

log = structlog.get_logger()


def standing_tasks(queue: procrastinate.App, conninfo: str, time_zone: str) -> None:
    """Every minute it is asked whether the district has another day; until the answer, reads work it out themselves."""

    @queue.periodic(cron="* * * * *")
    @queue.task(name="front_standing", queueing_lock="front_standing")
    def front_standing(timestamp: int) -> None:
        today = datetime.now(ZoneInfo(time_zone)).date()
        if keep_day(conninfo, today):
            log.info("front_standing_kept", day=today.isoformat())


def keep_day(conninfo: str, day: date) -> bool:
    """Bring what is kept to a local day; False when it is there already."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute("SELECT front_standing_day_v1(%s)", (day,)).fetchone()
    return bool(row and row[0])
