"""Old tracks become coarse, then go, and a hold keeps them; what went is reported; whoever dies did nothing by half."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import procrastinate
import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from procrastinate.testing import InMemoryConnector
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from config import Config
from migrations.sql import WORKER_ROLE
from server import schema
from server.cli import main
from server.jobs import connect, conninfo
from server.patrol.keeping.keeper import KeepingDays, Kept, keep, list_due
from server.patrol.keeping.nightly import keeping_tasks
from server.wiring import keeping_of
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, DISTRICT, JINSHA, NOW
from tests.postgres import TestServer
from tests.server.patrol.walks import start_shift
from tests.server.world import SignIn

API = "/api/v1"
DAYS = KeepingDays()
METRE_DEG = 1 / 94_400  # east, at 32 degrees north
OLD, VERY_OLD = NOW - timedelta(days=40, hours=2), NOW - timedelta(days=100, hours=2)
FIXES = (
    "SELECT CAST(f.account_id AS text) AS account, f.recorded_at, f.lon, f.lat, f.sent_lon, f.sent_lat, f.accuracy_m "
    "FROM position_fix f ORDER BY 1, 2"
)


@pytest.fixture
def worker(postgres: TestServer, database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with connect(schema.role_url(database_url, WORKER_ROLE, postgres.app_password)) as connection:
        yield connection


def run(worker: psycopg.Connection[Any], now: datetime = NOW) -> list[Kept]:
    done = keep(worker, now, DAYS, lambda _: None)
    assert done is not None
    return [one for one in done if one.rows != 0]


def walk(
    owner: Engine, from_at: datetime, *, fixes: int = 120, every_s: int = 10, partition: bool = True
) -> UUID:
    """An officer who walked east from the corner, a metre a second; returns the account."""
    account = factories.make_account(owner, organisation=JINSHA).id
    put_fixes(owner, account, from_at, fixes=fixes, every_s=every_s, partition=partition)
    return account


def put_fixes(
    owner: Engine,
    account: UUID,
    from_at: datetime,
    *,
    fixes: int,
    every_s: int = 10,
    received_at: datetime | None = None,
    partition: bool = True,
) -> None:
    """Fixes of a new device of somebody, as they were stored at the time."""
    with owner.begin() as connection:
        if partition:
            day = from_at.astimezone(UTC).date()
            connection.execute(
                text(
                    "SELECT day_partitions_v1(t, :day, :day) FROM unnest(ARRAY['position_fix', 'sighting']) t"
                ),
                {"day": day},
            )
        connection.execute(
            text(
                "WITH made AS (INSERT INTO device (account_id, kind, name, datum) "
                "VALUES (:account, 'app', :name, 'wgs84') RETURNING id) "
                "INSERT INTO position_fix (device_id, recorded_at, account_id, shift_id, received_at, lon, lat, "
                "accuracy_m, speed_mps, mock, on_duty, datum, sent_lon, sent_lat) "
                "SELECT made.id, CAST(:at AS timestamptz) + make_interval(secs => n * :every_s), :account, "
                ":shift, coalesce(:received, CAST(:at AS timestamptz)), "
                ":lon + n * :every_s * :metre, :lat, 5, 1, false, true, 'gcj02', :lon + 0.0047, :lat - 0.0021 "
                "FROM made, generate_series(0, :fixes - 1) n"
            ),
            {
                "account": account,
                "name": uuid4().hex,
                "shift": uuid4(),
                "at": from_at,
                "received": received_at,
                "every_s": every_s,
                "metre": METRE_DEG,
                "fixes": fixes,
                "lon": CORNER[0] + 0.000_4,
                "lat": CORNER[1] + 0.000_3,
            },
        )


def rows(owner: Engine, question: str) -> list[Any]:
    with owner.connect() as connection:
        connection.execute(text("SET LOCAL timezone = 'UTC'"))
        return [tuple(row) for row in connection.execute(text(question))]


def digest(owner: Engine, table: str, where: str = "true") -> str:
    """What a report says of rows, worked out as docs/tracks.md tells."""
    lines: dict[str, list[bytes]] = {}
    for account, line in rows(
        owner,
        f"SELECT CAST(account_id AS text), CAST(to_jsonb(t) AS text) FROM {table} t WHERE {where}",
    ):
        lines.setdefault(account, []).append(line.encode())
    accounts = [f"{account} {_sha256(of_account)}".encode() for account, of_account in lines.items()]
    return _sha256(accounts)


def _sha256(lines: list[bytes]) -> str:
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()


def hold(client: FlaskClient, headers: dict[str, str], **said: Any) -> str:
    """Set a hold on everything since 2022; returns its id."""
    made = str(uuid4())
    body = {"from": "2022-01-01T00:00:00Z", "reason": "行政复议", **said}
    answer = client.put(f"{API}/legal-holds/{made}", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return made


def test_an_old_day_becomes_coarse_once_and_the_report_says_what_went(
    owner: Engine, worker: psycopg.Connection[Any]
) -> None:
    accounts = [walk(owner, OLD), walk(owner, OLD)]
    young = walk(owner, NOW - timedelta(days=29))
    before = digest(owner, "position_fix", f"account_id <> '{young}'")
    (done,) = run(worker)
    assert (done.due.what, done.due.rule, done.due.day, done.rows) == ("track", "coarsen", OLD.date(), 240)
    left = [row for row in rows(owner, FIXES) if row[0] != str(young)]
    assert Counter(row[0] for row in left) == dict.fromkeys(map(str, accounts), 20)
    for _, at, lon, lat, sent_lon, sent_lat, accuracy_m in left:
        assert at.second == at.microsecond == 0
        assert (lon, lat) == (sent_lon, sent_lat) == (round(lon, 3), round(lat, 3))
        assert accuracy_m == 100
    assert len(rows(owner, FIXES)) == 40 + 120
    assert rows(owner, "SELECT what, rule, rows, left_rows, held_rows, digest, day FROM deletion_report") == [
        ("track", "coarsen", 240, 40, 0, before, OLD.date())
    ]
    assert run(worker) == []
    assert len(rows(owner, "SELECT 1 FROM deletion_report")) == 1
    # What a phone brings weeks late becomes coarse the night after.
    put_fixes(owner, accounts[0], OLD + timedelta(minutes=30), fixes=12, received_at=NOW - timedelta(days=31))
    assert [one.rows for one in run(worker)] == [12]
    assert Counter(row[0] for row in rows(owner, FIXES))[str(accounts[0])] == 22


def test_a_day_beyond_retention_goes_with_its_table_and_coverage_without_names_stays(
    owner: Engine, worker: psycopg.Connection[Any]
) -> None:
    account = walk(owner, VERY_OLD)
    frontage = factories.make_zone(owner, valid_from=date(2022, 1, 1))
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO sighting (device_id, zone_id, slot_at, account_id, first_at, last_at, certain, probable) "
                "SELECT d.id, z.id, :at, d.account_id, :at, :at, B'1', B'1' FROM device d, zone z WHERE z.code = :code"
            ),
            {"at": VERY_OLD, "code": frontage},
        )
        connection.execute(
            text(
                "INSERT INTO visit (account_id, zone_id, day, from_at, to_at, kind, certain, certain_m, probable_m) "
                "SELECT :account, z.id, CAST(v AS date), v, v, 'patrol', true, 1, 1 "
                "FROM zone z, unnest(CAST(:ats AS timestamptz[])) v WHERE z.code = :code"
            ),
            {"account": account, "code": frontage, "ats": [VERY_OLD, NOW - timedelta(days=366)]},
        )
        connection.execute(
            text(
                "INSERT INTO coverage_day (day, zone_id, certain, probable, certain_m, probable_m, visits, officers, "
                "first_at, last_at) SELECT '2025-01-01', id, B'1', B'1', 1, 1, 1, 1, :at, :at FROM zone "
                "WHERE code = :code"
            ),
            {"at": VERY_OLD, "code": frontage},
        )
    # Of a phone whose clock is years ahead, and of one that was off for months.
    put_fixes(
        owner, account, datetime(2099, 1, 1, tzinfo=UTC), fixes=3, received_at=VERY_OLD, partition=False
    )
    put_fixes(owner, account, VERY_OLD - timedelta(days=20), fixes=4, received_at=NOW, partition=False)
    sighted = digest(owner, "sighting")
    done = {(one.due.what, one.due.day): one.rows for one in run(worker)}
    assert done == {
        ("track", VERY_OLD.date()): 120,
        ("track", None): 7,
        ("sighting", VERY_OLD.date()): 1,
        ("visit", None): 1,
    }
    assert rows(owner, FIXES) == []
    assert rows(owner, "SELECT count(*) FROM visit UNION ALL SELECT count(*) FROM coverage_day") == [
        (1,),
        (1,),
    ]
    assert rows(owner, "SELECT digest FROM deletion_report WHERE what = 'sighting'") == [(sighted,)]
    gone = rows(owner, f"SELECT relname FROM pg_class WHERE relname LIKE '%_p{VERY_OLD:%Y%m%d}'")
    assert gone == []
    closed = rows(owner, "SELECT day, deleted_at FROM track_day ORDER BY day")
    assert closed == [
        (day, NOW) for day in ((VERY_OLD - timedelta(days=20)).date(), VERY_OLD.date(), date(2099, 1, 1))
    ]
    assert run(worker) == []


@pytest.mark.parametrize("from_at", [OLD, VERY_OLD], ids=["coarsening", "deletion"])
def test_a_hold_beats_both_until_it_is_lifted(
    client: FlaskClient,
    owner: Engine,
    sign_in: SignIn,
    worker: psycopg.Connection[Any],
    from_at: datetime,
) -> None:
    held, other = walk(owner, from_at), walk(owner, from_at)
    before = digest(owner, "position_fix", f"account_id = '{held}'")
    admin = sign_in("admin", organisation=DISTRICT)
    of_all = hold(client, admin)
    of_one = hold(client, admin, account=str(held), to=(from_at + timedelta(hours=1)).isoformat())
    assert run(worker) == []
    assert rows(owner, "SELECT count(*) FROM deletion_report") == [(0,)]
    path = f"{API}/legal-holds/{of_all}/lift"
    assert client.post(path, json={"reason": "已结案"}, headers=admin).status_code == 200
    assert [one.rows for one in run(worker)] == [120]
    assert digest(owner, "position_fix", f"account_id = '{held}'") == before
    assert len([row for row in rows(owner, FIXES) if row[0] == str(other)]) == (20 if from_at == OLD else 0)
    assert rows(owner, "SELECT rows, held_rows FROM deletion_report") == [(120, 120)]
    assert run(worker) == []
    path = f"{API}/legal-holds/{of_one}/lift"
    assert client.post(path, json={"reason": "已结案"}, headers=admin).status_code == 200
    assert [one.rows for one in run(worker)] == [120]
    assert digest(owner, "position_fix", f"account_id = '{held}'") != before


def test_a_hold_set_while_a_day_is_being_rewritten_still_keeps_it(
    client: FlaskClient, owner: Engine, sign_in: SignIn, worker: psycopg.Connection[Any]
) -> None:
    walk(owner, OLD)
    before, admin = digest(owner, "position_fix"), sign_in("admin", organisation=DISTRICT)
    done: list[Kept] = []
    keeper = threading.Thread(target=lambda: done.extend(run(worker)))
    with owner.begin() as writer:
        # Somebody inserts into that day; the keeper has looked at the holds and waits for the table.
        writer.execute(text(f"LOCK TABLE position_fix_p{OLD:%Y%m%d} IN ROW EXCLUSIVE MODE"))
        keeper.start()
        while not rows(owner, "SELECT 1 FROM pg_locks WHERE mode = 'ShareLock' AND NOT granted"):
            time.sleep(0.005)
        hold(client, admin)
    keeper.join()
    assert [(one.due.what, one.rows) for one in done] == [("track", None)]
    assert digest(owner, "position_fix") == before
    assert run(worker) == []


def test_a_day_waits_until_what_arrived_of_it_is_counted_as_seen(
    owner: Engine, worker: psycopg.Connection[Any]
) -> None:
    account = walk(owner, OLD)
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO fix_arrival (device_id, account_id, recorded, arrived_at) "
                "VALUES (1, :account, ARRAY[CAST(:at AS timestamptz)], :at)"
            ),
            {"account": account, "at": OLD},
        )
    assert [one.rows for one in run(worker)] == [None]
    assert len(rows(owner, FIXES)) == 120
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM fix_arrival"))
    assert [one.rows for one in run(worker)] == [120]


def test_looks_rounds_and_last_positions_go_in_their_time_and_evidence_stays_append_only(
    owner: Engine, worker: psycopg.Connection[Any]
) -> None:
    account, looker = (
        walk(owner, NOW - timedelta(days=1)),
        factories.make_account(owner, role="dispatcher").id,
    )
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO position_look (looked_by, account_id, why, looked_at) "
                "SELECT :looker, :account, 'live_map', at FROM unnest(CAST(:ats AS timestamptz[])) at"
            ),
            {
                "looker": looker,
                "account": account,
                "ats": [NOW - timedelta(days=1096), NOW - timedelta(days=1094)],
            },
        )
        connection.execute(
            text(
                "INSERT INTO officer_position (account_id, device_id, lon, lat, recorded_at, received_at) "
                "SELECT account_id, id, 121, 32, :at, :at FROM device"
            ),
            {"at": OLD},
        )
        connection.execute(
            text(
                "INSERT INTO patrol_round (id, account_id, organisation_id, day, sent_by, sent_at, digest, told) "
                "SELECT gen_random_uuid(), a.id, a.organisation_id, CAST(at AS date), :looker, at, "
                "repeat('0', 64), '{}' "
                "FROM account a, unnest(CAST(:ats AS timestamptz[])) at WHERE a.id = :account"
            ),
            {
                "looker": looker,
                "account": account,
                "ats": [NOW - timedelta(days=366), NOW - timedelta(days=364)],
            },
        )
    assert {(one.due.what, one.rows) for one in run(worker)} == {
        ("look", 1),
        ("live_position", 1),
        ("round", 1),
    }
    for table in ("position_look", "patrol_round"):
        assert rows(owner, f"SELECT count(*) FROM {table}") == [(1,)]
        with pytest.raises(DBAPIError, match="append-only"), owner.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))


def test_everybody_reads_that_something_went_and_those_who_answer_for_it_how_much(
    client: FlaskClient, owner: Engine, sign_in: SignIn, worker: psycopg.Connection[Any]
) -> None:
    walk(owner, OLD)
    run(worker)
    for role, told in (("officer", False), ("dispatcher", False), ("zone_manager", True), ("admin", True)):
        (item,) = client.get(f"{API}/deletion-reports", headers=sign_in(role)).get_json()["items"]
        assert (item["what"], item["rule"], item["day"]) == ("track", "coarsen", str(OLD.date()))
        assert "100 m" in item["text_en"]
        counts = (item["rows"], item["left_rows"], item["held_rows"])
        assert counts == ((120, 20, 0) if told else (None, None, None))
        assert (item["digest"] is not None) is told


def test_a_hold_is_set_once_and_lifted_once_by_an_admin_of_the_district(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    admin, account = sign_in("admin", organisation=DISTRICT), factories.make_account(owner)
    made, body = str(uuid4()), {"account": str(account.id), "from": "2026-01-01T00:00:00Z", "reason": "诉讼"}
    path = f"{API}/legal-holds/{made}"
    for status, sent in (
        (201, body),
        (200, body),
        (409, {**body, "reason": "别的"}),
        (409, {**body, "account": None}),
    ):
        assert client.put(path, json=sent, headers=admin).status_code == status, sent
    refused = client.put(
        f"{API}/legal-holds/{uuid4()}", json={**body, "account": str(uuid4())}, headers=admin
    )
    assert (refused.status_code, refused.get_json()["errors"][0]["path"]) == (422, "/account")
    clock.advance(days=1)
    for status, reason in ((200, "撤诉"), (200, "撤诉"), (409, "判决")):
        assert client.post(f"{path}/lift", json={"reason": reason}, headers=admin).status_code == status
    (item,) = client.get(f"{API}/legal-holds", headers=admin).get_json()["items"]
    assert (item["id"], item["name"], item["lifted"]["reason"]) == (made, account.display_name, "撤诉")
    township = sign_in("admin", organisation=JINSHA)
    assert client.put(path, json=body, headers=township).status_code == 403
    assert client.get(f"{API}/legal-holds", headers=sign_in("zone_manager")).status_code == 403


def _keep_once(worker_url: str) -> None:
    with connect(worker_url) as connection:
        keep(connection, NOW, DAYS, lambda _: None)
    os._exit(0)


def test_whoever_is_killed_has_lost_nothing_and_reported_nothing_twice(
    owner: Engine, postgres: TestServer, database_url: str
) -> None:
    accounts = [factories.make_account(owner, organisation=JINSHA).id for _ in range(3)]
    for account in accounts:
        for days in (40, 41, 42, 43):
            put_fixes(owner, account, NOW - timedelta(days=days, hours=2), fixes=300, every_s=10)
    worker_url = schema.role_url(database_url, WORKER_ROLE, postgres.app_password)
    rng, context, killed = random.Random(28), multiprocessing.get_context("fork"), 0
    at_work = "SELECT 1 FROM pg_stat_activity WHERE usename = 'frontage_worker' AND state = 'active'"
    with connect(worker_url) as looking:
        for _ in range(60):
            if not list_due(looking, NOW, DAYS):
                break
            child = context.Process(target=_keep_once, args=(worker_url,))
            child.start()
            child.join(rng.uniform(0, 0.06) if killed < 12 else None)
            if child.exitcode is None:
                os.kill(child.pid or 0, signal.SIGKILL)
                child.join()
                killed += 1
        while rows(owner, at_work):
            time.sleep(0.01)
        assert list_due(looking, NOW, DAYS) == []
    assert killed > 3
    reports = rows(owner, "SELECT day, rows, left_rows FROM deletion_report ORDER BY day")
    assert [report[1:] for report in reports] == [(900, 150)] * 4
    assert len({report[0] for report in reports}) == 4
    assert rows(owner, "SELECT count(*), count(DISTINCT (device_id, recorded_at)) FROM position_fix") == [
        (600, 600)
    ]


def test_an_operator_sees_what_is_due_does_it_now_and_reads_what_went(
    owner: Engine, database_url: str, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = datetime.now(UTC) - timedelta(days=45)
    walk(owner, day.replace(hour=3))
    for name, value in (("DATABASE_URL", database_url), ("VAR", str(config.var))):
        monkeypatch.setenv(f"FRONTAGE_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")

    def frontage(*words: str) -> str:
        done = CliRunner().invoke(main, ["keeping", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert f"{day.date()}  track  降低精度 / coarse" in frontage("due")
    assert len(rows(owner, FIXES)) == 120
    assert f"{day.date()}  track  降低精度 / coarse  120" in frontage("run")
    assert "due: 0" in frontage("due")
    said = frontage("report")
    assert all(word in said for word in (str(day.date()), "120", "20", "降低精度"))


def test_the_worker_works_figures_out_by_the_hour_and_keeps_by_night(
    owner: Engine, postgres: TestServer, database_url: str, config: Config
) -> None:
    now = datetime.now(UTC)
    walk(owner, now - timedelta(days=45))
    account = factories.make_account(owner, organisation=JINSHA).id
    shift = start_shift(owner, account, now - timedelta(hours=5), now - timedelta(hours=3))
    queue = procrastinate.App(connector=InMemoryConnector())
    worker_url = schema.role_url(database_url, WORKER_ROLE, postgres.app_password)
    keeping_tasks(queue, conninfo(worker_url), keeping_of(config))
    assert queue.tasks.keys() >= {"figures_work_out", "keep_tracks"}
    assert {one.cron for one in queue.periodic_registry.periodic_tasks.values()} == {
        "17 * * * *",
        "13 20 * * *",
    }
    queue.tasks["figures_work_out"](timestamp=0)
    assert rows(owner, "SELECT CAST(shift_id AS text), final FROM shift_figures") == [(str(shift), False)]
    queue.tasks["keep_tracks"](timestamp=0)
    # Twenty minutes, that begin within one.
    assert len(rows(owner, FIXES)) in (20, 21)
