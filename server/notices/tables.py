"""What is told to whom: an inbox entry for people of a body, an outbox row for everything that leaves the product."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from server.db import metadata

inbox_entry = Table(
    "inbox_entry",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("case_id", UUID, ForeignKey("case_file.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("read_at", DateTime(True)),
    UniqueConstraint("case_id", "organisation_id", "kind", name="inbox_entry_once"),
    Index("inbox_entry_of_organisation", "organisation_id", desc("id")),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False, unique=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
)
