"""The worker does what requests leave to it, gives up after five tries, and may do nothing else."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from config import Config
from server import jobs, schema
from server.deployment import WORKER_ROLE
from server.evidence.inspector import PhotoInspector
from server.evidence.photos import store_from_url
from server.evidence.staging import Staging
from server.evidence.thumbnails import Thumbnails, thumbnails_url
from server.jobs import Chores
from tests import factories
from tests.postgres import TestServer, engine

SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def worker_url(postgres: TestServer, database_url: str) -> str:
    return schema.role_url(database_url, WORKER_ROLE, postgres.app_password)


@pytest.fixture
def chores(config: Config, worker_url: str) -> Iterator[Chores]:
    """What the worker of this test's deployment works with."""
    staging = Staging(config.var / "staging", config.photo_max_bytes)
    inspector = PhotoInspector()
    yield Chores(
        database_url=worker_url,
        store=store_from_url((config.var / "photos").as_uri(), staging),
        staging=staging,
        inspector=inspector,
        thumbnails=Thumbnails((config.var / "thumbnails").as_uri()),
        thumbnail_max_px=48,
        orphan_min_age_s=3600,
        staging_max_age_s=600,
    )
    inspector.close()


def send(client: FlaskClient, headers: dict[str, str], photo: bytes) -> str:
    """A report whose photo comes after it; returns the photo's digest."""
    report, made = factories.report_json(photos=[photo]), uuid4()
    sha256: str = report["photos"][0]["sha256"]
    assert client.put(f"/api/v1/reports/{made}", json=report, headers=headers).status_code == 201
    path = f"/api/v1/reports/{made}/photos/{sha256}"
    assert client.put(path, data=photo, headers=headers).status_code == 201
    return sha256


def work(chores: Chores) -> None:
    """Do all that waits, trying again at once."""
    waiting = True
    while waiting:
        jobs.run(jobs.make_worker(chores, retry_base_s=0), wait=False)
        waiting = any(count.state == "todo" for count in jobs.count_jobs(chores.database_url))


def stage(chores: Chores, content: bytes) -> str:
    with chores.staging.open() as photo:
        photo.write(content)
        chores.store.keep(photo)
        return photo.sha256


def age(folder: Path, name: str, by_s: float) -> None:
    path = next(folder.rglob(name))
    os.utime(path, (time.time() - by_s,) * 2)


def test_a_photo_received_gets_a_small_upright_picture_and_its_job_is_done(
    client: FlaskClient, sign_in: SignIn, chores: Chores, worker_url: str
) -> None:
    photo = factories.photo_bytes(size=(128, 64))
    headers = sign_in("officer")
    sha256 = send(client, headers, photo)
    report = client.get("/api/v1/reports", headers=headers).get_json()["features"][0]["id"]
    shown = f"/api/v1/reports/{report}/photos/{sha256}/thumbnail"
    assert client.get(shown, headers=headers).status_code == 404
    assert [(count.task, count.state) for count in jobs.count_jobs(worker_url)] == [
        ("make_thumbnail", "todo")
    ]
    work(chores)
    picture = chores.thumbnails.get(sha256)
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as made:
        assert (made.format, made.size) == ("WEBP", (48, 24))
    answer = client.get(shown, headers=headers)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/webp", picture)
    assert jobs.count_jobs(worker_url) == []
    assert b"".join(chores.store.open(sha256)) == photo


def test_making_a_thumbnail_again_changes_nothing(chores: Chores) -> None:
    sha256 = stage(chores, factories.photo_bytes())
    assert chores.make_thumbnail(sha256) is True
    first = chores.thumbnails.get(sha256)
    assert chores.make_thumbnail(sha256) is False
    assert chores.thumbnails.get(sha256) == first
    assert list(chores.staging.folder.iterdir()) == []


def test_a_job_that_fails_is_tried_five_times_and_then_stays_to_be_looked_at(
    owner: Engine, chores: Chores, worker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def fail(_: Chores, sha256: str) -> bool:
        tries.append(sha256)
        raise OSError("no such medium")

    monkeypatch.setattr(Chores, "make_thumbnail", fail)
    put_job(owner, "make_thumbnail", "ab" * 32)
    work(chores)
    assert tries == ["ab" * 32] * 5
    (left,) = jobs.count_jobs(worker_url)
    assert (left.task, left.state, left.jobs, left.tries) == ("make_thumbnail", "failed", 1, 5)
    assert left.oldest_at is not None


def put_job(owner: Engine, task: str, sha256: str) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("SELECT job_put_v1(:task, jsonb_build_object('sha256', CAST(:sha256 AS text)))"),
            {"task": task, "sha256": sha256},
        )


def test_the_job_of_a_transaction_that_is_rolled_back_never_was(owner: Engine, worker_url: str) -> None:
    with owner.connect() as connection:
        connection.execute(text("SELECT job_put_v1('make_thumbnail', '{}')"))
        connection.rollback()
    assert jobs.count_jobs(worker_url) == []


