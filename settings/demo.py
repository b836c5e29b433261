"""What of the demo is loaded."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Demo(BaseModel):
    """What of the demo is loaded."""

    # The demo
    demo_month_cases: int = Field(
        280,
        ge=0,
        le=5000,
        description="Cases of the month that the first `make run` makes beside the samples: enough to fill "
        "lists and map in half a minute. 0 leaves the month out.",
    )
