"""Streets of our own layer as the file a drawing is made from, so that the run keeps what it was drawn along."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryFile

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.places.drawing.wire import ChosenStreets
from server.places.importing.layers import LayerFile
from server.problems.request import InputRefused

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def streets_file(connection: Connection, chosen: ChosenStreets, on: date, streets_max: int) -> LayerFile:
    """The chosen streets of a day as GeoJSON, WGS-84. The caller closes the file.

    Raises:
        InputRefused: none of them is there, or more than `streets_max` lines are.
    """
    west, south, east, north = chosen.bbox
    values = {"on": on.isoformat(), "names": chosen.names, "rows": streets_max + 1}
    values |= {"west": west, "south": south, "east": east, "north": north}
    rows = SQL["list_chosen_streets"].run(connection, values).mappings().all()
    if not rows or len(rows) > streets_max:
        message = f"more than {streets_max} lines" if rows else "no street of these names lies there"
        raise InputRefused(errors=[{"path": "/options/chosen", "message": message}])
    features = [
        {
            "type": "Feature",
            "properties": {"name": row["name"], "kind": row["street_kind"], "width_m": row["width_m"]},
            "geometry": orjson.loads(row["geometry"]),
        }
        for row in rows
    ]
    file = TemporaryFile()
    file.write(orjson.dumps({"type": "FeatureCollection", "features": features}))
    return LayerFile.opened(file, "streets.geojson")
