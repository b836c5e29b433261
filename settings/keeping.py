"""How long it is kept where officers were, and how much of a track is shown at once."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field, model_validator


class Keeping(BaseModel):
    """How long it is kept where officers were, and how much of a track is shown at once."""

    # Keeping of tracks
    track_precise_days: int = Field(
        30,
        ge=1,
        le=3650,
        description="Older fixes become coarse, about 100 m and one a minute: a month settles what is disputed.",
    )
    track_kept_days: int = Field(
        90,
        ge=1,
        le=3650,
        description="Older fixes and sightings go, coarse ones too: a quarter, as figures of work are made up.",
    )
    visits_kept_days: int = Field(
        365,
        ge=1,
        le=3650,
        description="Older visits, sent rounds and figures of shifts go: they name an officer. Coverage names nobody.",
    )
    looks_kept_days: int = Field(
        1095, ge=180, le=3650, description="Who looked at whose position is known for three years."
    )

    # Reading of tracks
    track_period_max_h: int = Field(
        48, ge=1, le=24 * 31, description="The longest stretch read at once: a night shift and its days."
    )
    track_fixes_max_count: int = Field(
        200_000,
        ge=1000,
        description="Fixes read at once: two phones at one a second for a day. More is refused, never cut.",
    )
    track_display_m: float = Field(
        2.0, ge=0, description="Playback leaves out fixes that bend the line by less; files never do."
    )
    track_step_m: float = Field(
        10.0,
        ge=0,
        description="Shorter steps are no way, nor those below the accuracy: phones wander while they lie still.",
    )
    shift_summaries_max_count: int = Field(
        5000, ge=1, description="Shifts of one file of figures: 200 officers for a month."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.track_precise_days <= self.track_kept_days <= self.visits_kept_days:
            raise ValueError("wanted: track_precise_days <= track_kept_days <= visits_kept_days")
        return self
