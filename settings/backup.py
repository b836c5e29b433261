"""Where backups go, how often the log of the database leaves, and how long they are kept."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, field_validator


class Backup(BaseModel):
    """Where backups go, how often the log of the database leaves, and how long they are kept."""

    # Backup
    backup_folder: Path | None = Field(
        None,
        description="Where backups go; unset: var/backups. Better another disk: this one may be what fails.",
    )
    wal_archive_timeout_s: int = Field(
        60,
        ge=5,
        le=86_400,
        description="What was committed is in the backup folder after so long, once there is a backup: the most that a "
        "lost disk can take. A minute's segment packs to about 0.1 MB, some 100 MB a quiet day.",
    )
    backup_keep_count: int = Field(7, ge=1, le=1000, description="So many of the newest backups always stay.")
    backup_keep_days: int = Field(
        30, ge=1, le=3660, description="Older ones go, and with them the log that only they needed."
    )
    backup_stalled_s: float = Field(
        120.0, gt=0, description="A backup that gets nothing for so long is given up: the log does not leave."
    )
    restore_timeout_s: float = Field(
        21_600.0, gt=0, description="Six hours for the log to be replayed: weeks of it, on a slow disk."
    )

    @field_validator("backup_folder")
    @classmethod
    def _absolute_folder(cls, value: Path | None) -> Path | None:
        return value.absolute() if value else None
