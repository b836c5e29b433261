"""Tables of responsible subjects. What held is never written over: rows end and others begin."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, UUID, ExcludeConstraint

from server.db import metadata

_NEVER = "empty: taken back, it never held"

subject = Table(
    "subject",
    metadata,
    Column("id", UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column(
        "code",
        Text,
        Computed(
            "'S-' || lpad(CAST(number AS text), greatest(6, length(CAST(number AS text))), '0')",
            persisted=True,
        ),
        nullable=False,
        unique=True,
    ),
    Column(
        "township_code",
        Text,
        comment="the township that keeps it; its places lie there. null: the district keeps it",
    ),
    Column(
        "successor_of",
        UUID,
        ForeignKey("subject.id"),
        comment="who had the premises before: another subject, whose doings are not this one's",
    ),
    Column("merged_into", UUID, ForeignKey("subject.id"), comment="it was a second record of that one"),
    Column("merged_at", DateTime(True)),
    Column("sample", Boolean, nullable=False),
    Column("created_at", DateTime(True), nullable=False),
    Column("created_by", UUID, ForeignKey("account.id")),
    Index("subject_by_number", "number", unique=True),
    Index("subject_of_township", "township_code", "code"),
    Index("subject_successors", "successor_of", postgresql_where=text("successor_of IS NOT NULL")),
    Index("subject_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    comment="who answers for zones; what is said of it stands in its versions, places and persons",
)

subject_version = Table(
    "subject_version",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject_id", UUID, ForeignKey("subject.id"), nullable=False),
    Column("valid", DATERANGE, nullable=False, comment=_NEVER),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("trade", Text),
    Column(
        "licence",
        Text,
        comment="unified social credit code, or the number of another licence, as it is written",
    ),
    Column("recorded_at", DateTime(True), nullable=False),
    Column("recorded_by", UUID, ForeignKey("account.id")),
    Index("subject_version_of_subject", "subject_id", desc("id")),
    ExcludeConstraint(
        ("subject_id", "="), ("valid", "&&"), name="subject_version_one_at_a_time", using="gist"
    ),
    ExcludeConstraint(("licence", "="), ("valid", "&&"), name="subject_licence_one_at_a_time", using="gist"),
)

subject_place = Table(
    "subject_place",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject_id", UUID, ForeignKey("subject.id"), nullable=False),
    Column("zone_kind", Text, nullable=False),
    Column("zone_code", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False, comment=_NEVER),
    Column("recorded_at", DateTime(True), nullable=False),
    Column("recorded_by", UUID, ForeignKey("account.id")),
    Index("subject_place_of_subject", "subject_id", desc("id")),
    Index("subject_place_zone", "zone_kind", "zone_code"),
    ExcludeConstraint(
        ("zone_kind", "="),
        ("zone_code", "="),
        ("valid", "&&"),
        name="subject_place_one_at_a_time",
        using="gist",
    ),
)

subject_person = Table(
    "subject_person",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject_id", UUID, ForeignKey("subject.id"), nullable=False),
    Column(
        "rank",
        Integer,
        nullable=False,
        comment="1: the occupier; 2: the owner, who answers while premises are vacant",
    ),
    Column("name", Text, nullable=False),
    Column("capacity", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False, comment=_NEVER),
    Column("recorded_at", DateTime(True), nullable=False),
    Column("recorded_by", UUID, ForeignKey("account.id")),
    Index("subject_person_of_subject", "subject_id", desc("id")),
    ExcludeConstraint(
        ("subject_id", "="), ("rank", "="), ("valid", "&&"), name="subject_person_one_at_a_time", using="gist"
    ),
)

subject_phone = Table(
    "subject_phone",
    metadata,
    Column("person_id", BigInteger, ForeignKey("subject_person.id"), primary_key=True),
    Column("phone", Text, nullable=False),
    comment="apart from names, so that the database keeps it from officers",
)

subject_change = Table(
    "subject_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject_id", UUID, ForeignKey("subject.id"), nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column(
        "told",
        JSONB,
        nullable=False,
        comment="what was changed, for whoever sees the subject: no telephone number",
    ),
    Column("at", DateTime(True), nullable=False),
    Column("by", UUID, ForeignKey("account.id")),
    Index("subject_change_of_subject", "subject_id", desc("id")),
)
