"""The planned month, and some of its cases as they happen through the server's own application."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from config import Config
from demo import load as loading
from demo.load import read_json
from demo.month import CASES, DUTY_MIN, Complaint, Happening, Report, Step, after, back, before, plan, walks
from demo.month_live import Clock, Month
from demo.phone import PHOTOS
from server.cli import demo as commands
from server.cli import main
from server.deployment import Deployment
from tests import factories
from tests.postgres import TestServer

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 27, 15, 0, tzinfo=SHANGHAI)
OFFICERS = {
    one["username"]: one["organisation"] for one in read_json("people.json") if one["role"] == "officer"
}
SMALL = 32
PRACTICES = Path(__file__).parents[2] / "docs" / "practices.md"
SHOWN = re.compile(
    r"^\| (?P<row>\d+) \|.*；`(?P<who>\w+) (?P<asked>/[^`]+)` ≥ (?P<least>\d+) \|", re.MULTILINE
)
STATES = {
    "": "reported",
    "register": "registered",
    "refuse": "refused",
    "dispatch": "dispatched",
    "return": "registered",
    "accept": "accepted",
    "start": "handling",
    "request_extension": "handling",
    "approve_extension": "handling",
    "suspend": "suspended",
    "reply": "replied",
    "rework": "handling",
    "pass": "closed",
    "close": "closed",
    "cancel": "cancelled",
    "milestone": "handling",
    "transfer": "transferred",
}


def told(happened: list[Happening]) -> list[tuple[Any, ...]]:
    """What of a plan does not depend on when it is looked at."""
    return [
        (one.case, one.officer, one.scene, one.told["category"], one.told["position"])
        if isinstance(one, Report)
        else (one.case, one.nth, one.action, one.who)
        for one in happened
        if not isinstance(one, Complaint)
    ]


@pytest.mark.parametrize("hour", [0, 9, 12, 23])
def test_two_installs_of_one_day_plan_the_same_cases_at_the_same_places_as_far(hour: int) -> None:
    now = NOW.replace(hour=hour)
    happened = plan(now, OFFICERS)
    assert told(happened) == told(plan(NOW, OFFICERS))
    assert told(happened) != told(plan(now, OFFICERS, seed=2))
    times = [one.at for one in happened]
    assert times == sorted(times) and now - timedelta(days=31) < times[0] and times[-1] <= now
    assert [one.case for one in happened if isinstance(one, Report)] == list(range(CASES))


def test_minutes_of_duty_are_counted_back_over_nights() -> None:
    assert back(NOW, 30) == NOW - timedelta(minutes=30)
    assert back(NOW, DUTY_MIN) == NOW - timedelta(days=1)
    assert back(NOW.replace(hour=7), 1) == datetime(2026, 11, 26, 17, 29, tzinfo=SHANGHAI)
    assert back(NOW.replace(hour=22), 1) == datetime(2026, 11, 27, 17, 29, tzinfo=SHANGHAI)


def test_a_month_has_every_kind_of_work_for_every_person() -> None:
    happened = plan(NOW, OFFICERS)
    assert {one.officer for one in happened if isinstance(one, Report)} == set(OFFICERS)
    last = Counter(_last_actions(happened).values())
    assert set(last) == set(STATES) and min(last.values()) >= 3
    for one in happened:
        if isinstance(one, Report):
            assert (PHOTOS / before(one.scene)).exists() and (PHOTOS / after(one.scene)).exists()


def test_each_officer_walks_on_each_of_three_days() -> None:
    walked = Counter(
        (one["officer"], one["started_at"][:10])
        for one in walks(NOW, OFFICERS)
        if one["started_at"] < NOW.isoformat()
    )
    assert len(walked) == 12 * 3 and set(walked.values()) == {1}


def _last_actions(happened: list[Happening]) -> dict[int, str]:
    """The last step of each case; empty for one that is only reported."""
    return {
        one.case: one.action if isinstance(one, Step) else ""
        for one in happened
        if not isinstance(one, Complaint)
    }


@pytest.fixture
def deployment(
    database_url: str, postgres: TestServer, config: Config, monkeypatch: pytest.MonkeyPatch
) -> Deployment:
    """This test's database, and a month of a few cases that is to be made in it."""
    monkeypatch.setattr("demo.load.Passwords", lambda: factories.QUICK_PASSWORDS)
    monkeypatch.setattr("server.people.login.Passwords", lambda: factories.QUICK_PASSWORDS)
    there = {"database_url": database_url, "app_database_url": postgres.app_url(database_url)}
    made = Deployment(config.model_copy(update={**there, "demo_month_cases": SMALL}))
    for name, value in {**there, "var": str(config.var)}.items():
        monkeypatch.setenv(f"FRONTAGE_{name.upper()}", value)
    return made


