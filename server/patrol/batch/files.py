"""The files of an export: GeoParquet by district and day, whole or not there, readable by their owner alone.

`<layer>/district=<code>[/day=<date>]/<layer>.parquet`. They hold officers' tracks: folders are 0700 and files 0600
from the moment they exist. GeoParquet 1.1 is Parquet with one entry of metadata, which is written here.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from geo.legs import Floats

INPUTS: Final = ("fixes", "marks", "reports")
RESULTS: Final = ("sightings", "visits", "coverage", "rematches")
"""Layers by day; `fronts` and `zones` have one file a district."""


@dataclass(frozen=True)
class Part:
    """One district and, for what is kept by day, one local day."""

    district: str
    day: date | None = None

    def path(self, root: Path, layer: str) -> Path:
        folder = root / layer / f"district={self.district}"
        if self.day:
            folder /= f"day={self.day.isoformat()}"
        return folder / f"{layer}.parquet"


def days_in(root: Path, layer: str, *, whole: bool = True) -> list[Part]:
    """The parts of a layer that are there, by district and day; with those of a killed writer unless `whole`."""
    found = []
    for folder in sorted(root.glob(f"{layer}/district=*/day=*")):
        district, day = (one.name.partition("=")[2] for one in (folder.parent, folder))
        part = Part(district, date.fromisoformat(day))
        if part.path(root, layer).exists() or not whole:
            found.append(part)
    return found


def write(path: Path, tables: Iterable[pa.Table]) -> None:
    """Write a whole file over the one that is there: a reader sees the old one or the new one.

    Args:
        tables: of one schema, at least one; each becomes a row group.
    """
    _make_private(path.parent)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        parts = iter(tables)
        first = next(parts)
        with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
            for table in chain([first], parts):
                writer.write_table(table, row_group_size=max(1, table.num_rows))
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)


def read(path: Path) -> pa.Table:
    """One file as a table.

    Raises:
        FileNotFoundError: it is not there.
    """
    return pq.ParquetFile(path).read()


def groups(path: Path) -> Iterator[pa.Table]:
    """The row groups of one file, as they were written. Raises FileNotFoundError."""
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number)


def forget(root: Path, part: Part) -> Iterator[Path]:
    """Delete what is there of a day, of every layer; tells each folder."""
    for layer in (*INPUTS, *RESULTS):
        folder = part.path(root, layer).parent
        if folder.exists():
            shutil.rmtree(folder)
            yield folder


def geometry(table: pa.Table) -> NDArray[np.object_]:
    """The geometries of a table."""
    made: NDArray[np.object_] = shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object))
    return made


def with_geometry(columns: dict[str, Any], wkb: pa.Array, types: list[str], srid: int | None) -> pa.Table:
    """A table with a geometry column and the metadata that make it GeoParquet.

    Args:
        columns: arrays of one length. wkb: of points, lines or polygons; `types` are those that occur.
        srid: None is WGS-84 degrees, lon before lat.
    """
    about: dict[str, Any] = {"encoding": "WKB", "geometry_types": types}
    if srid is not None:
        about["crs"] = CRS.from_epsg(srid).to_json_dict()
    told = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    return pa.table({**columns, "geometry": wkb}).replace_schema_metadata({"geo": json.dumps(told)})


def point_wkb(x: Floats, y: Floats) -> pa.Array:
    """Points as WKB without an object for each: a day of a district has millions."""
    made = np.empty(len(x), dtype=[("little_endian", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
    made["little_endian"], made["type"], made["x"], made["y"] = 1, 1, x, y
    offsets = np.arange(len(x) + 1, dtype=np.int32) * made.itemsize
    return pa.Array.from_buffers(
        pa.binary(), len(x), [None, pa.py_buffer(offsets), pa.py_buffer(made.tobytes())]
    )


def _make_private(folder: Path) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
