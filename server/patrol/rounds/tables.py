"""The table of rounds, equal to the migration: compared by a test."""

from __future__ import annotations

from sqlalchemy import JSON, UUID, Column, Date, DateTime, ForeignKey, Index, Table, Text, desc

from server.db import metadata

patrol_round = Table(
    "patrol_round",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False, comment="of who walks it"),
    Column("day", Date, nullable=False),
    Column("sent_by", UUID, ForeignKey("account.id"), nullable=False),
    Column("sent_at", DateTime(True), nullable=False),
    Column("digest", Text, nullable=False),
    Column("told", JSON, nullable=False, comment="streets with codes of zones, metres, minutes, line, note"),
    Index("patrol_round_list", desc("sent_at"), desc("id")),
    Index("patrol_round_of_account", "account_id", desc("day")),
    comment="walks that somebody was asked for; the newest of a day counts",
)
