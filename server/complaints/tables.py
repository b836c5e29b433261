"""Complaints, who made them, who looked at that, and the calls after closing. All of it only ever gains neighbours."""

from geoalchemy2 import Geometry
from sqlalchemy import (
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
    UniqueConstraint,
    desc,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, UUID

from server.db import metadata

complaint = Table(
    "complaint",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("case_id", UUID, ForeignKey("case_file.id"), nullable=False),
    Column("relation", Text, nullable=False),
    Column("corrects", UUID, ForeignKey("complaint.id")),
    Column("because", JSON, nullable=False),
    Column("channel", Text, nullable=False),
    Column("external_number", Text),
    Column("made_at", DateTime(True), nullable=False),
    Column("recorded_at", DateTime(True), nullable=False),
    Column("taken_by", UUID, ForeignKey("account.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column(
        "matter",
        Text,
        nullable=False,
        comment="what was said, with the complainant's name, numbers and address masked",
    ),
    Column("category", Text),
    Column("address", Text),
    Column("zone_hint", Text),
    Column("place", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
    Column("sent_lon", Double, nullable=False),
    Column("sent_lat", Double, nullable=False),
    Column("datum", Text, nullable=False),
    Column("accuracy_m", Double, nullable=False),
    Column("judged_on", Date, nullable=False),
    Column("township_code", Text),
    Column("zone_codes", ARRAY(Text), nullable=False),
    Column("match", JSON, nullable=False),
    Column("routing", JSON, nullable=False),
    Column("callback_wished", Boolean, nullable=False),
    Column(
        "commitment",
        Text,
        nullable=False,
        comment="SHA-256 of salt and payload of complaint_person: proves them and tells nothing of them",
    ),
    UniqueConstraint("corrects", name="complaint_corrected_once"),
    Index("complaint_list", desc("recorded_at"), desc("id")),
    Index("complaint_of_case", "case_id"),
    Index("complaint_external_number", "external_number"),
    Index("complaint_zone_codes", "zone_codes", postgresql_using="gin"),
)

complaint_person = Table(
    "complaint_person",
    metadata,
    Column("complaint_id", UUID, ForeignKey("complaint.id"), primary_key=True),
    Column("salt", Text, nullable=False),
    Column(
        "payload",
        Text,
        nullable=False,
        comment="the complaint as received, complainant included, as canonical JSON (RFC 8785)",
    ),
)

complaint_access = Table(
    "complaint_access",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("complaint_id", UUID, ForeignKey("complaint.id"), nullable=False),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("looked_at", DateTime(True), nullable=False),
    Column("why", Text, nullable=False),
    Index("complaint_access_of_complaint", "complaint_id", desc("id")),
    Index("complaint_access_when", desc("looked_at"), desc("id")),
)

complaint_callback = Table(
    "complaint_callback",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("complaint_id", UUID, ForeignKey("complaint.id"), nullable=False),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("called_at", DateTime(True), nullable=False),
    Column("reached", Boolean, nullable=False),
    Column("satisfaction", Integer),
    Column("note", Text),
    Index("complaint_callback_of_complaint", "complaint_id", desc("id")),
)
