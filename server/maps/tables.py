"""Tables of tiles: counts for low zooms and versions of layers. Triggers of the migration keep them; nobody else."""

from sqlalchemy import BigInteger, Column, Date, Integer, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from server.db import metadata

zone_cell = Table(
    "zone_cell",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("cell", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("change", Integer, nullable=False),
    comment="by how many zones a cell of 150 m (tile of zoom 18) gains or loses on a day: "
    "the sum up to a day is the map of that day",
)

tile_layer = Table(
    "tile_layer",
    metadata,
    Column("layer", Text, primary_key=True),
    Column(
        "version",
        BigInteger,
        nullable=False,
        comment="grows with every statement that changes the layer",
    ),
)

work_cell = Table(
    "work_cell",
    metadata,
    Column("layer", Text, primary_key=True),
    Column("cell", BigInteger, primary_key=True, autoincrement=False),
    Column("organisation_id", UUID, primary_key=True),
    Column("account_id", UUID, primary_key=True),
    Column("things", Integer, nullable=False),
    comment="reports and cases in a cell of 150 m, by whom they are seen: under the rule of their lists",
)
