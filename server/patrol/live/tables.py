"""Where officers are now, calls for help with what became of them, and assists. All but the first only ever grow."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    desc,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, REAL, UUID

from server.db import metadata

officer_position = Table(
    "officer_position",
    metadata,
    Column("account_id", UUID, ForeignKey("account.id"), primary_key=True),
    Column("device_id", BigInteger, ForeignKey("device.id"), nullable=False),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("accuracy_m", REAL),
    Column("battery", REAL),
    Column("recorded_at", DateTime(True), nullable=False),
    Column("received_at", DateTime(True), nullable=False),
    comment="the newest usable fix of each officer, WGS-84",
)

sos = Table(
    "sos",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("raised_at", DateTime(True), nullable=False),
    Column("received_at", DateTime(True), nullable=False),
    Column("note", Text),
    Column("told", JSON, comment="the position as the phone told it, whatever that was"),
    Column("lon", Double, comment="WGS-84, where what was told can be read as a position"),
    Column("lat", Double),
    Column("accuracy_m", Double),
    Column("township_code", Text),
    Index("sos_list", desc("received_at"), desc("id")),
)

sos_event = Table(
    "sos_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("sos_id", UUID, ForeignKey("sos.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(True), nullable=False),
    Column("account_id", UUID, ForeignKey("account.id")),
    Column("outcome", Text),
    Column("note", Text),
    UniqueConstraint("sos_id", "kind", name="sos_event_once"),
)

assist = Table(
    "assist",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("happened_at", DateTime(True), nullable=False),
    Column("received_at", DateTime(True), nullable=False),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("sent_lon", Double, nullable=False),
    Column("sent_lat", Double, nullable=False),
    Column("datum", Text, nullable=False),
    Column("accuracy_m", Double),
    Column("township_code", Text),
    Column("address", Text),
    Column("what", Text, nullable=False),
    Column("people_helped", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column(
        "reports",
        ARRAY(UUID),
        nullable=False,
        comment="reports of the same officer, whose photos show it",
    ),
    Index("assist_list", desc("happened_at"), desc("id")),
    comment="rescue by patrols: whom they helped is counted, never named",
)
