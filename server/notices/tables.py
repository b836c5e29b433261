"""What is told to whom: an inbox entry for people of a body, an outbox row for everything that leaves the product, the
channels by which it leaves, and one delivery for each row and channel.
"""

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
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from server.db import metadata

inbox_entry = Table(
    "inbox_entry",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("case_id", UUID, ForeignKey("case_file.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("read_at", DateTime(True)),
    Column(
        "account_id",
        UUID,
        ForeignKey("account.id"),
        comment="for one person; null: for everybody of the body",
    ),
    UniqueConstraint(
        "case_id",
        "organisation_id",
        "kind",
        "account_id",
        name="inbox_entry_once",
        postgresql_nulls_not_distinct=True,
    ),
    Index("inbox_entry_of_organisation", "organisation_id", desc("id")),
    Index(
        "inbox_entry_of_account", "account_id", desc("id"), postgresql_where=text("account_id IS NOT NULL")
    ),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False, unique=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
)

notice_channel = Table(
    "notice_channel",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("all_bodies", Boolean, nullable=False, server_default=text("false")),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column(
        "shown",
        Text,
        nullable=False,
        comment="the address without what would let somebody else send there",
    ),
    Column(
        "sealed",
        Text,
        nullable=False,
        comment="address and secret, encrypted with a key that is not in the database",
    ),
    Column("events", ARRAY(Text), nullable=False),
    Column("quiet_hours", Text),
    Column("digest_minutes", Integer, nullable=False, server_default=text("0")),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("deleted_at", DateTime(True)),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("failing_until", DateTime(True)),
    Index("notice_channel_of_organisation", "organisation_id", postgresql_where=text("deleted_at IS NULL")),
)

_WAITING, _OPEN = text("state = 'pending'"), text("state IN ('pending', 'failed')")
notice_delivery = Table(
    "notice_delivery",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("outbox_id", BigInteger, ForeignKey("outbox.id"), nullable=False),
    Column("channel_id", UUID, ForeignKey("notice_channel.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("case_number", Text),
    Column("urgent", Boolean, nullable=False, server_default=text("false")),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column(
        "batch_id",
        UUID,
        comment="what went, or tries to go, in one message: fixed before the first try",
    ),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_try_at", DateTime(True), nullable=False),
    Column(
        "first_tried_at",
        DateTime(True),
        comment="a delivery is given up a day after this, not after it was put down",
    ),
    Column("last_error", Text),
    Column("last_status", Integer),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
    Column("settled_at", DateTime(True)),
    UniqueConstraint("outbox_id", "channel_id", name="notice_delivery_once"),
    Index("notice_delivery_waiting", "channel_id", "next_try_at", postgresql_where=_WAITING),
    Index("notice_delivery_open", "state", postgresql_where=_OPEN),
    Index("notice_delivery_batch_id", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
    Index("notice_delivery_of_organisation", "organisation_id", desc("id")),
    Index("notice_delivery_of_case", "case_number", desc("id")),
)

term_warning = Table(
    "term_warning",
    metadata,
    Column("practice", Text, primary_key=True),
    Column("thing", UUID, primary_key=True, comment="the matter of court or the proceeding"),
    Column("code", Text, primary_key=True),
    Column("due_on", Date, primary_key=True),
    Column("mark", Text, primary_key=True),
    Column("told_at", DateTime(True), nullable=False),
    comment="what was told of a term; a term that begins anew is another by its last day",
)
