"""Tables of positions, equal to the migration: compared by a test."""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from server.db import metadata

device = Table(
    "device",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("datum", Text, nullable=False, comment="what the device said last that its positions are in"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("revoked_at", DateTime(timezone=True)),
    UniqueConstraint("account_id", "kind", "name", name="device_name_key"),
)

position_fix = Table(
    "position_fix",
    metadata,
    Column("device_id", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_at", DateTime(timezone=True), primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("shift_id", Uuid, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("lon", Double, nullable=False, comment="degrees WGS-84, converted once from sent_lon in datum"),
    Column("lat", Double, nullable=False),
    Column("accuracy_m", REAL),
    Column("speed_mps", REAL),
    Column("bearing_deg", REAL),
    Column("altitude_m", REAL),
    Column("battery", REAL),
    Column("mock", Boolean, nullable=False),
    Column("on_duty", Boolean, nullable=False, comment="false: within the grace before or after the shift"),
    Column("datum", Text, nullable=False),
    Column("sent_lon", Double, nullable=False),
    Column("sent_lat", Double, nullable=False),
    Index("position_fix_recorded_at", "recorded_at", postgresql_using="brin"),
    postgresql_partition_by="RANGE (recorded_at)",
)

fix_arrival = Table(
    "fix_arrival",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("device_id", BigInteger, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("recorded", ARRAY(DateTime(timezone=True)), nullable=False),
    Column("arrived_at", DateTime(timezone=True), nullable=False),
    comment="fixes of one batch that were stored and are not yet counted as seen; gone when they are",
)
