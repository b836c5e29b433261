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
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    desc,
    literal_column,
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
    Column(
        "zone_choice_id",
        BigInteger,
        ForeignKey("zone_choice.id", name="case_file_zone_choice_id_fkey", use_alter=True),
        comment="the choice that holds; null: none, or taken back",
    ),
    Column(
        "assignee_id",
        UUID,
        ForeignKey("account.id"),
        comment="who is expected to act; whoever of the body may act still may",
    ),
    Column(
        "unsure",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="as case_glance has it: several zones share its match and nobody has chosen one",
    ),
    Index("case_file_tile_key", "tile_key"),
    Index("case_file_unsure", desc("opened_at"), desc("id"), postgresql_where=text("unsure")),
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
    Index("case_file_of_assignee", "assignee_id", postgresql_where=text("assignee_id IS NOT NULL")),
    Index("case_file_list", desc("opened_at"), desc("id")),
    Index("case_file_of_organisation", "organisation_id", desc("opened_at"), desc("id")),
    Index("case_file_of_reporter", "reporter_id", desc("opened_at"), desc("id")),
    Index("case_file_place", "place", postgresql_using="gist"),
    Index(
        "case_file_number_tail",
        literal_column("reverse(number)").label("tail"),
        postgresql_ops={"tail": "text_pattern_ops"},
    ),
)

case_glance = Table(
    "case_glance",
    metadata,
    Column("case_id", UUID, ForeignKey("case_file.id"), primary_key=True),
    Column(
        "report_id",
        UUID,
        ForeignKey("report.id"),
        comment="the report that opened the case, or the one it is a part of",
    ),
    Column("zone_kind", Text),
    Column("zone_code", Text),
    Column("zone_name", Text),
    Column("zone_verdict", Text),
    Column("zone_share", Double),
    Column(
        "unsure",
        Boolean,
        nullable=False,
        comment="several zones share its match and nobody has chosen one",
    ),
    Column("reports", Integer, nullable=False),
    Column("photo", Text, comment="SHA-256 of the first photo of that report that is here"),
    Column(
        "words",
        Text,
        nullable=False,
        comment="for whoever sees the case, in small letters: zone, notes and reasons; nothing of complainants",
    ),
    Column(
        "attached_words",
        Text,
        nullable=False,
        comment="notes of reports that others attached: for those whose scope is the body of the case",
    ),
    Index("case_glance_report", "report_id"),
    Index("case_glance_zone", text("lower(zone_code)")),
    Index(
        "case_glance_words",
        literal_column("text_pairs(words, attached_words)"),
        postgresql_using="gin",
    ),
    comment="what lists of cases show, count and search besides the case itself; "
    "worked out from evidence: case_glance_anew() does it again",
)

zone_choice = Table(
    "zone_choice",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("case_id", UUID, ForeignKey("case_file.id"), nullable=False),
    Column("seq", Integer, nullable=False, comment="the entry of the ledger that says so"),
    Column("zone_id", BigInteger, ForeignKey("zone.id"), comment="null: taken back, the match holds again"),
    Column(
        "share",
        Double,
        comment="probability the newest match gave it; null: it was no candidate",
    ),
    Column("algorithm", Text),
    Column("routing", JSON, nullable=False),
    Column("chosen_by", UUID, ForeignKey("account.id"), nullable=False),
    Column("chosen_at", DateTime(True), nullable=False),
    UniqueConstraint("case_id", "seq", name="zone_choice_one_an_entry"),
    Index("zone_choice_zone_id", "zone_id"),
    comment="which zone a person said a case lies in: it outranks every match, and is undone by a further one",
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
