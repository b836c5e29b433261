"""Makes old tracks coarse and lets them go, a day a transaction: who is killed has lost nothing and doubled nothing.

What is kept, and what went, is decided and written down by the functions of the database; here stands the order.
Figures of a shift are worked out before its fixes become coarse, since they cannot be afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

import psycopg
import structlog

log = structlog.get_logger()

Rule = Literal["coarsen", "delete"]
# One keeper at a time; the next night finds what this one left.
_LOCK = 0x4B454550


class KeepingSettings(Protocol):
    """How long what is kept, in days."""

    @property
    def track_precise_days(self) -> int: ...
    @property
    def track_kept_days(self) -> int: ...
    @property
    def visits_kept_days(self) -> int: ...
    @property
    def looks_kept_days(self) -> int: ...


@dataclass(frozen=True)
class KeepingDays:
    """The same as plain values, for the worker."""

    track_precise_days: int = 30
    track_kept_days: int = 90
    visits_kept_days: int = 365
    looks_kept_days: int = 1095


@dataclass(frozen=True)
class Due:
    """Something to be done: `day` is one of UTC, None for the times of clocks that are years wrong."""

    what: str
    rule: Rule
    day: date | None


@dataclass(frozen=True)
class Kept:
    """What was done about it: `rows` that went; None when it has to wait."""

    due: Due
    rows: int | None


def list_due(connection: psycopg.Connection[Any], now: datetime, settings: KeepingSettings) -> list[Due]:
    """Days of tracks and sightings that the limits have passed, oldest first."""
    limits = (_before(now, settings.track_precise_days), _before(now, settings.track_kept_days))
    return [
        Due(*row) for row in connection.execute("SELECT what, rule, day FROM keeping_due_v1(%s, %s)", limits)
    ]


def keep(
    connection: psycopg.Connection[Any],
    now: datetime,
    settings: KeepingSettings,
    finish: Callable[[date | None], object],
) -> list[Kept] | None:
    """Do all that is due; None when another keeper is at it.

    Args:
        connection: of the worker's role, each statement its own transaction.
        finish: works out the figures of the shifts of a day, or of odd times, for good.
    """
    taken = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    if not taken or not taken[0]:
        return None
    try:
        return list(_keep(connection, now, settings, finish))
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _keep(
    connection: psycopg.Connection[Any],
    now: datetime,
    settings: KeepingSettings,
    finish: Callable[[date | None], object],
) -> Iterator[Kept]:
    for due in list_due(connection, now, settings):
        if due.what == "track":
            finish(due.day)
        yield Kept(due, _do(connection, due, now, settings))
    for what, table, days in (
        ("visit", "visit", settings.visits_kept_days),
        ("shift_figures", "shift_figures", settings.visits_kept_days),
        ("live_position", "officer_position", settings.track_precise_days),
        ("look", "position_look", settings.looks_kept_days),
        ("round", "patrol_round", settings.visits_kept_days),
    ):
        rows = _call(
            connection,
            "SELECT forget_v1(%s, %s, NULL, %s, %s, %s)",
            (what, table, _before(now, days), now, days),
        )
        yield Kept(Due(what, "delete", None), rows)


def _do(
    connection: psycopg.Connection[Any], due: Due, now: datetime, settings: KeepingSettings
) -> int | None:
    days = settings.track_precise_days if due.rule == "coarsen" else settings.track_kept_days
    limits = (_before(now, days), now, days)
    if due.what == "sighting":
        return _call(connection, "SELECT sightings_forget_v1(%s, %s, %s, %s)", (due.day, *limits))
    return _call(connection, "SELECT track_keep_v1(%s, %s, %s, %s, %s)", (due.day, due.rule, *limits))


def _call(connection: psycopg.Connection[Any], statement: str, values: tuple[Any, ...]) -> int | None:
    try:
        row = connection.execute(statement, values).fetchone()
    except (psycopg.errors.LockNotAvailable, psycopg.errors.SerializationFailure) as error:
        # Somebody reads that day just now, or set a hold meanwhile.
        log.info("keeping_waits", statement=statement, exc_info=error)
        return None
    return row[0] if row else None


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)
