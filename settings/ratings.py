"""Ratings."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Ratings(BaseModel):
    """Ratings."""

    # Ratings
    rating_corrections_max_count: int = Field(
        200,
        ge=1,
        le=10_000,
        description="Corrections the public list shows, newest first: some years of them.",
    )
    rating_open_max_age_s: int = Field(
        300,
        ge=0,
        le=86_400,
        description="How long others may keep the public list: a correction shows after five minutes at the latest.",
    )
