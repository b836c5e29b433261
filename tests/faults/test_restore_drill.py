"""The drill: a backup under load, the data folder destroyed, all of it brought back; and every kind of damage
to a backup is told instead of passed over.

The folder lies directly under /tmp, where the OS user of the cluster may go.
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from click.testing import CliRunner, Result

from config import Config
from server.app import create_app
from server.backup.following import Follower
from server.backup_folder import BackupFolder
from server.cli import main
from server.cli.base import cluster_up
from server.cluster import PrivateCluster
from server.cluster_place import PROGRAMS
from server.deployment import Deployment
from server.evidence.signing import ReceiptSigner
from tests.factories import photo_bytes
from tests.faults.phone import Job, Phone
from tests.faults.world import unique_photo, world_on
from tests.postgres import METRIC_SRID, engine
from tests.serving import serving

pytestmark = pytest.mark.skipif(
    not (PROGRAMS / "postgres").exists(),
    reason="needs PostgreSQL on this machine; with FRONTAGE_DATABASE_URL there may be none",
)
PHOTO = photo_bytes()
PATIENCE_S = 120.0
# Whoever owns the database gets past every trigger.
DELETE_ALL = """
SET session_replication_role = replica;
DELETE FROM photo_arrival; DELETE FROM ledger; DELETE FROM case_file; DELETE FROM report
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="frontage-drill-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    for var in path.glob("var*"):
        cluster = PrivateCluster(var)
        cluster.stop("immediate")
        shutil.rmtree(cluster.home, ignore_errors=True)
    shutil.rmtree(path)


@dataclass
class Drill:
    """What the destroyed deployment had acknowledged, and its backups."""

    folder: Path
    backups: Path
    headers: dict[str, str] = field(default_factory=dict)
    sent: list[Job] = field(default_factory=list)
    later: Job = field(default_factory=lambda: Job(()))
    before_deletion: datetime = datetime.min

    @property
    def names(self) -> list[str]:
        return BackupFolder(self.backups).names()

    @property
    def unfinished(self) -> list[Path]:
        return list(self.backups.glob(".unfinished-*"))

    def frontage(self, *arguments: str, var: Path | None = None) -> Result:
        """A command on a data folder and the backups."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FRONTAGE_VAR", str(var or self.folder / "var"))
            patch.setenv("FRONTAGE_BACKUP_FOLDER", str(self.backups))
            patch.setenv("COLUMNS", "200")
            return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@contextmanager
def sending(phone: Phone, sent: list[Job]) -> Iterator[None]:
    """A phone that sends report after report, each with a photo of its own, until the block ends."""
    enough, broken = threading.Event(), []

    def send() -> None:
        try:
            while not enough.wait(0.1):
                sent.append(acknowledged(phone))
        except BaseException as error:
            broken.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
    assert broken == []


def acknowledged(phone: Phone) -> Job:
    job = Job((unique_photo(PHOTO),))
    status, answer = phone.send_whole(job)
    assert status == 201 and answer["missing_photos"] == [], answer
    return job


def ask(url: str, statement: str) -> object:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return (cursor.fetchone() or [None])[0] if cursor.description else None
    finally:
        connection.close()


def wait_until_the_log_has_left(deployment: Deployment) -> None:
    url = deployment.owner_url
    segment = str(ask(url, "SELECT pg_walfile_name(pg_current_wal_lsn())"))
    ask(url, "SELECT pg_switch_wal()")
    deadline = time.monotonic() + PATIENCE_S
    while str(ask(url, "SELECT last_archived_wal FROM pg_stat_archiver") or "") < segment:
        assert time.monotonic() < deadline, "the log does not leave"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def drill(folder: Path) -> Iterator[Drill]:
    """A deployment with its own cluster; reports come in before, during and after its backup, then it is destroyed."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("FRONTAGE_")]:
            patch.delenv(name)
        yield from _drilled(folder)


def _drilled(folder: Path) -> Iterator[Drill]:
    drill = Drill(folder, folder / "backups")
    deployment = Deployment(config_of(drill, "var"))
    assert deployment.prepare() and deployment.cluster
    url = deployment.owner_url
    with engine(url) as owner:
        world = world_on(url, deployment.app_url, owner, folder, backup_folder=drill.backups)
        drill.headers = world.headers
        with serving(world.config, database_url=url, app_database_url=deployment.app_url) as server:
            phone = Phone(server.port, world.headers)
            drill.sent += [acknowledged(phone), acknowledged(phone)]
            with sending(phone, drill.sent):
                taken = drill.frontage("backup")
            assert taken.exit_code == 0, taken.output
            spoil_two_more(drill)
            drill.sent.append(acknowledged(phone))
            assert drill.frontage("heads", "write").exit_code == 0
            # As the worker does every minute.
            assert Follower(deployment).run() > 0
            drill.before_deletion = datetime.now(UTC)
            ask(url, DELETE_ALL)
            drill.later = acknowledged(phone)
            assert Follower(deployment).run() == 1
            wait_until_the_log_has_left(deployment)
    deployment.cluster.stop("immediate")
    shutil.rmtree(deployment.cluster.home)
    shutil.rmtree(drill.folder / "var")
    yield drill


