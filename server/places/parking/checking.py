"""Which parking areas of a day have properties that cannot be read, for who keeps the layer."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select

from server.places.parking.attributes import read_attributes
from server.places.tables import zone


def faulty_areas(connection: Connection, on: date) -> list[tuple[str, tuple[str, ...]]]:
    """Codes with the names of the properties at fault, in order of codes."""
    rows = connection.execute(
        select(zone.c.code, zone.c.properties)
        .where(zone.c.kind == "parking", zone.c.valid.op("@>")(on))
        .order_by(zone.c.code)
    )
    read = ((row.code, read_attributes(row.properties).faults) for row in rows)
    return [(code, faults) for code, faults in read if faults]
