"""Deadline tables, of which what stands in one never changes, and the clocks and marks of cases."""

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
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, UUID, ExcludeConstraint

from server import dated
from server.db import metadata

deadline_table = Table(
    "deadline_table",
    metadata,
    *dated.columns("rows", told="JSON with sorted members, by category; its SHA-256 is digest"),
    Column("jurisdiction", Text, nullable=False),
    Column("list_id", Text, nullable=False),
    Column("list_version", Text, nullable=False),
    UniqueConstraint("version", name="deadline_table_version_key"),
    ExcludeConstraint(("valid", "&&"), name="deadline_table_one_at_a_time", using="gist"),
)

case_clock = Table(
    "case_clock",
    metadata,
    Column("case_id", UUID, ForeignKey("case_file.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("round", Integer, primary_key=True, comment="how often a clock of this name began in the case"),
    Column("started_at", DateTime(True), nullable=False),
    Column("due_at", DateTime(True), nullable=False),
    Column("yellow_at", DateTime(True), nullable=False),
    Column("red_at", DateTime(True), nullable=False),
    Column("paused_at", DateTime(True)),
    Column("stopped_at", DateTime(True)),
    Column("running_since", DateTime(True), nullable=False),
    Column("allowed_us", BigInteger, nullable=False),
    Column("used_us", BigInteger, nullable=False),
    Column("amount", JSON, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("extended", JSON, nullable=False),
    Column("uncovered", ARRAY(Integer), nullable=False),
    Column("schedule_id", BigInteger, ForeignKey("work_schedule.id")),
    Column(
        "next_at",
        DateTime(True),
        comment="when the next mark is due that was not told; null for a clock that stands still",
    ),
    Index("case_clock_handle_due", "due_at", postgresql_where=text("name = 'handle'")),
    Index("case_clock_next", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    comment="where each clock stands, worked out from the ledger: frontage clocks check does it again",
)

case_mark = Table(
    "case_mark",
    metadata,
    Column("case_id", UUID, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("mark", Text, primary_key=True),
    Column("reached_at", DateTime(True), nullable=False),
    Column("marked_at", DateTime(True), nullable=False),
    ForeignKeyConstraint(
        ["case_id", "name", "round"],
        ["case_clock.case_id", "case_clock.name", "case_clock.round"],
        name="case_mark_clock",
    ),
)
