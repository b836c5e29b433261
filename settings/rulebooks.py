"""Settings of rulebooks."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Rulebooks(BaseModel):
    """What practices go by, as data."""

    rulebook_rows_max_count: int = Field(
        2000, ge=1, le=100_000, description="Rows of a rulebook: lists of a district have some hundreds."
    )
