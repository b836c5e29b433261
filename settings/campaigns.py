"""Campaigns."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Campaigns(BaseModel):
    """Campaigns."""

    # Campaigns
    campaign_zones_max_count: int = Field(
        20_000,
        ge=1,
        le=200_000,
        description="Zones one campaign may choose: four trades of a district have some thousand.",
    )
    campaign_shapes_max_count: int = Field(
        10_000,
        ge=1,
        le=200_000,
        description="Zones drawn while a campaign is planned: some 3 MB; of further ones the count is told.",
    )
