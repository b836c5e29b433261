"""Records."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Records(BaseModel):
    """Forms that people fill in."""

    # Records
    record_text_max_chars: int = Field(
        2000,
        ge=1,
        le=100_000,
        description="Text of one field: half a page; longer findings are an attachment.",
    )
    record_file_rows_max_count: int = Field(
        20_000, ge=1, le=1_000_000, description="Records of one file: a year of daily runs of fifty villages."
    )
    listening_cells_max_count: int = Field(
        5000,
        ge=1,
        le=100_000,
        description="Cells of the grid of what people talk about: some 2 MB for a map.",
    )
