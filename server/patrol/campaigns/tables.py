"""Campaigns, their terms, zones and results. All of it only ever gains neighbours."""

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, UUID

from server.db import metadata

campaign = Table(
    "campaign",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("selection", JSONB, nullable=False),
    Column("checklist", JSON, nullable=False),
    Column("made_at", DateTime(True), nullable=False),
    Column("made_by", UUID, ForeignKey("account.id"), nullable=False),
    Index("campaign_list", desc("made_at"), desc("id")),
    comment="what results refer to, and so never changes; what may change stands in campaign_terms",
)

campaign_terms = Table(
    "campaign_terms",
    metadata,
    Column("campaign_id", UUID, ForeignKey("campaign.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("target_visits", Integer, nullable=False),
    Column("cancelled_because", Text),
    Column("decided_at", DateTime(True), nullable=False),
    Column("decided_by", UUID, ForeignKey("account.id"), nullable=False),
    Column(
        "goals",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="by code of a township: how many of its zones the checklist is to be gone through in; "
        "left out: all of them",
    ),
    comment="the highest version counts; the ones before say what it was",
)

campaign_zone = Table(
    "campaign_zone",
    metadata,
    Column("campaign_id", UUID, ForeignKey("campaign.id"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("township_code", Text),
    comment="chosen once, by the zones of the first day; later versions of a code count for it",
)

campaign_result = Table(
    "campaign_result",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("campaign_id", UUID, nullable=False),
    Column("zone_code", Text, nullable=False),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("looked_at", DateTime(True), nullable=False),
    Column("received_at", DateTime(True), nullable=False),
    Column("digest", Text, nullable=False),
    Column(
        "items", JSONB, nullable=False, comment="item of the checklist, whether it was in order, and a note"
    ),
    Column("note", Text, nullable=False),
    ForeignKeyConstraint(
        ["campaign_id", "zone_code"],
        ["campaign_zone.campaign_id", "campaign_zone.code"],
        name="campaign_result_zone",
    ),
    Index("campaign_result_list", "campaign_id", desc("received_at"), desc("id")),
    Index("campaign_result_of_zone", "campaign_id", "zone_code", "looked_at", "id"),
)

campaign_result_report = Table(
    "campaign_result_report",
    metadata,
    Column("result_id", UUID, ForeignKey("campaign_result.id"), primary_key=True),
    Column("report_id", UUID, ForeignKey("report.id"), primary_key=True),
    Column("role", Text, nullable=False),
    Index("campaign_result_report_report_id", "report_id"),
)
