"""Tables of plans and of how every front stands. Functions of the migration keep all but the sets of plans."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, INT4MULTIRANGE, ExcludeConstraint

from server import dated
from server.db import metadata

patrol_plan_set = Table(
    "patrol_plan_set",
    metadata,
    *dated.columns("plans", counted=None),
    Column(
        "time_zone",
        Text,
        nullable=False,
        comment="of the district: the hours of its plans are on these clocks",
    ),
    UniqueConstraint("version", name="patrol_plan_set_version_key"),
    ExcludeConstraint(("valid", "&&"), name="patrol_plan_set_one_at_a_time", using="gist"),
)

patrol_plan = Table(
    "patrol_plan",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("set_id", BigInteger, ForeignKey("patrol_plan_set.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column(
        "terms",
        Text,
        nullable=False,
        comment="all that is asked; the same plan goes on over a change of sets when its code and terms stay",
    ),
    Column("zone_kind", Text),
    Column("township_code", Text),
    Column("streets", ARRAY(Text)),
    Column("codes", ARRAY(Text)),
    Column(
        "rank",
        Integer,
        nullable=False,
        comment="how specific: 8 for codes, 4 for streets, 2 for a township, 1 for a kind; the highest holds",
    ),
    Column("visits", Integer, nullable=False),
    Column("per", Text, nullable=False),
    Column(
        "minutes",
        INT4MULTIRANGE,
        comment="minutes since Monday 00:00 in which looks count; null: all of them",
    ),
    Column("team_id", BigInteger, ForeignKey("team.id")),
    Column("probable", Boolean, nullable=False),
    Column("visit_kinds", ARRAY(Text), nullable=False),
    Column("share_min", Double, nullable=False),
    UniqueConstraint("set_id", "code", name="patrol_plan_set_id_code_key"),
)

plan_run = Table(
    "plan_run",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("since", Date, primary_key=True),
    Column("until", Date),
    Column("plan_id", BigInteger, ForeignKey("patrol_plan.id"), nullable=False),
    Column("per", Text, nullable=False),
    Column(
        "first_due",
        Date,
        nullable=False,
        comment="first day of the first period that lies in it from its beginning: earlier ones can be met, "
        "not missed",
    ),
    comment="from day to day, which plan holds for the place a code names, over all versions of its zone",
)

plan_met = Table(
    "plan_met",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("since", Date, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("looks", Integer, nullable=False),
    Column("met_on", Date, comment="local day of the look that was enough"),
    ForeignKeyConstraint(
        ("kind", "code", "since"),
        ("plan_run.kind", "plan_run.code", "plan_run.since"),
        name="plan_met_run_fkey",
        ondelete="CASCADE",
    ),
    comment="looks that count in a period of a run, by its first day; periods without one have no row",
)

front_standing = Table(
    "front_standing",
    metadata,
    Column("zone_id", BigInteger, ForeignKey("zone.id"), primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("township_code", Text),
    Column("street", Text),
    Column("length_m", Double, nullable=False),
    Column("cell", BigInteger, nullable=False, comment="tile of zoom 18 of its middle"),
    Column("plan_id", BigInteger, ForeignKey("patrol_plan.id")),
    Column("team_id", BigInteger),
    Column("visited_until", Date, comment="first day after the newest period that was met"),
    Column(
        "overdue_from",
        Date,
        comment="first day after the first whole period that is not met since; late from then on",
    ),
    Column("seen_at", DateTime(True), comment="end of the newest visit to any version of the zone"),
    Index("front_standing_kind_code", "kind", "code"),
    Index("front_standing_street", "street", "township_code"),
    Index("front_standing_cell", "cell"),
    comment="how every front stands on the day of standing_day: what front_standing_on_v1 says of that day, kept",
)

standing_day = Table(
    "standing_day",
    metadata,
    Column("the_only", Boolean, primary_key=True),
    Column("day", Date, nullable=False),
    comment="the local day front_standing speaks of; before its first row nothing is kept and all is worked out",
)
