"""Tables of re-matching: an order with how far it got, and the reports whose answer would differ."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from server.db import metadata

rematch = Table(
    "rematch",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("run_by", UUID, ForeignKey("account.id")),
    Column("requested_at", DateTime(True), nullable=False),
    Column("kind", Text),
    Column("area", ARRAY(Double)),
    Column("received_from", DateTime(True), nullable=False),
    Column("received_to", DateTime(True), nullable=False),
    Column("state", Text, nullable=False),
    Column("looked_at", Integer, nullable=False, server_default=text("0")),
    Column("last_received_at", DateTime(True)),
    Column("last_report_id", UUID),
    Column("done_at", DateTime(True)),
    Index("rematch_list", desc("requested_at"), desc("id")),
)

rematch_report = Table(
    "rematch_report",
    metadata,
    Column("rematch_id", UUID, ForeignKey("rematch.id"), primary_key=True),
    Column("report_id", UUID, ForeignKey("report.id"), primary_key=True),
    Column("before_match", BigInteger, ForeignKey("zone_match.id"), nullable=False),
    Column("changes", JSONB, nullable=False),
    Column("result", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("match_id", BigInteger, ForeignKey("zone_match.id")),
    Index("rematch_report_report_id", "report_id"),
)
