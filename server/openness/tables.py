"""Tables of what is made public: publications and the photos chosen for them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from server.db import metadata

publication = Table(
    "publication",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("decision_id", UUID, ForeignKey("decision.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("rulebook_id", BigInteger, ForeignKey("rulebook.id"), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("township_code", Text),
    Column("decided_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("drafted_at", DateTime(True), nullable=False),
    Column("drafted_by", UUID, ForeignKey("account.id"), nullable=False),
    Column("published_on", Date, comment="in the calendar of the district"),
    Column("published_at", DateTime(True)),
    Column("published_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_at", DateTime(True)),
    Column("withdrawn_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_reason", Text),
    Index(
        "publication_one_of_decision",
        "decision_id",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
    Index(
        "publication_public",
        desc("published_on"),
        desc("id"),
        postgresql_where=text("published_at IS NOT NULL AND withdrawn_at IS NULL"),
    ),
    Index("publication_newest", desc("drafted_at"), desc("id")),
    comment="what is told to the public of a decision: made of its fields, approved by another person",
)

publication_photo = Table(
    "publication_photo",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("publication_id", UUID, ForeignKey("publication.id"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("chosen", Boolean, nullable=False),
    Column(
        "regions",
        JSONB,
        nullable=False,
        comment="what a person blurred: [[left, top, right, bottom], ...], shares of the upright picture",
    ),
    Column("confirmed_at", DateTime(True), nullable=False),
    Column("confirmed_by", UUID, ForeignKey("account.id"), nullable=False),
    UniqueConstraint("publication_id", "sha256", name="publication_photo_key"),
)
