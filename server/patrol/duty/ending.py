"""Shifts that nobody ended end at their limit: a phone left on must not follow its officer home.

Everybody reads such a shift as ended from its limit on; what the worker does here makes it a fact that others are told.
"""

from __future__ import annotations

from datetime import UTC, datetime

import procrastinate
import psycopg
import structlog

SHIFTS_A_STEP = 500
"""Shifts one transaction ends."""
log = structlog.get_logger()


def end_overdue(conninfo: str, at: datetime) -> int:
    """End what nobody ended by its limit; returns how many.

    Args:
        conninfo: of the worker's role or the owner's.
    """
    ended = 0
    with psycopg.connect(conninfo, autocommit=True) as connection:
        while True:
            row = connection.execute("SELECT shifts_end_due_v1(%s, %s)", (at, SHIFTS_A_STEP)).fetchone()
            step = int(row[0]) if row else 0
            ended += step
            if step < SHIFTS_A_STEP:
                return ended


def ending_tasks(queue: procrastinate.App, conninfo: str) -> None:
    """Add the task that ends shifts at their limit."""

    @queue.periodic(cron="* * * * *")
    @queue.task(name="shifts_end", queueing_lock="shifts_end")
    def shifts_end(timestamp: int) -> None:
        ended = end_overdue(conninfo, datetime.now(UTC))
        if ended:
            log.info("shifts_ended", ended=ended)
