"""The job of covering: rebuilds that were ordered. Passes are no jobs (loop.py)."""

from __future__ import annotations

from collections.abc import Callable

import procrastinate
import psycopg
import structlog

from server.patrol.covering.covering import Coverer
from server.patrol.covering.rebuilding import do_rebuild

TRIES_MAX = 5
RETRY_BASE_S = 7
log = structlog.get_logger()


def covering_tasks(queue: procrastinate.App, conninfo: str, make_coverer: Callable[[], Coverer]) -> None:
    """Add the task of covering.

    Args:
        make_coverer: a coverer of its own for each rebuild: one holds the fronts of a moment, for one thread.
    """
    again = procrastinate.RetryStrategy(max_attempts=TRIES_MAX - 1, exponential_wait=RETRY_BASE_S)

    @queue.task(name="coverage_rebuild", retry=again)
    def coverage_rebuild(rebuild_id: str) -> None:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            days = do_rebuild(connection, make_coverer(), rebuild_id)
        log.info("coverage_rebuilt", rebuild=rebuild_id, days=days)
