"""What the worker does about calls for help that nobody takes: those above are told, once for each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import procrastinate
import psycopg
import structlog

log = structlog.get_logger()


def escalate(conninfo: str, after: timedelta) -> int:
    """Tell of every call that has waited for longer than `after`; returns how many were new.

    Args:
        conninfo: of the worker's role.
    """
    now = datetime.now(UTC)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute("SELECT sos_escalate_v1(%s, %s)", (now - after, now)).fetchone()
    return int(row[0]) if row else 0


def escalating_tasks(queue: procrastinate.App, conninfo: str, after: timedelta) -> None:
    """Add the task that tells of calls nobody takes."""

    @queue.periodic(cron="* * * * * */15")
    @queue.task(name="sos_escalate", queueing_lock="sos_escalate")
    def sos_escalate(timestamp: int) -> None:
        told = escalate(conninfo, after)
        if told:
            log.warning("sos_escalated", told=told)
