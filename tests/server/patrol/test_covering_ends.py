"""From the phone to coverage and its readers: the worker's thread, marks of reports, orders, rights, figures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from server import schema
from server.cli import main
from server.deployment import WORKER_ROLE
from server.jobs import connect
from server.patrol.covering.loop import covering_beside
from server.patrol.covering.rebuilding import do_rebuild
from server.wiring import coverer_of
from tests import factories
from tests.conftest import StandingClock
from tests.factories import JINSHA, NOW, SHIGANG
from tests.postgres import TestServer
from tests.server.patrol.covered import (
    TIME_ZONE,
    along,
    arrive,
    as_worker,
    at_metres,
    cover_all,
    covered,
    coverer,
    make_device,
    make_street,
    rebuild_all,
    visits_of,
)
from tests.server.patrol.walks import Officer, fix, send

TODAY = NOW.date()


def test_two_workers_side_by_side_cover_each_batch_once(owner: Engine) -> None:
    make_street(owner)
    devices = [make_device(owner, factories.make_account(owner).id) for _ in range(3)]
    walk = along(NOW - timedelta(seconds=20), seconds=200)
    over = threading.Event()

    def work() -> None:
        one = coverer(fixes_max=30)
        with as_worker(owner) as connection:
            while not over.is_set() or (done := one.cover(connection)) is None or done.batches:
                one.cover(connection)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for n in range(0, 200, 20):
        for device in devices:
            arrive(owner, device, walk[n : n + 20])
    over.set()
    for worker in workers:
        worker.join()
    gathered = covered(owner)
    assert len(gathered["visit"]) == 3 * 12
    rebuild_all(owner, TODAY, TODAY)
    assert covered(owner) == gathered


def test_what_a_phone_sends_and_reports_is_covered_by_the_worker_s_thread(
    owner: Engine,
    client: FlaskClient,
    patrolling: Officer,
    clock: StandingClock,
    config: Config,
    postgres: TestServer,
) -> None:
    [code, *_] = make_street(owner, 2)
    factories.make_category(owner)
    walk = [
        fix((lon, lat), clock.now - timedelta(seconds=60 - n))
        for n, (_, lon, lat, *_) in enumerate(along(clock.now, seconds=60, speed_mps=0.1))
    ]
    assert send(client, patrolling, walk).json["accepted"] == 60
    report = factories.report_json(at=at_metres(4, 9), captured_at=clock.now, accuracy_m=1.0)
    receipt: Any = client.put(f"/api/v1/reports/{uuid4()}", json=report, headers=patrolling.headers).json
    match = receipt["match"]["frontage"]
    assert match["code"] == code and match["verdict"] in ("certain", "likely")
    assert behind(client) == (2, True)

    url = owner.url.render_as_string(hide_password=False)
    worker_url = schema.role_url(url, WORKER_ROLE, postgres.app_password)
    with covering_beside(lambda: connect(worker_url), coverer_of(config), 0.05):
        until_s = time.monotonic() + 60
        while behind(client)[0] and time.monotonic() < until_s:
            time.sleep(0.05)
    assert behind(client) == (0, False)
    kinds = {(zone, kind) for zone, kind, _, _ in visits_of(owner)}
    assert kinds >= {(code, "inspection")} and all(zone == code or kind == "patrol" for zone, kind in kinds)
    with owner.connect() as connection:
        shifts = connection.execute(
            text("SELECT DISTINCT v.shift_id = s.id FROM visit v JOIN shift s ON s.account_id = v.account_id")
        )
        assert list(shifts.scalars()) == [True]


def behind(client: FlaskClient) -> tuple[int, bool]:
    """How much waits to be covered, and whether any of it waits for a while already, by the operator's figures."""
    figures = dict(
        line.split(" ", 1)
        for line in client.get("/metrics").text.splitlines()
        if line.startswith("frontage_covering_")
    )
    return int(float(figures["frontage_covering_waiting"])), float(
        figures["frontage_covering_behind_seconds"]
    ) > 0


def test_a_report_whose_claimed_time_is_not_believed_makes_no_visit(
    owner: Engine, client: FlaskClient, sign_in: Callable[..., dict[str, str]], clock: StandingClock
) -> None:
    make_street(owner, 1)
    factories.make_category(owner)
    for ago in (timedelta(days=400), timedelta(minutes=1)):
        report = factories.report_json(at=at_metres(4, 9), captured_at=clock.now - ago)
        assert (
            client.put(f"/api/v1/reports/{uuid4()}", json=report, headers=sign_in("officer")).status_code
            == 201
        )
    cover_all(owner)
    assert [(kind, from_s) for _, kind, from_s, _ in visits_of(owner)] == [
        ("inspection", (clock.now - timedelta(minutes=1)).timestamp())
    ]


@pytest.fixture
def seen(owner: Engine) -> tuple[Any, int]:
    """An officer and their device, after a walk past a front of Jinsha and one of Shigang, covered."""
    factories.make_zone(owner, at=at_metres(4, 9), width_m=8.0, township=JINSHA)
    factories.make_zone(owner, at=at_metres(14, 9), width_m=8.0, township=SHIGANG)
    account = factories.make_account(owner, organisation=JINSHA)
    device = make_device(owner, account.id)
    arrive(owner, device, along(NOW, seconds=60))
    cover_all(owner)
    return account, device


