"""Tables of documents and of their service. What was written stays; only messages on their way and tasks change."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSON, UUID

from server.db import metadata

document = Table(
    "document",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column(
        "code",
        Text,
        Computed(
            "'D-' || lpad(CAST(number AS text), greatest(6, length(CAST(number AS text))), '0')",
            persisted=True,
        ),
        nullable=False,
        unique=True,
    ),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column(
        "organisation_id",
        UUID,
        ForeignKey("organisation.id"),
        nullable=False,
        comment="the body it belongs to: of the township of its subject, else of its case",
    ),
    Column("subject_id", UUID, ForeignKey("subject.id")),
    Column("case_id", UUID, ForeignKey("case_file.id")),
    Column("content", JSON, nullable=False, comment="canonical JSON (RFC 8785)"),
    Column("attachments", ARRAY(Text), nullable=False),
    Column("valid", DATERANGE, comment="days on which it holds, of what holds for a time"),
    Column(
        "digest",
        Text,
        nullable=False,
        comment="SHA-256 of all that the paper says, canonical: the same id again is the same paper",
    ),
    Column("replaces", UUID, ForeignKey("document.id")),
    Column("made_at", DateTime(True), nullable=False),
    Column("made_by", UUID, ForeignKey("account.id"), nullable=False),
    Index("document_newest", desc("made_at"), desc("id")),
    Index(
        "document_of_subject",
        "subject_id",
        desc("made_at"),
        postgresql_where=text("subject_id IS NOT NULL"),
    ),
    Index("document_of_case", "case_id", desc("made_at"), postgresql_where=text("case_id IS NOT NULL")),
)

document_zone = Table(
    "document_zone",
    metadata,
    Column("document_id", UUID, ForeignKey("document.id"), primary_key=True),
    Column("zone_kind", Text, primary_key=True),
    Column("zone_code", Text, primary_key=True),
    Index("document_zone_of_zone", "zone_kind", "zone_code"),
)

service_consent = Table(
    "service_consent",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("subject_id", UUID, ForeignKey("subject.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("signer", Text, nullable=False),
    Column("phone", Text),
    Column("email", Text),
    Column("other", Text),
    Column(
        "form",
        Text,
        ForeignKey("attachment.sha256"),
        nullable=False,
        comment="the signed form, as it was photographed or scanned",
    ),
    Column("valid", DATERANGE, nullable=False),
    Column("digest", Text, nullable=False),
    Column("recorded_at", DateTime(True), nullable=False),
    Column("recorded_by", UUID, ForeignKey("account.id"), nullable=False),
    Index("service_consent_of_subject", "subject_id", desc("recorded_at")),
)

service_consent_end = Table(
    "service_consent_end",
    metadata,
    Column("consent_id", UUID, ForeignKey("service_consent.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(True), nullable=False),
    Column("by", UUID, ForeignKey("account.id"), nullable=False),
)

service_attempt = Table(
    "service_attempt",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("document_id", UUID, ForeignKey("document.id"), nullable=False),
    Column("how", Text, nullable=False, comment="code of a row of this rulebook of service methods"),
    Column("rulebook_id", BigInteger, ForeignKey("rulebook.id"), nullable=False),
    Column("electronic", Boolean, nullable=False),
    Column("consent_id", UUID, ForeignKey("service_consent.id")),
    Column("served_at", DateTime(True), nullable=False),
    Column("note", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("recorded_at", DateTime(True), nullable=False),
    Column("recorded_by", UUID, ForeignKey("account.id"), nullable=False),
    Index("service_attempt_of_document", "document_id", "recorded_at"),
)

service_outcome = Table(
    "service_outcome",
    metadata,
    Column("attempt_id", UUID, ForeignKey("service_attempt.id"), primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("trouble", Text, comment="why a gateway did not take it, as of deliveries of notices"),
    Column("status", Integer),
    Column("receipt", Text, ForeignKey("attachment.sha256")),
    Column("at", DateTime(True), nullable=False),
    Column("by", UUID, ForeignKey("account.id")),
    comment="how an attempt ended; of one that a gateway sends it comes later, and from nobody",
)

service_message = Table(
    "service_message",
    metadata,
    Column("attempt_id", UUID, ForeignKey("service_attempt.id"), primary_key=True),
    Column("gateway", Text, nullable=False),
    Column(
        "paper_days",
        Integer,
        nullable=False,
        comment="within so many days it is served on paper, if this fails",
    ),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("next_try_at", DateTime(True), nullable=False),
    Column("first_tried_at", DateTime(True)),
    Column("settled_at", DateTime(True)),
    Index("service_message_waiting", "next_try_at", postgresql_where=text("settled_at IS NULL")),
    comment="what a gateway has still to send, and how often it was tried",
)

service_task = Table(
    "service_task",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("document_id", UUID, ForeignKey("document.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("failed_attempt_id", UUID, ForeignKey("service_attempt.id"), nullable=False, unique=True),
    Column("opened_at", DateTime(True), nullable=False),
    Column("due_at", DateTime(True), nullable=False),
    Column("closed_at", DateTime(True)),
    Column("closed_by", UUID, ForeignKey("service_attempt.id")),
    Index("service_task_one_open", "document_id", unique=True, postgresql_where=text("closed_at IS NULL")),
    Index("service_task_of_organisation", "organisation_id", "due_at"),
    comment="a document to serve on paper, since it did not arrive electronically",
)
