"""Writes a layer of a day to a file, batch by batch from one statement, so that a large one never stands in memory.

Every format has the same columns: what is known of a version, then its properties. GCJ-02 and BD-09 have no EPSG code,
so a file in one of them claims no CRS and says its datum in words instead of lying some hundred metres off.
"""

from __future__ import annotations

import csv
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from geo.datum import Datum
from geo.datum_arrays import from_wgs84
from server import sqltext
from server.csv_text import cell
from server.places.gdal import pyogrio

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
Format = Literal["gpkg", "geojson", "csv"]
OURS = ("kind", "code", "name", "version", "township", "valid_from", "valid_to", "sample", "source")
BATCH = 2000
_DECIMALS = 9
_CRS = {Datum.WGS84: "EPSG:4326", Datum.CGCS2000: "EPSG:4490"}
_FILTERS = threading.Lock()
_CODE_LISTS = {
    "township": "code: GB/T 2260 + 3 digits",
    "community": "code: division code of 12 digits; township: GB/T 2260 + 3 digits",
}
_OWN_CODES = "code: of this layer; township: GB/T 2260 + 3 digits"


@dataclass(frozen=True)
class Wanted:
    """What is exported: the zones of a kind that are valid on a day, told in a datum."""

    kind: str
    on: date
    datum: Datum

    def words(self) -> dict[str, str]:
        """What the file says of itself."""
        return {
            "kind": self.kind,
            "at": self.on.isoformat(),
            "datum": self.datum.value,
            "code_list": _CODE_LISTS.get(self.kind, _OWN_CODES),
        }

    def file_name(self, suffix: str) -> str:
        return f"{self.kind}_{self.on.isoformat()}_{self.datum.value}.{suffix}"


ColumnType = Literal["number", "boolean", "text"]
_TYPES: dict[frozenset[str], ColumnType] = {
    frozenset({"number"}): "number",
    frozenset({"boolean"}): "boolean",
}


@dataclass(frozen=True)
class Column:
    """A property of zones as a column: under a name no other has, whatever the case of its letters."""

    key: str
    name: str
    type: ColumnType

    def of(self, properties: dict[str, Any]) -> Any:
        """The value of a zone; lists and objects as JSON."""
        value = properties.get(self.key)
        if self.type != "text" or value is None or isinstance(value, str):
            return value
        return orjson.dumps(value).decode()


@dataclass(frozen=True)
class Batch:
    """Some zones: their rows, and their shapes in the datum that is wanted."""

    rows: Sequence[Any]
    shapes: NDArray[np.object_]


def write_layer(connection: Connection, wanted: Wanted, form: Format, path: Path) -> int:
    """Write a layer to `path`, which is new; returns how many zones."""
    columns = _columns(connection, wanted)
    writers: dict[Format, Callable[[Path, Wanted, list[Column], Iterator[Batch]], int]] = {
        "gpkg": _write_gpkg,
        "geojson": _write_geojson,
        "csv": _write_csv,
    }
    return writers[form](path, wanted, columns, _batches(connection, wanted))


def _columns(connection: Connection, wanted: Wanted) -> list[Column]:
    taken = {*OURS, "fid", "geom", "wkt", "datum"}
    columns = []
    for row in SQL["exported_columns"].run(connection, _values(wanted)):
        name, again = row.key, 2
        while name.lower() in taken:
            name, again = f"{row.key}_{again}", again + 1
        taken.add(name.lower())
        columns.append(Column(row.key, name, _TYPES.get(frozenset(row.types) - {"null"}, "text")))
    return columns


def _values(wanted: Wanted) -> dict[str, Any]:
    return {"kind": wanted.kind, "on": wanted.on.isoformat()}


def _batches(connection: Connection, wanted: Wanted) -> Iterator[Batch]:
    # A cursor of the server: one statement sees one state of the layer, however long the file takes.
    rows = iter(
        connection.exec_driver_sql(
            SQL["exported_zones"].bound, _values(wanted), execution_options={"yield_per": BATCH}
        )
    )
    while batch := list(islice(rows, BATCH)):
        shapes = shapely.from_wkb([bytes(row.wkb) for row in batch])
        yield Batch(batch, _told(shapes, wanted.datum))


