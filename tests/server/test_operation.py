"""How everything stands: each thing that is late, failed or missing is named with what to do, the worst first."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from server.backup_folder import BackupFolder, Manifest, write_manifest
from server.cli import main
from server.operation import disks, keeping
from server.operation.check import TOPICS
from server.operation.database import calendar
from server.wiring import watch_of
from tests.conftest import StandingClock
from tests.factories import DISTRICT, JINSHA
from tests.server.cases.desk import make_desk

SignIn = Callable[..., dict[str, str]]
ADDRESS = "/api/v1/operation"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A deployment whose database somebody else keeps: that of the tests keeps no log."""
    return Config(var=tmp_path / "var", database_url="postgresql://elsewhere/frontage", database_pool_size=4)


@pytest.fixture
def clock() -> StandingClock:
    # The database's own clock cannot be set.
    return StandingClock(datetime.now(UTC))


def run(owner: Engine, statement: str, **values: object) -> None:
    with owner.begin() as connection:
        connection.execute(text(statement), values)


def backed_up(folder: BackupFolder, at: datetime, name: str) -> None:
    (folder.root / name).mkdir(parents=True)
    write_manifest(
        folder.root / name,
        Manifest(
            name=name,
            started_at=at,
            finished_at=at,
            schema_revision="0038",
            database=None,
            files=[],
            photos=0,
            counts={"reports": 0},
        ),
    )


