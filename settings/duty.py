"""Shifts and rosters: how long, how late, how large."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Duty(BaseModel):
    """Shifts and rosters: how long, how late, how large."""

    # Duty
    shift_max_h: int = Field(
        12,
        ge=1,
        le=24,
        description="A shift nobody ends ends by itself: a phone left on must not follow its officer home.",
    )
    shift_late_max_h: int = Field(
        168,
        ge=1,
        le=8760,
        description="How long after it was a phone may tell a start, an end or a visit: a week without network.",
    )
    shift_clock_ahead_s: int = Field(
        300,
        ge=0,
        le=86_400,
        description="How far a phone's clock may be ahead of ours: more is a wrong clock.",
    )
    roster_early_min: int = Field(
        30, ge=0, le=720, description="Who starts so long before their time on the roster is on it already."
    )
    roster_rows_max_count: int = Field(
        10_000, ge=1, le=100_000, description="Lines of one roster: 300 officers for a month."
    )
    roster_max_bytes: int = Field(
        4 * 1024 * 1024, ge=1024, description="Largest roster file: its lines, and areas drawn as polygons."
    )
    duty_street_side_m: float = Field(
        25.0,
        gt=0,
        le=200,
        description="An area of streets reaches so far to both sides of their lines: to the doors of the shops.",
    )
