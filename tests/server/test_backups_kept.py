"""Which backups and which parts of the log stay: the newest always, others by age, nothing that one of them needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.backup.copying import copy_heads
from server.backup.log import forget_log
from server.backup_folder import (
    BackupFolder,
    BackupRefused,
    DatabasePart,
    FilePart,
    Manifest,
    new_name,
    write_manifest,
)
from server.cluster_wal import segment_name
from server.evidence.heads import LINES

NOW = datetime.now(UTC)


def put(folder: BackupFolder, days_old: int, log: str, first_segment: int) -> str:
    at = NOW - timedelta(days=days_old)
    name = new_name(at)
    (folder.root / name).mkdir()
    base = DatabasePart(
        file=FilePart(path="database.tar.gz", sha256="0" * 64, size_bytes=1),
        postgresql=15,
        log=log,
        timeline=1,
        first_segment=first_segment,
        last_segment=first_segment,
        ends_at=at,
    )
    manifest = Manifest(
        name=name,
        started_at=at,
        finished_at=at,
        schema_revision="0038",
        database=base,
        files=[],
        photos=0,
        counts={},
    )
    write_manifest(folder.root / name, manifest)
    return name


@pytest.fixture
def folder(tmp_path: Path) -> BackupFolder:
    made = BackupFolder(tmp_path)
    with made.open():
        for log, numbers in {"old": range(1, 4), "new": range(300, 306)}.items():
            (made.wal / log).mkdir()
            for number in numbers:
                (made.wal / log / f"{segment_name(1, number)}.gz").touch()
    return made


def test_old_backups_go_with_the_log_only_they_needed_and_the_newest_stay(folder: BackupFolder) -> None:
    oldest = put(folder, 90, "old", 1)
    kept = [put(folder, 80, "new", 303), put(folder, 70, "new", 304)]
    assert folder.forget(keep_count=2, keep_for=timedelta(days=30)) == [oldest]
    assert folder.names() == kept
    assert forget_log(folder, "new") == 6
    assert sorted(path.name for path in folder.wal.glob("*/*")) == [
        f"{segment_name(1, number)}.gz" for number in (303, 304, 305)
    ]
    assert folder.forget(keep_count=1, keep_for=timedelta(days=100)) == [], "not yet old"


def test_nothing_of_the_log_goes_while_a_manifest_cannot_be_read(folder: BackupFolder) -> None:
    put(folder, 90, "old", 1)
    newest = put(folder, 1, "new", 305)
    (folder.root / newest / "manifest.json").write_bytes(b"{}")
    assert forget_log(folder, "new") == 0
    assert len(list(folder.wal.glob("*/*"))) == 9


def test_heads_that_were_changed_are_not_copied_over_those_kept(tmp_path: Path) -> None:
    source, target = tmp_path / "heads", tmp_path / "kept"
    source.mkdir()
    (source / LINES).write_bytes(b"1\n2\n3")
    (source / "000001.txt").write_bytes(b"a")
    assert copy_heads(source, target) == 1
    assert (target / LINES).read_bytes() == b"1\n2\n", "not the line that is being written"
    (source / LINES).write_bytes(b"1\nX\n3\n")
    with pytest.raises(BackupRefused, match="heads_changed"):
        copy_heads(source, target)
    assert (target / LINES).read_bytes() == b"1\n2\n"
