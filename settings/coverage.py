"""Coverage: patrol plans, what is told of fronts at once, and suggested rounds."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Coverage(BaseModel):
    """Coverage: patrol plans, what is told of fronts at once, and suggested rounds."""

    # Coverage
    patrol_plans_max_count: int = Field(
        500, ge=1, le=5000, description="Plans of a set: each pair of them is looked at for a tie."
    )
    coverage_days_max: int = Field(
        400,
        ge=1,
        le=4000,
        description="Days one question about coverage may span: a year and its last weeks.",
    )
    coverage_file_rows_max: int = Field(
        200_000, ge=1, description="Rows of a CSV of coverage; a district has 100,000 fronts, some 15 MB."
    )
    coverage_statement_timeout_ms: int = Field(
        10_000, ge=100, description="A year of a whole district takes seconds; longer is a mistake."
    )
    round_walk_mps: float = Field(
        1.2, gt=0, le=15, description="How fast a round is walked: looking left and right, 4 km/h."
    )
    round_look_s_per_m: float = Field(
        0.4, ge=0, le=60, description="Time spent on a metre that is due, beside walking it: a shop in 4 s."
    )
    round_streets_max: int = Field(
        40, ge=1, le=100, description="Streets of one suggested round; a shift has time for fewer."
    )
    round_lines_max: int = Field(
        20_000, ge=1, description="Street lines a round is looked for on; a district has some thousands."
    )
    round_days_ahead_max: int = Field(
        31, ge=0, le=366, description="Days ahead a round may be sent for: rosters are known for a month."
    )
    round_search_steps: int = Field(
        400,
        ge=1,
        le=100_000,
        description="Steps of the search for an order: counted, not timed, so that it is the same everywhere.",
    )
