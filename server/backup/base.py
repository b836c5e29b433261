"""The base of a backup: the cluster's files as one packed file, read again before it counts."""

from __future__ import annotations

import hashlib
import os
import re
import select
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from server.backup_folder import BackupRefused, disk_faults
from server.cluster import PrivateCluster
from server.cluster_place import PROGRAMS, run_as_owner, start_as_owner
from server.cluster_wal import segment_at

PIECE_BYTES = 1024 * 1024
_MANIFEST = "backup_manifest"
_LAST_LINE = re.compile(rb'^"Manifest-Checksum": "([0-9a-f]{64})"\}\n?$', re.MULTILINE)


@dataclass(frozen=True)
class Base:
    """What a base was found to be when it was read again: digest and size of its file, and the log it needs."""

    sha256: str
    size_bytes: int
    timeline: int
    first_segment: int
    last_segment: int


def take_base(cluster: PrivateCluster, path: Path, *, stalled_s: float) -> None:
    """Write the base of a running cluster to a new file, durable when this returns.

    Args:
        stalled_s: no byte for so long means that the log does not leave, and the base cannot be finished.
    Raises:
        BackupRefused: backup_stalled, base_failed, disk_full, disk_fails.
    """
    command: list[str | Path] = [PROGRAMS / "pg_basebackup", f"--dbname={cluster.owner_url('postgres')}"]
    command += ["--pgdata=-", "--format=tar", "--compress=client-gzip:1", "--wal-method=none"]
    command += ["--checkpoint=fast", "--manifest-checksums=SHA256", "--label=frontage", "--no-password"]
    with tempfile.TemporaryFile() as told:
        program = start_as_owner(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told)
        try:
            if program.stdout is None:
                raise RuntimeError("a pipe was asked for")
            with disk_faults(path.parent), open(path, "xb", buffering=0) as file:
                _pour(program.stdout, file, stalled_s)
                os.fsync(file.fileno())
            program.wait()
        finally:
            program.kill()
            program.wait()
            if program.stdout:
                program.stdout.close()
        if program.returncode != 0:
            told.seek(0)
            raise BackupRefused("base_failed", told=told.read().decode("utf-8", "replace").strip()[-500:])


def _pour(source: IO[bytes], file: IO[bytes], stalled_s: float) -> None:
    while True:
        if not select.select([source], [], [], stalled_s)[0]:
            raise BackupRefused("backup_stalled", seconds=int(stalled_s))
        piece = os.read(source.fileno(), PIECE_BYTES)
        if not piece:
            return
        view = memoryview(piece)
        while view:
            view = view[file.write(view) :]


def read_base(path: Path) -> Base:
    """Read a base from the disk to its last byte and compare every file in it with PostgreSQL's own list.

    Raises:
        BackupRefused: base_damaged, disk_fails.
    """
    try:
        with disk_faults(path.parent), open(path, "rb") as file:
            # From the disk and not from memory, as far as the system lets us ask for that.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            hashed = _Hashed(file)
            found, listed = _members(hashed)
            while hashed.read(PIECE_BYTES):
                pass
            size_bytes = file.tell()
        (log,) = listed["WAL-Ranges"]
        wanted = {
            one["Path"] if "Path" in one else bytes.fromhex(one["Encoded-Path"]).decode(): one["Checksum"]
            for one in listed["Files"]
        }
    except (tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError) as error:
        raise BackupRefused("base_damaged", path=path) from error
    if found != wanted:
        raise BackupRefused("base_damaged", path=path)
    return Base(
        hashed.hexdigest(),
        size_bytes,
        log["Timeline"],
        segment_at(log["Start-LSN"]),
        segment_at(log["End-LSN"]),
    )


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._hash.update(piece)
        return piece

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _members(hashed: _Hashed) -> tuple[dict[str, str], Mapping[str, Any]]:
    """Digest of each file in the archive but the list itself, and that list."""
    found: dict[str, str] = {}
    listed = b""
    with tarfile.open(fileobj=hashed, mode="r|gz") as archive:  # type: ignore[call-overload]
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            if member.name == _MANIFEST:
                listed = content.read()
                continue
            digest = hashlib.sha256()
            while piece := content.read(PIECE_BYTES):
                digest.update(piece)
            found[member.name] = digest.hexdigest()
    last = _LAST_LINE.search(listed)
    if last is None or hashlib.sha256(listed[: last.start()]).hexdigest() != last[1].decode():
        raise ValueError("the list of files is not whole")
    told: Mapping[str, Any] = orjson.loads(listed)
    return found, told


def unpack_base(path: Path, folder: Path) -> None:
    """Unpack a base into a new folder of the cluster's user and check it by PostgreSQL's own program.

    Raises:
        BackupRefused: base_failed, disk_full.
    """
    made = run_as_owner(["/usr/bin/mkdir", "-m", "700", folder])
    if made.returncode != 0:
        raise BackupRefused("base_failed", told=made.stderr.strip())
    with open(path, "rb") as file, tempfile.TemporaryFile() as told:
        tar: list[str | Path] = ["/usr/bin/tar", "-xzf", "-", "-C", folder]
        program = start_as_owner(tar, stdin=file, stdout=subprocess.DEVNULL, stderr=told)
        if program.wait() != 0:
            told.seek(0)
            words = told.read().decode("utf-8", "replace").strip()
            code = "disk_full" if "No space left" in words else "base_failed"
            raise BackupRefused(code, folder=folder, told=words[-500:])
    # The log is brought from elsewhere.
    checked = run_as_owner([PROGRAMS / "pg_verifybackup", "--no-parse-wal", "--quiet", folder])
    if checked.returncode != 0:
        raise BackupRefused("base_failed", told=(checked.stderr or checked.stdout).strip()[-500:])