def spoil_two_more(drill: Drill) -> None:
    """A backup without room and one that is killed: neither counts, and the one before stays."""
    (good,) = drill.names
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        refused = drill.frontage("backup")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refused.exit_code == 1 and "(disk_full)" in refused.output
    assert drill.unfinished == [] and drill.names == [good]

    environ = {"PATH": os.environ["PATH"], "FRONTAGE_VAR": str(drill.folder / "var")}
    environ["FRONTAGE_BACKUP_FOLDER"] = str(drill.backups)
    command = [sys.executable, "-m", "server.cli", "backup"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as killed:
        deadline = time.monotonic() + PATIENCE_S
        while not drill.unfinished and killed.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        killed.kill()
    assert killed.returncode == -signal.SIGKILL and drill.unfinished
    assert drill.names == [good]


def config_of(drill: Drill, var: str) -> Config:
    return Config(var=drill.folder / var, backup_folder=drill.backups, metric_srid=METRIC_SRID)


def held(var: Path, job: Job) -> bool:
    """Whether the photos of a report are in the store, byte for byte."""
    names = [hashlib.sha256(photo).hexdigest() for photo in job.photos]
    paths = [var / "photos" / name[:2] / name[2:4] / name for name in names]
    return [path.read_bytes() if path.exists() else b"" for path in paths] == list(job.photos)


def test_all_that_was_acknowledged_comes_back_and_what_the_backup_lacks_is_told(drill: Drill) -> None:
    var, lost = drill.folder / "var-early", drill.sent[0]
    name = hashlib.sha256(lost.photos[0]).hexdigest()
    kept = drill.backups / "photos" / name[:2] / name[2:4] / name
    kept.rename(drill.folder / name)
    try:
        restored = drill.frontage("restore", "--to", drill.before_deletion.isoformat(), var=var)
    finally:
        (drill.folder / name).rename(kept)
    amiss = [line for line in restored.output.splitlines() if "amiss" in line]
    assert restored.exit_code == 1 and len(amiss) == 1 and name in amiss[0], restored.output
    assert [job for job in drill.sent if not held(var, job)] == [lost]

    place = var / kept.relative_to(drill.backups)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(kept, place)
    whole = drill.frontage("verify", var=var)
    assert whole.exit_code == 0 and f"上报 reports {len(drill.sent)}" in whole.output, whole.output
    again = drill.frontage("restore", var=var)
    assert again.exit_code == 1 and "(target_not_empty)" in again.output

    deployment = Deployment(config_of(drill, "var-early"))
    with cluster_up(deployment):
        app = create_app(deployment.config, app_database_url=deployment.app_url)
        client = app.test_client()
        # Tokens and receipts of the deployment that was lost still hold.
        receipts: list[dict[str, Any]] = [
            client.get(f"{job.path}/receipt", headers=drill.headers).get_json() for job in drill.sent
        ]
        app.extensions["frontage"].close()
    assert [receipt["digest"] for receipt in receipts] == [job.digest for job in drill.sent]
    signer = ReceiptSigner.load_or_create(deployment.config.secrets / "receipt.pem")
    for receipt in receipts:
        signed = {key: value for key, value in receipt.items() if key != "signature"}
        assert signer.verify(signed, receipt["signature"])


def test_the_latest_holds_what_came_after_the_backup_and_what_somebody_deleted_is_named(drill: Drill) -> None:
    var = drill.folder / "var-late"
    (var / "secrets").mkdir(parents=True)
    (var / "secrets" / "jwt.key").write_text("of somebody else")
    restored = drill.frontage("restore", "--replace", var=var)
    assert restored.exit_code == 1 and "case_missing" in restored.output, restored.output
    assert "amiss: reports 1 < " in restored.output
    assert held(var, drill.later)
    (aside,) = var.glob("secrets.before-*")
    assert (aside / "jwt.key").read_text() == "of somebody else"


def test_a_damaged_backup_is_refused_by_its_code_and_touches_nothing(drill: Drill) -> None:
    (good,) = drill.names
    manifest = BackupFolder(drill.backups).manifest(good)
    assert manifest.database
    photo = hashlib.sha256(drill.later.photos[0]).hexdigest()
    kept = drill.backups / "photos" / photo[:2] / photo[2:4] / photo
    with damaged(kept):
        told = drill.frontage("backup", "check", var=drill.folder / "var-none")
    assert told.exit_code == 1 and "(photo_damaged)" in told.output and photo in told.output
    segment = sorted((drill.backups / "wal" / manifest.database.log).glob("0*.gz"))[-2]
    key = drill.backups / good / "files" / "secrets" / "receipt.pem"
    damage: list[tuple[str, Path, tuple[str, ...]]] = [
        ("base_damaged", drill.backups / good / "database.tar.gz", ()),
        ("log_broken", segment, ()),
        ("file_damaged", key, ()),
        ("manifest_damaged", drill.backups / good / "manifest.json", ()),
    ]
    for code, path, options in damage:
        with damaged(path):
            refused = drill.frontage("restore", *options, var=drill.folder / "var-none")
            checked = drill.frontage("backup", "check", var=drill.folder / "var-none")
        assert refused.exit_code == 1 and f"({code})" in refused.output, refused.output
        assert checked.exit_code == 1 and f"({code})" in checked.output, checked.output
    early = drill.frontage("restore", "--to", "2026-01-01", var=drill.folder / "var-none")
    assert early.exit_code == 1 and "(backup_later)" in early.output
    made = {path.name for path in (drill.folder / "var-none").iterdir()}
    assert made.isdisjoint({"pg", "secrets", "heads", "restoring"})

    whole = drill.frontage("backup", "check", var=drill.folder / "var-none")
    assert whole.exit_code == 0, whole.output
    assert good in drill.frontage("backup", "list", var=drill.folder / "var-none").output


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """One byte in the middle of a file is another while the block runs."""
    content = path.read_bytes()
    middle = len(content) // 2
    path.chmod(0o600)
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :])
    try:
        yield
    finally:
        path.write_bytes(content)
