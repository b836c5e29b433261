"""Days worked out from files on two processes are what the database path made of them, row by row."""

from __future__ import annotations

import json
import logging
import os
import random
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
import shapely
import structlog
from click.testing import CliRunner, Result
from distributed import LocalCluster
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from geo.tracks import TrackSettings
from geo.visits import SightSettings
from server.cli import main
from server.patrol.batch import files, mapping
from server.patrol.batch.covering import Rules, work_out
from server.patrol.batch.exporting import Exported, NotExported, export
from server.patrol.batch.files import Part
from server.reports.rematch.judging import Rematcher
from server.wiring import matcher_of
from tests import factories
from tests.factories import NOW
from tests.postgres import METRIC_SRID
from tests.server.patrol.covered import (
    TIME_ZONE,
    along,
    arrive,
    as_worker,
    at_metres,
    cover_all,
    make_device,
    make_street,
)
from tests.server.patrol.test_covering import odd_walk
from tests.server.patrol.walks import Officer

ROOT = Path(__file__).parents[3]
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 4)
RULES = Rules(METRIC_SRID, TIME_ZONE, TrackSettings(), SightSettings())
MIDNIGHT = NOW.replace(hour=16)
"""Of the district, between the first day and the second."""
AS_FILES = {
    "sightings": """
        SELECT device_id, CAST(account_id AS text), zone_id, date_part('epoch', slot_at), date_part('epoch', first_at),
          date_part('epoch', last_at), CAST(certain AS text), CAST(probable AS text) FROM sighting""",
    "visits": """
        SELECT CAST(account_id AS text), zone_id, day, date_part('epoch', from_at), date_part('epoch', to_at), kind,
          certain, CAST(certain_m AS float8), CAST(probable_m AS float8) FROM visit""",
    "coverage": """
        SELECT day, zone_id, CAST(certain AS text), CAST(probable AS text), CAST(certain_m AS float8),
          CAST(probable_m AS float8), visits, officers, date_part('epoch', first_at), date_part('epoch', last_at)
        FROM coverage_day""",
}


def exported(owner: Engine, root: Path, first: date = FIRST, last: date = LAST) -> list[Exported]:
    with owner.begin() as connection:
        return list(
            export(
                connection, root, first, last,
                today=LAST + timedelta(days=1), time_zone=TIME_ZONE, srid=METRIC_SRID,
            )
        )  # fmt: skip


def in_files(root: Path, layer: str) -> list[tuple[Any, ...]]:
    """Every row of a layer; moments as POSIX seconds."""
    rows: list[tuple[Any, ...]] = []
    for part in files.days_in(root, layer):
        table = files.read(part.path(root, layer))
        columns = [
            [moment.timestamp() for moment in column.to_pylist()]
            if name.endswith("_at") else column.to_pylist()
            for name, column in zip(table.column_names, table.columns, strict=True)
        ]  # fmt: skip
        rows += zip(*columns, strict=True)
    return sorted(rows)


def in_database(owner: Engine, layer: str) -> list[tuple[Any, ...]]:
    with owner.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(text(AS_FILES[layer])))


def days_of_patrol(owner: Engine) -> None:
    """Two officers, one with two phones, on four days: what phones do wrong, a night over midnight, a mark alone."""
    make_street(owner)
    factories.make_zone(owner, code="F-DEEP", at=at_metres(130, 20), width_m=14, depth_m=30)
    rng = random.Random(5)
    accounts = [factories.make_account(owner).id for _ in range(2)]
    devices = [
        make_device(owner, accounts[n // 2], name) for n, name in enumerate(("phone", "tablet", "phone"))
    ]
    for day in range(4):
        for device in devices:
            arrive(owner, device, odd_walk(rng, NOW + timedelta(days=day, seconds=rng.randint(0, 900))))
    arrive(owner, devices[0], along(MIDNIGHT - timedelta(seconds=60.5), seconds=120))
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO visit_mark (id, account_id, organisation_id, zone_id, kind, at, received_at) "
                "SELECT gen_random_uuid(), a.id, a.organisation_id, z.id, 'service', :at, :at "
                "FROM account a, zone z WHERE a.id = :account AND z.code = 'F-DEEP'"
            ),
            {"account": accounts[1], "at": NOW + timedelta(hours=5, microseconds=123457)},
        )


