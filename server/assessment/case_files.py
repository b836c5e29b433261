"""The cases behind figures as CSV and GeoJSON, written piece by piece."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from geo.datum import Datum
from server.assessment.counted import COLUMNS, Counted
from server.csv_text import cell

_PIECE_ROWS = 500
_LON, _LAT = COLUMNS.index("lon"), COLUMNS.index("lat")
_PLACED = frozenset({"lon", "lat", "datum"})


def csv_pieces(counted: Counted) -> Iterator[bytes]:
    """Lines of COLUMNS; times on the clocks of the district with their offset."""
    text = io.StringIO()
    lines = csv.writer(text)
    # A byte order mark: without one a spreadsheet takes the Chinese for another encoding.
    text.write("\ufeff")
    lines.writerow(COLUMNS)
    for number, row in enumerate(counted.rows, start=1):
        lines.writerow([_plain(value) for value in row])
        if number % _PIECE_ROWS == 0:
            yield _taken(text)
    yield _taken(text)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else cell(value)


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece


def geojson_pieces(counted: Counted, datum: Datum) -> Iterator[bytes]:
    """A collection of points, one to a line. RFC 7946 knows WGS-84 only; what is in another datum says so in words."""
    yield b'{"type":"FeatureCollection","datum":' + orjson.dumps(datum.value) + b',"features":[\n'
    before, lines = b"", []
    for row in counted.rows:
        lines.append(before + orjson.dumps(_feature(row)))
        before = b",\n"
        if len(lines) == _PIECE_ROWS:
            yield b"".join(lines)
            lines.clear()
    yield b"".join(lines) + b"\n]}\n"


def _feature(row: tuple[Any, ...]) -> dict[str, Any]:
    told = {name: value for name, value in zip(COLUMNS, row, strict=True) if name not in _PLACED}
    place = {"type": "Point", "coordinates": [row[_LON], row[_LAT]]}
    return {"type": "Feature", "id": row[0], "geometry": place, "properties": told}
