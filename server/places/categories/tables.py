"""The table of lists of categories. What stands in a list never changes; in force it stands in `category` as well."""

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

category_list = Table(
    "category_list",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_date", Date, comment="date of the source, as of a published standard"),
    Column("sample", Boolean, nullable=False),
    Column("list_id", Text, nullable=False),
    Column("list_version", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("categories", JSON, nullable=False, comment="JSON with sorted members; its SHA-256 is digest"),
    Column("created_at", DateTime(True), nullable=False),
    Column("created_by", UUID, ForeignKey("account.id")),
    Column("version", Integer, comment="given when a draft comes into force"),
    Column("valid", DATERANGE),
    Column("activated_at", DateTime(True)),
    Column("activated_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_at", DateTime(True), comment="taken back before its first day: it never held"),
    Column("withdrawn_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_from", Date, comment="the day it would have come into force"),
    UniqueConstraint("version", name="category_list_version_key"),
    ExcludeConstraint(("valid", "&&"), name="category_list_one_at_a_time", using="gist"),
    comment="whole lists as they were sent; from its first day on a list stands in category",
)
