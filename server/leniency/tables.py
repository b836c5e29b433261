"""Decisions not to punish, or to punish less. They only ever gain neighbours."""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Index, Numeric, Table, Text, desc, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from server.db import metadata

leniency_decision = Table(
    "leniency_decision",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("case_id", UUID, ForeignKey("case_file.id")),
    Column("subject_id", UUID, ForeignKey("subject.id"), nullable=False),
    Column("item", Text, nullable=False),
    Column("rulebook_id", BigInteger, ForeignKey("rulebook.id"), nullable=False),
    Column("list_code", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("happened_on", Date, nullable=False),
    Column(
        "facts",
        JSONB,
        nullable=False,
        comment="what was known, and of each fact who says so: the system or a person",
    ),
    Column("conditions", JSONB, nullable=False, comment="those of the row of the list, and that each held"),
    Column("amount_yuan", Numeric(14, 2), nullable=False, comment="the fine without leniency"),
    Column("waived_yuan", Numeric(14, 2), nullable=False),
    Column("reason", Text, nullable=False),
    Column(
        "education",
        Text,
        comment="how the person was educated: who is not punished has to be",
    ),
    Column("educated_on", Date),
    Column("digest", Text, nullable=False),
    Column("township_code", Text),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("decided_at", DateTime(True), nullable=False),
    Column("decided_by", UUID, ForeignKey("account.id"), nullable=False),
    Column(
        "attachments",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="photos and files of how the person was educated",
    ),
    Index("leniency_decision_of_case", "case_id", unique=True, postgresql_where=text("case_id IS NOT NULL")),
    Index("leniency_decision_of_subject", "subject_id"),
    Index("leniency_decision_list", desc("decided_at"), desc("id")),
    comment="decisions not to punish, or to punish less; each case has one at most",
)
