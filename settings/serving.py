"""Where a deployment is, how it serves, who gets in, and what it tells live."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, field_validator


class Serving(BaseModel):
    """Where a deployment is, how it serves, who gets in, and what it tells live."""

    # Where things are
    var: Path = Field(
        Path("var"),
        validate_default=True,
        description="Data folder: private cluster, photos, keys, demo accounts. Not in git.",
    )
    host: str = Field(
        "127.0.0.1", description="Address the server listens on; loopback unless you mean otherwise."
    )
    port: int = Field(8000, ge=1, le=65535, description="TCP port of the server.")
    public_url: str | None = Field(None, description="Address people use; unset: http://<host>:<port>.")
    database_url: str | None = Field(
        None,
        description="Owner's URL of a PostgreSQL 15+ with PostGIS; unset: the private cluster under var/.",
    )
    app_database_url: str | None = Field(
        None,
        description="URL the server uses (role frontage_app, owns nothing); unset: derived from database_url.",
    )
    photo_store_url: str | None = Field(
        None, description="`file:///folder` or `s3://bucket/prefix`; unset: the folder var/photos."
    )

    # The district
    time_zone: str = Field(
        "Asia/Shanghai", description="Local time of the district: dates of zones, displays."
    )
    metric_srid: int = Field(
        4549,
        ge=1024,
        le=998999,
        description="Metric CRS of the district (4549: CGCS2000 3-degree GK, CM 120E).",
    )
    case_number_prefix: str = Field(
        "TZ", pattern=r"^[A-Z]{1,8}$", description="First part of case numbers, as in TZ-2026-000123."
    )

    # Server
    server_processes: int = Field(2, ge=1, le=64, description="Worker processes; two saturate two cores.")
    server_threads: int = Field(
        8, ge=1, le=256, description="Threads a process; each may hold one connection."
    )
    database_pool_size: int = Field(
        8,
        ge=1,
        le=256,
        description="Connections a process; equal to server_threads, so that no thread waits for one.",
    )
    database_statement_timeout_ms: int = Field(
        15_000, ge=100, description="No request's statement may run longer."
    )
    prepared_statements: bool = Field(
        True,
        description="Prepare hot statements once a connection. Turn off behind PgBouncer in transaction mode.",
    )
    trusted_proxies: int = Field(
        0, ge=0, le=8, description="How many proxies in front set X-Forwarded-*; 0: believe none."
    )
    json_max_bytes: int = Field(256 * 1024, ge=1024, description="Largest JSON body; a report is about 1 kB.")
    retry_after_s: int = Field(
        5, ge=1, description="What a 503 tells the phone to wait; a database restart takes less."
    )

    # Login
    access_token_lifetime_s: int = Field(900, ge=60, description="15 minutes: a stolen token is short-lived.")
    refresh_token_lifetime_s: int = Field(
        30 * 86_400, ge=3600, description="A phone stays signed in for a month of use."
    )
    refresh_retry_s: int = Field(
        30,
        ge=0,
        le=300,
        description="How long a used refresh token is taken once more while what it was exchanged for is unused: "
        "the answer may have been lost on the way. 0: never, and whoever lost it signs in again.",
    )
    login_window_s: int = Field(900, ge=60, description="Failed logins are counted over the last 15 minutes.")
    login_max_failures_per_account_and_address: int = Field(
        10, ge=1, description="Guesses at one account from one place."
    )
    login_max_failures_per_address: int = Field(
        60, ge=1, description="Guesses at any account from one place (a shared NAT)."
    )
    login_max_failures_per_account: int = Field(
        100,
        ge=1,
        description="Guesses at one account from everywhere; an address that signed in before still passes.",
    )

    # Live feed
    stream_poll_ms: int = Field(
        150,
        ge=20,
        le=10_000,
        description="How often a server process with streams looks for changes; half of it is the usual delay.",
    )
    stream_heartbeat_s: float = Field(
        15.0, gt=0, description="A stream is never silent for longer: proxies hang up after 30 to 60 s."
    )
    stream_retry_ms: int = Field(
        2000,
        ge=100,
        description="Clients come again after one to two times this, so that not all come at once.",
    )
    stream_recheck_s: float = Field(
        5.0, gt=0, description="A revoked session or a disabled account hears nothing after this."
    )
    streams_max_count: int = Field(
        1000,
        ge=1,
        le=50_000,
        description="Streams a process; each costs a file descriptor and some kilobytes.",
    )
    streams_per_account_max_count: int = Field(
        8, ge=1, le=1000, description="Streams of one account a process: a few screens and tabs."
    )
    stream_buffer_max_bytes: int = Field(
        262_144,
        ge=4096,
        description="What a slow reader may leave unread, about 1,000 changes, before it is closed.",
    )
    stream_replay_max_count: int = Field(
        1000,
        ge=1,
        le=10_000,
        description="Missed changes told at once when a client comes again; then it comes again.",
    )
    stream_ticket_lifetime_s: int = Field(
        30, ge=1, le=600, description="A ticket is used at once, or was lost on its way."
    )
    changes_kept_days: int = Field(
        7, ge=1, le=366, description="How old a cursor may be: a client away for longer loads its lists anew."
    )

    @field_validator("var")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.absolute()

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone") from error
        return value
