"""What changed, in the order it became visible, and the tickets that open a stream. Rows are written by triggers."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from server.db import metadata

change = Table(
    "change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "seq",
        BigInteger,
        unique=True,
        comment="place in the feed, given after the commit that made the row: order of visibility",
    ),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(True), nullable=False),
    Column("case_number", Text),
    Column("state", Text),
    Column("version", Integer),
    Column(
        "organisation_id",
        UUID,
        nullable=False,
        comment="the body that could see the case when this happened",
    ),
    Column("township_code", Text),
    Column("reporter_id", UUID),
    Column("lon", Double),
    Column("lat", Double),
    Column("subject", UUID, comment="what it happened to, where that is no case"),
    Column(
        "audience",
        Text,
        nullable=False,
        server_default=text("'scope'"),
        comment="which rule of may_hear() says who hears of it",
    ),
    Index("change_unsettled", "id", postgresql_where=text("seq IS NULL")),
)

stream_ticket = Table(
    "stream_ticket",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256: what lies here opens nothing"),
    Column("session_id", UUID, ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    Column("token_expires_at", DateTime(True), nullable=False),
    Column("expires_at", DateTime(True), nullable=False),
)
