"""Between two backups: photos and heads of chains go to the backup folder while they come in, as the log does.

Without them the database could be brought back to its last minute, and would speak of photos that nobody has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from server import cluster_wal
from server.backup.copying import backup_store, copy_heads, copy_photos
from server.backup.taking import ELSEWHERE, folder_of, heads_folder, photos_of
from server.backup_folder import BackupFolder, BackupRefused
from server.deployment import Deployment
from server.evidence.faults import EvidenceFault
from server.jobs import connect

# A row is committed so long after the moment it names at the most: no request takes longer.
_LATE_COMMIT = timedelta(minutes=10)
_ROWS = 2000
log = structlog.get_logger()


@dataclass(frozen=True)
class Follower:
    """Copies what is new since the last time; does nothing before the first backup."""

    deployment: Deployment

    def run(self) -> int:
        """How many photos were copied. What is in the way is logged, and tried again by the next call."""
        folder = folder_of(self.deployment)
        lineage = self._lineage(folder)
        if lineage is None:
            return 0
        try:
            return self._copy(folder, lineage)
        except (BackupRefused, EvidenceFault) as error:
            log.warning("evidence_not_copied", why=str(error))
            return 0

    def _copy(self, folder: BackupFolder, lineage: str) -> int:
        copy_heads(heads_folder(self.deployment), folder.heads / lineage)
        source = photos_of(self.deployment)
        if source is None:
            return 0
        store, staging = backup_store(folder)
        mark, copied = folder.followed(), 0
        # The backup that began all this has copied what was there; a day is more than it can have taken.
        until = mark.until if mark else datetime.now(UTC) - timedelta(days=1)
        for batch, seen in self._arrived(until):
            copied += copy_photos(batch, source[0], store, staging).photos
            until = max(until, seen)
        folder.note_followed(until)
        return copied

    def _lineage(self, folder: BackupFolder) -> str | None:
        cluster = self.deployment.cluster
        if cluster is None:
            return ELSEWHERE if folder.names() else None
        log = cluster_wal.archive_folder(cluster.data)
        return log.name if log and log.parent == folder.wal else None

    def _arrived(self, mark: datetime) -> Iterator[tuple[list[str], datetime]]:
        """Photos since a moment, in batches, each with the moment up to which all have been told."""
        with connect(self.deployment.worker_url) as connection:
            since = mark - _LATE_COMMIT
            while True:
                rows = connection.execute(
                    "SELECT * FROM photos_arrived_v1(%s, %s)", (since, _ROWS)
                ).fetchall()
                if rows:
                    yield [row[0] for row in rows], rows[-1][1]
                # As many in one moment as a batch holds would be told for ever.
                if len(rows) < _ROWS or rows[-1][1] == since:
                    return
                since = rows[-1][1]
