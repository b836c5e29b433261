"""HTTPS for phones on the same network."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Phones(BaseModel):
    """HTTPS for phones on the same network."""

    # HTTPS for phones
    https_port: int = Field(
        8443,
        ge=0,
        le=65535,
        description="Where `frontage run` serves HTTPS with its own authority when host is not loopback and no "
        "proxy is trusted. 0: never, plain HTTP on host and port.",
    )
    https_connections_max_count: int = Field(
        1000, ge=1, le=50_000, description="Open connections of phones; each costs two file descriptors."
    )
    https_certificate_days: int = Field(
        397,
        ge=2,
        le=825,
        description="Phones refuse certificates that hold for longer than 825 days; it is made anew by itself.",
    )
