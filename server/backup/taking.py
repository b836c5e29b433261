"""Taking one backup: the database first, then what its rows speak of, then all of it read again.

A photo is durable before its row is committed. So whatever row the base or the log holds, its photo was in the store
before that; photos that are copied after the base has ended are all that the base names, and more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from server import cluster_wal, schema
from server.backup.base import read_base, take_base
from server.backup.copying import (
    Copied,
    backup_store,
    check_files,
    copy_heads,
    copy_photos,
    free_bytes,
    keep_files,
)
from server.backup.log import check_log, forget_log
from server.backup_folder import (
    BASE,
    BackupFolder,
    BackupRefused,
    DatabasePart,
    FilePart,
    Manifest,
    disk_faults,
    new_name,
    write_manifest,
)
from server.cluster import PrivateCluster
from server.cluster_place import MAJOR_VERSION, reachable
from server.deployment import Deployment
from server.evidence.photos import PhotoStore, store_from_url
from server.evidence.staging import Staging

Tell = Callable[[str], None]
# The heads of a database that somebody else keeps have no log of ours to belong to.
ELSEWHERE = "elsewhere"
_COUNTS = """
SELECT (SELECT count(*) FROM case_file) AS cases, (SELECT count(*) FROM ledger) AS entries,
  (SELECT count(*) FROM report) AS reports, (SELECT count(DISTINCT sha256) FROM evidence_file_v1) AS photos
"""
_PHOTOS = "SELECT DISTINCT sha256 FROM evidence_file_v1 ORDER BY sha256"


@dataclass(frozen=True)
class Taken:
    """A finished backup, what was copied for it, and the names of backups that went."""

    manifest: Manifest
    copied: Copied
    forgotten: list[str]


def folder_of(deployment: Deployment) -> BackupFolder:
    """Where a deployment's backups are."""
    config = deployment.config
    return BackupFolder(config.backup_folder or config.var / "backups")


def heads_folder(deployment: Deployment) -> Path:
    """Where a deployment writes heads of chains."""
    return deployment.config.heads_folder or deployment.config.var / "heads"


def photos_of(deployment: Deployment) -> tuple[PhotoStore, Staging] | None:
    """The store of a deployment whose photos are ours to copy; None for a bucket, which has copies of its own."""
    if not deployment.photo_store_url.startswith("file:"):
        return None
    staging = Staging(deployment.config.var / "staging", 2**63 - 1)
    return store_from_url(deployment.photo_store_url, staging), staging


@contextmanager
def asking(url: str) -> Iterator[Connection]:
    """One snapshot of a database as its owner."""
    engine = create_engine(
        schema.owner_engine_url(url), poolclass=NullPool, isolation_level="REPEATABLE READ"
    )
    with engine.begin() as connection:
        yield connection


def counts(connection: Connection) -> dict[str, int]:
    """Rows that can only become more."""
    return dict(connection.execute(text(_COUNTS)).mappings().one())


def named_photos(connection: Connection) -> list[str]:
    """Every photo and other attachment the database relies on."""
    return list(connection.scalars(text(_PHOTOS)))


def take(deployment: Deployment, tell: Tell = lambda words: None) -> Taken:
    """Take a backup of a deployment whose database runs, and remove those that nobody keeps.

    Raises:
        BackupRefused: nothing was added; what was there before is as it was.
    """
    folder, started_at = folder_of(deployment), datetime.now(UTC)
    name, config = new_name(started_at), deployment.config
    with folder.open():
        cluster = deployment.cluster
        with asking(deployment.owner_url) as connection:
            rows, revision = counts(connection), schema.revisions(connection)[0] or ""
        with disk_faults(folder.root), folder.draft(name) as draft:
            database = (
                _take_database(cluster, folder, draft, name, config.backup_stalled_s) if cluster else None
            )
            lineage = database.log if database else ELSEWHERE
            copied = _copy(deployment, folder, lineage, tell)
            files = keep_files(config.var, draft)
            check_files(draft, files)
            manifest = Manifest(
                name=name,
                started_at=started_at,
                finished_at=datetime.now(UTC),
                schema_revision=revision,
                database=database,
                files=files,
                photos=copied.held + copied.photos if copied else None,
                counts=rows,
            )
            write_manifest(draft, manifest)
        gone = folder.forget(config.backup_keep_count, timedelta(days=config.backup_keep_days))
        forget_log(folder, lineage)
    return Taken(manifest, copied or Copied(), gone)


