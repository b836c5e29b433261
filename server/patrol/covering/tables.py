"""Tables of what was seen, equal to the migration: compared by a test."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import BIT

from server.db import metadata

_CELLS = BIT(varying=True)


patrol_front = Table(
    "patrol_front",
    metadata,
    Column("zone_id", BigInteger, ForeignKey("zone.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("township_code", Text),
    Column("street", Text),
    Column("length_m", Double, nullable=False),
    Column("cells", Integer, nullable=False),
    Column(
        "axis",
        Geometry(spatial_index=False),
        nullable=False,
        comment="metres: along the street through the zone version, cut into cells of about one metre",
    ),
    Index("patrol_front_township_code", "township_code"),
    Index("patrol_front_street", "street"),
)

sighting = Table(
    "sighting",
    metadata,
    Column("device_id", BigInteger, primary_key=True, autoincrement=False),
    Column("zone_id", BigInteger, primary_key=True, autoincrement=False),
    Column("slot_at", DateTime(timezone=True), primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("certain", _CELLS, nullable=False),
    Column("probable", _CELLS, nullable=False),
    Index("sighting_of_zone", "zone_id", "slot_at"),
    comment="which cells of a front one device saw within one slot of five minutes; worked out of fixes",
    postgresql_partition_by="RANGE (slot_at)",
)

mark_arrival = Table(
    "mark_arrival",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("arrived_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    comment="reports and visit marks that are not yet counted as visits; gone when they are",
)

zone_mark = Table(
    "zone_mark",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("zone_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("kind", Text, primary_key=True),
    Index("zone_mark_of_zone", "zone_id", "at"),
    Index("zone_mark_of_account", "account_id", "at"),
    comment="where a report or a visit mark was made; worked out of them as sightings are of fixes",
)

visit = Table(
    "visit",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("zone_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False, comment="local day of from_at; no visit straddles one"),
    Column("from_at", DateTime(timezone=True), primary_key=True),
    Column("to_at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, primary_key=True),
    Column("certain", Boolean, nullable=False),
    Column("certain_m", REAL, nullable=False),
    Column("probable_m", REAL, nullable=False),
    Column("shift_id", Uuid, comment="the last shift begun before the visit ended"),
    Index("visit_of_zone", "zone_id", "from_at"),
    Index("visit_of_account", "account_id", "from_at"),
)

coverage_day = Table(
    "coverage_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("zone_id", BigInteger, primary_key=True, autoincrement=False),
    Column("certain", _CELLS, nullable=False, comment="cells that anybody saw, too short for a visit too"),
    Column("probable", _CELLS, nullable=False),
    Column("certain_m", REAL, nullable=False),
    Column("probable_m", REAL, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("officers", Integer, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)

coverage_week = Table(
    "coverage_week",
    metadata,
    Column("week", Date, primary_key=True),
    Column("zone_id", BigInteger, primary_key=True, autoincrement=False),
    Column("certain", _CELLS, nullable=False),
    Column("probable", _CELLS, nullable=False),
    Column("certain_m", REAL, nullable=False),
    Column("probable_m", REAL, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("officers", Integer, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)

coverage_rebuild = Table(
    "coverage_rebuild",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("officer_id", Uuid, ForeignKey("account.id")),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("done_day", Date, comment="days up to this one are done: where a killed worker goes on"),
    Column("ended_at", DateTime(timezone=True)),
)
Index("coverage_rebuild_list", desc(coverage_rebuild.c.asked_at), desc(coverage_rebuild.c.id))
