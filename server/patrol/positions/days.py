"""Tables of days, made before the days come: one day of fixes is one table, and goes as one.

Rows of a day nobody made a table for lie among the odd times; here they move into a table of their day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import procrastinate
import psycopg
import structlog

DAILY = ("position_fix", "sighting")
"""Tables that lie in days of UTC."""
log = structlog.get_logger()


@dataclass(frozen=True)
class DayRules:
    """`ahead`: days made before they come. `back`: how late a batch may be and still get a table of its day."""

    ahead: int = 14
    back: int = 92


def make_days(conninfo: str, at: datetime, rules: DayRules) -> int:
    """Make the tables that are missing, each parent in a transaction of its own; returns how many.

    Args:
        conninfo: of the worker's role or the owner's. at: aware.
    """
    today = at.astimezone(UTC).date()
    made = 0
    with psycopg.connect(conninfo, autocommit=True) as connection:
        # Whoever waits behind us for the table of odd times waits no longer than this.
        connection.execute("SET lock_timeout = '5s'")
        for parent in DAILY:
            span = (today - timedelta(days=rules.back), today, today + timedelta(days=rules.ahead))
            row = connection.execute("SELECT days_ahead_v1(%s, %s, %s, %s)", (parent, *span)).fetchone()
            made += int(row[0]) if row else 0
    return made


def day_tasks(queue: procrastinate.App, conninfo: str, rules: DayRules) -> None:
    """Add the task that makes tables of days; every hour, so that one that could not get its lock is soon made up."""

    @queue.periodic(cron="3 * * * *")
    @queue.task(name="days_make", queueing_lock="days_make")
    def days_make(timestamp: int) -> None:
        made = make_days(conninfo, datetime.now(UTC), rules)
        if made:
            log.info("days_made", made=made)
