"""Calendars, office hours and the schedules made of them. Rows are only ever added; the newest counts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, UUID

from server.db import metadata

work_calendar = Table(
    "work_calendar",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("published_on", Date),
    Column("digest", Text, nullable=False),
    Column("years", ARRAY(Integer), nullable=False),
    Column("days", JSON, nullable=False, comment="JSON with sorted members; its SHA-256 is digest"),
    Column("created_at", DateTime(True), nullable=False),
    Column("created_by", UUID, ForeignKey("account.id")),
    comment="each row is all that was known of holidays and make-up days; the newest counts",
)

office_hours = Table(
    "office_hours",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column(
        "hours",
        Text,
        nullable=False,
        comment="windows as in 1-5 08:30-12:00; of two rows of one day the newer counts",
    ),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("created_at", DateTime(True), nullable=False),
    Column("created_by", UUID, ForeignKey("account.id")),
    Index("office_hours_of_organisation", "organisation_id", "valid_from", "id"),
)

work_schedule = Table(
    "work_schedule",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("since", Date, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", JSON, nullable=False, comment="JSON with sorted members; its SHA-256 is digest"),
    Column("created_at", DateTime(True), nullable=False),
    Index("work_schedule_of_organisation", "organisation_id", "since", "id"),
    comment="hours and calendar of one body put together: what clocks are counted by",
)
