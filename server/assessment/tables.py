"""Sets of formulas, samples of closed cases with what a second look found, scores as
they were worked out. All of it only ever gains neighbours."""

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
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, UUID

from server.db import metadata

indicator_set = Table(
    "indicator_set",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("digest", Text, nullable=False),
    Column("indicators", JSON, nullable=False, comment="JSON with sorted members; its SHA-256 is digest"),
    Column("created_at", DateTime(True), nullable=False),
    Column("created_by", UUID, ForeignKey("account.id")),
    Index("indicator_set_in_force", desc("valid_from"), desc("id")),
    comment="formulas from a day on; of two sets of one day the newer counts",
)

recheck = Table(
    "recheck",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("seed", Text, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("township_code", Text),
    Column("category", Text),
    Column(
        "population",
        ARRAY(Text),
        nullable=False,
        comment="numbers of all cases closed in the period as it was drawn, in order",
    ),
    Column(
        "drawn",
        ARRAY(Text),
        nullable=False,
        comment="the first of the population by SHA-256 of seed and number: anybody can draw them again",
    ),
    Column("drawn_at", DateTime(True), nullable=False),
    Column("drawn_by", UUID, ForeignKey("account.id"), nullable=False),
    Index("recheck_list", desc("drawn_at"), desc("id")),
)

recheck_result = Table(
    "recheck_result",
    metadata,
    Column("recheck_id", UUID, ForeignKey("recheck.id"), primary_key=True),
    Column("case_id", UUID, ForeignKey("case_file.id"), primary_key=True),
    Column("passed", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("checked_at", DateTime(True), nullable=False),
    Column("checked_by", UUID, ForeignKey("account.id"), nullable=False),
    Column(
        "report_id",
        UUID,
        ForeignKey("report.id"),
        comment="what was photographed there, when and where; null: nothing was",
    ),
    Index("recheck_result_case_id", "case_id"),
    Index("recheck_result_checked_at", "checked_at"),
    Index("recheck_result_report_id", "report_id"),
)

recheck_assignment = Table(
    "recheck_assignment",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("recheck_id", UUID, ForeignKey("recheck.id"), nullable=False),
    Column("case_id", UUID, ForeignKey("case_file.id"), nullable=False),
    Column("account_id", UUID, ForeignKey("account.id"), comment="null: taken back"),
    Column("given_at", DateTime(True), nullable=False),
    Column("given_by", UUID, ForeignKey("account.id"), nullable=False),
    Index("recheck_assignment_of_case", "recheck_id", "case_id", desc("id")),
    Index("recheck_assignment_account_id", "account_id"),
    comment="who was asked to look at a case of a sample; of each case the newest counts",
)

scorecard_run = Table(
    "scorecard_run",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("rulebook_id", BigInteger, ForeignKey("rulebook.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("inputs", Text, nullable=False, comment="JSON with sorted members: counts of each township"),
    Column("result", Text, nullable=False, comment="JSON with sorted members; its SHA-256 is digest"),
    Column("digest", Text, nullable=False),
    Column("made_at", DateTime(True), nullable=False),
    Column("made_by", UUID, ForeignKey("account.id"), nullable=False),
    Index("scorecard_run_list", desc("made_at"), desc("id")),
    Index("scorecard_run_rulebook_id", "rulebook_id"),
    comment="scores of townships as they were worked out; inputs and rulebook give the very same bytes again",
)
