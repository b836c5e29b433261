"""Templates of cell codes, one in force at a time, and the index that service points are found by."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint

from server.db import metadata
from server.places.tables import zone

cell_code_template = Table(
    "cell_code_template",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("template", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    ExcludeConstraint(("valid", "&&"), name="cell_code_template_one_at_a_time", using="gist"),
)

Index(
    "zone_service_point",
    zone.c.geom_m,
    postgresql_using="gist",
    postgresql_where=zone.c.kind == "service_point",
)
