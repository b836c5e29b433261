"""`frontage doctor` on a real database and data folder: what is right is ok, and each thing that is broken is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from sqlalchemy import Engine, text

from config import Config
from server.authority import Authority, machine_names
from server.cli import main
from server.deployment import Deployment
from server.doctor import machine
from server.doctor.database import Now, of_database
from server.doctor.line import Line
from server.patrol.positions.days import DayRules, make_days
from server.schema import revisions
from tests import factories
from tests.factories import CORNER, JINSHA

Look = Callable[..., tuple[int, dict[str, dict[str, Any]]]]


@pytest.fixture
def look(database_url: str, config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Look]:
    """`look(setting="value")`: the exit code, and the lines by their keys."""
    given = {"FRONTAGE_DATABASE_URL": database_url, "FRONTAGE_VAR": str(config.var), "FRONTAGE_PORT": "1"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    def doctor(**settings: object) -> tuple[int, dict[str, dict[str, Any]]]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(f"FRONTAGE_{name.upper()}", str(value))
            result = CliRunner().invoke(main, ["doctor", "--json"], catch_exceptions=False)
        lines = [json.loads(line) for line in result.output.splitlines()]
        assert all(bool(line["do"]) == (line["mark"] != "ok") for line in lines), (
            "what is wrong can be mended"
        )
        return result.exit_code, {line["key"]: line for line in lines}

    yield doctor


@pytest.fixture
def healthy(
    owner: Engine, database_url: str, config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A deployment that has what it needs, but for phones."""
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", width_m=2000, depth_m=2000)
    factories.make_zone(owner)
    years = [date.today().year, date.today().year + 1]
    run(owner, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    keep_calendar(owner, years)
    make_days(database_url, datetime.now(UTC), DayRules())
    pages = tmp_path / "dist"
    (pages / "assets").mkdir(parents=True)
    (pages / "index.html").touch()
    (pages / "assets" / "main.js").touch()
    monkeypatch.setattr(machine, "PAGES", pages)


def run(owner: Engine, statement: str, **values: object) -> None:
    with owner.begin() as connection:
        connection.execute(text(statement), values)


def keep_calendar(owner: Engine, years: list[int]) -> None:
    run(
        owner,
        "INSERT INTO work_calendar (name, source, sample, digest, years, days, created_at) "
        "VALUES ('test', 'test', false, repeat('0', 64), :years, '{}', now())",
        years=years,
    )


def asked(owner: Engine, config: Config, at: datetime) -> dict[str, Line]:
    """The database's lines at another time."""
    with owner.connect() as connection:
        deployment = Deployment(config)
        return {line.key: line for line in of_database(connection, deployment, Now.of(at, config.time_zone))}


def test_a_healthy_deployment_has_nothing_bad_and_warns_of_phones(look: Look, healthy: None) -> None:
    code, lines = look()
    assert code == 0
    wanting = {key for key, line in lines.items() if line["mark"] != "ok"} - {"ntp"}
    assert wanting == {"server", "secure_context", "backup", "verified"}
    assert {"postgis", "schema", "clock", "layer_frontage", "calendar", "worker", "days_position_fix"} <= set(
        lines
    )
    shown = CliRunner().invoke(main, ["doctor"], catch_exceptions=False, env={"COLUMNS": "200"})
    assert (
        shown.exit_code == 0 and "PostgreSQL 15" in shown.output and "make run HOST=0.0.0.0" in shown.output
    )


def test_an_empty_database_lacks_its_layers_calendar_and_worker(look: Look, owner: Engine) -> None:
    code, lines = look()
    assert code == 1
    assert {key for key, line in lines.items() if line["mark"] == "bad"} >= {"layers", "calendar", "worker"}


@pytest.mark.parametrize(
    ("settings", "key", "mark"),
    [
        ({"metric_srid": 4548}, "metric_srid", "bad"),
        ({"disk_least_mb": 10**9, "disk_low_mb": 10**9}, "disk_var", "bad"),
        ({"disk_low_mb": 10**9}, "disk_var", "warn"),
        ({"public_url": "http://cg.example.cn"}, "secure_context", "bad"),
        ({"public_url": "https://cg.example.cn"}, "secure_context", "ok"),
        ({"trusted_proxies": 1}, "secure_context", "warn"),
    ],
)
def test_a_setting_that_does_not_fit_is_told(
    look: Look, healthy: None, settings: dict[str, object], key: str, mark: str
) -> None:
    code, lines = look(**settings)
    assert lines[key]["mark"] == mark and code == (mark == "bad")


def test_a_secret_others_can_read_is_bad_and_named(look: Look, healthy: None, config: Config) -> None:
    config.secrets.mkdir(mode=0o700, parents=True)
    key = config.secrets / "jwt.key"
    key.touch(0o644)
    code, lines = look()
    assert code == 1 and lines["secrets"]["do"] == f"chmod go= {key}"
    key.chmod(0o600)
    assert look()[1]["secrets"]["mark"] == "ok"


def test_pages_that_were_never_built_are_bad(
    look: Look, healthy: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "PAGES", tmp_path / "nothing")
    assert look()[1]["pages"]["mark"] == "bad"


def test_a_clock_that_is_an_hour_off_is_bad(look: Look, healthy: None) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        code, lines = look()
    assert (
        code == 1
        and lines["clock"]["mark"] == "bad"
        and "3600" in lines["clock"]["found"].replace("3599.", "3600.")
    )


def test_an_older_schema_is_bad_and_the_rest_is_not_asked(look: Look, healthy: None, owner: Engine) -> None:
    with owner.begin() as connection:
        (reached, _) = revisions(connection)
    run(owner, "UPDATE alembic_version SET version_num = '0021'")
    try:
        code, lines = look()
    finally:
        run(owner, "UPDATE alembic_version SET version_num = :reached", reached=reached)
    assert code == 1 and lines["schema"]["mark"] == "bad" and "worker" not in lines


def test_a_layer_half_a_kilometre_off_is_warned_of(look: Look, healthy: None, owner: Engine) -> None:
    factories.make_zone(owner, at=(CORNER[0] + 0.03, CORNER[1]), township=JINSHA)
    line = look()[1]["layer_frontage"]
    assert line["mark"] == "warn" and "50.0%" in line["found"] and "gcj02" in line["do"]


def test_tables_of_days_that_run_out_are_warned_of_then_bad(
    healthy: None, owner: Engine, config: Config
) -> None:
    now = datetime.now(UTC)
    marks = [asked(owner, config, now + timedelta(days=days))["days_sighting"].mark for days in (0, 9, 14)]
    assert marks == ["ok", "warn", "bad"]


def test_a_worker_that_has_not_been_heard_of_and_jobs_that_failed_are_told(
    look: Look, healthy: None, owner: Engine
) -> None:
    run(owner, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    run(
        owner,
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('default', 'x', 'failed')",
    )
    code, lines = look()
    assert code == 1 and (lines["worker"]["mark"], lines["jobs"]["mark"]) == ("bad", "warn")


def test_a_database_that_does_not_answer_is_a_line_without_its_password(look: Look, tmp_path: Path) -> None:
    code, lines = look(database_url=f"postgresql://me:hush@/none?host={tmp_path}")
    assert code == 1 and lines["reached"]["mark"] == "bad" and "hush" not in json.dumps(lines)


def test_a_certificate_that_ends_soon_is_warned_of(look: Look, healthy: None, config: Config) -> None:
    authority = Authority(config.secrets)
    authority.certify([], machine_names(), datetime.now(UTC) - timedelta(days=380), 397)
    assert look()[1]["certificate"]["mark"] == "warn"
    authority.certify([], machine_names(), datetime.now(UTC), 397)
    assert look()[1]["certificate"]["mark"] == "ok"
