"""When the page of operation and `frontage doctor` begin to complain of what waits, of backups and of proofs."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Operation(BaseModel):
    """When the page of operation and `frontage doctor` begin to complain of what waits, of backups and of proofs."""

    # Operation
    work_wait_look_s: int = Field(
        120,
        ge=1,
        description="Jobs and positions are worked off within seconds: two minutes are worth a look.",
    )
    work_wait_act_s: int = Field(
        900, ge=1, description="After a quarter of an hour what depends on them is wrong on people's screens."
    )
    delivery_wait_look_s: int = Field(
        3600,
        ge=60,
        description="A notice that waits an hour has a channel that does not work; it is tried for a day.",
    )
    delivery_failed_days: int = Field(
        7, ge=1, le=366, description="A notice given up earlier than this is history and no work."
    )
    backup_due_h: float = Field(26, gt=0, description="A day and some time for it to run.")
    backup_late_h: float = Field(
        74, gt=0, description="Three days without: a weekend's reports rest on one disk."
    )
    copying_late_s: int = Field(
        600,
        ge=60,
        description="Photos go to the backup folder every minute; ten minutes mean that they do not.",
    )
    verify_due_days: int = Field(
        35, ge=1, le=366, description="`frontage verify` once a month, and some days."
    )
    disk_look_days: float = Field(
        14, gt=0, description="A disk that is full in two weeks needs an order today."
    )
    disk_act_days: float = Field(2, gt=0, description="A disk that is full in two days needs room now.")
    heads_late_s: int = Field(
        10_800, ge=3600, description="Heads of chains are written hourly; three hours mean that they are not."
    )
