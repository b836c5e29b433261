"""The table of sets of law cards. A set never changes; another one takes its place from its first day on."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    desc,
)
from sqlalchemy.dialects.postgresql import JSON, UUID

from server.db import metadata

law_card_set = Table(
    "law_card_set",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("digest", Text, nullable=False),
    Column("cards", JSON, nullable=False, comment="JSON with sorted members; its SHA-256 is digest"),
    Column("made_at", DateTime(True), nullable=False),
    Column("made_by", UUID, ForeignKey("account.id")),
    Index("law_card_set_in_force", desc("valid_from"), desc("id")),
    comment="on a day the set counts that begins last by then; of two from one day the one kept later",
)
