"""The case itself, what was answered to whom under a key, and which reports another body may see.

The history of a case is the ledger (server.evidence), its reports are joined by `case_report`.
"""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
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
from sqlalchemy.dialects.postgresql import JSON, JSONB, UUID

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
    Column(
        "closed_at",
        DateTime(True),
        comment="when it came to its end, whichever end that was; null while it is open",
    ),
    Column("handler_id", UUID, ForeignKey("account.id")),
    Column("checker_id", UUID, ForeignKey("account.id")),
    Column(
        "round",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="how often it went back to be handled again",
    ),
    Column("round_began_at", DateTime(True), comment="when it last went back: an after-photo must be newer"),
    Column("emergency", Boolean, nullable=False, server_default=text("false")),
    Column(
        "deadline",
        JSON,
        comment="the row of the deadline table it is measured by, frozen when its clocks began",
    ),
    Column("extension", JSONB, comment="an extension that was asked for and not decided yet"),
    Column("suspended_from", Text),
    Column("suspended_until", DateTime(True)),
    Column("department", Text),
    Column("parent_id", UUID, ForeignKey("case_file.id")),
    Column("parent_relation", Text),
    Column("merged_into", UUID, ForeignKey("case_file.id")),
    Column("tile_key", BigInteger, Computed("tile_key(place)", persisted=True)),
    Index("case_file_tile_key", "tile_key"),
    Index("case_file_due", "due_at", postgresql_where=text("closed_at IS NULL")),
    Index(
        "case_file_handed_over",
        "opened_at",
        "id",
        postgresql_where=text("state IN ('dispatched', 'accepted')"),
    ),
    Index("case_file_of_parent", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
    Index("case_file_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    Index("case_file_of_handler", "handler_id", postgresql_where=text("handler_id IS NOT NULL")),
    Index("case_file_of_checker", "checker_id", postgresql_where=text("checker_id IS NOT NULL")),
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

case_action = Table(
    "case_action",
    metadata,
    Column("account_id", UUID, ForeignKey("account.id"), primary_key=True),
    Column("key", UUID, primary_key=True),
    Column("case_id", UUID, ForeignKey("case_file.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("made_at", DateTime(True), nullable=False, server_default=text("now()")),
    comment="what an action with a key answered: a phone that asks again gets the same",
)

report_share = Table(
    "report_share",
    metadata,
    Column("case_id", UUID, ForeignKey("case_file.id"), primary_key=True),
    Column("report_id", UUID, ForeignKey("report.id"), primary_key=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Index("report_share_of_organisation", "organisation_id", "report_id"),
    comment="reports of a case that went to another body than the one they were routed to: "
    "that body sees them while it has the case",
)
