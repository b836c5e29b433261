"""When `frontage doctor` begins to complain."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Doctor(BaseModel):
    """When `frontage doctor` begins to complain."""

    # Doctor
    disk_low_mb: int = Field(
        5_000, ge=1, description="Less free disk is a warning: some 2,000 photos, a day of a busy district."
    )
    disk_least_mb: int = Field(
        500, ge=1, description="Less free disk is bad: the next uploads may be answered with 507."
    )
    database_clock_skew_s: float = Field(
        2.0,
        gt=0,
        description="How far the clocks of this machine and of the database may be apart: deadlines use both.",
    )
    zones_outside_share: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Share of a layer outside every township that is a warning; a wrong datum shifts it by 500 m.",
    )
    datum_doubt_share: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Share of a month's reports that fit another datum better, which no few mistaken phones explain.",
    )
