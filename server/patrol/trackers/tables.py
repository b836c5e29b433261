"""Tokens of devices. Nobody reads the table itself; functions let a device in, enrol, list and revoke."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from server.db import metadata

device_token = Table(
    "device_token",
    metadata,
    Column(
        "digest",
        LargeBinary,
        primary_key=True,
        comment="SHA-256 of the token: what is read here opens nothing",
    ),
    Column("device_id", BigInteger, ForeignKey("device.id"), nullable=False),
    Column("issued_by", UUID, ForeignKey("account.id"), nullable=False),
    Column("issued_at", DateTime(True), nullable=False),
    Column(
        "expires_at",
        DateTime(True),
        nullable=False,
        comment="unused until then, it is worth nothing; once claimed it holds until revoked",
    ),
    Column("claimed_at", DateTime(True)),
    Column("mark", Text, comment="what the client that claimed it told of itself; null when it told nothing"),
    Column("revoked_at", DateTime(True)),
    Column("heard_at", DateTime(True)),
    Column("heard", JSONB, comment="counts of the last request: accepted, duplicate, off_duty, unreadable"),
    Index("device_token_one_live", "device_id", unique=True, postgresql_where=text("revoked_at IS NULL")),
    comment="one live token a device; who holds the token itself is the phone alone",
)
