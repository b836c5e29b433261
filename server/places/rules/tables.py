"""The table of rule sets. What stands in a set never changes; a draft comes into force once, and ends once."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSON, UUID, ExcludeConstraint

from server.db import metadata

routing_rule_set = Table(
    "routing_rule_set",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("digest", Text, nullable=False),
    Column("rules", JSON, nullable=False, comment="JSON with sorted members; its SHA-256 is digest"),
    Column("created_at", DateTime(True), nullable=False),
    Column("created_by", UUID, ForeignKey("account.id")),
    Column("version", Integer, comment="given when a draft comes into force"),
    Column("valid", DATERANGE),
    Column("activated_at", DateTime(True)),
    Column("activated_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_at", DateTime(True), comment="taken back before its first day: it never held"),
    Column("withdrawn_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_from", Date, comment="the day it would have come into force"),
    UniqueConstraint("version", name="routing_rule_set_version_key"),
    ExcludeConstraint(("valid", "&&"), name="routing_rule_set_one_at_a_time", using="gist"),
)