def test_a_sweep_removes_old_photos_without_a_report_and_no_other(
    client: FlaskClient, sign_in: SignIn, chores: Chores, config: Config
) -> None:
    known = send(client, sign_in("officer"), factories.photo_bytes(seed=1))
    old, young = (stage(chores, factories.photo_bytes(seed=seed)) for seed in (2, 3))
    for digest in (known, old):
        age(config.var / "photos", digest, 3700)
    swept = chores.sweep_orphans()
    assert swept is not None and swept.removed == 1
    assert (chores.store.exists(known), chores.store.exists(old), chores.store.exists(young)) == (
        True,
        False,
        True,
    )


def test_two_sweeps_never_run_at_once(chores: Chores) -> None:
    class Slow:
        """A store whose sweep is overtaken by another one."""

        seen: object = "never"

        def remove_orphans(self, *_: object) -> str:
            self.seen = jobs.sweep_orphans(chores.database_url, chores.store, 3600)
            return "swept"

    store = Slow()
    assert str(jobs.sweep_orphans(chores.database_url, store, 3600)) == "swept"  # type: ignore[arg-type]
    assert store.seen is None
    assert chores.sweep_orphans() is not None


def test_what_a_killed_request_staged_is_removed_once_it_is_old(chores: Chores) -> None:
    for name, age_s in (("old.part", 700), ("young.part", 500)):
        (chores.staging.folder / name).write_bytes(b"half a photo")
        age(chores.staging.folder, name, age_s)
    assert chores.sweep_staging() == 1
    assert [path.name for path in chores.staging.folder.iterdir()] == ["young.part"]


def test_failed_logins_are_forgotten_after_a_day_and_known_addresses_after_three_months(
    owner: Engine, chores: Chores
) -> None:
    attempts = [(1, False), (23, False), (25, False), (1000, False), (1000, True), (24 * 92, True)]
    with owner.begin() as connection:
        for hours, succeeded in attempts:
            connection.execute(
                text(
                    "INSERT INTO login_attempt (attempted_at, username_digest, address, succeeded) "
                    "VALUES (now() - make_interval(hours => :hours), '\\x00', '127.0.0.1', :succeeded)"
                ),
                {"hours": hours, "succeeded": succeeded},
            )
    assert chores.purge_login_attempts() == 3
    assert factories.count_rows(owner, "login_attempt") == 3


def test_the_job_of_a_worker_that_was_killed_is_taken_up_again(
    owner: Engine, chores: Chores, worker_url: str
) -> None:
    sha256 = stage(chores, factories.photo_bytes())
    put_job(owner, "make_thumbnail", sha256)
    with owner.begin() as connection:
        connection.execute(
            text(
                "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 min') "
                "RETURNING id) UPDATE procrastinate_jobs j SET status = 'doing', worker_id = dead.id FROM dead"
            )
        )
        connection.execute(text("SELECT job_put_v1('retry_stalled', '{\"timestamp\": 0}')"))
    work(chores)
    assert chores.thumbnails.get(sha256) is not None
    assert jobs.count_jobs(worker_url) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM report",
        "SELECT * FROM account",
        "SELECT * FROM photo",
        "SELECT * FROM login_attempt",
        "DELETE FROM ledger",
        "UPDATE case_file SET version = 2",
        "SELECT nextval('case_number_seq')",
        "SELECT enter_v1(gen_random_uuid(), gen_random_uuid())",
        "SELECT ledger_append_v1(gen_random_uuid(), 'a.b', '')",
    ],
)
def test_the_worker_may_do_its_jobs_and_nothing_else(worker_url: str, statement: str) -> None:
    with engine(worker_url) as as_worker, as_worker.begin() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT login_attempts_purge_v1(now())",
        "SELECT photos_known_v1('{}')",
        "SELECT * FROM procrastinate_jobs",
    ],
)
def test_the_server_may_not_do_the_workers_jobs(as_app_role: Engine, statement: str) -> None:
    with as_app_role.begin() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(statement))


def test_every_task_the_database_asks_for_has_a_worker(chores: Chores) -> None:
    asked = (
        Path("server/reports/queries.sql").read_text(encoding="utf-8").count("job_put_v1('make_thumbnail'")
    )
    assert asked > 0 and "make_thumbnail" in jobs.make_worker(chores).tasks


def test_thumbnails_of_a_bucket_lie_in_the_bucket() -> None:
    assert thumbnails_url("s3://photos/tongzhou/", "file:///var/t") == "s3://photos/tongzhou/thumbnails"
    assert thumbnails_url("file:///data/photos", "file:///var/t") == "file:///var/t"


def test_a_digest_that_is_none_names_no_file(chores: Chores) -> None:
    with pytest.raises(Exception, match="No such photo"):
        chores.thumbnails.get("../../" + "a" * 58)
