"""Tables of runs: what was asked and how far it got, the files it works on, and what a drawing found."""

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from server.db import metadata

zone_run = Table(
    "zone_run",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("task", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("files", JSONB, nullable=False, comment="[{part, name, sha256, size_bytes}]"),
    Column(
        "import_id",
        UUID,
        nullable=False,
        comment="of the import it becomes: known before, so that done twice it is one import",
    ),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("asked_at", DateTime(True), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("phase", Text),
    Column("done", Integer),
    Column("total", Integer),
    Column("problem", JSON),
    Column("summary", JSON),
    Column("ended_at", DateTime(True)),
    UniqueConstraint("import_id", name="zone_run_import_id_key"),
    Index("zone_run_list", desc("asked_at"), desc("id")),
    Index("zone_run_account_id", "account_id"),
)

zone_run_piece = Table(
    "zone_run_piece",
    metadata,
    Column("run_id", UUID, ForeignKey("zone_run.id"), primary_key=True),
    Column("part", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("bytes", LargeBinary, nullable=False),
)

zone_run_finding = Table(
    "zone_run_finding",
    metadata,
    Column("run_id", UUID, ForeignKey("zone_run.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("ids", ARRAY(Text), nullable=False),
    Column("street", Text),
    Column("size", Float, nullable=False),
    Column("geometry", JSON, nullable=False),
)
