"""Marks of running clocks: told once each, by whichever worker comes first, and whatever becomes of the others."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from server import schema
from server.cases.clocks import MARKS
from server.cases.deadlines.beginning import begin_registering
from server.cases.deadlines.recomputing import Checked, check
from server.cases.deadlines.ticking import tick
from server.deployment import WORKER_ROLE
from server.evidence.ledger import verify_chain
from server.jobs import connect, conninfo
from tests.conftest import StandingClock
from tests.postgres import TestServer
from tests.server.cases.desk import Desk
from tests.server.cases.schedules import local
from tests.server.cases.times import set_times


@pytest.fixture
def worker_url(postgres: TestServer, database_url: str) -> str:
    return schema.role_url(database_url, WORKER_ROLE, postgres.app_password)


@pytest.fixture
def ticking(worker_url: str) -> Iterator[Callable[[str], int]]:
    """`ticking("2026-09-01 10:31")`: what a worker does at that local time; how many clocks it told of."""
    with connect(worker_url) as connection:
        yield lambda at: tick(connection, local(at))


def rows(owner: Engine, question: str, **values: Any) -> list[tuple[Any, ...]]:
    with owner.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question), values)]


def marks(owner: Engine) -> list[tuple[Any, ...]]:
    return rows(owner, "SELECT name, round, mark FROM case_mark ORDER BY reached_at, name, mark")


def entries(owner: Engine) -> list[str]:
    """What the worker wrote into ledgers."""
    return [
        row[0] for row in rows(owner, "SELECT action FROM ledger WHERE action LIKE 'clock.%' ORDER BY seq")
    ]


def told(owner: Engine) -> list[tuple[Any, ...]]:
    """Messages of clocks: event and to whom."""
    return rows(
        owner,
        "SELECT b.event, o.kind FROM outbox b JOIN organisation o ON o.id = b.organisation_id "
        "WHERE b.event LIKE 'clock.%' OR b.event = 'case.escalated' ORDER BY b.id",
    )


def dispatched(desk: Desk, owner: Engine, *rows_of_table: dict[str, Any], cases: int = 1) -> list[str]:
    """Cases dispatched to their township at 10:00, with an hour to accept and four to handle."""
    set_times(owner, *rows_of_table)
    return [desk.to("dispatched") for _ in range(cases)]


def test_each_mark_of_a_clock_is_told_once_in_its_turn(
    desk: Desk, owner: Engine, ticking: Callable[[str], int]
) -> None:
    set_times(owner)
    for _ in range(2):
        desk.to("accepted")
    assert ticking("2026-09-01 12:00") == 0  # Two of four hours are used: half, and not more.
    assert ticking("2026-09-01 14:00") == 2
    assert ticking("2026-09-01 14:01") == 0
    assert ticking("2026-09-01 15:13") == 2
    assert ticking("2026-09-01 16:01") == 2
    assert ticking("2026-12-01 00:00") == 0
    assert marks(owner) == [("handle", 1, mark) for mark in ("yellow", "red", "overdue") for _ in range(2)]
    assert entries(owner) == ["clock.overdue"] * 2
    assert [event for event, _ in told(owner)] == [
        f"clock.{mark}" for mark in ("yellow", "red", "overdue") for _ in range(2)
    ]


def test_a_worker_that_was_away_tells_the_last_mark_and_writes_them_all_down(
    desk: Desk, owner: Engine, ticking: Callable[[str], int]
) -> None:
    number = desk.to("accepted") if set_times(owner) else ""
    assert ticking("2026-09-05 00:00") == 1
    assert [mark for _, _, mark in marks(owner)] == ["yellow", "red", "overdue"]
    assert told(owner) == [("clock.overdue", "township")]
    (entry,) = [one for one in desk.history(number) if one["action"] == "clock.overdue"]
    assert entry["actor"] is None
    assert entry["body"] == {
        "action": "clock.overdue",
        "actor_role": "system",
        "at": "2026-09-04T16:00:00.000000Z",
        "clock": "handle",
        "due_at": "2026-09-01T08:00:00.000000Z",
        "from": "accepted",
        "round": 1,
        "to": "accepted",
        "version": 4,
    }


def test_a_handover_nobody_accepts_goes_to_the_district_exactly_once(
    desk: Desk, owner: Engine, ticking: Callable[[str], int]
) -> None:
    (number,) = dispatched(desk, owner)
    assert ticking("2026-09-01 11:00") == 1  # Yellow and red have passed; it is due now, and not yet over.
    assert ticking("2026-09-01 11:01") == 1
    assert ticking("2026-09-01 11:02") == 0
    assert entries(owner) == ["clock.escalated"]
    assert told(owner) == [
        ("clock.red", "township"),
        ("clock.escalated", "township"),
        ("case.escalated", "district"),
    ]
    inbox = desk.get("dispatcher", "/inbox").json["items"]
    assert [(one["kind"], one["case"]["number"]) for one in inbox if one["kind"].startswith("clock")] == [
        ("clock.escalated", number)
    ]
    with owner.connect() as connection:
        assert list(verify_chain(connection)) == []


def test_a_handover_that_was_returned_and_sent_again_is_escalated_again(
    desk: Desk, owner: Engine, ticking: Callable[[str], int], clock: StandingClock
) -> None:
    (number,) = dispatched(desk, owner)
    ticking("2026-09-01 11:01")
    clock.now = local("2026-09-01 14:30")
    desk.walk(number, ("handler", "return", {"reason": "不在辖区"}), "dispatch")
    assert ticking("2026-09-01 15:29") == 1
    assert ticking("2026-09-01 15:31") == 1
    assert entries(owner) == ["clock.escalated"] * 2
    assert [row for row in marks(owner) if row[0] == "accept"] == [
        ("accept", round_, mark) for round_ in (1, 2) for mark in ("yellow", "red", "overdue")
    ]


def test_a_paused_clock_is_not_marked_and_one_that_was_accepted_is_not_escalated(
    desk: Desk, owner: Engine, ticking: Callable[[str], int]
) -> None:
    dispatched(desk, owner)
    set_aside = desk.to("suspended")
    desk.did("handler", desk.to("dispatched"), "accept")
    ticking("2026-09-02 00:00")
    # The first case, left alone, was escalated; of the third one handling is overdue.
    assert sorted(entries(owner)) == ["clock.escalated", "clock.overdue", "clock.overdue"]
    assert not [one for one in desk.history(set_aside) if one["action"].startswith("clock.")]


def test_an_emergency_is_escalated_in_the_night(
    desk: Desk, owner: Engine, ticking: Callable[[str], int], clock: StandingClock
) -> None:
    clock.now = local("2026-09-05 22:00")  # a Saturday
    steps = {step: "1 hour" for step in ("register", "dispatch", "accept", "check")}
    row = {"category": "goods_on_pavement", "handle": "4 hour", "emergency": True, **steps}
    (number,) = dispatched(desk, owner, row)
    assert desk.case(number)["emergency"] is True
    assert ticking("2026-09-05 23:01") == 1
    assert entries(owner) == ["clock.escalated"]


def test_workers_at_the_same_moment_tell_each_mark_once(desk: Desk, owner: Engine, worker_url: str) -> None:
    dispatched(desk, owner, cases=25)
    counts: list[int] = []
    barrier = Barrier(4)

    def work() -> None:
        with connect(worker_url) as connection:
            barrier.wait()
            counts.append(tick(connection, local("2026-09-01 11:01")))

    workers = [Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    # Whoever finds a clock in somebody else's hand leaves it, for good or for a minute.
    with connect(worker_url) as connection:
        counts.append(tick(connection, local("2026-09-01 11:02")))
    assert sum(counts) == 25
    assert entries(owner) == ["clock.escalated"] * 25
    assert told(owner).count(("case.escalated", "district")) == 25
    with owner.connect() as reading:
        assert list(verify_chain(reading)) == []


_HALF_DONE = """
import sys, time
import psycopg
with psycopg.connect(sys.argv[1]) as connection:
    told = connection.execute("SELECT clocks_tick_v1(%s, 10)", (sys.argv[2],)).fetchone()[0]
    print(told, flush=True)
    time.sleep(600)
