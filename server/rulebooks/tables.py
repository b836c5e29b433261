"""The table of rulebooks of all kinds. What stands in a set never changes; it only comes into force and ends."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    desc,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSON, UUID, ExcludeConstraint

from server.db import metadata

rulebook = Table(
    "rulebook",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_date", Date, comment="date of the source, as of a published document"),
    Column("sample", Boolean, nullable=False),
    Column("digest", Text, nullable=False),
    Column("rows", JSON, nullable=False, comment="JSON with sorted members; its SHA-256 is digest"),
    Column("created_at", DateTime(True), nullable=False),
    Column("created_by", UUID, ForeignKey("account.id")),
    Column("version", Integer, comment="given when a draft comes into force; counted by kind"),
    Column("valid", DATERANGE),
    Column("activated_at", DateTime(True)),
    Column("activated_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_at", DateTime(True), comment="taken back before its first day: it never held"),
    Column("withdrawn_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_from", Date, comment="the day it would have come into force"),
    UniqueConstraint("kind", "version", name="rulebook_version_key"),
    ExcludeConstraint(("kind", "="), ("valid", "&&"), name="rulebook_one_at_a_time", using="gist"),
    Index("rulebook_of_kind", "kind", desc("id")),
    comment="whole sets as they were sent, of every kind of server.rulebooks.books",
)
