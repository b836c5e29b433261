"""What the worker does about keeping: figures of shifts every hour, what is due to become coarse or go every night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import procrastinate
import psycopg
import structlog

from server.patrol.keeping.keeper import KeepingDays, Kept, keep
from server.patrol.keeping.looking_ahead import NIGHTLY_UTC
from server.patrol.tracks.working_out import FigureRules, finish_day, work_out_due

log = structlog.get_logger()


@dataclass(frozen=True)
class KeepingRules:
    """How long what is kept, and how figures are worked out before."""

    days: KeepingDays
    figures: FigureRules


def keep_all(connection: psycopg.Connection[Any], rules: KeepingRules, at: datetime) -> list[Kept] | None:
    """Do all that is due at a moment; None when another worker is at it.

    Args:
        connection: of the worker's role, each statement its own transaction.
    """

    def finish(day: date | None) -> None:
        finish_day(connection, rules.figures, day, at)

    return keep(connection, at, rules.days, finish)


def keeping_tasks(queue: procrastinate.App, conninfo: str, rules: KeepingRules) -> None:
    """Add the tasks of keeping to the worker's queue."""

    @queue.periodic(cron="17 * * * *")
    @queue.task(name="figures_work_out", queueing_lock="figures_work_out")
    def figures_work_out(timestamp: int) -> None:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            log.info("figures_worked_out", shifts=work_out_due(connection, rules.figures, datetime.now(UTC)))

    @queue.periodic(cron=f"{NIGHTLY_UTC.minute} {NIGHTLY_UTC.hour} * * *")
    @queue.task(name="keep_tracks", queueing_lock="keep_tracks")
    def keep_tracks(timestamp: int) -> None:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            done = keep_all(connection, rules, datetime.now(UTC))
        for one in done or []:
            if one.rows != 0:
                log.info("kept", what=one.due.what, rule=one.due.rule, day=str(one.due.day), rows=one.rows)
