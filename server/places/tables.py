"""Tables of places. Zone versions never change; `geom_m` and the pieces are derived by the database on insert."""

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
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, ExcludeConstraint

from server.db import metadata

zone = Table(
    "zone",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("township_code", Text),
    Column("valid", DATERANGE, nullable=False),
    Column("geom", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
    Column("geom_m", Geometry(spatial_index=False), Computed("to_metric(geom)", persisted=True)),
    Column(
        "geom_3857",
        Geometry("GEOMETRY", srid=3857, spatial_index=False),
        Computed("to_web_mercator(geom)", persisted=True),
    ),
    Column("properties", JSONB, nullable=False, server_default=text("'{}'")),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("created_at", DateTime(True), nullable=False, server_default=text("now()")),
    UniqueConstraint("kind", "code", "version", name="zone_kind_code_version_key"),
    Index("zone_geom", "geom", postgresql_using="gist"),
    Index("zone_geom_3857", "geom_3857", postgresql_using="gist"),
    Index("zone_code", "code"),
    Index("zone_kind_code", "kind", "code", "version"),
    ExcludeConstraint(
        ("kind", "="), ("code", "="), ("valid", "&&"), name="zone_one_version_at_a_time", using="gist"
    ),
)

zone_piece = Table(
    "zone_piece",
    metadata,
    Column("zone_id", BigInteger, ForeignKey("zone.id", ondelete="CASCADE"), nullable=False),
    Column("piece", Geometry(spatial_index=False), nullable=False),
    Index("zone_piece_piece", "piece", postgresql_using="gist"),
    Index("zone_piece_zone_id", "zone_id"),
)

category = Table(
    "category",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("parent", Text),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("duty", Text),
    Column(
        "none_weights",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="zone kind -> relative weight (0..1) of: the thing lies in no zone of this kind",
    ),
    Column(
        "about",
        Text,
        comment="the kind of vehicle it complains of: such a report inside a parking area is told before dispatch",
    ),
    Column("list_id", Text, nullable=False),
    Column("list_version", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    ExcludeConstraint(("code", "="), ("valid", "&&"), name="category_one_version_at_a_time", using="gist"),
)