def _told(shapes: NDArray[np.object_], datum: Datum) -> NDArray[np.object_]:
    if datum in _CRS:
        return shapes

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(from_wgs84(points[:, 0].copy(), points[:, 1].copy(), datum))

    made: NDArray[np.object_] = shapely.transform(shapes, moved)
    return made


def _ours(wanted: Wanted, row: Any) -> dict[str, Any]:
    return {name: wanted.kind if name == "kind" else getattr(row, name) for name in OURS}


def _write_gpkg(path: Path, wanted: Wanted, columns: list[Column], batches: Iterator[Batch]) -> int:
    types = {"version": np.int32, "sample": np.bool_}
    names = [*OURS, *(column.name for column in columns)]
    dtypes = [types.get(name, object) for name in OURS]
    dtypes += [{"number": np.float64, "boolean": np.bool_, "text": object}[column.type] for column in columns]
    zones = 0
    # An empty layer is a layer too.
    for batch in _at_least_one(batches):
        rows = [
            [*_ours(wanted, row).values(), *(c.of(row.properties) for c in columns)] for row in batch.rows
        ]
        fields = [_field([row[n] for row in rows], dtype) for n, dtype in enumerate(dtypes)]
        about = {"dataset_metadata": wanted.words(), "layer_metadata": wanted.words()}
        with _no_crs_is_meant():
            pyogrio.raw.write(
                path,
                shapely.to_wkb(batch.shapes),
                [values for values, _ in fields],
                names,
                field_mask=[missing for _, missing in fields],
                layer=wanted.kind,
                driver="GPKG",
                # Zones of one part and of several stand beside each other.
                geometry_type="Point" if wanted.kind == "service_point" else "Unknown",
                crs=_CRS.get(wanted.datum),
                append=zones > 0,
                **({} if zones else about),
            )
        zones += len(batch.rows)
    return zones


@contextmanager
def _no_crs_is_meant() -> Iterator[None]:
    # Filters of warnings belong to the whole process: one thread at a time may change them and change them back.
    with _FILTERS, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        yield


def _at_least_one(batches: Iterator[Batch]) -> Iterator[Batch]:
    yield next(batches, Batch([], np.array([], dtype=object)))
    yield from batches


def _field(values: list[Any], dtype: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    missing = np.array([value is None for value in values], dtype=bool)
    filled = [(None if dtype is object else 0) if value is None else value for value in values]
    return np.array(filled, dtype=dtype), missing


def _write_geojson(path: Path, wanted: Wanted, columns: list[Column], batches: Iterator[Batch]) -> int:
    zones = 0
    head = orjson.dumps({"type": "FeatureCollection", "name": wanted.kind, **wanted.words()})[:-1]
    with path.open("xb") as file:
        file.write(head + b',"features":[')
        for batch in batches:
            geometries = shapely.to_geojson(batch.shapes)
            for row, geometry in zip(batch.rows, geometries, strict=True):
                feature = {
                    "type": "Feature",
                    "id": f"{wanted.kind}:{row.code}:{row.version}",
                    "geometry": orjson.Fragment(geometry),
                    "properties": {**row.properties, **_ours(wanted, row)},
                }
                file.write((b",\n" if zones else b"\n") + orjson.dumps(feature))
                zones += 1
        file.write(b"\n]}\n")
    return zones


def _write_csv(path: Path, wanted: Wanted, columns: list[Column], batches: Iterator[Batch]) -> int:
    zones = 0
    with path.open("x", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([*OURS, "datum", *(cell(column.name) for column in columns), "wkt"])
        for batch in batches:
            texts = shapely.to_wkt(batch.shapes, rounding_precision=_DECIMALS)
            for row, text in zip(batch.rows, texts, strict=True):
                cells = [*_ours(wanted, row).values(), wanted.datum.value]
                cells += [column.of(row.properties) for column in columns]
                lines.writerow([*(cell(value) for value in cells), text])
                zones += 1
    return zones
