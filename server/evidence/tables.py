"""Tables of evidence: the ledger and what is known of photo bytes. UPDATE, DELETE and TRUNCATE are refused, but for
`case_head`, which only says where the proof lies."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from server.db import metadata

ledger = Table(
    "ledger",
    metadata,
    Column("case_id", UUID, ForeignKey("case_file.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("recorded_at", DateTime(True), nullable=False),
    Column("actor_id", UUID, ForeignKey("account.id")),
    Column("action", Text, nullable=False),
    Column(
        "body",
        Text,
        nullable=False,
        comment="canonical JSON (RFC 8785) as text: the hash covers these very bytes",
    ),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(
        "ledger_done",
        "recorded_at",
        postgresql_include=["case_id", "seq", "action"],
        postgresql_where=text("actor_id IS NOT NULL"),
    ),
    Index(
        "ledger_turned",
        "recorded_at",
        postgresql_include=["case_id", "action"],
        postgresql_where=text(
            "action IN ('case.registered', 'case.refused', 'case.dispatched', 'case.reopened', 'case.transferred')"
        ),
    ),
    Index(
        "ledger_handed",
        "case_id",
        "seq",
        postgresql_include=["recorded_at", "action"],
        postgresql_where=text(
            "action IN ('case.dispatched', 'case.reopened', 'case.transferred', 'case.accepted', "
            "'clock.escalated')"
        ),
    ),
)

photo = Table(
    "photo",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("format", Text, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("exif", JSONB, nullable=False),
    Column("first_received_at", DateTime(True), nullable=False),
)

photo_arrival = Table(
    "photo_arrival",
    metadata,
    Column("report_id", UUID, primary_key=True),
    Column("sha256", Text, ForeignKey("photo.sha256"), primary_key=True),
    Column("received_at", DateTime(True), nullable=False),
    ForeignKeyConstraint(
        ["report_id", "sha256"],
        ["report_photo.report_id", "report_photo.sha256"],
        name="photo_arrival_declared",
    ),
    Index("photo_arrival_sha256", "sha256"),
    Index("photo_arrival_received_at", "received_at", postgresql_using="brin"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("received_at", DateTime(True), nullable=False),
    Column("received_from", UUID, ForeignKey("account.id"), nullable=False),
    Index("attachment_received_at", "received_at", postgresql_using="brin"),
)

attachment_use = Table(
    "attachment_use",
    metadata,
    Column("sha256", Text, ForeignKey("attachment.sha256"), primary_key=True),
    Column("use_kind", Text, primary_key=True),
    Column(
        "use_id",
        UUID,
        primary_key=True,
        comment="of the thing of this kind; of an upload the account that sent it",
    ),
    Column(
        "organisation_id",
        UUID,
        ForeignKey("organisation.id"),
        comment="its people may read the bytes besides who used them and the district",
    ),
    Column("used_by", UUID, ForeignKey("account.id"), nullable=False),
    Column("used_at", DateTime(True), nullable=False),
    comment="what relies on the bytes, and of which body that is; sending them is the first use",
)

case_head = Table(
    "case_head",
    metadata,
    Column("case_id", UUID, ForeignKey("case_file.id"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("run", BigInteger, nullable=False),
    comment="which entry of a case was written off the database last, and with which run: an index, no proof",
)