def test_two_processes_make_of_files_what_the_database_path_made_row_by_row(
    owner: Engine, tmp_path: Path
) -> None:
    root = tmp_path / "out" / "tracks"
    days_of_patrol(owner)
    with pytest.raises(NotExported, match="14"):
        exported(owner, root)  # thirteen batches and a mark wait
    cover_all(owner)
    told = exported(owner, root)
    assert [(one.part.day, one.closed) for one in told] == [
        (FIRST + timedelta(days=n), False) for n in range(4)
    ]

    def work(part: Part) -> int:
        work_out(part, root=root, rules=RULES)
        return os.getpid()

    parts = files.days_in(root, "fixes")
    processes = set(mapping.over(parts, work, scheduler=None, workers=2))
    assert len(processes) == 2 and os.getpid() not in processes

    for layer in AS_FILES:
        wanted = in_database(owner, layer)
        assert len(wanted) > 20 and in_files(root, layer) == wanted, layer
    assert {row[5] for row in in_files(root, "visits")} == {"patrol", "service"}
    fixes = sum(one.fixes for one in told)
    with owner.connect() as connection:
        assert fixes == connection.execute(text("SELECT count(*) FROM position_fix")).scalar_one()

    _are_geoparquet(owner, root)
    _are_private(root)


def _are_geoparquet(owner: Engine, root: Path) -> None:
    """The metadata a reader needs, and the very bytes of the database."""
    fronts = pq.ParquetFile(Part("320612").path(root, "fronts"))
    about = json.loads(fronts.schema_arrow.metadata[b"geo"])
    column = about["columns"][about["primary_column"]]
    assert (about["version"], column["encoding"], column["geometry_types"]) == (
        "1.1.0",
        "WKB",
        ["LineString"],
    )
    assert column["crs"]["id"] == {"authority": "EPSG", "code": METRIC_SRID}
    with owner.connect() as connection:
        axes = connection.execute(
            text("SELECT ST_AsBinary(axis) FROM patrol_front ORDER BY zone_id")
        ).scalars()
        held = [bytes(axis) for axis in axes]
    assert fronts.read()["geometry"].to_pylist() == held
    assert [shapely.to_wkb(axis) for axis in shapely.from_wkb(held)] == held
    fixes = files.read(Part("320612", FIRST).path(root, "fixes"))
    told = json.loads(fixes.schema.metadata[b"geo"])["columns"]["geometry"]
    assert "crs" not in told and told["geometry_types"] == ["Point"]
    points = files.geometry(fixes)
    assert [shapely.to_wkb(point) for point in points] == fixes["geometry"].to_pylist()


def _are_private(root: Path) -> None:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [root.parent, root, *root.rglob("*")]}
    assert {path: mode for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}


