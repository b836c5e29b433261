"""The folder store: durable on return, whole or absent after a kill, never losing a photo to a sweep."""

import contextlib
import errno
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from server.evidence import folder_store
from server.evidence.faults import StorageBroken, StorageFull
from server.evidence.folder_store import FolderStore
from server.evidence.photos import verify
from server.evidence.staging import StagedPhoto, Staging
from server.evidence.sweeping import Swept

Stage = Callable[[bytes], StagedPhoto]
POINTS = ("photo.staged", "photo.synced", "photo.renamed", "photo.kept")


@pytest.fixture
def store(tmp_path: Path, staging: Staging) -> FolderStore:
    return FolderStore(tmp_path / "photos", staging)


def nobody(digests: Sequence[str]) -> set[str]:
    return set()


def make_old(store: FolderStore, sha256: str) -> Path:
    path = store.root / sha256[:2] / sha256[2:4] / sha256
    os.utime(path, (1000, 1000))
    return path


def test_a_kept_photo_is_read_only_and_the_staging_folder_empty(
    store: FolderStore, staging: Staging, stage: Stage
) -> None:
    photo = stage(b"photo")
    store.keep(photo)
    path = store.root / photo.sha256[:2] / photo.sha256[2:4] / photo.sha256
    assert path.stat().st_mode & 0o777 == 0o444
    assert list(staging.folder.iterdir()) == []


