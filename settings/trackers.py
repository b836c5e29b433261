"""Trackers people already have, and how their phones are set up."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Trackers(BaseModel):
    """Trackers people already have, and how their phones are set up."""

    # Trackers
    enrolment_lifetime_s: int = Field(
        1800,
        ge=60,
        le=604_800,
        description="A QR code nobody has used is worth nothing after half an hour: the phone is beside the screen.",
    )
    tracker_interval_s: int = Field(
        10,
        ge=1,
        le=120,
        description="Seconds between fixes that a QR code asks for: 14 m of walking, and a battery that lasts a shift.",
    )
