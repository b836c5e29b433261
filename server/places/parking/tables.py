"""The street layer. A row never changes: an import closes what is gone and opens what is new."""

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Boolean, Column, Computed, Double, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint

from server.db import metadata

street = Table(
    "street",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("digest", Text, nullable=False),
    Column("name", Text),
    Column("street_kind", Text),
    Column("width_m", Double, comment="carriageway from kerb to kerb, where it is known"),
    Column("township_code", Text),
    Column("valid", DATERANGE, nullable=False),
    Column("geom", Geometry("LINESTRING", srid=4326, spatial_index=False), nullable=False),
    Column("geom_m", Geometry(spatial_index=False), Computed("to_metric(geom)", persisted=True)),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Index("street_geom_m", "geom_m", postgresql_using="gist"),
    ExcludeConstraint(("digest", "="), ("valid", "&&"), name="street_one_at_a_time", using="gist"),
)
