"""Layers as bureaus send them, in every format, datum and encoding the tests of imports ask for."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from flask.testing import FlaskClient
from pyproj import Transformer

from geo.datum import Datum, Position, convert
from tests.factories import CORNER, JINSHA

API = "/api/v1"
LON, LAT = CORNER


def strip(number: int, *, lon: float = LON, lat: float = LAT, size_deg: float = 1e-4) -> Any:
    """The `number`th of a row of strips that touch, WGS-84."""
    west = lon + number * size_deg
    return shapely.box(west, lat, west + size_deg, lat + size_deg)


def in_datum(shape: Any, datum: str) -> Any:
    """A WGS-84 shape as somebody tells it in another datum."""

    def moved(coordinates: np.ndarray) -> np.ndarray:
        told = [convert(Position(x, y, Datum.WGS84), Datum(datum)) for x, y in coordinates]
        return np.array([[one.lon, one.lat] for one in told])

    return shapely.transform(shape, moved)


def in_plane(shape: Any, srid: int = 4549) -> Any:
    transform = Transformer.from_crs(4326, srid, always_xy=True).transform
    return shapely.transform(shape, lambda c: np.column_stack(transform(c[:, 0], c[:, 1])))


def feature(shape: Any, code: str | None = "A", **properties: Any) -> dict[str, Any]:
    given = {"code": code, "name": f"店 {code}", "township": JINSHA, **properties}
    geometry = json.loads(shapely.to_geojson(shape)) if isinstance(shape, shapely.Geometry) else shape
    return {
        "type": "Feature",
        "properties": {key: value for key, value in given.items() if value is not None},
        "geometry": geometry,
    }


def geojson(*features: dict[str, Any], **members: Any) -> bytes:
    whole = {"type": "FeatureCollection", "features": list(features), **members}
    return json.dumps(whole, ensure_ascii=False).encode()


def row(count: int, **options: Any) -> bytes:
    """GeoJSON of a row of strips A0, A1, ..."""
    return geojson(*(feature(strip(n, **options), f"A{n}") for n in range(count)))


def written(
    folder: Path,
    name: str,
    shapes: list[Any],
    columns: dict[str, list[Any]],
    *,
    driver: str,
    crs: str | None = None,
    encoding: str | None = None,
) -> Path:
    """A layer file that GDAL wrote."""
    path = folder / name
    texts = [np.array(one, dtype=object if isinstance(one[0], str) else None) for one in columns.values()]
    with warnings.catch_warnings():
        # That a layer has no CRS is what some tests are about.
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.raw.write(
            path,
            shapely.to_wkb(np.array(shapes, dtype=object)),
            texts,
            list(columns),
            geometry_type="Polygon",
            driver=driver,
            crs=crs,
            encoding=encoding,
        )
    return path


def zipped(*paths: Path, **members: bytes) -> bytes:
    """An archive of files by their names, and of bytes by the names given."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.writestr(path.name, path.read_bytes())
        for name, data in members.items():
            archive.writestr(name, data)
    return into.getvalue()


def shapefile(
    folder: Path,
    shapes: list[Any],
    columns: dict[str, list[Any]],
    *,
    crs: str | None,
    encoding: str,
    cpg: bool = True,
) -> bytes:
    """A zipped shapefile; without `crs` it has no .prj, without `cpg` it does not say its encoding."""
    written(folder, "门前.shp", shapes, columns, driver="ESRI Shapefile", crs=crs, encoding=encoding)
    wanted = [
        path
        for path in sorted(folder.glob("门前.*"))
        if path.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg")
    ]
    return zipped(
        *(path for path in wanted if (cpg or path.suffix != ".cpg") and (crs or path.suffix != ".prj"))
    )


def send(
    client: FlaskClient,
    headers: dict[str, str],
    data: bytes,
    *,
    kind: str = "frontage",
    name: str = "layer.geojson",
    **options: Any,
) -> Any:
    """POST a file for its dry run; the answer of the API."""
    body: dict[str, Any] = {"file": (io.BytesIO(data), name)}
    if options:
        body["options"] = json.dumps(options)
    return client.post(f"{API}/zones/{kind}/imports", data=body, headers=headers)


def apply(client: FlaskClient, headers: dict[str, str], import_id: str, **decision: Any) -> Any:
    body = {"valid_from": "2026-11-01", **decision}
    return client.post(f"{API}/zones/imports/{import_id}/apply", json=body, headers=headers)
