"""Tables of duty: teams, areas and rosters; shifts with what was told of their ends; places looked at by hand."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, UUID, ExcludeConstraint

from server.db import metadata

team = Table(
    "team",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    UniqueConstraint("organisation_id", "name", name="team_organisation_id_name_key"),
)

team_member = Table(
    "team_member",
    metadata,
    Column("team_id", BigInteger, ForeignKey("team.id"), nullable=False),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("valid", DATERANGE, nullable=False),
    ExcludeConstraint(
        ("team_id", "="), ("account_id", "="), ("valid", "&&"), name="team_member_once", using="gist"
    ),
    Index("team_member_account_id", "account_id"),
)

duty_area = Table(
    "duty_area",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column(
        "made_of",
        JSONB,
        nullable=False,
        comment="what the file said: a polygon, codes of zones, or names of streets",
    ),
    Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=False),
    Column("geom_m", Geometry(spatial_index=False), Computed("to_metric(geom)", persisted=True)),
    Column("made_at", DateTime(True), nullable=False),
    Column(
        "replaced_at",
        DateTime(True),
        comment="when another area of this code took its place; what was walked by it keeps it",
    ),
    Index(
        "duty_area_in_force",
        "organisation_id",
        "code",
        unique=True,
        postgresql_where=text("replaced_at IS NULL"),
    ),
)

roster = Table(
    "roster",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("digest", Text, nullable=False),
    Column(
        "days",
        DATERANGE,
        nullable=False,
        comment="local days it lists whole; of rosters of one body and day the newest counts",
    ),
    Column("made_at", DateTime(True), nullable=False),
    Column("made_by", UUID, ForeignKey("account.id")),
    Index("roster_days", "organisation_id", "days", postgresql_using="gist"),
)

roster_entry = Table(
    "roster_entry",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("roster_id", BigInteger, ForeignKey("roster.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("team_id", BigInteger, ForeignKey("team.id")),
    Column("duty_area_id", BigInteger, ForeignKey("duty_area.id")),
    Column("on_from", DateTime(True), nullable=False),
    Column("on_to", DateTime(True), nullable=False),
    Column("replaced_by", BigInteger, ForeignKey("roster.id")),
    ExcludeConstraint(
        ("account_id", "="),
        (text("tstzrange(on_from, on_to)"), "&&"),
        name="roster_entry_one_at_a_time",
        using="gist",
        where=text("replaced_by IS NULL"),
    ),
    Index("roster_entry_roster_id", "roster_id"),
    Index("roster_entry_list", "on_from", "id", postgresql_where=text("replaced_by IS NULL")),
)

shift = Table(
    "shift",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("team_id", BigInteger, ForeignKey("team.id")),
    Column("roster_entry_id", BigInteger, ForeignKey("roster_entry.id")),
    Column("outside_roster", Boolean, nullable=False),
    Column(
        "outside_area",
        Boolean,
        comment="whether it began outside the area of its roster entry; null when there is none, or no place was told",
    ),
    Column("started_at", DateTime(True), nullable=False),
    Column("start_received_at", DateTime(True), nullable=False),
    Column(
        "limit_at",
        DateTime(True),
        nullable=False,
        comment="when it ends if nobody ends it: the longest a shift may last, "
        "or the start of the next one told before it",
    ),
    Column(
        "ended_at",
        DateTime(True),
        comment="the earliest of limit_at and of what shift_end holds; null until one of them is known",
    ),
    Column("end_received_at", DateTime(True)),
    Column("ended_by", Text),
    ExcludeConstraint(
        ("account_id", "="),
        (text("tstzrange(started_at, coalesce(ended_at, limit_at))"), "&&"),
        name="shift_one_at_a_time",
        using="gist",
    ),
    Index("shift_list", desc("started_at"), desc("id")),
    Index("shift_of_account", "account_id", desc("started_at")),
    Index("shift_open", "limit_at", postgresql_where=text("ended_at IS NULL")),
)

shift_end = Table(
    "shift_end",
    metadata,
    Column("shift_id", UUID, ForeignKey("shift.id"), primary_key=True),
    Column("ended_by", Text, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column(
        "ended_at", DateTime(True), nullable=False, comment="as told; shift.ended_at is what follows from it"
    ),
    Column("received_at", DateTime(True), nullable=False),
)

visit_mark = Table(
    "visit_mark",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("organisation_id", UUID, ForeignKey("organisation.id"), nullable=False),
    Column("shift_id", UUID, ForeignKey("shift.id")),
    Column("zone_id", BigInteger, ForeignKey("zone.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(True), nullable=False),
    Column("note", Text),
    Column("received_at", DateTime(True), nullable=False),
    Column("law_card_set_id", BigInteger, ForeignKey("law_card_set.id")),
    Column("law_card", Text, comment="code of the card handed over, as it read in law_card_set_id"),
    Index("visit_mark_of_account", "account_id", "at"),
    Index("visit_mark_of_zone", "zone_id", "at"),
)
