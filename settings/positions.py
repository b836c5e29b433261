"""Positions of officers on duty: how many at once, how late, from how many devices."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Positions(BaseModel):
    """Positions of officers on duty: how many at once, how late, from how many devices."""

    # Positions
    positions_max_count: int = Field(
        10_000, ge=1, le=100_000, description="Fixes of one batch: a day of a fix every three seconds."
    )
    positions_max_bytes: int = Field(
        4 * 1024 * 1024,
        ge=1024,
        description="Largest body of fixes, as sent and unpacked; 10,000 with every field have 2.5 MB.",
    )
    duty_grace_s: int = Field(
        120,
        ge=0,
        le=3600,
        description="A fix so long before or after a shift is kept and marked: the button is pressed while walking.",
    )
    devices_per_account_max_count: int = Field(
        20,
        ge=1,
        le=1000,
        description="Phones and trackers one officer ever used; a name is never used again.",
    )
    fixes_near_max_count: int = Field(
        15,
        ge=1,
        le=1000,
        description="Fixes on each side of a batch that the flags of its reply look at; a playback looks at all.",
    )
    position_days_ahead: int = Field(
        14, ge=2, le=366, description="Days whose tables are made ahead: the worker may be away for so long."
    )
    position_days_back: int = Field(
        92,
        ge=1,
        le=3660,
        description="A batch so late still gets a table of its day, in which retention finds it.",
    )