@pytest.fixture
def frontage(
    database_url: str, config: Config, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Result]]:
    """`frontage("batch", "prune", folder)` on this test's database and data folder."""
    settings = {"FRONTAGE_DATABASE_URL": database_url, "FRONTAGE_VAR": str(config.var), "COLUMNS": "200"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    handlers, level = logging.root.handlers[:], logging.root.level
    yield lambda *told: CliRunner().invoke(main, [str(one) for one in told], catch_exceptions=False)
    # An export logs as a server does; other tests go on as before.
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def test_days_that_are_no_longer_precise_are_left_out_and_pruned(
    frontage: Callable[..., Result], owner: Engine, tmp_path: Path
) -> None:
    first, second, third = (date(2024, 9, 1) + timedelta(days=n) for n in range(3))
    make_street(owner, 2)
    device = make_device(owner, factories.make_account(owner).id)
    for day in range(3):
        arrive(owner, device, along(datetime(2024, 9, 1 + day, 2, tzinfo=UTC), seconds=40))
    cover_all(owner)
    command = ("batch", "export", tmp_path, "--from", first, "--to", third)
    assert "batch.exporting" in frontage(*command).stderr
    assert len(files.days_in(tmp_path, "fixes")) == 3
    assert frontage("batch", "prune", tmp_path).output == ""

    with owner.begin() as connection:
        connection.execute(
            text("INSERT INTO track_day (day, coarsened_at) VALUES (:day, now())"), {"day": first}
        )
    # A day of UTC lies in two days of the district.
    assert frontage(*command).stdout.count("left out") == 2
    left = Part("320612", first - timedelta(days=400)).path(tmp_path, "fixes")
    files.write(left, [files.read(Part("320612", third).path(tmp_path, "fixes"))])
    left.rename(left.with_name(".fixes.parquet.1"))  # of an export that was killed
    with owner.begin() as connection:
        connection.execute(
            text("INSERT INTO track_day (day, deleted_at) VALUES (:day, now())"),
            {"day": first - timedelta(days=400)},
        )
    told = frontage("batch", "prune", tmp_path).output
    assert not left.parent.exists()
    assert (told.count("day=2024-09-01"), told.count("day=2024-09-02")) == (3, 3)
    assert [one.day for one in files.days_in(tmp_path, "fixes")] == [third]
    assert frontage("batch", "export", tmp_path, "--from", first, "--to", date.max).exit_code == 1


def test_a_cluster_named_by_its_address_finds_the_matches_the_server_lists(
    client: FlaskClient,
    frontage: Callable[..., Result],
    officer: Officer,
    sign_in: Callable[..., dict[str, str]],
    owner: Engine,
    config: Config,
    tmp_path: Path,
) -> None:
    factories.make_zone(owner, kind="township", width_m=3000, depth_m=3000)
    factories.make_category(owner)
    factories.make_zone(owner, code="F-OLD", at=at_metres(0, 8), width_m=40, depth_m=8)
    places = [(n * 15.0 - 30, (n % 3) * 4.0) for n in range(9)]
    for n, place in enumerate(places):
        report = factories.report_json(
            at=at_metres(*place), accuracy_m=2.0 + n, captured_at=NOW - timedelta(days=n % 2),
            position={"bearing_deg": 40.0 * n} if n % 2 else {},
            zone_hint={"code": "F-OLD", "how": "qr"} if n == 8 else None,
        )  # fmt: skip
        sent = client.put(f"/api/v1/reports/{uuid4()}", json=report, headers=officer.headers)
        assert sent.status_code == 201, sent.text
    # Drawn into the past: some reports now lie in it.
    factories.make_zone(owner, code="F-LATE", at=at_metres(45, 3), width_m=30, depth_m=16)

    period = {"received_from": "2026-01-01T00:00:00Z", "received_to": "2027-01-01T00:00:00Z"}
    ordered = client.post("/api/v1/rematches", json=period, headers=sign_in("zone_manager")).get_json()
    with as_worker(owner) as worker:
        Rematcher(matcher_of(config)).list_moves(worker, ordered["id"])
    with owner.connect() as connection:
        listed = {
            str(row.report_id): (row.changes, row.result)
            for row in connection.execute(text("SELECT report_id, changes, result FROM rematch_report"))
        }
    assert 2 < len(listed) < 9

    cover_all(owner)
    exported(owner, tmp_path, date(2026, 8, 31), FIRST)
    with LocalCluster(
        n_workers=1, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        address = ("--scheduler", cluster.scheduler_address)
        told = frontage("batch", "rematch", tmp_path, *address)
        idle = frontage("batch", "coverage", tmp_path, *address)
    assert (told.exit_code, idle.exit_code) == (0, 0) and "2026-08-31" in told.output
    assert files.days_in(tmp_path, "coverage") == files.days_in(tmp_path, "fixes")
    found = {
        report: (json.loads(changes), result) for report, changes, result in in_files(tmp_path, "rematches")
    }
    assert found == listed


def test_server_worker_and_other_commands_start_without_dask_arrow_and_networkx() -> None:
    asked = "import sys, server.app, server.jobs, server.cli; print({'dask', 'networkx', 'pyarrow'} & {*sys.modules})"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "set()"
