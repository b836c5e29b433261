"""A folder of photos: `ab/cd/<sha256>`, read-only files, each put there by one rename.

keep: fsync the file, make it 0444, rename it over its address, fsync the folder and every folder above that
this process has not yet synced. A process killed anywhere leaves either nothing or a whole photo. Sweeping
moves to `trash/` first and looks again before it deletes, so a photo that is sent again meanwhile is never
lost.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from server.evidence.faults import PhotoNotHeld, StorageBroken, storage_faults
from server.evidence.reach import ignore
from server.evidence.staging import StagedPhoto, Staging
from server.evidence.sweeping import DIGEST, Swept, batches, require_digest

PIECE_BYTES = 256 * 1024
TRASH = "trash"


class FolderStore:
    """PhotoStore on a local file system; `root` must be on the same file system as the staging folder."""

    def __init__(self, root: Path, staging: Staging, *, reach: Callable[[str], None] = ignore) -> None:
        self.root = root
        self._trash = root / TRASH
        self._reach = reach
        self._synced_folders: set[Path] = set()
        with storage_faults("open the photo folder"):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._trash.mkdir(mode=0o700, exist_ok=True)
            if root.stat().st_dev != staging.folder.stat().st_dev:
                raise StorageBroken(f"{root} and {staging.folder} must be on one file system to rename")
            _sync_folder(root.parent)
            _sync_folder(root)

    def keep(self, staged: StagedPhoto) -> None:
        """See PhotoStore.

        An equal file is renamed over too: so its age starts again, and a damaged one heals.
        """
        self._reach("photo.staged")
        address = self._address(staged.sha256)
        with storage_faults("keep a photo"):
            file = staged.fileno()
            os.utime(file)
            os.fchmod(file, 0o444)
            os.fsync(file)
            self._reach("photo.synced")
            self._make_folders(address.parent)
            os.rename(staged.path, address)
            staged.mark_kept()
            self._reach("photo.renamed")
            _sync_folder(address.parent)
        self._reach("photo.kept")

    def open(self, sha256: str) -> Iterator[bytes]:
        """See PhotoStore."""
        pieces = _pieces(self._open(require_digest(sha256)))
        next(pieces)  # started, so that dropping it unread closes the file too
        return pieces

    def size(self, sha256: str) -> int:
        """See PhotoStore."""
        with storage_faults("look at a photo"):
            file = self._open(require_digest(sha256))
            try:
                return os.fstat(file).st_size
            finally:
                os.close(file)

    def exists(self, sha256: str) -> bool:
        """See PhotoStore."""
        try:
            self.size(sha256)
        except PhotoNotHeld:
            return False
        return True

    def digests(self) -> Iterator[str]:
        """See PhotoStore."""
        with storage_faults("list the photos"):
            trashed = {path.name for path in self._trash.iterdir()}
            yield from trashed
            for path in self._addresses():
                if path.name not in trashed:
                    yield path.name

    def remove_orphans(
        self, known: Callable[[Sequence[str]], set[str]], min_age_s: float, now: Callable[[], float]
    ) -> Swept:
        """See PhotoStore. What a killed sweep left in the trash is judged first.

        Why nothing is lost: a row is committed within min_age_s of its `keep`, and `keep` renames a file
        with a new age over the address. If that rename came before ours, the file in the trash is young and
        goes back; if it came after ours, the address holds the new file and the trash only an old copy.
        """
        swept = Swept()
        with storage_faults("sweep the photos"):
            limit_s = now() - min_age_s
            for left in batches(self._trash.iterdir()):
                swept += self._judge(left, known, limit_s)
            for batch in batches(self._old_addresses(limit_s)):
                held = known([path.name for path in batch])
                moved = [self._to_trash(path) for path in batch if path.name not in held]
                swept += self._judge(moved, known, limit_s)
        return swept

    def _address(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def _make_folders(self, folder: Path) -> None:
        # A folder that exists may have been made by a process killed before its fsync, so existence is no
        # proof of durability: each process syncs each folder's parent once.
        if folder in self._synced_folders:
            return
        if folder.parent != self.root:
            self._make_folders(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)
        self._synced_folders.add(folder)

    def _open(self, sha256: str) -> int:
        # Twice address, then trash: a sweep may move a photo out and back in between two looks.
        for path in (self._address(sha256), self._trash / sha256) * 2:
            try:
                return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StorageBroken(f"open a photo: {error.strerror}") from error
        raise PhotoNotHeld(sha256)

    def _addresses(self) -> Iterator[Path]:
        for first in self.root.iterdir():
            if len(first.name) == 2 and first.is_dir():
                for second in first.iterdir():
                    yield from (path for path in second.iterdir() if DIGEST.fullmatch(path.name))

    def _old_addresses(self, limit_s: float) -> Iterator[Path]:
        return (path for path in self._addresses() if path.stat().st_mtime < limit_s)

    def _to_trash(self, address: Path) -> Path:
        trashed = self._trash / address.name
        os.rename(address, trashed)
        return trashed

    def _judge(
        self, trashed: list[Path], known: Callable[[Sequence[str]], set[str]], limit_s: float
    ) -> Swept:
        removed = restored = 0
        held = known([path.name for path in trashed]) if trashed else set()
        for path in trashed:
            if path.name in held or path.stat().st_mtime >= limit_s:
                self._restore(path)
                restored += 1
            else:
                path.unlink()
                removed += 1
        return Swept(removed, restored)

    def _restore(self, trashed: Path) -> None:
        address = self._address(trashed.name)
        self._make_folders(address.parent)
        try:
            # link, not rename: a younger file that `keep` has put there meanwhile keeps its age.
            os.link(trashed, address)
        except FileExistsError:
            pass
        _sync_folder(address.parent)
        trashed.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _pieces(file: int) -> Iterator[bytes]:
    with os.fdopen(file, "rb", buffering=0) as stream, storage_faults("read a photo"):
        yield b""
        while piece := stream.read(PIECE_BYTES):
            yield piece
