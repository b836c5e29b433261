"""The files of an export: GeoParquet by district and day, whole or not there, readable by their owner alone.

`<layer>/district=<code>[/day=<date>]/<layer>.parquet`. They hold officers' tracks: folders are 0700 and files 0600
from the moment they exist. GeoParquet 1.1 is Parquet with one entry of metadata, which is written here.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyproj import CRS

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


def days_in(root: Path, layer: str) -> list[Part]:
    """The parts of a layer that are there, by district and day."""
    found = []
    for path in sorted(root.glob(f"{layer}/district=*/day=*/{layer}.parquet")):
        district, day = (folder.name.partition("=")[2] for folder in (path.parents[1], path.parent))
        found.append(Part(district, date.fromisoformat(day)))
    return found


def write(path: Path, table: pa.Table) -> None:
    """Write a whole file over the one that is there: a reader sees the old one or the new one."""
    _make_private(path.parent)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)


def read(path: Path) -> pa.Table:
    """One file as a table.

    Raises:
        FileNotFoundError: it is not there.
    """
    return pq.ParquetFile(path).read()


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


def with_geometry(columns: dict[str, Any], wkb: list[bytes], srid: int | None) -> pa.Table:
    """A table with a geometry column and the metadata that make it GeoParquet.

    Args:
        columns: arrays of one length. wkb: of points, lines or polygons. srid: None is WGS-84 degrees, lon before lat.
    """
    shapes = shapely.from_wkb(np.array(wkb, dtype=object))
    about: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in shapes}),
    }
    if len(shapes):
        about["bbox"] = [float(edge) for edge in shapely.total_bounds(shapes)]
    if srid is not None:
        about["crs"] = CRS.from_epsg(srid).to_json_dict()
    told = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    table = pa.table({**columns, "geometry": pa.array(wkb, pa.binary())})
    return table.replace_schema_metadata({"geo": json.dumps(told)})


def _make_private(folder: Path) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
