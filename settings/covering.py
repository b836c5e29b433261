"""How what phones sent becomes visits and coverage: how often, and how much at once."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Covering(BaseModel):
    """How what phones sent becomes visits and coverage: how often, and how much at once."""

    # Covering
    covering_interval_ms: int = Field(
        1000,
        ge=100,
        le=600_000,
        description="Between two passes of a worker: a walk shows within seconds, and an idle pass costs 2 ms.",
    )
    covering_fixes_max_count: int = Field(
        50_000,
        ge=1,
        le=10_000_000,
        description="Fixes one pass takes up: about a second of work, lost when it is killed.",
    )
    covering_batches_max_count: int = Field(
        2_000,
        ge=1,
        le=100_000,
        description="Batches one pass takes up, for the same reason; a batch is never cut.",
    )
    covering_wait_ms: int = Field(
        5_000,
        ge=100,
        le=600_000,
        description="A worker waits so long for its turn, then lets the others cover.",
    )
    front_street_within_m: float = Field(
        60.0,
        gt=0,
        le=1000,
        description="A street farther from a zone is not the one it fronts on: wide avenues are 50 m.",
    )
    coverage_rebuild_max_days: int = Field(
        92,
        ge=1,
        le=3660,
        description="Days one rebuild may work out again: a quarter, as long as tracks are kept.",
    )
