"""Covering again and again beside the jobs of a worker, in a thread of its own.

Not a job: a pass every second would be most of the queue's rows, and would wait behind an import. N workers take turns
by the lock of covering.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
import structlog

from server.patrol.covering.covering import Covered, Coverer

log = structlog.get_logger()

Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]
PATIENCE_MAX_S = 30.0
"""Between two tries while the database is away."""
LEAVE_S = 10.0
"""A pass that is under way at the end is waited for so long; a killed one did nothing."""


def cover_all(connection: psycopg.Connection[Any], coverer: Coverer) -> int:
    """Passes until nothing waits, or another covers; returns how many batches were taken up."""
    batches = 0
    while (done := coverer.cover(connection)) is not None and (done.batches or done.marks):
        batches += done.batches
    return batches


@contextmanager
def covering_beside(connect: Connect, coverer: Coverer, interval_s: float) -> Iterator[None]:
    """Cover every `interval_s` until the block ends."""
    over = threading.Event()
    thread = threading.Thread(
        target=_go_on, args=(connect, coverer, interval_s, over), name="covering", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(LEAVE_S)


def _go_on(connect: Connect, coverer: Coverer, interval_s: float, over: threading.Event) -> None:
    failures = 0
    while not over.is_set():
        try:
            with connect() as connection:
                while not over.is_set():
                    done = coverer.cover(connection)
                    failures = 0
                    _tell(done)
                    if not (done and done.left_over):
                        over.wait(interval_s)
        # Whatever it was, nothing of the pass was done and nothing is lost: the next one takes the same up again.
        except Exception:
            failures += 1
            log.exception("covering_failed", failures=failures)
            over.wait(min(PATIENCE_MAX_S, interval_s * 2**failures))


def _tell(done: Covered | None) -> None:
    if done and (done.batches or done.marks):
        log.debug("covered", batches=done.batches, marks=done.marks, sightings=done.sightings)