"""


@contextmanager
def half_done(worker_url: str, at: datetime) -> Iterator[subprocess.Popen[str]]:
    """A worker that has told the marks of a moment and has not committed yet."""
    command = [sys.executable, "-c", _HALF_DONE, conninfo(worker_url), at.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_worker_killed_before_its_commit_has_told_nothing_and_another_tells_it_once(
    desk: Desk, owner: Engine, ticking: Callable[[str], int], worker_url: str
) -> None:
    dispatched(desk, owner)
    with half_done(worker_url, local("2026-09-01 11:01")) as process:
        # Meanwhile nobody waits for it, and nobody tells the same.
        assert ticking("2026-09-01 11:01") == 0
        process.send_signal(signal.SIGKILL)
        process.wait()
    with psycopg.connect(conninfo(worker_url), autocommit=True) as connection:
        while tick(connection, local("2026-09-01 11:02")) == 0:
            pass  # The server takes a moment to notice that its client is gone.
    assert ticking("2026-09-01 11:03") == 0
    assert entries(owner) == ["clock.escalated"]
    assert told(owner).count(("case.escalated", "district")) == 1


def test_the_worker_sees_no_clock_and_the_server_tells_no_mark(
    desk: Desk, owner: Engine, worker_url: str, as_app_role: Engine
) -> None:
    dispatched(desk, owner)
    with connect(worker_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT 1 FROM case_clock")
    for refused in ("SELECT clocks_tick_v1(now(), 1)", "SELECT case_clock_put_v1(gen_random_uuid(), '[]')"):
        with as_app_role.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute(text(refused))


# --- The first clock of a case ------------------------------------------------------------------------------------


def beginning(worker_url: str, at: str = "2026-09-01 10:05") -> int:
    with connect(worker_url) as connection:
        return begin_registering(connection, local(at), MARKS, "Asia/Shanghai")


def test_a_case_nobody_looks_at_has_its_clock_and_is_told_of_when_it_is_over(
    desk: Desk, owner: Engine, ticking: Callable[[str], int], worker_url: str
) -> None:
    set_times(owner)
    number = desk.open()
    assert desk.case(number)["due_at"] is None
    assert (beginning(worker_url), beginning(worker_url)) == (1, 0)
    case = desk.case(number)
    assert (case["version"], case["due_at"][:19]) == (1, "2026-09-01T03:00:00")
    assert ticking("2026-09-01 11:01") == 1
    assert entries(owner) == ["clock.begun", "clock.overdue"]
    with owner.connect() as connection:
        assert list(verify_chain(connection)) == []


def test_whoever_acts_first_after_the_worker_stops_the_clock_it_began(
    desk: Desk, owner: Engine, worker_url: str
) -> None:
    set_times(owner)
    number = desk.open()
    beginning(worker_url)
    # The phone still shows the version of before: nothing that it shows has changed.
    desk.did("acceptor", number, "register", version=1)
    assert rows(owner, "SELECT name, round, stopped_at IS NULL FROM case_clock ORDER BY name") == [
        ("dispatch", 1, True),
        ("register", 1, False),
    ]
    with owner.connect() as connection:
        assert list(check(connection, Checked())) == []


def test_an_action_and_the_worker_at_the_same_moment_begin_one_clock(
    desk: Desk, owner: Engine, worker_url: str
) -> None:
    set_times(owner)
    numbers = [desk.open() for _ in range(6)]
    desk.headers("acceptor")
    worker = Thread(target=beginning, args=(worker_url,))
    worker.start()
    for number in numbers:
        desk.did("acceptor", number, "register", version=1)
    worker.join()
    assert rows(owner, "SELECT count(*), max(round) FROM case_clock WHERE name = 'register'") == [(6, 1)]
    with owner.connect() as connection:
        assert list(check(connection, Checked())) == []
        assert list(verify_chain(connection)) == []


def test_without_hours_or_a_row_for_its_category_a_case_has_no_clock(
    desk: Desk, owner: Engine, worker_url: str
) -> None:
    desk.open()
    assert beginning(worker_url) == 0
    set_times(owner, {"category": "goods_on_pavement", "handle": "4 work_hour"}, steps={})
    assert beginning(worker_url) == 0
