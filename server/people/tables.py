"""Tables of people; the server's role reads them through row-level security and a few functions."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import INET, JSONB, UUID

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
    Column(
        "version",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="number of its last change in organisation_change",
    ),
    Column(
        "closed_at",
        DateTime(True),
        comment="nobody joins it any more and no case is sent to it; what was its own stays so",
    ),
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
    Column(
        "version",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="number of its last change in account_change",
    ),
    Column(
        "must_change_password",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="the password was told by somebody else: it opens no session",
    ),
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

account_change = Table(
    "account_change",
    metadata,
    Column("account_id", UUID, ForeignKey("account.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("action", Text, nullable=False),
    Column(
        "before",
        JSONB,
        comment="what of the account was otherwise before; null when nothing can be put back",
    ),
    Column("after", JSONB),
    Column("made_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("made_by", UUID, ForeignKey("account.id"), comment="null: an operator at the command line"),
)

organisation_change = Table(
    "organisation_change",
    metadata,
    Column("organisation_id", UUID, ForeignKey("organisation.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("action", Text, nullable=False),
    Column(
        "before",
        JSONB,
        comment="what of the organisation was otherwise before; null when nothing can be put back",
    ),
    Column("after", JSONB),
    Column("made_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("made_by", UUID, ForeignKey("account.id"), comment="null: an operator at the command line"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("writes", Boolean, nullable=False),
    Column(
        "digest",
        LargeBinary,
        nullable=False,
        comment="SHA-256 of the token: what is read here opens nothing",
    ),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("expires_at", DateTime(True), nullable=False),
    Column(
        "last_used_on",
        Date,
        comment="day in UTC: enough to tell which are forgotten, and one write a day",
    ),
    Column("revoked_at", DateTime(True)),
    Column("revoked_by", UUID, ForeignKey("account.id")),
    Index("api_token_account_id", "account_id", desc("created_at")),
)
