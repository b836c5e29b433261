"""What the database is asked, in one question: what waits, what failed, what is late, and whether its clock is ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from server import sqltext
from server.operation.check import Check, Row, State, by_age
from server.operation.keeping import heads_are_old
from server.operation.watching import Watch

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
# The State Council publishes next year's days off in November.
NEXT_YEAR_KNOWN_FROM_MONTH = 11


def ask(connection: Connection, watch: Watch) -> tuple[dict[str, Any], float]:
    """What the database tells, and how many seconds its clock is away from ours. Errors: SQLAlchemyError."""
    before = datetime.now(UTC)
    since = before - timedelta(days=watch.delivery_failed_days)
    values = {"failed_since": since, "heads": heads_are_old(watch, before)}
    told: dict[str, Any] = SQL["fetch_operation"].run(connection, values).scalar_one()
    return told, apart_s(before, datetime.fromisoformat(told["at"]), datetime.now(UTC))


def apart_s(before: datetime, there: datetime, after: datetime) -> float:
    """How far a clock is from ours that was read somewhere between `before` and `after`, in seconds."""
    return max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)


def waiting(told: Mapping[str, Any], watch: Watch, now: datetime) -> Iterator[Check]:
    """What waits, failed or is late, by the database's answer; `now` is aware."""
    yield calendar(told["calendar"], now.astimezone(watch.time_zone))
    yield worker(told["workers"])
    yield failed_jobs(told["failed"])
    yield _queue(told["jobs"], watch)
    yield _handovers(told["handovers"], watch)
    yield from _deliveries(told["deliveries"], watch)
    yield _covering(told["covering"], watch)


def clock(skew_s: float, watch: Watch) -> Check:
    """The database's clock against this machine's."""
    apart = skew_s > watch.database_clock_skew_s
    state = State.ACT if apart else State.OK
    return Check("clock", "clock", state, "apart" if apart else "ok", {"apart": round(skew_s, 1)})


def calendar(kept: Mapping[str, Any] | None, today: datetime) -> Check:
    """Whether the work calendar knows this year, and the next one once that is published."""
    years: list[int] = sorted(kept["years"]) if kept else []
    words = {"years": ", ".join(map(str, years)) or "-", "year": today.year}
    if today.year not in years:
        return Check("calendar", "calendar", State.ACT, "missing", {}, words)
    if today.year + 1 not in years and today.month >= NEXT_YEAR_KNOWN_FROM_MONTH:
        return Check(
            "calendar", "calendar", State.LOOK, "next_missing", {}, {**words, "year": today.year + 1}
        )
    if kept and kept["sample"]:
        return Check("calendar", "calendar", State.LOOK, "sample", {}, words)
    return Check("calendar", "calendar", State.OK, "ok", {}, words)


def worker(alive: int) -> Check:
    """Whether somebody does the jobs."""
    state = State.OK if alive else State.ACT
    return Check("worker", "worker", state, "ok" if alive else "none", {"workers": alive})


def failed_jobs(failed: list[list[Any]]) -> Check:
    """Jobs that had all their tries."""
    count = sum(jobs for _, jobs in failed)
    rows = tuple(Row(task, task, jobs) for task, jobs in failed)
    state = State.LOOK if count else State.OK
    return Check("jobs", "jobs", state, "failed" if count else "ok", {"failed": count}, rows=rows)


def _queue(jobs: Mapping[str, Any], watch: Watch) -> Check:
    age_s = jobs["oldest_s"]
    state = by_age(age_s, watch.work_wait_look_s, watch.work_wait_act_s)
    figures = {"waiting": jobs["waiting"], "oldest_s": age_s}
    return Check("queue", "queue", state, "ok" if state is State.OK else "late", figures)


def _handovers(bodies: list[list[Any]], watch: Watch) -> Check:
    alarm_s = watch.handover_alarm_after_s
    rows = tuple(Row(code, name, cases, age_s) for code, name, cases, age_s in bodies)
    age_s = max((row.age_s or 0 for row in rows), default=None)
    state = by_age(age_s, alarm_s / 2, alarm_s)
    figures = {"waiting": sum(row.count for row in rows), "oldest_s": age_s, "alarm_s": alarm_s}
    case = "late" if state is not State.OK else "ok" if rows else "none"
    return Check("handovers", "handovers", state, case, figures, rows=rows)


def _deliveries(told: Mapping[str, Any], watch: Watch) -> Iterator[Check]:
    age_s = told["oldest_s"]
    late = age_s is not None and age_s >= watch.delivery_wait_look_s
    figures = {"waiting": told["waiting"], "oldest_s": age_s}
    yield Check(
        "deliveries", "deliveries", State.LOOK if late else State.OK, "late" if late else "ok", figures
    )
    failed = told["failed"]
    figures = {"failed": failed, "failed_before": told["failed_before"], "days": watch.delivery_failed_days}
    state = State.ACT if failed else State.OK
    yield Check("failed_deliveries", "failed_deliveries", state, "some" if failed else "ok", figures)


def _covering(told: Mapping[str, Any], watch: Watch) -> Check:
    age_s = told["oldest_s"] if told["waiting"] else None
    state = by_age(age_s, watch.work_wait_look_s, watch.work_wait_act_s)
    figures = {"waiting": told["waiting"], "oldest_s": age_s}
    return Check("covering", "covering", state, "ok" if state is State.OK else "late", figures)
