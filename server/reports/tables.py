"""Tables of reports: immutable rows that only gain neighbours. The payload is the truth, the columns are its index."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    desc,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB, UUID

from server.db import metadata

report = Table(
    "report",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("officer_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column(
        "payload",
        Text,
        nullable=False,
        comment="the report as received, canonical JSON (RFC 8785): its SHA-256 is digest",
    ),
    Column("captured_at", DateTime(True), nullable=False),
    Column("received_at", DateTime(True), nullable=False),
    Column(
        "judged_on",
        Date,
        nullable=False,
        comment="the local day whose zones apply: of captured_at, or of received_at when that is not believed",
    ),
    Column("place", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
    Column("sent_lon", Double, nullable=False),
    Column("sent_lat", Double, nullable=False),
    Column("datum", Text, nullable=False),
    Column("accuracy_m", Double, nullable=False),
    Column("bearing_deg", Double),
    Column("source", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("township_code", Text),
    Column(
        "zone_codes",
        ARRAY(Text),
        nullable=False,
        comment="codes of the zones its first match was certain or likely of: an index, not a fact",
    ),
    Column("tile_key", BigInteger, Computed("tile_key(place)", persisted=True)),
    Index("report_tile_key", "tile_key"),
    Index("report_list", desc("received_at"), desc("id")),
    Index("report_of_officer", "officer_id", "captured_at"),
    Index("report_of_organisation", "organisation_id", desc("received_at"), desc("id")),
    Index("report_place", "place", postgresql_using="gist"),
    Index("report_zone_codes", "zone_codes", postgresql_using="gin"),
)

report_photo = Table(
    "report_photo",
    metadata,
    Column("report_id", UUID, ForeignKey("report.id"), primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("role", Text, nullable=False),
    Column("captured_at", DateTime(True)),
    Index("report_photo_sha256", "sha256"),
)

zone_match = Table(
    "zone_match",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("report_id", UUID, ForeignKey("report.id"), nullable=False),
    Column("made_at", DateTime(True), nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("judged_on", Date, nullable=False),
    Column(
        "result",
        JSON,
        nullable=False,
        comment="verdicts with zone codes and versions, candidates, why, as canonical JSON (RFC 8785)",
    ),
    Column("routing", JSON, nullable=False),
    Index("zone_match_report_id", "report_id", desc("id")),
)

finding = Table(
    "finding",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("report_id", UUID, ForeignKey("report.id"), nullable=False),
    Column("sha256", Text),
    Column("code", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("found_at", DateTime(True), nullable=False),
    Index("finding_report_id", "report_id"),
)

report_duty = Table(
    "report_duty",
    metadata,
    Column("report_id", UUID, ForeignKey("report.id"), primary_key=True),
    Column(
        "rulebook_id",
        BigInteger,
        ForeignKey("rulebook.id"),
        nullable=False,
        comment="the set of duties in force on report.judged_on",
    ),
    Column("duty", Text, nullable=False),
    Column("items", ARRAY(Text), nullable=False, comment="codes of its rows"),
    Column(
        "told", Boolean, nullable=False, comment="the officer named the items; otherwise the category did"
    ),
    comment="beside a report, from the same moment: nothing of it is worked out again",
)
