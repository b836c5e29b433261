"""Settings of matters of court and of what is made public."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Openness(BaseModel):
    """Court and the public page."""

    litigation_import_lines_max_count: int = Field(
        5000, ge=1, le=100_000, description="Lines of a file of matters: decades of a district's lawsuits."
    )
