"""Tables of keeping, equal to the migration: compared by a test."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from server.db import metadata

legal_hold = Table(
    "legal_hold",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id"), comment="whose; null: everybody's"),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("to_at", DateTime(timezone=True)),
    Column("reason", Text, nullable=False),
    Column("set_by", Uuid, ForeignKey("account.id"), nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
)

legal_hold_end = Table(
    "legal_hold_end",
    metadata,
    Column("hold_id", Uuid, ForeignKey("legal_hold.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("lifted_by", Uuid, ForeignKey("account.id"), nullable=False),
    Column("lifted_at", DateTime(timezone=True), nullable=False),
)

track_day = Table(
    "track_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("coarsened_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    comment="days (UTC) whose precise fixes are gone, of somebody at least: what was seen then is not made anew",
)

shift_figures = Table(
    "shift_figures",
    metadata,
    Column("shift_id", Uuid, ForeignKey("shift.id"), primary_key=True),
    Column("figures", JSONB, nullable=False),
    Column("worked_out_at", DateTime(timezone=True), nullable=False),
    Column(
        "final", Boolean, nullable=False, comment="worked out before the fixes became coarse; stays as it is"
    ),
)

deletion_report = Table(
    "deletion_report",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("what", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("day", Date, comment="UTC; null: not of a single day"),
    Column("before_at", DateTime(timezone=True), nullable=False),
    Column("after_days", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column(
        "left_rows",
        BigInteger,
        nullable=False,
        comment="coarse rows that took the place of those that went",
    ),
    Column("held_rows", BigInteger, nullable=False, comment="as old, and kept by a hold"),
    Column(
        "digest",
        Text,
        nullable=False,
        comment="SHA-256 of one line an account, sorted: the account, a space, SHA-256 of its rows as JSON in UTC, "
        "a line each, sorted",
    ),
)