def check(deployment: Deployment, name: str, progress: Callable[[int], None] = lambda done: None) -> Copied:
    """Read a backup to its last byte: base, log, keys and every photo; a damaged photo is copied from the store again.

    Raises:
        BackupRefused: the first thing that is not as it was written; it is remembered with the backup.
    """
    folder = folder_of(deployment)
    manifest = folder.manifest(name)
    try:
        photos = _check(deployment, folder, manifest, progress)
    except BackupRefused as refused:
        folder.note_checked(name, refused.code)
        raise
    folder.note_checked(name, None)
    return photos


def _check(
    deployment: Deployment, folder: BackupFolder, manifest: Manifest, progress: Callable[[int], None]
) -> Copied:
    if manifest.database:
        base = manifest.database
        check_database(folder, manifest)
        check_log(folder.wal / base.log, base.timeline, base.first_segment, None)
    check_files(folder.root / manifest.name, manifest.files)
    source = photos_of(deployment)
    if manifest.photos is None or source is None:
        return Copied()
    store, staging = backup_store(folder)
    found = sorted(store.digests())
    read = copy_photos(found, source[0], store, staging, trusting=False, progress=progress)
    if read.faults:
        raise BackupRefused("photo_damaged", sha256=read.faults[0].sha256)
    if len(found) < manifest.photos:
        raise BackupRefused("photos_missing", count=manifest.photos - len(found))
    return read


def check_database(folder: BackupFolder, manifest: Manifest) -> None:
    """Raises BackupRefused (base_damaged) when the base is not, byte for byte, what was taken."""
    if manifest.database:
        path = folder.root / manifest.name / manifest.database.file.path
        if not path.exists() or read_base(path).sha256 != manifest.database.file.sha256:
            raise BackupRefused("base_damaged", path=path)


def _take_database(
    cluster: PrivateCluster, folder: BackupFolder, draft: Path, name: str, stalled_s: float
) -> DatabasePart:
    log = _archiving(cluster, folder, name)
    need = 3 * sum(path.stat().st_size for path in cluster.data.rglob("*") if path.is_file()) // 10
    if free_bytes(folder.root) < need:
        raise BackupRefused("disk_full", folder=folder.root)
    take_base(cluster, draft / BASE, stalled_s=stalled_s)
    ends_at = datetime.now(UTC)
    base = read_base(draft / BASE)
    # The server ends a base only when the log it needs has left.
    check_log(folder.wal / log, base.timeline, base.first_segment, base.last_segment)
    return DatabasePart(
        file=FilePart(path=BASE, sha256=base.sha256, size_bytes=base.size_bytes),
        postgresql=MAJOR_VERSION,
        log=log,
        timeline=base.timeline,
        first_segment=base.first_segment,
        last_segment=base.last_segment,
        ends_at=ends_at,
    )


def _archiving(cluster: PrivateCluster, folder: BackupFolder, name: str) -> str:
    """The name of the log that the cluster writes into this folder; begun now when there is none."""
    current = cluster_wal.archive_folder(cluster.data)
    if current and current.parent == folder.wal and current.is_dir():
        return current.name
    with asking(cluster.owner_url("postgres")) as connection:
        if connection.execute(text("SHOW archive_mode")).scalar_one() != "on":
            raise BackupRefused("restart_first")
    if not reachable(folder.wal):
        raise BackupRefused("folder_unreachable", folder=folder.root)
    cluster.archive_into(folder.wal / name)
    return name


def _copy(deployment: Deployment, folder: BackupFolder, lineage: str, tell: Tell) -> Copied | None:
    copy_heads(heads_folder(deployment), folder.heads / lineage)
    source = photos_of(deployment)
    if source is None:
        return None
    with asking(deployment.owner_url) as connection:
        wanted = named_photos(connection)
    store, staging = backup_store(folder)
    tell(f"照片 / photos: {len(wanted)}")
    return copy_photos(wanted, source[0], store, staging)


def compared(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Which rows became fewer, as `reports 12 < 15`."""
    return [
        f"{key} {after.get(key, 0)} < {count}" for key, count in before.items() if after.get(key, 0) < count
    ]
