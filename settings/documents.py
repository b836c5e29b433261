"""Settings of documents: gateways that serve them, and how many letters one file holds."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field


class Documents(BaseModel):
    """Documents and their service."""

    # Documents
    sms_gateway_url: str | None = Field(
        None,
        description="Address that takes text messages as signed JSON, an adapter of the provider's interface. Unset: "
        "service by text message is refused. E-mail goes by `smtp_host`.",
    )
    sms_gateway_secret_file: Path | None = Field(
        None, description="File with the secret (`whsec_...`) that signs them; read at every sending."
    )
    letters_print_max_count: int = Field(
        300,
        ge=1,
        le=2000,
        description="Letters of one file: a long street; each page takes some milliseconds.",
    )
