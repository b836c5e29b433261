"""Tables of people; the server's role reads them through row-level security and a few functions."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import INET, UUID

from server.db import metadata

organisation = Table(
    "organisation",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("body_name", Text, nullable=False),
    Column("body_name_en", Text, nullable=False),
    Column("parent_id", UUID, ForeignKey("organisation.id")),
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
    Index("organisation_one_district", "kind", unique=True, postgresql_where=text("kind = 'district'")),
)

account = Table(
    "account",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("username", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("password_changed_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("disabled_at", DateTime(True)),
)

session = Table(
    "session",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("refresh_jti", UUID, nullable=False),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("refreshed_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("expires_at", DateTime(True), nullable=False),
    Column("revoked_at", DateTime(True)),
    Column("revoked_because", Text),
    Column(
        "previous_jti", UUID, comment="refresh token that refresh_jti came for; null once it was shown again"
    ),
    Index("session_account_id", "account_id"),
)

login_attempt = Table(
    "login_attempt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("attempted_at", DateTime(True), nullable=False),
    Column(
        "username_digest",
        LargeBinary,
        nullable=False,
        comment="keyed digest of what was typed: people type passwords into the wrong field",
    ),
    Column("address", INET, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Index("login_attempt_account", "username_digest", "attempted_at"),
    Index("login_attempt_address", "address", "attempted_at"),
)