def test_what_is_late_failed_or_missing_is_told_with_what_to_do(
    client: FlaskClient,
    owner: Engine,
    sign_in: SignIn,
    config: Config,
    clock: StandingClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bureau = make_desk(client, owner, sign_in)
    headers = sign_in("admin", organisation=DISTRICT)

    def look() -> dict[str, dict[str, Any]]:
        answer = client.get(ADDRESS, headers=headers)
        assert answer.status_code == 200, answer.text
        told = answer.get_json()
        order = [("ok", "look", "act").index(one["state"]) for one in told["items"]]
        assert order == sorted(order, reverse=True) and told["state"] == told["items"][0]["state"]
        assert all((one["do"] is None) == (one["state"] == "ok") for one in told["items"])
        return {one["key"]: one for one in told["items"]}

    assert client.get(ADDRESS, headers=sign_in("dispatcher", organisation=JINSHA)).status_code == 403

    # A bureau that has only just begun.
    new = look()
    states = {key: one["state"] for key, one in new.items() if key != "ntp"}
    assert {key for key, state in states.items() if state == "act"} == {"worker", "calendar"}
    assert {key for key, state in states.items() if state == "look"} == {"backup", "verified"}

    # What is mended becomes quiet.
    run(owner, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    years = [clock.now.year, clock.now.year + 1]
    run(
        owner,
        "INSERT INTO work_calendar (name, source, sample, digest, years, days, created_at) "
        "VALUES ('test', 'test', false, repeat('0', 64), :years, '{}', now())",
        years=years,
    )
    folder = BackupFolder(watch_of(config).backups)
    backed_up(folder, clock.now - timedelta(hours=20), "20260101T000000Z")
    folder.note_checked("20260101T000000Z", None)
    keeping.note_verified(config.var, None)
    number = bureau.to("dispatched")
    quiet = look()
    assert {key for key, one in quiet.items() if one["state"] != "ok"} <= {"ntp"}, quiet
    assert (
        quiet["backup"]["found"]["text_en"]
        == "finished 20 h ago, 1 kept; read again to the last byte 0 s ago"
    )
    assert [(row["code"], row["count"]) for row in quiet["handovers"]["rows"]] == [(JINSHA, 1)]

    # And what breaks is told.
    run(owner, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    run(
        owner,
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) VALUES "
        "('default', 'x', 'failed', NULL), ('default', 'y', 'todo', now() - interval '20 minutes')",
    )
    age_case(owner, number)
    failed_delivery(owner)
    backed_up(folder, clock.now - timedelta(hours=19), "20260102T000000Z")
    folder.note_checked("20260102T000000Z", "photo_damaged")
    keeping.note_verified(config.var, "第一处断裂 / first broken link")
    clock.advance(days=2)
    worse = look()
    assert {key for key, one in worse.items() if one["state"] == "act"} - {"ntp"} == {
        "worker",
        "queue",
        "handovers",
        "failed_deliveries",
        "backup",
        "verified",
    }
    assert worse["jobs"]["state"] == "look" and worse["jobs"]["rows"][0]["code"] == "x"
    assert worse["queue"]["found"]["text"] == "1 项，最早已等 20 分钟"
    assert worse["backup"]["figures"]["age_s"] == 67 * 3600
    assert "first broken link" in worse["verified"]["found"]["text_en"]

    # The doctor says the same of the same.
    for name, value in {
        "DATABASE_URL": owner.url.render_as_string(hide_password=False),
        "VAR": config.var,
    }.items():
        monkeypatch.setenv(f"FRONTAGE_{name}", str(value).replace("+psycopg2", ""))
    said = CliRunner().invoke(main, ["doctor", "--json"], catch_exceptions=False).output.splitlines()
    lines = {line["key"]: line for line in map(json.loads, said)}
    assert {key: lines[key]["mark"] for key in ("worker", "queue", "backup", "verified", "jobs")} == {
        "worker": "bad",
        "queue": "bad",
        "backup": "bad",
        "verified": "bad",
        "jobs": "warn",
    }


@pytest.mark.parametrize(
    ("archive", "copied_before_s", "state", "case"),
    [
        ({"on": True, "failing": False, "since_s": 30}, 60, "ok", "ok"),
        ({"on": True, "failing": False, "since_s": 30}, 700, "act", "photos_late"),
        ({"on": True, "failing": True, "since_s": 900}, 60, "act", "failing"),
        ({"on": False, "failing": False, "since_s": None}, 60, "act", "off"),
    ],
)
def test_what_leaves_between_two_backups_is_watched(
    tmp_path: Path, archive: dict[str, Any], copied_before_s: float, state: str, case: str
) -> None:
    watch, folder = watch_of(Config(var=tmp_path)), BackupFolder(tmp_path / "backups")
    now = datetime.now(UTC)
    backed_up(folder, now - timedelta(hours=1), "20260101T000000Z")
    folder.photos.mkdir()
    folder.note_followed(now)
    told = {"archive": archive, "first_report_s": None, "heads_due": 0}
    found = {one.key: one for one in keeping.checks(told, watch, now + timedelta(seconds=copied_before_s))}
    assert (found["log"].state, found["log"].case) == (state, case)
    assert found["backup"].state == "ok"


def age_case(owner: Engine, number: str) -> None:
    """As if the case had been handed over yesterday."""
    run(
        owner,
        "SET LOCAL session_replication_role = replica; UPDATE ledger SET recorded_at = recorded_at - interval '1 day' "
        "WHERE case_id = (SELECT id FROM case_file WHERE number = :number)",
        number=number,
    )


def failed_delivery(owner: Engine) -> None:
    run(
        owner,
        "INSERT INTO notice_channel (organisation_id, kind, name, shown, sealed, events) "
        "SELECT id, 'webhook', 'test', 'https://receiver.test/…', 'sealed', '{case.opened}' FROM organisation "
        "WHERE code = :code",
        code=JINSHA,
    )
    run(
        owner,
        "INSERT INTO notice_delivery (outbox_id, channel_id, organisation_id, state, next_try_at, settled_at) "
        "SELECT x.id, c.id, c.organisation_id, 'failed', now(), now() FROM notice_channel c, outbox x "
        "ORDER BY x.id LIMIT 1",
    )


def test_a_disk_is_told_by_its_room_and_by_when_it_is_used_up(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watch_of(config)
    config.var.mkdir(parents=True)
    now = datetime(2026, 11, 30, tzinfo=UTC)
    (free_gb,) = room = [100.0]

    def usage(_: Path) -> Any:
        return type("Usage", (), {"free": int(room[0] * 1e9)})

    monkeypatch.setattr("server.operation.disks.shutil.disk_usage", usage)

    def told(at: datetime) -> tuple[str, float | None]:
        (one, *_) = disks.checks(watch, at)
        return one.state.value, one.figures["full_in_days"]

    assert told(now) == ("ok", None)
    disks.note(watch, now)
    room[0] = 90.0
    assert told(now + timedelta(hours=2)) == ("ok", None), "too early to tell a pace"
    disks.note(watch, now + timedelta(days=1))
    assert told(now + timedelta(days=1)) == ("look", 9.0)
    room[0] = 10.0
    assert told(now + timedelta(days=4)) == ("act", 0.4)
    room[0] = 110.0
    assert told(now + timedelta(days=4)) == ("ok", None), "room became more"


@pytest.mark.parametrize(
    ("day", "years", "case"),
    [
        ("2026-10-30", [2026], "ok"),
        ("2026-11-02", [2026], "next_missing"),
        ("2027-01-02", [2026], "missing"),
        ("2026-11-02", [2026, 2027], "ok"),
    ],
)
def test_the_calendar_is_asked_for_the_next_year_when_it_is_known(
    day: str, years: list[int], case: str
) -> None:
    found = calendar({"years": years, "sample": False}, datetime.fromisoformat(day))
    assert found.case == case and case in TOPICS["calendar"].well + TOPICS["calendar"].ill