def test_a_month_that_was_interrupted_goes_on_and_is_made_once(deployment: Deployment, owner: Engine) -> None:
    """Numbers, places and states are those of the plan, so those of another install; clocks ran and chains hold."""
    with owner.begin() as connection:
        commands.load_district(connection, deployment)
    accounts = json.loads(commands.accounts_file(deployment).read_text(encoding="utf-8"))
    with commands._as_of(deployment, Clock(NOW)) as (app, clock, minute):
        interrupted = Month(app, clock, accounts, NOW, SMALL, tick=minute).happen()
        while (step := next(interrupted))[0] < step[1] * 0.6:
            pass
        interrupted.close()
    begun = {"state": "begun", "until": NOW.isoformat(), "cases": SMALL}
    commands._keep_month(deployment, begun)
    before_it = _rows(owner, "SELECT number, opened_at FROM case_file ORDER BY number")
    assert 0 < len(before_it) < SMALL
    done = commands.live_month(deployment)
    assert done == len(plan(NOW, OFFICERS, cases=SMALL)) + 36
    _check_the_plan_came_true(owner, before_it)
    _check_clocks_and_chains(owner)
    assert commands.live_month(deployment) == 0 and not commands.month_wanted(deployment)
    assert len(_rows(owner, "SELECT 1 FROM case_file WHERE parent_id IS NULL")) == SMALL
    going = "SELECT (SELECT count(*) FROM campaign), (SELECT count(*) FROM recheck), count(*) > 20 FROM campaign_result"
    assert _rows(owner, going) == [(1, 1, True)]
    # Letters at most doors of a few streets, and a notice to serve on paper.
    signed = "SELECT count(*) > 20 FROM service_outcome WHERE outcome = 'delivered'"
    assert _rows(owner, signed) == [(True,)] and len(_rows(owner, "SELECT 1 FROM service_task")) == 1
    _check_every_practice_is_shown(deployment, accounts)


def _check_every_practice_is_shown(deployment: Deployment, accounts: list[dict[str, str]]) -> None:
    """What docs/practices.md says of the demo: who asks what, and gets at least so much."""
    passwords = {one["username"]: one["password"] for one in accounts}
    first = NOW - timedelta(days=30)
    month = {"first": f"{first:%Y-%m-%d}", "last": f"{NOW:%Y-%m-%d}", "month": f"{NOW:%Y-%m}"}
    rows = [found.groupdict() for found in SHOWN.finditer(PRACTICES.read_text(encoding="utf-8"))]
    assert [int(one["row"]) for one in rows] == list(range(1, 43))
    with commands._as_of(deployment, Clock(NOW)) as (app, _, _):
        client = app.test_client()
        signed_in: dict[str, dict[str, str]] = {}
        missing = []
        for one in rows:
            if (who := one["who"]) not in signed_in:
                told = client.post(
                    "/api/v1/auth/login", json={"username": who, "password": passwords[who]}
                ).get_json()
                signed_in[who] = {"Authorization": f"Bearer {told['access_token']}"}
            known, found = dict(month), None
            for asked in one["asked"].split(" → "):
                path, _, inside = asked.partition("#")
                answer = client.get(f"/api/v1{path.format_map(known)}", headers=signed_in[who])
                assert answer.status_code == 200, f"row {one['row']}, {asked}: {answer.text}"
                found = answer.get_json()
                for name in (inside or "/items").split("/")[1:]:
                    found = found[int(name)] if isinstance(found, list) else found[name]
                if isinstance(found, list) and found:
                    known |= found[0]
            many = found if isinstance(found, int | float) else len(found or ())
            if many < int(one["least"]):
                missing.append(f"row {one['row']}, {one['asked']}: {many}")
    assert missing == []


