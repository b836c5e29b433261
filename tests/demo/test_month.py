"""The planned month, and some of its cases as they happen through the server's own application."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from config import Config
from demo import load as loading
from demo.load import read_json
from demo.month import DAYS, Report, Step, plan, walks
from demo.month_live import Clock, Month
from server.cli import main
from tests.conftest import StandingClock

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
OFFICERS = {
    one["username"]: one["organisation"] for one in read_json("people.json") if one["role"] == "officer"
}


def test_the_plan_is_the_same_each_time_lies_within_the_month_and_in_order() -> None:
    happened = plan(NOW, OFFICERS)
    assert happened == plan(NOW, OFFICERS)
    times = [one.at for one in happened]
    assert times == sorted(times) and NOW - timedelta(days=DAYS + 3) < times[0] and times[-1] < NOW
    assert len(OFFICERS) == 12 and {one.officer for one in happened if isinstance(one, Report)} <= set(
        OFFICERS
    )
    ways: dict[int, list[str]] = {}
    for one in happened:
        ways.setdefault(one.case, []).extend([one.action] if isinstance(one, Step) else [])
    last = Counter(way[-1] if way else "report" for way in ways.values())
    assert {"report", "register", "dispatch", "accept", "start", "reply", "pass", "suspend", "refuse"} <= set(
        last
    )


def test_each_officer_walks_on_each_of_three_days() -> None:
    walked = Counter(
        (one["officer"], one["started_at"][:10])
        for one in walks(NOW, OFFICERS)
        if one["started_at"] < NOW.isoformat()
    )
    assert len(walked) == 12 * 3 and set(walked.values()) == {1}


@pytest.fixture
def accounts(owner: Engine, tmp_path: Path) -> list[dict[str, str]]:
    """The demo district in this test's database."""
    file = tmp_path / "accounts.json"
    with owner.begin() as connection:
        loading.load(connection, file)
    made: list[dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return made


def test_cases_of_the_month_have_chains_that_hold_and_clocks_that_ran(
    app: OpenAPI,
    clock: StandingClock,
    owner: Engine,
    accounts: list[dict[str, str]],
    database_url: str,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Clock(NOW)
    monkeypatch.setattr(StandingClock, "__call__", lambda _: told())
    *_, done = Month(app, told, accounts, cases=34).happen(NOW)
    assert done > 34
    with owner.connect() as connection:
        states = Counter(connection.execute(text("SELECT state FROM case_file")).scalars())
        townships = connection.execute(
            text("SELECT count(DISTINCT township_code) FROM case_file")
        ).scalar_one()
        late = connection.execute(
            text("SELECT count(*) FROM case_file WHERE closed_at IS NULL AND due_at < :now"), {"now": NOW}
        ).scalar_one()
        shifts = connection.execute(
            text("SELECT count(*) FROM shift WHERE ended_at < :now"), {"now": NOW}
        ).scalar_one()
        spread = connection.execute(
            text("SELECT max(opened_at) - min(opened_at) FROM case_file")
        ).scalar_one()
    assert states.total() == 34 and states["closed"] >= 8 and len(states) >= 5
    assert townships == 17 and late >= 1 and shifts == 36 and spread > timedelta(days=14)
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", database_url)
    monkeypatch.setenv("FRONTAGE_VAR", str(config.var))
    for command in (["verify"], ["clocks", "check"]):
        checked = CliRunner().invoke(main, command, catch_exceptions=False)
        assert checked.exit_code == 0, checked.output
