"""Tables of imports: the file as sent, what was read of it, what is wrong with it, and that it was applied."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from server.db import metadata

zone_import = Table(
    "zone_import",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("made_by", UUID, ForeignKey("account.id"), comment="null: an operator at the command line"),
    Column("made_at", DateTime(True), nullable=False, server_default=text("now()")),
    Index("zone_import_list", desc("made_at"), desc("id")),
    Index("zone_import_made_by", "made_by"),
)

zone_import_piece = Table(
    "zone_import_piece",
    metadata,
    Column("import_id", UUID, ForeignKey("zone_import.id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("bytes", LargeBinary, nullable=False),
)

zone_import_zone = Table(
    "zone_import_zone",
    metadata,
    Column("import_id", UUID, ForeignKey("zone_import.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("code", Text),
    Column("name", Text, nullable=False),
    Column("township_code", Text),
    Column("properties", JSONB, nullable=False),
    Column(
        "wkb",
        Text,
        comment="as told, in WGS-84, hexadecimal; text because it may be no valid geometry",
    ),
    Column("repaired_wkb", Text),
    Column("repaired_township", Text),
    Column("refused", Boolean, nullable=False),
    Column(
        "same_as",
        BigInteger,
        comment="id of the version in force that had the same shape when the file was read",
    ),
)

zone_import_fault = Table(
    "zone_import_fault",
    metadata,
    Column("import_id", UUID, ForeignKey("zone_import.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("feature", Integer),
    Column("zone_code", Text),
    Column("params", JSONB, nullable=False),
    Column("geometry", JSON),
)

zone_import_applied = Table(
    "zone_import_applied",
    metadata,
    Column("import_id", UUID, ForeignKey("zone_import.id"), primary_key=True),
    Column("valid_from", Date, nullable=False),
    Column("decisions", JSONB, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("applied_by", UUID, ForeignKey("account.id")),
    Column("applied_at", DateTime(True), nullable=False, server_default=text("now()")),
    Index("zone_import_applied_applied_by", "applied_by"),
)
