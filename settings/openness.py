"""Settings of matters of court and of what is made public."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Openness(BaseModel):
    """Court and the public page."""

    litigation_import_lines_max_count: int = Field(
        5000, ge=1, le=100_000, description="Lines of a file of matters: decades of a district's lawsuits."
    )
    open_requests_per_minute_max_count: int = Field(
        120,
        ge=1,
        le=100_000,
        description="Requests of one address to the public page, in a minute and of each server process: a person who "
        "reads needs a dozen, a classroom behind one address some more.",
    )
    open_max_age_s: int = Field(
        300, ge=0, le=86_400, description="How long anybody may keep an answer of the public page, seconds."
    )
    open_database_pool_size: int = Field(
        2, ge=1, le=50, description="Connections of the public page's role, of each server process."
    )
    open_answers_min_count: int = Field(
        5,
        ge=1,
        le=1000,
        description="Satisfaction of a township is told from so many answers on: of fewer, one could be guessed.",
    )
    open_photo_max_px: int = Field(
        1280,
        ge=320,
        le=4096,
        description="Longer side of a photo on the public page, pixels: fills a screen.",
    )
    blur_timeout_s: float = Field(
        20.0, gt=0, le=300, description="Time to look at or blur one photo, seconds: it takes about one."
    )
    blur_memory_bytes: int = Field(
        1_073_741_824,
        ge=268_435_456,
        description="Address space of that, bytes: the detector's library maps 500 MB.",
    )
