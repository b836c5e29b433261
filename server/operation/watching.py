"""What of a deployment is looked at, and when its settings call something late; plain values, made by server.wiring."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Watch:
    """One deployment to look at.

    Attributes:
        var: its data folder. folders: where things lie, by short names; those on one disk are told as one.
        heads, backups: where heads of chains and backups are.
        own_cluster: whether the database is this machine's own, whose log a backup keeps.
        Others: limits of the settings of the same names.
    """

    var: Path
    folders: dict[str, Path]
    heads: Path
    backups: Path
    own_cluster: bool
    time_zone: ZoneInfo
    database_clock_skew_s: float
    disk_low_mb: int
    disk_least_mb: int
    disk_look_days: float
    disk_act_days: float
    work_wait_look_s: int
    work_wait_act_s: int
    delivery_wait_look_s: int
    delivery_failed_days: int
    handover_alarm_after_s: int
    backup_due_h: float
    backup_late_h: float
    copying_late_s: int
    verify_due_days: int
    heads_late_s: int
