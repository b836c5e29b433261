"""Where people on duty are shown to be, and how long a call for help waits."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field, model_validator


class Live(BaseModel):
    """Where people on duty are shown to be, and how long a call for help waits."""

    # Live positions and calls for help
    live_fresh_s: int = Field(
        120,
        ge=1,
        le=86_400,
        description="A position is fresh for two minutes: a phone sends one every 5 to 60 s.",
    )
    live_stale_s: int = Field(
        900,
        ge=1,
        le=86_400,
        description="Stale up to a quarter of an hour, as after a cellar or a dead spot; then the officer is offline.",
    )
    stream_positions_ms: int = Field(
        1000,
        ge=100,
        le=60_000,
        description="How often a server process with streams of positions asks where people are, and tells who moved.",
    )
    sos_escalate_after_s: int = Field(
        120,
        ge=1,
        le=86_400,
        description="A call for help nobody has taken for two minutes goes to the admins and zone managers too; the "
        "worker looks every 15 s.",
    )

    @model_validator(mode="after")
    def _fresh_before_stale(self) -> Self:
        if self.live_fresh_s > self.live_stale_s:
            raise ValueError("live_fresh_s is longer than live_stale_s")
        return self
