"""Bringing a deployment back: built and proved beside what is there, put in its place at the end.

The database is replayed to the moment that was asked for in a folder of its own, `restoring` in the data folder. Photos
go straight into the store, where their address is their content. Until the last step nothing that was there is touched.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import orjson
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from server import cluster_wal, schema
from server.backup.base import unpack_base
from server.backup.copying import (
    Copied,
    backup_store,
    bring_files,
    bring_heads,
    check_files,
    copy_photos,
    free_bytes,
)
from server.backup.log import check_log, newest_segment
from server.backup.taking import (
    ELSEWHERE,
    Tell,
    asking,
    check_database,
    compared,
    counts,
    folder_of,
    heads_folder,
    named_photos,
    photos_of,
)
from server.backup_folder import BackupFolder, BackupRefused, DatabasePart, Manifest, disk_faults, new_name
from server.cluster import ClusterError, PrivateCluster
from server.cluster_place import MAJOR_VERSION, os_owner, sync_folder
from server.complaints.verifying import verify_complaints
from server.deployment import DATABASE, Deployment
from server.evidence import heads as heads_file
from server.evidence.heads import HeadsBook
from server.evidence.ledger import verify_chain
from server.evidence.signing import ReceiptSigner
from server.evidence.thumbnails import Thumbnails, thumbnails_url
from server.ratings.chain import verify_scores
from server.running import UNFINISHED_RESTORE

# As PostgreSQL says it in its log.
_NOT_REACHED = "recovery ended before configured recovery target was reached"
# A PDF has no small picture.
_PICTURED = """
SELECT DISTINCT f.sha256 FROM evidence_file_v1 f LEFT JOIN attachment t ON t.sha256 = f.sha256
WHERE t.media_type IS DISTINCT FROM 'application/pdf'
"""


@dataclass
class Restored:
    """What was brought back.

    Attributes:
        until: the last moment the database knows of; None where somebody else keeps it.
        faults: what is not whole, in words; empty when everything is.
        aside: where what was there before lies now.
        heads_later: lines of heads, left in the backup, that speak of entries after `until`.
    """

    manifest: Manifest
    until: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)
    photos: Copied = field(default_factory=Copied)
    heads_later: int = 0
    faults: list[str] = field(default_factory=list)
    aside: list[Path] = field(default_factory=list)


def restore(
    deployment: Deployment,
    until: datetime | None,
    *,
    name: str | None = None,
    replace: bool = False,
    tell: Tell = lambda words: None,
) -> Restored:
    """Bring a deployment back that does not run.

    Args:
        until: aware; the last moment wanted, None for everything there is.
        name: of the backup to begin with; the newest that ended before `until` when left out.
        replace: what is there already is moved aside; else it is a reason to refuse.
    Raises:
        BackupRefused: nothing was changed.
    """
    folder = folder_of(deployment)
    with folder.open():
        manifest = _chosen(folder, until, name)
        _refuse_what_does_not_fit(deployment, manifest)
        there = _there(deployment)
        if there and not replace:
            raise BackupRefused("target_not_empty", paths=", ".join(map(str, there)))
        check_files(folder.root / manifest.name, manifest.files)
        with _stage(deployment) as stage:
            return _build(deployment, folder, manifest, until, stage, there, tell)


def _build(
    deployment: Deployment,
    folder: BackupFolder,
    manifest: Manifest,
    until: datetime | None,
    stage: Path,
    there: list[Path],
    tell: Tell,
) -> Restored:
    restored = Restored(manifest)
    bring_files(folder.root / manifest.name, manifest.files, stage)
    cluster = PrivateCluster(stage, start_timeout_s=deployment.config.restore_timeout_s, tell=lambda _: None)
    if manifest.database:
        tell("展开并重放数据库 / unpacking the database and replaying its log")
        _replay(folder, manifest, manifest.database, until, cluster)
    url = cluster.owner_url(DATABASE) if manifest.database else deployment.owner_url
    try:
        tell("取回照片并核验 / bringing photos back, and verifying")
        _bring_and_prove(deployment, folder, restored, stage, url)
    finally:
        cluster.stop()
    _put_in_place(deployment, restored, cluster if manifest.database else None, stage, there)
    return restored


def _chosen(folder: BackupFolder, until: datetime | None, name: str | None) -> Manifest:
    if name is not None:
        manifest = folder.manifest(name)
        if until and until < _ends_at(manifest):
            raise BackupRefused("backup_later", name=name, ends=_ends_at(manifest).isoformat())
        return manifest
    names = folder.names()
    if not names:
        raise BackupRefused("backup_none", folder=folder.root)
    if until is None:
        # The newest, and not the newest that can be read: what is damaged is told and not passed over.
        return folder.manifest(names[-1])
    early = [one for one in folder.manifests() if _ends_at(one) <= until]
    if not early:
        raise BackupRefused("backup_later", name=names[0], ends=until.isoformat())
    return early[-1]


def _ends_at(manifest: Manifest) -> datetime:
    return manifest.database.ends_at if manifest.database else manifest.finished_at


def _refuse_what_does_not_fit(deployment: Deployment, manifest: Manifest) -> None:
    script = ScriptDirectory(str(schema.MIGRATIONS))
    if manifest.schema_revision not in {one.revision for one in script.walk_revisions()}:
        raise BackupRefused("program_older", revision=manifest.schema_revision)
    if (manifest.database is None) != (deployment.cluster is None):
        raise BackupRefused("other_database")
    if manifest.database and manifest.database.postgresql != MAJOR_VERSION:
        raise BackupRefused("postgresql_other", version=manifest.database.postgresql, wanted=MAJOR_VERSION)
    # Unpacked it is some five times as large.
    need = 5 * manifest.database.file.size_bytes if manifest.database else 0
    if free_bytes(deployment.config.var) < need:
        raise BackupRefused("disk_full", folder=deployment.config.var)


def _there(deployment: Deployment) -> list[Path]:
    """What of a deployment is there already. Photos are no hindrance: none is ever written over by another."""
    cluster, config = deployment.cluster, deployment.config
    if cluster and cluster.running():
        raise BackupRefused("still_running", folder=config.var)
    places = [*([cluster.data] if cluster else []), config.secrets, heads_folder(deployment)]
    return [place for place in places if place.exists()]


@contextmanager
def _stage(deployment: Deployment) -> Iterator[Path]:
    """An empty folder to build in, gone with what is left of it when the block ends."""
    stage = deployment.config.var / UNFINISHED_RESTORE
    _clear(stage)
    with disk_faults(deployment.config.var):
        stage.mkdir(parents=True)
        # As the data folder itself: the cluster's user goes through it to its own.
        stage.chmod(0o755)
    try:
        yield stage
    finally:
        _clear(stage)


def _clear(stage: Path) -> None:
    if stage.exists():
        cluster = PrivateCluster(stage)
        cluster.stop("immediate")
        shutil.rmtree(cluster.home, ignore_errors=True)
        shutil.rmtree(stage)


def _replay(
    folder: BackupFolder,
    manifest: Manifest,
    database: DatabasePart,
    until: datetime | None,
    cluster: PrivateCluster,
) -> None:
    log = folder.wal / database.log
    check_database(folder, manifest)
    if not log.is_dir():
        raise BackupRefused("log_broken", path=log, until=None)
    check_log(log, database.timeline, database.first_segment, None)
    cluster.make_home()
    unpack_base(folder.root / manifest.name / database.file.path, cluster.data)
    # What is brought back leaves the log of what was alone; the next backup begins one of its own.
    (cluster.data / cluster_wal.ARCHIVE_SCRIPT).unlink(missing_ok=True)
    owner = os_owner()
    moment = until.astimezone(UTC).isoformat() if until else None
    for name, lines in ((cluster_wal.RECOVERY, cluster_wal.recovery(log, moment)), ("recovery.signal", "")):
        cluster_wal.write_private(cluster.data / name, lines, owner.pw_uid, owner.pw_gid)
    try:
        cluster.start()
        _wait_until_replayed(cluster)
    except ClusterError as error:
        told = cluster.log_path.read_text(errors="replace") if cluster.log_path.exists() else str(error)
        if _NOT_REACHED in told:
            newest = newest_segment(log, database.timeline)
            ends = datetime.fromtimestamp(newest.stat().st_mtime, UTC).isoformat() if newest else None
            raise BackupRefused("moment_later", ends=ends) from error
        raise BackupRefused("replay_failed", told=told[-1500:]) from error
    (cluster.data / cluster_wal.RECOVERY).unlink()


def _wait_until_replayed(cluster: PrivateCluster) -> None:
    """Started it is when the replay begins; raises ClusterError when it ends itself instead of letting us in."""
    deadline = time.monotonic() + cluster.start_timeout_s
    while not cluster.running():
        if not (cluster.data / "postmaster.pid").exists() or time.monotonic() > deadline:
            raise ClusterError("replay")
        time.sleep(0.05)


def _bring_and_prove(
    deployment: Deployment, folder: BackupFolder, restored: Restored, stage: Path, url: str
) -> None:
    manifest = restored.manifest
    lineage = manifest.database.log if manifest.database else ELSEWHERE
    with asking(url) as connection:
        restored.until = _known_until(connection) if manifest.database else None
        restored.counts = counts(connection)
        lines = connection.execute(text("SELECT coalesce(max(run), 0) FROM case_head")).scalar_one()
        restored.heads_later = bring_heads(folder.heads / lineage, stage / "heads", lines)
        store = photos_of(deployment)
        if store is not None and manifest.photos is not None:
            source, _ = backup_store(folder)
            restored.photos = copy_photos(
                named_photos(connection), source, store[0], store[1], trusting=False
            )
        restored.faults += [f"照片 / photo {one.sha256}: {one.what}" for one in restored.photos.faults]
        restored.faults += compared(manifest.counts, restored.counts)
        restored.faults += _broken(connection, stage)
    if manifest.database:
        _order_pictures(deployment, url)


def _known_until(connection: Connection) -> datetime | None:
    found: datetime | None = connection.execute(text("SELECT pg_last_xact_replay_timestamp()")).scalar_one()
    return found


def _broken(connection: Connection, stage: Path) -> Iterator[str]:
    for fault in chain(verify_chain(connection, lambda done: None), verify_complaints(connection)):
        yield str(fault)
        return
    yield from verify_scores(connection)
    book = HeadsBook(stage / "heads", ReceiptSigner.load_or_create(stage / "secrets" / "receipt.pem"))
    for difference in heads_file.compare(connection, book, book.lines()):
        yield str(difference)
        return


def _order_pictures(deployment: Deployment, url: str) -> None:
    """Small pictures are not in a backup: the worker makes them again."""
    kept = Thumbnails(
        thumbnails_url(deployment.photo_store_url, (deployment.config.var / "thumbnails").as_uri())
    )
    with asking(url) as connection:
        for sha256 in connection.scalars(text(_PICTURED)):
            if kept.get(sha256) is None:
                arguments = orjson.dumps({"sha256": sha256}).decode()
                connection.execute(
                    text("SELECT job_put_v1('make_thumbnail', CAST(:a AS jsonb))"), {"a": arguments}
                )


def _put_in_place(
    deployment: Deployment, restored: Restored, cluster: PrivateCluster | None, stage: Path, there: list[Path]
) -> None:
    config, stamp = deployment.config, new_name(datetime.now(UTC))
    aside = {place: place.with_name(f"{place.name}.before-{stamp}") for place in there}
    with disk_faults(config.var):
        for name in ("secrets", "heads"):
            place = config.secrets if name == "secrets" else heads_folder(deployment)
            if place in aside:
                place.rename(aside[place])
            if (stage / name).exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(stage / name, place)
                sync_folder(place.parent)
        for left in [path for path in stage.iterdir() if path.is_file() and path.name.endswith(".json")]:
            left.rename(config.var / left.name)
        if cluster and deployment.cluster:
            data = deployment.cluster.data
            deployment.cluster.take_over(cluster, aside.get(data, data))
    restored.aside = list(aside.values())
