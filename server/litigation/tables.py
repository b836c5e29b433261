"""Tables of court matters: what each is, what happened, which terms run. All only gain rows."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from server.db import metadata

legal_matter = Table(
    "legal_matter",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("kind", Text, nullable=False),
    Column(
        "reference",
        Text,
        nullable=False,
        comment="number it has at the court or authority, or in the file it was imported from",
    ),
    Column("case_id", UUID, ForeignKey("case_file.id")),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column(
        "source",
        Text,
        nullable=False,
        comment="where an imported one comes from; empty for one that was begun here",
    ),
    Column("digest", Text, nullable=False),
    Column("created_at", DateTime(True), nullable=False),
    Column("created_by", UUID, ForeignKey("account.id"), nullable=False),
    UniqueConstraint("kind", "reference", name="legal_matter_reference_key"),
    Index("legal_matter_newest", desc("created_at"), desc("id")),
    Index("legal_matter_of_case", "case_id", postgresql_where=text("case_id IS NOT NULL")),
)

legal_entry = Table(
    "legal_entry",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("matter_id", UUID, ForeignKey("legal_matter.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("outcome", Text),
    Column("document", Text, comment="code of the list of documents of statutory_clocks, or what it is"),
    Column("attachment", Text, ForeignKey("attachment.sha256"), comment="SHA-256 of the file"),
    Column("note", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("recorded_at", DateTime(True), nullable=False),
    Column("recorded_by", UUID, ForeignKey("account.id"), nullable=False),
    Column(
        "ledger_seq", Integer, comment="number of its entry in the ledger of the case; null without a case"
    ),
    UniqueConstraint("matter_id", "seq", name="legal_entry_seq_key"),
)

legal_clock = Table(
    "legal_clock",
    metadata,
    Column("matter_id", UUID, ForeignKey("legal_matter.id"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("rulebook_id", BigInteger, ForeignKey("rulebook.id"), nullable=False),
    Column("entry_id", UUID, ForeignKey("legal_entry.id"), nullable=False),
    Column("ends", ARRAY(Text), nullable=False),
    Column("due_on", Date, nullable=False, comment="last day, in the calendar of the district"),
    Column("warn_on", Date, nullable=False),
    Index("legal_clock_warn_on", "warn_on"),
    comment="one term of a statute that an entry began; an entry of a kind in ends stops it",
)