def _check_the_plan_came_true(owner: Engine, before_it: list[Any]) -> None:
    planned = plan(NOW, OFFICERS, cases=SMALL)
    wanted, reports = _last_actions(planned), [one for one in planned if isinstance(one, Report)]
    cases = _rows(
        owner,
        "SELECT number, state, opened_at, ST_X(place), ST_Y(place), category FROM case_file "
        "WHERE parent_id IS NULL ORDER BY number",
    )
    assert [(one.number, one.opened_at) for one in cases[: len(before_it)]] == [
        tuple(one) for one in before_it
    ]
    for number, (found, report) in enumerate(zip(cases, reports, strict=True)):
        assert found.number.endswith(f"{number + 1:06d}") and found.category == report.told["category"]
        state = "checked" if wanted[number] == "pass" and found.category == "construction_waste" else ""
        assert found.state == (state or STATES[wanted[number]]), found.number
        assert found.opened_at == report.at
        lon, lat = (report.told["position"][name] for name in ("lon", "lat"))
        assert (found.st_x, found.st_y) == pytest.approx((lon, lat), abs=1e-3)


def _check_clocks_and_chains(owner: Engine) -> None:
    late = _rows(
        owner, "SELECT 1 FROM case_file WHERE closed_at IS NULL AND due_at < CAST(:now AS timestamptz)"
    )
    escalated = _rows(owner, "SELECT body::json ->> 'at' AS at FROM ledger WHERE action = 'clock.escalated'")
    shifts = _rows(owner, "SELECT 1 FROM shift WHERE ended_at < CAST(:now AS timestamptz)")
    townships = _rows(owner, "SELECT DISTINCT township_code FROM case_file")
    assert late and len(shifts) == 36 and len(townships) >= 5
    # What is odd is what was meant to be; no photo is one that was used before.
    odd = [("datum_fits_zone_only_as",), ("inside_legal_area",)]
    assert _rows(owner, "SELECT DISTINCT code FROM finding ORDER BY code") == odd
    # Told when it passed, not when the demo was made.
    assert escalated and all(datetime.fromisoformat(one.at) < NOW for one in escalated)
    for command in (["verify"], ["clocks", "check"], ["replay"]):
        checked = CliRunner().invoke(main, command, catch_exceptions=False)
        assert checked.exit_code == 0, checked.output
    _check_that_each_changed_figure_is_named(owner)


# Of each kind one kept figure, which only the owner of the database can change: table, key, what is done to it.
CHANGED = {
    "红黑榜 / red and black lists": ("rating_entry", "list_id", "score = '1'"),
    "榜单更正 / corrections of lists": ("rating_correction", "appeal_id", "score = '1'"),
    "镇街评分 / rankings of townships": ("scorecard_run", "id", """result = replace(result, '"rank":1', '"rank":2')"""),
    "复核抽样 / samples drawn": ("recheck", "id", "seed = seed || '!'"),
    "免罚决定 / leniency": ("leniency_decision", "id", "conditions = '[]'"),
    "表单得分 / scores of records": ("form_record", "id", "score = score + 1 WHERE score IS NOT NULL"),
}  # fmt: skip


def _check_that_each_changed_figure_is_named(owner: Engine) -> None:
    named = set()
    with owner.begin() as connection:
        for kind, (table, key, change) in CHANGED.items():
            what, _, where = change.partition(" WHERE ")
            one = f"SELECT ctid FROM {table} WHERE {where or 'true'} LIMIT 1"
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
            changed = connection.exec_driver_sql(
                f"UPDATE {table} SET {what} WHERE ctid = ({one}) RETURNING {key}".replace("%", "%%")
            )
            named.add(f"{kind}: … {changed.scalar_one()}")
    checked = CliRunner().invoke(main, ["replay"], catch_exceptions=False)
    assert checked.exit_code == 1
    told = checked.output.partition("these differ:\n")[2].splitlines()
    assert {re.sub(r": .*, (?=\S+$)", ": … ", line) for line in told} == named


def _rows(owner: Engine, statement: str) -> list[Any]:
    with owner.connect() as connection:
        return list(connection.execute(text(statement), {"now": NOW}))


def test_no_month_goes_where_people_have_accounts_or_the_district_is_not_ours(
    deployment: Deployment, owner: Engine, tmp_path: Path
) -> None:
    commands._keep_month(deployment, {"state": "wanted"})
    factories.make_account(owner, role="officer")
    with pytest.raises(loading.DemoRefused, match="真实账号"):
        commands.live_month(deployment)
    assert commands.month_wanted(deployment)
    elsewhere = Deployment(deployment.config.model_copy(update={"var": tmp_path / "elsewhere"}))
    left_out = Deployment(deployment.config.model_copy(update={"demo_month_cases": 0}))
    assert not commands.month_wanted(elsewhere) and not commands.month_wanted(left_out)
    assert _rows(owner, "SELECT 1 FROM case_file") == []
