"""The record of every look at where an officer was."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Table, Text, desc, text
from sqlalchemy.dialects.postgresql import UUID

from server.db import metadata

position_look = Table(
    "position_look",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("looked_by", UUID, ForeignKey("account.id"), nullable=False),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("case_id", UUID, ForeignKey("case_file.id")),
    Column("why", Text, nullable=False),
    Column("looked_at", DateTime(True), nullable=False),
    Column("reason", Text, comment="what the looker typed"),
    Column(
        "from_at",
        DateTime(True),
        comment="from here to to_at: the period that was shown; null for one position of now",
    ),
    Column("to_at", DateTime(True)),
    Index("position_look_of_account", "account_id", desc("id")),
    Index("position_look_when", desc("looked_at"), desc("id")),
    Index(
        "position_look_live_hour",
        "looked_by",
        "account_id",
        text("date_trunc('hour'::text, (looked_at AT TIME ZONE 'UTC'::text))"),
        unique=True,
        postgresql_where=text("why = 'live_map'"),
    ),
)