def test_file_then_folders_are_synced_before_keep_returns(
    store: FolderStore, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real_fsync, real_rename = os.fsync, os.rename

    def fsync(file: int) -> None:
        calls.append("fsync " + Path(os.readlink(f"/proc/self/fd/{file}")).name)
        real_fsync(file)

    def rename(source: Path, target: Path) -> None:
        calls.append("rename")
        real_rename(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename)
    photo = stage(b"photo")
    name = photo.path.name
    store.keep(photo)
    first, second = photo.sha256[:2], photo.sha256[2:4]
    assert calls == [f"fsync {name}", "fsync photos", f"fsync {first}", "rename", f"fsync {second}"]


def test_folders_that_exist_are_synced_once_by_every_process(
    store: FolderStore, staging: Staging, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder may have been made by a process killed before it could sync it."""
    photo = stage(b"photo")
    (store.root / photo.sha256[:2] / photo.sha256[2:4]).mkdir(parents=True)
    synced: list[Path] = []
    real = folder_store._sync_folder

    def sync(folder: Path) -> None:
        synced.append(folder)
        real(folder)

    monkeypatch.setattr(folder_store, "_sync_folder", sync)
    store.keep(photo)
    assert store.root in synced and store.root / photo.sha256[:2] in synced
    synced.clear()
    store.keep(stage(b"photo"))
    assert synced == [store.root / photo.sha256[:2] / photo.sha256[2:4]]


def test_keeping_again_restarts_the_age_and_heals_a_damaged_file(store: FolderStore, stage: Stage) -> None:
    photo = stage(b"photo")
    store.keep(photo)
    path = make_old(store, photo.sha256)
    path.chmod(0o644)
    path.write_bytes(b"phot0")
    os.utime(path, (1000, 1000))
    store.keep(stage(b"photo"))
    assert time.time() - path.stat().st_mtime < 60
    assert path.read_bytes() == b"photo"


def test_the_age_of_a_photo_begins_when_it_is_kept_however_slowly_it_came(
    store: FolderStore, stage: Stage
) -> None:
    photo = stage(b"photo")
    os.utime(photo.path, (1000, 1000))
    store.keep(photo)
    assert store.remove_orphans(nobody, 3600, time.time) == Swept()
    assert store.exists(photo.sha256)


def test_a_disk_that_fills_while_syncing_keeps_nothing_and_the_next_try_succeeds(
    store: FolderStore, staging: Staging, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, staging.open() as photo:
        photo.write(b"photo")
        patched.setattr(os, "fsync", full)
        with pytest.raises(StorageFull):
            store.keep(photo)
    assert list(store.digests()) == []
    assert list(staging.folder.iterdir()) == []
    store.keep(stage(b"photo"))
    assert len(list(store.digests())) == 1


def test_staging_on_another_file_system_is_refused(tmp_path: Path) -> None:
    if not os.access("/dev/shm", os.W_OK) or os.stat("/dev/shm").st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system at /dev/shm")
    other = Path(f"/dev/shm/frontage-test-{os.getpid()}")
    try:
        with pytest.raises(StorageBroken, match="one file system"):
            FolderStore(tmp_path / "photos", Staging(other, max_bytes=10))
    finally:
        other.rmdir()


def test_dropping_an_unread_photo_closes_its_file(store: FolderStore, stage: Stage) -> None:
    photo = stage(b"photo")
    store.keep(photo)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        store.open(photo.sha256)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_fresh_copy_kept_between_look_and_move_goes_back(
    store: FolderStore, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = stage(b"photo")
    store.keep(photo)
    make_old(store, photo.sha256)
    real = os.rename

    def keep_first(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "rename", real)
        store.keep(stage(b"photo"))
        real(source, target)

    monkeypatch.setattr(os, "rename", keep_first)
    swept = store.remove_orphans(nobody, 3600, time.time)
    assert (swept.restored, swept.removed) == (1, 0)
    assert b"".join(store.open(photo.sha256)) == b"photo"
    assert list(store.digests()) == [photo.sha256]


def test_a_fresh_copy_kept_after_the_move_stays(store: FolderStore, stage: Stage) -> None:
    photo = stage(b"photo")
    store.keep(photo)
    make_old(store, photo.sha256)
    asked: list[int] = []

    def keep_at_second_look(digests: Sequence[str]) -> set[str]:
        asked.append(1)
        if len(asked) == 2:
            store.keep(stage(b"photo"))
        return set()

    assert store.remove_orphans(keep_at_second_look, 3600, time.time).removed == 1
    assert b"".join(store.open(photo.sha256)) == b"photo"


@pytest.mark.parametrize("needed", [True, False], ids=["needed", "orphan"])
def test_what_a_killed_sweep_left_in_the_trash_is_readable_and_judged_by_the_next(
    store: FolderStore, stage: Stage, needed: bool
) -> None:
    photo = stage(b"photo")
    store.keep(photo)
    path = make_old(store, photo.sha256)
    path.rename(store.root / "trash" / photo.sha256)
    assert b"".join(store.open(photo.sha256)) == b"photo"
    assert list(store.digests()) == [photo.sha256]
    store.remove_orphans(lambda digests: set(digests) if needed else set(), 3600, time.time)
    assert path.exists() is needed
    assert store.exists(photo.sha256) is needed


class Senders:
    """Threads that keep the same few photos over and over; a photo whose report is gone looks old at once."""

    def __init__(self, store: FolderStore, staging: Staging) -> None:
        self.store, self.staging = store, staging
        self.reports: Counter[str] = Counter()
        self.wanted: Counter[str] = Counter()
        self.guard = threading.Lock()
        self.lost: list[str] = []

    def known(self, digests: Sequence[str]) -> set[str]:
        with self.guard:
            return {digest for digest in digests if self.reports[digest] > 0}

    def send(self, start: int) -> None:
        for turn in range(80):
            with self.staging.open() as photo:
                photo.write(b"photo %d" % ((start + turn) % 8))
                with self.guard:
                    self.wanted[photo.sha256] += 1
                self.store.keep(photo)
                with self.guard:
                    self.reports[photo.sha256] += 1
            if not self.store.exists(photo.sha256):
                self.lost.append(photo.sha256)
            self.withdraw(photo.sha256)

    def withdraw(self, sha256: str) -> None:
        with self.guard:
            self.reports[sha256] -= 1
            self.wanted[sha256] -= 1
            # Time passes only for a photo that no other sender is keeping just now.
            if self.wanted[sha256] == 0:
                with contextlib.suppress(FileNotFoundError):
                    make_old(self.store, sha256)


def test_no_photo_is_lost_while_threads_keep_and_a_sweep_runs(store: FolderStore, staging: Staging) -> None:
    senders = Senders(store, staging)
    threads = [threading.Thread(target=senders.send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    swept = Swept()
    while any(thread.is_alive() for thread in threads):
        swept += store.remove_orphans(senders.known, 3600, time.time)
    for thread in threads:
        thread.join()
    assert senders.lost == []
    assert swept.removed > 0


CHILD = """
    import hashlib, os, signal, sys
    from pathlib import Path
    from server.evidence.photos import FolderStore
    from server.evidence.staging import Staging

    folder, point = Path(sys.argv[1]), sys.argv[2]
    staging = Staging(folder / "staging", max_bytes=10_000_000)

    def reach(name):
        if name == point and turn == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    store = FolderStore(folder / "photos", staging, reach=reach)
    for turn in range(6):
        with staging.open() as photo:
            photo.write(b"photo %d " % turn * 50_000)
            store.keep(photo)
            sys.stdout.write(photo.sha256 + chr(10))
            sys.stdout.flush()
"""


@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_while_keeping_leaves_every_acknowledged_photo_whole(
    tmp_path: Path, staging: Staging, point: str
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path), point]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    acknowledged = killed.stdout.split()
    assert len(acknowledged) == 3
    store = FolderStore(tmp_path / "photos", staging)
    assert list(verify(store, acknowledged)) == []
    # Whatever else lies at an address is whole as well: only the acknowledgement was lost.
    held = set(store.digests())
    assert list(verify(store, held)) == []
    interrupted = hashlib.sha256(b"photo 3 " * 50_000).hexdigest()
    assert (interrupted in held) is (point in ("photo.renamed", "photo.kept"))
    leftover = staging.sweep(older_than_s=-60, now=time.time)
    assert leftover == (1 if point in ("photo.staged", "photo.synced") else 0)
