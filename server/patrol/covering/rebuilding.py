"""Working days of the past out again: from all fixes and marks, with the zones as they are now known for those days.

Needed when the past of the zones changed (an import from a day long ago, a split), or when settings did. A day whose
precise fixes are gone is left as it is. Each account's day is one transaction under the lock of covering, which goes on
in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from server.patrol.covering.covering import Coverer, FrontsChanged, alone, pending_of
from server.patrol.covering.fronts import HeldFronts
from server.patrol.covering.writing import Again, Seen, write

TRIES_MAX = 5
"""Of one day of one account, when somebody else wrote what it writes."""


@dataclass(frozen=True)
class Rebuilt:
    """One local day: how many accounts had anything to work out. `closed`: its fixes are gone, nothing was done."""

    day: date
    accounts: int
    closed: bool = False


def rebuild(
    connection: psycopg.Connection[Any], coverer: Coverer, first: date, last: date, officer: UUID | None
) -> Iterator[Rebuilt]:
    """Work out local days from `first` to `last`, both inclusive, of one officer or of everybody, day by day.

    Args:
        connection: of the worker's role or the owner's, in autocommit.

    Raises:
        psycopg.Error: days told before are done, and of this one whole accounts at most.
    """
    day = first
    while day <= last:
        if _closed(connection, day, coverer.rules.time_zone):
            yield Rebuilt(day, 0, closed=True)
        else:
            yield Rebuilt(day, _rebuild_day(connection, coverer, day, officer))
        day += timedelta(days=1)


def do_rebuild(connection: psycopg.Connection[Any], coverer: Coverer, rebuild_id: str) -> int:
    """Do a rebuild that was ordered, from where a killed worker left it; returns how many days were done."""
    row = connection.execute(
        "SELECT from_day, to_day, officer_id FROM coverage_rebuild_take_v1(%s)", (rebuild_id,)
    ).fetchone()
    days = 0
    for one in rebuild(connection, coverer, *row) if row else ():
        connection.execute("SELECT coverage_rebuild_step_v1(%s, %s)", (rebuild_id, one.day))
        days += 1
    return days


def _closed(connection: psycopg.Connection[Any], day: date, time_zone: str) -> bool:
    found = connection.execute(
        "SELECT c FROM local_days_closed_v1(%s, %s, %s) AS c WHERE c = %s", (day, day, time_zone, day)
    )
    return found.fetchone() is not None


def _rebuild_day(
    connection: psycopg.Connection[Any], coverer: Coverer, day: date, officer: UUID | None
) -> int:
    accounts = connection.execute(
        "SELECT account_id, devices FROM coverage_rebuild_accounts_v1(%s)", (officer,)
    ).fetchall()
    for account, devices in accounts:
        work = partial(_rebuild_account, coverer=coverer, account=account, devices=devices, day=day)
        _in_turn(connection, partial(coverer.with_fronts, connection, work))
    if officer is None:
        recount = "SELECT coverage_recount_v1(%s, %s)"
        _in_turn(connection, partial(connection.execute, recount, (coverer.rules.time_zone, day)))
    return len(accounts)


def _in_turn(connection: psycopg.Connection[Any], work: Callable[[], object]) -> None:
    """Under the lock of covering, again when another one's writing came in between."""
    for tries in range(TRIES_MAX):
        with alone(connection, None):
            try:
                work()
                return
            except psycopg.errors.SerializationFailure:
                if tries == TRIES_MAX - 1:
                    raise


def _rebuild_account(
    connection: psycopg.Connection[Any],
    held: HeldFronts,
    *,
    coverer: Coverer,
    account: UUID,
    devices: list[int],
    day: date,
) -> None:
    if connection.execute("SELECT fronts_version_v1()").fetchone() != (held.version,):
        raise FrontsChanged
    begin_s, end_s = _day_s(day, coverer.rules.time_zone)
    again = [Again(device, begin_s, end_s, account) for device in devices]
    pending = pending_of(connection, devices)
    seen = Seen(
        coverer.seen_again(connection, again, pending, held.fronts),
        dict.fromkeys(devices, account),
        again,
        day_of_account=(account, day),
    )
    write(connection, seen, coverer.rules.time_zone, coverer.eyes.sight, held.lengths_m, coverer.reach)


def _day_s(day: date, time_zone: str) -> tuple[int, int]:
    """The first second of a local day and of the next one."""
    zone = ZoneInfo(time_zone)
    begin, end = (datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))
    return int(begin.timestamp()), int(end.timestamp())
