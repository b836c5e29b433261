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
