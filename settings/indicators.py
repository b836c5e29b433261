"""Indicators: the period of one question, and the files made of the cases behind them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Indicators(BaseModel):
    """Indicators: the period of one question, and the files made of the cases behind them."""

    # Indicators
    indicator_coverage_months_max: int = Field(
        12,
        ge=0,
        le=120,
        description="Months whose coverage one answer works out by month: each is a sum over every front.",
    )
    indicator_file_timeout_ms: int = Field(
        180_000,
        ge=1000,
        description="Sorting and counting a million cases for a file takes a minute on a small machine.",
    )
    indicator_files_parallel: int = Field(
        2,
        ge=1,
        le=64,
        description="Files of cases one process makes at once: each holds a database connection and a core.",
    )
    indicator_workbook_rows_max: int = Field(
        200_000,
        ge=1,
        le=1_000_000,
        description="Cases of a workbook: programs open 200,000 rows in seconds; more goes into a CSV.",
    )
