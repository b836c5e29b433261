"""The folder of backups: what lies in it, what each says of itself, which are kept.

    20261130T013500Z/         one backup: manifest.json, database.tar.gz, files/ (keys)
    wal/20261130T013500Z/     the log of the database since that backup was the first of its kind
    heads/20261130T013500Z/   heads of chains, copied as they are written
    photos/ab/cd/<sha256>     every photo once, whichever backups need it

A backup is made beside these under another name and renamed when it has been read again: what has a name is whole.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from server.cluster_place import is_root, sync_folder
from server.evidence.canonical import canonical, digest
from server.evidence.faults import NO_SPACE, StorageFull
from server.messages import say

MANIFEST, BASE, FILES = "manifest.json", "database.tar.gz", "files"
CHECKED, FOLLOWED = "checked.json", "followed.json"
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_DRAFT = ".unfinished-"


class BackupRefused(Exception):
    """Nothing was changed but what lies aside; `code` is stable, the text is for people (zh / en)."""

    def __init__(self, code: str, **params: Any) -> None:
        words = say(f"backup.{code}", params)
        super().__init__(f"{words['text']} / {words['text_en']} ({code})")
        self.code = code


@contextmanager
def disk_faults(folder: object) -> Iterator[None]:
    """Turn a full or failing disk into a refusal that names the folder."""
    try:
        yield
    except StorageFull as error:
        raise BackupRefused("disk_full", folder=folder) from error
    except OSError as error:
        if error.errno in NO_SPACE:
            raise BackupRefused("disk_full", folder=folder) from error
        raise BackupRefused("disk_fails", folder=folder, told=error.strerror or str(error)) from error


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FilePart(_Part):
    """One file of a backup, by its path below the backup's folder."""

    path: str
    sha256: str
    size_bytes: int


class DatabasePart(_Part):
    """The base: consistent from `ends_at` on, by the log from `first_segment` on.

    Attributes:
        log: name of the folder of the log, below wal/.
        first_segment, last_segment: numbers of the segments that the base itself needs.
    """

    file: FilePart
    postgresql: int
    log: str
    timeline: int
    first_segment: int
    last_segment: int
    ends_at: datetime


class Manifest(_Part):
    """What a backup is.

    Attributes:
        schema_revision: the step of migrations its database had reached.
        database: None when the database is somebody else's to keep.
        photos: how many photos the database named; None when the store keeps them elsewhere.
        counts: rows that can only become more: cases, entries, reports, photos.
    """

    format: Literal[1] = 1
    name: str
    started_at: datetime
    finished_at: datetime
    schema_revision: str
    database: DatabasePart | None
    files: list[FilePart]
    photos: int | None
    counts: dict[str, int]


class Checked(_Part):
    """When a backup was last read again to its last byte, and the code of what was wrong."""

    at: datetime
    fault: str | None


class Followed(_Part):
    """Up to which moment photos were copied between two backups, and when that was last done."""

    until: datetime
    at: datetime


@dataclass(frozen=True)
class BackupFolder:
    """The folder; nothing is made in it before `open`."""

    root: Path

    @property
    def wal(self) -> Path:
        return self.root / "wal"

    @property
    def heads(self) -> Path:
        return self.root / "heads"

    @property
    def photos(self) -> Path:
        return self.root / "photos"

    @contextmanager
    def open(self) -> Iterator[None]:
        """Make the folder where there is none and have it alone; what a killed run left is removed.

        Raises:
            BackupRefused: another command has it (backup_running), disk_full, disk_fails.
        """
        with disk_faults(self.root):
            # The cluster's own user passes through to its log and can list nothing.
            mode = 0o711 if is_root() else 0o700
            for folder in (self.root, self.wal, self.heads):
                folder.mkdir(mode=mode, parents=folder is self.root, exist_ok=True)
            lock = open(self.root / ".lock", "ab")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupRefused("backup_running", folder=self.root) from None
            for left in self.root.glob(f"{_DRAFT}*"):
                shutil.rmtree(left)
            yield

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """A folder for a new backup; renamed to its name when the block ends, removed when it raises."""
        draft = self.root / f"{_DRAFT}{name}"
        draft.mkdir(mode=0o700)
        try:
            yield draft
            sync_folder(draft)
            draft.rename(self.root / name)
            sync_folder(self.root)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise

    def names(self) -> list[str]:
        """Names of finished backups, oldest first."""
        if not self.root.is_dir():
            return []
        return sorted(path.name for path in self.root.iterdir() if _NAME.fullmatch(path.name))

    def manifest(self, name: str) -> Manifest:
        """What a backup says of itself.

        Raises:
            BackupRefused: there is none (backup_unknown), it cannot be read (manifest_damaged), or a newer program
                wrote it (format_unknown).
        """
        path = self.root / name / MANIFEST
        if name not in self.names() or not path.exists():
            raise BackupRefused("backup_unknown", name=name, folder=self.root)
        try:
            said = orjson.loads(path.read_bytes())
            if said.pop("digest") != digest(said):
                raise ValueError
            if said["format"] != 1:
                raise BackupRefused("format_unknown", name=name)
            return Manifest.model_validate(said)
        except (ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
            raise BackupRefused("manifest_damaged", name=name) from error

    def manifests(self) -> list[Manifest]:
        """All that can be read, oldest first."""
        found = []
        for name in self.names():
            try:
                found.append(self.manifest(name))
            except BackupRefused:
                continue
        return found

    def checked(self, name: str) -> Checked | None:
        """When a backup was last read again; None before the first time."""
        try:
            return Checked.model_validate_json((self.root / name / CHECKED).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def note_checked(self, name: str, fault: str | None) -> None:
        """Remember that a backup was read again now."""
        said = Checked(at=datetime.now(UTC), fault=fault)
        write_file(self.root / name / CHECKED, said.model_dump_json().encode())

    def followed(self) -> Followed | None:
        """How far copying between backups has come; None before the first time."""
        try:
            return Followed.model_validate_json((self.photos / FOLLOWED).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def note_followed(self, until: datetime) -> None:
        """Remember that all photos up to a moment are here."""
        said = Followed(until=until, at=datetime.now(UTC))
        with disk_faults(self.root):
            write_file(self.photos / FOLLOWED, said.model_dump_json().encode())

    def forget(self, keep_count: int, keep_for: timedelta) -> list[str]:
        """Remove what is older than `keep_for`, never one of the newest `keep_count`; the names removed.

        The log goes with the last backup that needs it.
        """
        kept, now = self.manifests(), datetime.now(UTC)
        gone = [one.name for one in kept[:-keep_count] if one.finished_at < now - keep_for]
        for name in gone:
            # A name is taken away first: half a backup never looks like one.
            draft = self.root / f"{_DRAFT}{name}"
            (self.root / name).rename(draft)
            shutil.rmtree(draft)
        return gone


def new_name(at: datetime) -> str:
    """The name of a backup begun then."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def write_manifest(draft: Path, manifest: Manifest) -> None:
    """Write it with its own digest."""
    said = manifest.model_dump(mode="json")
    write_file(draft / MANIFEST, canonical({**said, "digest": digest(said)}))


def write_file(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 in one step, durable when this returns."""
    fresh = path.with_name(f".{path.name}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    sync_folder(path.parent)
