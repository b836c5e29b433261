"""A day of fixes is one table: made ahead, filled across midnight and a year's end, and gone as one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from server.patrol.positions.days import DayRules, make_days
from tests.conftest import StandingClock
from tests.factories import CORNER
from tests.postgres import engine
from tests.server.patrol.walks import Officer, fix, send, start_shift, stored

YEARS_END = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
RULES = DayRules(ahead=2, back=30)
PARTS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = CAST('position_fix' AS regclass) AND c.relname LIKE :name ORDER BY 1
"""


def by_day(owner: Engine, name: str = "position_fix%") -> dict[str, int]:
    """How many fixes lie in which table, those without any left out."""
    with owner.connect() as connection:
        tables = [row[0] for row in connection.execute(text(PARTS), {"name": name})]
        counted = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables
        }
    return {table: count for table, count in counted.items() if count}


@pytest.fixture
def worker(owner: Engine) -> Iterator[str]:
    """libpq's words for the database as the worker's role."""
    url = owner.url.set(drivername="postgresql", username="frontage_worker")
    yield url.render_as_string(hide_password=False)


def test_a_track_across_a_year_s_end_lies_in_two_days_and_late_ones_move_into_theirs(
    client: FlaskClient, owner: Engine, worker: str, officer: Officer, clock: StandingClock
) -> None:
    start_shift(owner, officer.account_id, YEARS_END - timedelta(hours=1), limit_h=4)
    steps = [timedelta(minutes=minute) for minute in range(0, 120, 10)]
    told = [fix(CORNER, YEARS_END + step) for step in steps]
    clock.now = YEARS_END + timedelta(hours=2)

    # Nobody has made these days yet, and a clock that is ten years wrong never gets one.
    start_shift(owner, officer.account_id, YEARS_END - timedelta(days=3650), limit_h=1)
    assert (
        send(client, officer, [*told[:8], fix(CORNER, YEARS_END - timedelta(days=3650))]).json["accepted"]
        == 9
    )
    assert by_day(owner) == {"position_fix_odd": 9}
    before = stored(owner)

    assert make_days(worker, clock.now, RULES) == 2 * 3 + 1
    assert make_days(worker, clock.now, RULES) == 0
    assert stored(owner) == before
    assert send(client, officer, told).json["accepted"] == 4
    assert by_day(owner) == {
        "position_fix_odd": 1,
        "position_fix_p20261231": 6,
        "position_fix_p20270101": 6,
    }
    with owner.connect() as connection:
        bounds = dict(map(tuple, connection.execute(text(PARTS), {"name": "%p20261231"})))
    assert bounds == {
        "position_fix_p20261231": "FOR VALUES FROM ('2026-12-31 00:00:00+00') TO ('2027-01-01 00:00:00+00')"
    }
    assert send(client, officer, told).json["duplicate"] == len(told)

    with owner.begin() as connection:
        gone = [
            connection.execute(text("SELECT drop_day_v1('position_fix', :day)"), {"day": day}).scalar_one()
            for day in (date(2026, 12, 31), (YEARS_END - timedelta(days=3650)).date(), date(2030, 1, 1))
        ]
    assert gone == [6, 1, 0]
    assert by_day(owner) == {"position_fix_p20270101": 6}


def test_the_server_s_role_and_the_worker_s_change_no_fix_and_drop_no_day(
    owner: Engine, as_app_role: Engine, worker: str
) -> None:
    refused: list[Any] = []
    with as_app_role.connect() as connection, engine(worker) as made, made.connect() as working:
        for one, statement in [
            (connection, "UPDATE position_fix SET lon = 0"),
            (connection, "DELETE FROM position_fix_odd"),
            (connection, "SELECT day_partitions_v1('position_fix', '2031-01-01', '2031-01-01')"),
            (connection, "SELECT drop_day_v1('position_fix', '2031-01-01')"),
            (working, "SELECT drop_day_v1('position_fix', '2031-01-01')"),
            (working, "SELECT 1 FROM position_fix"),
        ]:
            with pytest.raises(DBAPIError) as error:
                one.execute(text(statement))
            refused.append(getattr(error.value.orig, "pgcode", None))
            one.rollback()
    assert refused == ["42501"] * 6
