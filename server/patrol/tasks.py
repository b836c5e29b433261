"""What the worker does for patrol, beside its other jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import procrastinate
import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from server.patrol.coverage.standing import standing_tasks
from server.patrol.covering.covering import Coverer
from server.patrol.covering.jobs import covering_tasks
from server.patrol.covering.loop import cover_all, covering_beside
from server.patrol.duty.ending import ending_tasks
from server.patrol.keeping.nightly import KeepingRules, keeping_tasks
from server.patrol.live.escalating import escalating_tasks
from server.patrol.positions.days import DayRules, day_tasks


@dataclass(frozen=True)
class PatrolChores:
    """What the tasks of patrol work with.

    Attributes:
        database_url: of the worker's role.
        time_zone: of the district.
        sos_escalate_after: how long a call for help may wait for somebody to take it.
        days: which tables of days are made.
        make_coverer: makes visits and coverage of what arrives; without it nothing is covered.
        covering_interval_s: between two passes.
        keeping: how long tracks are kept; without it nothing becomes coarse and nothing goes.
    """

    database_url: str
    time_zone: str = "Asia/Shanghai"
    sos_escalate_after: timedelta = timedelta(seconds=120)
    days: DayRules = DayRules()
    make_coverer: Callable[[], Coverer] | None = None
    covering_interval_s: float = 1.0
    keeping: KeepingRules | None = None

    @property
    def conninfo(self) -> str:
        """The database as libpq takes it; the URL may name a driver of SQLAlchemy."""
        url = make_url(self.database_url).set(drivername="postgresql")
        return make_conninfo(url.render_as_string(hide_password=False), application_name="frontage worker")


def patrol_tasks(queue: procrastinate.App, chores: PatrolChores) -> None:
    """Add the tasks of patrol to the worker's queue."""
    ending_tasks(queue, chores.conninfo)
    escalating_tasks(queue, chores.conninfo, chores.sos_escalate_after)
    day_tasks(queue, chores.conninfo, chores.days)
    standing_tasks(queue, chores.conninfo, chores.time_zone)
    if chores.keeping:
        keeping_tasks(queue, chores.conninfo, chores.keeping)
    if chores.make_coverer:
        covering_tasks(queue, chores.conninfo, chores.make_coverer)


@contextmanager
def patrol_beside(chores: PatrolChores | None, *, once: bool) -> Iterator[None]:
    """What goes on beside the jobs for as long as the block lasts; with `once`, what there is to do now, first."""
    if chores is None or chores.make_coverer is None:
        yield
    elif once:
        with psycopg.connect(chores.conninfo, autocommit=True) as connection:
            cover_all(connection, chores.make_coverer())
        yield
    else:
        with covering_beside(
            lambda: psycopg.connect(chores.conninfo, autocommit=True),
            chores.make_coverer(),
            chores.covering_interval_s,
        ):
            yield
