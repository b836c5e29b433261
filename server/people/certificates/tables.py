"""The table of certificates."""

from sqlalchemy import Column, DateTime, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import DATERANGE, UUID, ExcludeConstraint

from server.db import metadata

certificate = Table(
    "certificate",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column(
        "organisation_id",
        UUID,
        ForeignKey("organisation.id"),
        nullable=False,
        comment="the body its holder was of when it was entered",
    ),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    Column("photo", Text, ForeignKey("attachment.sha256")),
    Column("created_at", DateTime(True), nullable=False),
    Column("created_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_at", DateTime(True)),
    Column("withdrawn_by", UUID, ForeignKey("account.id")),
    Column("withdrawn_reason", Text),
    ExcludeConstraint(
        ("account_id", "="),
        ("kind", "="),
        ("valid", "&&"),
        name="certificate_one_at_a_time",
        using="gist",
    ),
    ExcludeConstraint(
        ("kind", "="),
        ("number", "="),
        ("account_id", "<>"),
        ("valid", "&&"),
        name="certificate_number_of_one",
        using="gist",
    ),
    Index("certificate_of_organisation", "organisation_id"),
    Index("certificate_photo", "photo", postgresql_where=text("photo IS NOT NULL")),
    comment="certificates of officers; one that is withdrawn ends the day before",
)
