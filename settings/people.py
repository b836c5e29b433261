"""Personal tokens."""

from __future__ import annotations

from pydantic import BaseModel, Field


class People(BaseModel):
    """Personal tokens."""

    # Personal tokens
    api_tokens_per_account_max_count: int = Field(
        20, ge=0, le=1000, description="Good ones of an account: a few programs. 0: nobody makes any."
    )
    api_token_lifetime_max_days: int = Field(
        366, ge=1, le=3660, description="A forgotten token ends by itself; one a year is little work."
    )
