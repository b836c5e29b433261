"""The log of the database in a backup folder: is it without a gap, and what of it nobody needs any more."""

from __future__ import annotations

import gzip
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from server.backup.base import PIECE_BYTES
from server.backup_folder import BackupFolder, BackupRefused
from server.cluster_wal import SEGMENT_BYTES, SUFFIX, segment_name, segment_number

_SEGMENT = re.compile(rf"[0-9A-F]{{24}}{re.escape(SUFFIX)}")


def newest_segment(folder: Path, timeline: int) -> Path | None:
    """The last segment of a timeline."""
    return max((path for path in _segments(folder) if int(path.name[:8], 16) == timeline), default=None)


def check_log(
    folder: Path,
    timeline: int,
    first: int,
    last: int | None,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Read every segment from `first` to `last`, or to the newest; how many there are.

    Raises:
        BackupRefused: one is missing or damaged (log_broken); named with the moment until which the log is whole.
    """
    newest = newest_segment(folder, timeline)
    end = last if last is not None else segment_number(newest.name) if newest else first
    whole_until: datetime | None = None
    for number in range(first, end + 1):
        path = folder / (segment_name(timeline, number) + SUFFIX)
        if not _is_whole(path):
            until = whole_until.isoformat(timespec="seconds") if whole_until else None
            raise BackupRefused("log_broken", path=path, until=until)
        whole_until = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        progress(number - first + 1)
    return end - first + 1


def _is_whole(path: Path) -> bool:
    size = 0
    try:
        with gzip.open(path) as packed:
            while piece := packed.read(PIECE_BYTES):
                size += len(piece)
    except (OSError, EOFError, zlib.error):
        return False
    return size == SEGMENT_BYTES


def forget_log(folder: BackupFolder, current: str | None) -> int:
    """Remove segments that no backup needs; `current` names the log that is still growing. How many went."""
    needed: dict[str, tuple[int, int]] = {}
    kept = folder.manifests()
    if len(kept) < len(folder.names()):
        # What one of them needs cannot be read: everything stays until somebody has looked.
        return 0
    for one in kept:
        if one.database:
            start = (one.database.timeline, one.database.first_segment)
            needed[one.database.log] = min(start, needed.get(one.database.log, start))
    removed = 0
    for log in [path for path in folder.wal.iterdir() if path.is_dir()]:
        if log.name in needed:
            timeline, first = needed[log.name]
            oldest = segment_name(timeline, first)
            for path in [path for path in _segments(log) if path.name < oldest]:
                path.unlink()
                removed += 1
        elif log.name != current and folder.names():
            removed += sum(1 for _ in _segments(log))
            shutil.rmtree(log)
            shutil.rmtree(folder.heads / log.name, ignore_errors=True)
    return removed


def _segments(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if _SEGMENT.fullmatch(path.name))