def test_a_rebuild_is_ordered_done_by_a_worker_that_goes_on_where_one_died_and_told(
    owner: Engine, client: FlaskClient, sign_in: Callable[..., dict[str, str]], seen: tuple[Any, int]
) -> None:
    account, _ = seen
    before = covered(owner)
    with owner.begin() as connection:
        connection.exec_driver_sql("DELETE FROM visit")
        connection.exec_driver_sql("UPDATE coverage_day SET visits = 7")
        # Of a day that has no positions: whatever stands there has nothing behind it.
        connection.exec_driver_sql(
            "INSERT INTO coverage_day SELECT day + 1, zone_id, certain, probable, certain_m, probable_m, visits, "
            "officers, first_at, last_at FROM coverage_day"
        )
    headers = sign_in("zone_manager")
    days = {"from": str(TODAY), "to": str(TODAY + timedelta(days=1))}
    order: Any = client.post("/api/v1/coverage/rebuilds", json=days, headers=headers).json
    with owner.begin() as connection:
        [job] = connection.exec_driver_sql(
            "SELECT task_name, args ->> 'rebuild_id' FROM procrastinate_jobs"
        ).all()
        assert tuple(job) == ("coverage_rebuild", order["id"])
        # As a worker that died in the second day leaves it, had it got to the first.
        connection.exec_driver_sql("UPDATE coverage_rebuild SET state = 'running'")
    with as_worker(owner) as connection:
        assert do_rebuild(connection, coverer(), order["id"]) == 2
        assert do_rebuild(connection, coverer(), order["id"]) == 0
    told: Any = client.get(f"/api/v1/coverage/rebuilds/{order['id']}", headers=headers).json
    assert (told["state"], told["done_day"]) == ("done", days["to"]) and told["ended_at"]
    assert covered(owner) == before


def test_the_command_rebuilds_the_days_it_is_told(
    owner: Engine, database_url: str, config: Config, monkeypatch: pytest.MonkeyPatch, seen: tuple[Any, int]
) -> None:
    account, _ = seen
    before = covered(owner)
    with owner.begin() as connection:
        connection.exec_driver_sql("DELETE FROM visit")
        connection.execute(text("INSERT INTO track_day (day, coarsened_at) VALUES ('2026-08-25', now())"))
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", database_url)
    monkeypatch.setenv("FRONTAGE_VAR", str(config.var))
    days = ["--from", "2026-08-25", "--to", "2026-09-01", "--officer", str(account.id)]
    result = CliRunner().invoke(main, ["patrol", "rebuild", *days], catch_exceptions=False)
    assert result.exit_code == 0
    lines = [line for line in result.output.splitlines() if "2026-" in line]
    assert len(lines) == 8 and "left as it is" in lines[0] and "rebuilt" in lines[-1]
    assert covered(owner) == before


def test_tracks_are_their_own_s_and_coverage_without_names_is_the_township_s(
    owner: Engine, as_app_role: Engine, seen: tuple[Any, int]
) -> None:
    account, _ = seen
    others = {
        "own": account,
        "colleague": factories.make_account(owner, organisation=JINSHA),
        "township": factories.make_account(owner, role="dispatcher", organisation=SHIGANG),
        "district": factories.make_account(owner, role="zone_manager"),
    }
    counts = {who: _visible(owner, as_app_role, one.id) for who, one in others.items()}
    # sighting, visit, coverage_day, patrol_front
    assert counts == {
        "own": [2, 2, 1, 1],
        "colleague": [0, 0, 1, 1],
        "township": [0, 0, 1, 1],
        "district": [0, 0, 2, 2],
    }


def _visible(owner: Engine, as_app_role: Engine, account_id: Any) -> list[int]:
    session = uuid4()
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO session (id, account_id, refresh_jti, expires_at) "
                "VALUES (:id, :account, gen_random_uuid(), now() + interval '1 day')"
            ),
            {"id": session, "account": account_id},
        )
    with as_app_role.begin() as connection:
        connection.execute(text("SELECT enter_v1(:account, :id)"), {"account": account_id, "id": session})
        return [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("sighting", "visit", "coverage_day", "patrol_front")
        ]


def test_the_coverage_of_one_officer_is_all_that_their_phones_saw(
    owner: Engine, seen: tuple[Any, int]
) -> None:
    account, _ = seen
    other = make_device(owner, factories.make_account(owner).id)
    arrive(owner, other, along(NOW, seconds=30, from_m=40))
    tablet = make_device(owner, account.id, "tablet")
    arrive(owner, tablet, along(NOW + timedelta(hours=2), seconds=5, from_m=-40))
    cover_all(owner)
    with owner.connect() as connection:
        rows = connection.execute(
            text("SELECT visits, first_at FROM officer_coverage_v1(:a, :day, :day, :zone) ORDER BY zone_id"),
            {"a": account.id, "day": TODAY, "zone": TIME_ZONE},
        ).all()
    assert [tuple(row) for row in rows] == [(1, NOW), (1, NOW)]
