"""Photos, heads of chains and keys on their way into a backup and back: only what is missing, over nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from server.backup_folder import FILES, BackupFolder, BackupRefused, FilePart, disk_faults, write_file
from server.evidence.faults import PhotoNotHeld
from server.evidence.folder_store import FolderStore
from server.evidence.heads import LINES
from server.evidence.photos import PhotoFault, PhotoStore
from server.evidence.staging import Staging

# What is already a photo elsewhere is not refused for its size here.
_ANY_SIZE = 2**63 - 1
ACCOUNTS = "demo-accounts.json"


@dataclass
class Copied:
    """What became of photos that were wanted: copied now, held before, or not to be had."""

    photos: int = 0
    size_bytes: int = 0
    held: int = 0
    faults: list[PhotoFault] = field(default_factory=list)


def backup_store(folder: BackupFolder) -> tuple[FolderStore, Staging]:
    """The photos of a backup folder, as a store."""
    staging = Staging(folder.photos / ".staging", _ANY_SIZE)
    return FolderStore(folder.photos, staging), staging


def copy_photos(
    wanted: Iterable[str],
    source: PhotoStore,
    target: PhotoStore,
    staging: Staging,
    *,
    trusting: bool = True,
    progress: Callable[[int], None] = lambda done: None,
) -> Copied:
    """Make sure that `target` has every photo wanted, whole and durable.

    Args:
        staging: on the file system of `target`.
        trusting: what is there already is taken for whole; else it is read, and replaced when it is not.
    Raises:
        BackupRefused: disk_full, disk_fails. A photo that the source has not is a fault and stops nothing.
    """
    copied = Copied()
    for done, sha256 in enumerate(wanted, start=1):
        if target.exists(sha256) and (trusting or _is_whole(target, sha256)):
            copied.held += 1
        else:
            _copy(sha256, source, target, staging, copied)
        progress(done)
    return copied


def _copy(sha256: str, source: PhotoStore, target: PhotoStore, staging: Staging, copied: Copied) -> None:
    with disk_faults(staging.folder), staging.open() as staged:
        try:
            for piece in source.open(sha256):
                staged.write(piece)
        except PhotoNotHeld:
            copied.faults.append(PhotoFault(sha256, "missing"))
            return
        if staged.sha256 != sha256:
            copied.faults.append(PhotoFault(sha256, "altered"))
            return
        target.keep(staged)
        copied.photos += 1
        copied.size_bytes += staged.size_bytes


def _is_whole(store: PhotoStore, sha256: str) -> bool:
    digest = hashlib.sha256()
    for piece in store.open(sha256):
        digest.update(piece)
    return digest.hexdigest() == sha256


def copy_heads(source: Path, target: Path) -> int:
    """Copy what was written off since the last time; how many lists were new.

    Raises:
        BackupRefused: what was copied before is not how the source begins (heads_changed): nothing is overwritten.
    """
    if not (source / LINES).exists():
        return 0
    written = (source / LINES).read_bytes()
    # The end of a line that is being written.
    written = written[: written.rfind(b"\n") + 1]
    with disk_faults(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = (target / LINES).read_bytes() if (target / LINES).exists() else b""
        if not written.startswith(kept):
            raise BackupRefused("heads_changed", source=source, target=target)
        new = 0
        for path in sorted(source.glob("[0-9]*.txt")):
            if not (target / path.name).exists():
                write_file(target / path.name, path.read_bytes())
                new += 1
        if written != kept:
            write_file(target / LINES, written)
    return new


def keep_files(var: Path, draft: Path) -> list[FilePart]:
    """Copy keys, and the demo's accounts, into a backup; each readable by its owner only."""
    kept = []
    for path, name in _files(var):
        content = path.read_bytes()
        place = draft / FILES / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_file(place, content)
        kept.append(FilePart(path=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content)))
    return kept


def _files(var: Path) -> Iterator[tuple[Path, str]]:
    secrets = var / "secrets"
    for path in sorted(secrets.rglob("*")) if secrets.exists() else []:
        # A key that is being made has such a name.
        if path.is_file() and not path.name.startswith("."):
            yield path, str(path.relative_to(var))
    if (var / ACCOUNTS).exists():
        yield var / ACCOUNTS, ACCOUNTS


def check_files(folder: Path, files: Iterable[FilePart]) -> None:
    """Raises BackupRefused (file_damaged) when one of them is not what the manifest says."""
    for one in files:
        path = folder / FILES / one.path
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            found = ""
        if found != one.sha256:
            raise BackupRefused("file_damaged", path=path)


def bring_files(folder: Path, files: Iterable[FilePart], var: Path) -> None:
    """Put the files of a backup below a data folder, mode 0600."""
    for one in files:
        place = var / one.path
        with disk_faults(var):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(place, (folder / FILES / one.path).read_bytes())


def bring_heads(source: Path, target: Path, lines: int) -> int:
    """Put the first `lines` lines and their lists into a folder; how many further ones were left where they are."""
    if not (source / LINES).exists():
        return 0
    written = (source / LINES).read_bytes().splitlines(keepends=True)
    with disk_faults(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(source.glob("[0-9]*.txt")):
            if int(path.stem) <= lines:
                write_file(target / path.name, path.read_bytes())
                os.chmod(target / path.name, 0o444)
        write_file(target / LINES, b"".join(written[:lines]))
    return max(0, len(written) - lines)


def free_bytes(folder: Path) -> int:
    """What may still be written below a folder that need not exist yet."""
    return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
