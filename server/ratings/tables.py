"""Ledgers of scores, lists made of them, appeals and corrections.

All of it only ever gains neighbours, but for where each ledger ends and what waits to be looked at.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from server.db import metadata

score_head = Table(
    "score_head",
    metadata,
    Column("subject_id", UUID, ForeignKey("subject.id"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("head", Text, nullable=False),
    comment="the newest entry of each ledger: with it a cut-off tail shows",
)

score_entry = Table(
    "score_entry",
    metadata,
    Column("subject_id", UUID, ForeignKey("subject.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column(
        "id",
        BigInteger,
        Identity(always=True),
        nullable=False,
        unique=True,
        comment="in the order in which entries came: a list says up to which it reads",
    ),
    Column("recorded_at", DateTime(True), nullable=False),
    Column(
        "actor_id",
        UUID,
        ForeignKey("account.id"),
        comment="null: entered by itself, for a case that was closed",
    ),
    Column("action", Text, nullable=False),
    Column(
        "body",
        Text,
        nullable=False,
        comment="canonical JSON (RFC 8785) as text: the hash covers these very bytes",
    ),
    Column("key", UUID, unique=True, comment="given by whoever sends an entry: sent again it is the same"),
    Column(
        "case_id",
        UUID,
        ForeignKey("case_file.id"),
        comment="a case is entered once each time it is closed, and taken out once each time it is opened again",
    ),
    Column(
        "record_id",
        UUID,
        # As the database tells it.
        Computed("(((body)::jsonb ->> 'record'::text))::uuid", persisted=True),
        ForeignKey("form_record.id"),
        comment="a record is entered once, and corrects another once",
    ),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(
        "score_entry_of_case",
        "case_id",
        "action",
        text("(CAST(body AS jsonb) ->> 'reworks')"),
        unique=True,
        postgresql_where=text("case_id IS NOT NULL"),
    ),
    Index(
        "score_entry_of_record",
        "record_id",
        "action",
        unique=True,
        postgresql_where=text("record_id IS NOT NULL"),
    ),
)

score_due = Table(
    "score_due",
    metadata,
    Column("case_id", UUID, ForeignKey("case_file.id"), primary_key=True),
    Column(
        "closed_at",
        DateTime(True),
        nullable=False,
        comment="when it was closed, or had been before it was opened again",
    ),
    Index("score_due_order", "closed_at", "case_id"),
    comment="cases that were closed or opened again and not looked at yet for ratings",
)

score_due_record = Table(
    "score_due_record",
    metadata,
    Column("nth", BigInteger, Identity(always=True), primary_key=True),
    Column("record_id", UUID, ForeignKey("form_record.id"), nullable=False),
    UniqueConstraint("record_id", name="score_due_record_key"),
    comment="records that were not looked at yet for ratings, each after what it corrects",
)

rating_list = Table(
    "rating_list",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("on_day", Date, nullable=False),
    Column("rules_id", BigInteger, ForeignKey("rulebook.id"), nullable=False),
    Column("through", BigInteger, nullable=False, comment="the newest entry of a ledger that it read"),
    Column(
        "merged", JSONB, nullable=False, comment="subjects that counted as another's record, with that one"
    ),
    Column(
        "content", Text, nullable=False, comment="canonical JSON (RFC 8785) as text; its SHA-256 is digest"
    ),
    Column("digest", Text, nullable=False),
    Column("made_at", DateTime(True), nullable=False),
    Column("made_by", UUID, ForeignKey("account.id"), nullable=False),
    Index("rating_list_newest", desc("made_at"), desc("id")),
    comment="the red and the black list of a day, worked out from ledgers; it can be worked out again",
)

rating_entry = Table(
    "rating_entry",
    metadata,
    Column("list_id", UUID, ForeignKey("rating_list.id"), primary_key=True),
    Column("subject_id", UUID, ForeignKey("subject.id"), primary_key=True),
    Column("colour", Text, nullable=False),
    Column("score", Text, nullable=False),
    Column("stars", Integer),
    Column("name", Text, nullable=False),
    Column("street", Text),
    Column("township_code", Text),
    Index("rating_entry_of_subject", "subject_id"),
    comment="who is on a list, named as on that day",
)

rating_list_step = Table(
    "rating_list_step",
    metadata,
    Column("list_id", UUID, ForeignKey("rating_list.id"), primary_key=True),
    Column("action", Text, primary_key=True),
    Column("at", DateTime(True), nullable=False),
    Column("by", UUID, ForeignKey("account.id"), nullable=False),
    Column("notice_until", Date, comment="last day of the notice; it is published after it"),
    Column("appeal_until", Date, comment="last day to appeal"),
    Column("reason", Text),
)


def _entry(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["list_id", "subject_id"], ["rating_entry.list_id", "rating_entry.subject_id"], name=name
    )


rating_appeal = Table(
    "rating_appeal",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("list_id", UUID, nullable=False),
    Column("subject_id", UUID, nullable=False),
    Column(
        "contested",
        JSONB,
        nullable=False,
        comment="ids of the entries of ledgers that are said to be wrong",
    ),
    Column("grounds", Text, nullable=False),
    Column("made_at", DateTime(True), nullable=False),
    Column(
        "made_by", UUID, ForeignKey("account.id"), nullable=False, comment="who took it down for the shop"
    ),
    _entry("rating_appeal_entry"),
    UniqueConstraint("list_id", "subject_id", name="rating_appeal_once"),
)

rating_appeal_decision = Table(
    "rating_appeal_decision",
    metadata,
    Column("appeal_id", UUID, ForeignKey("rating_appeal.id"), primary_key=True),
    Column("upheld", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", DateTime(True), nullable=False),
    Column("decided_by", UUID, ForeignKey("account.id"), nullable=False),
)

rating_correction = Table(
    "rating_correction",
    metadata,
    Column("appeal_id", UUID, ForeignKey("rating_appeal.id"), primary_key=True),
    Column("list_id", UUID, nullable=False),
    Column("subject_id", UUID, nullable=False),
    Column("colour", Text, comment="the list it is on now; null: on none"),
    Column("score", Text, nullable=False),
    Column("at", DateTime(True), nullable=False),
    _entry("rating_correction_entry"),
    UniqueConstraint("list_id", "subject_id", name="rating_correction_once"),
    comment="what an upheld appeal made of an entry; the list itself stays as it was",
)
