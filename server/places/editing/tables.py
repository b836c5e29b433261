"""Tables of editing: who changed the map, when and why, and which versions stood before and after. Append-only."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, ForeignKey, Index, Table, Text, desc, text
from sqlalchemy.dialects.postgresql import UUID

from server.db import metadata

zone_edit = Table(
    "zone_edit",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("rematch", Boolean, nullable=False),
    Column("undoes", UUID, ForeignKey("zone_edit.id")),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("account_name", Text, nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("made_at", DateTime(True), nullable=False),
    Index("zone_edit_list", desc("made_at"), desc("id")),
)

zone_edit_zone = Table(
    "zone_edit_zone",
    metadata,
    Column("edit_id", UUID, ForeignKey("zone_edit.id"), primary_key=True),
    Column("zone_id", BigInteger, ForeignKey("zone.id"), primary_key=True),
    Column("part", Text, primary_key=True),
    Index("zone_edit_zone_zone_id", "zone_id"),
)
