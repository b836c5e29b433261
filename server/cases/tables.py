"""The case itself. Its history is the ledger (server.evidence), its reports are joined by `case_report`."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from server.db import metadata

case_number_seq = Sequence("case_number_seq", metadata=metadata)

case_file = Table(
    "case_file",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("township_code", Text),
    Column("category", Text, nullable=False),
    Column("place", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
    Column("reporter_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("opened_at", DateTime(True), nullable=False),
    Column("due_at", DateTime(True)),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("ledger_seq", Integer, nullable=False, server_default=text("0")),
    Column(
        "ledger_head",
        Text,
        nullable=False,
        server_default=text("''"),
        comment="hash of the newest ledger entry: with ledger_seq it shows a cut-off tail",
    ),
    Column("tile_key", BigInteger, Computed("tile_key(place)", persisted=True)),
    Index("case_file_tile_key", "tile_key"),
    Index("case_file_list", desc("opened_at"), desc("id")),
    Index("case_file_of_organisation", "organisation_id", desc("opened_at"), desc("id")),
    Index("case_file_of_reporter", "reporter_id", desc("opened_at"), desc("id")),
    Index("case_file_place", "place", postgresql_using="gist"),
)

case_report = Table(
    "case_report",
    metadata,
    Column("case_id", UUID, ForeignKey("case_file.id"), primary_key=True),
    Column("report_id", UUID, ForeignKey("report.id"), primary_key=True, unique=True),
    Column("relation", Text, nullable=False),
)
