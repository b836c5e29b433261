"""Every format, encoding and datum a bureau sends comes to the same zones, to the centimetre."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from geo.datum import Datum, Position, convert, distance_m
from geo.datum_arrays import to_wgs84
from server.places.foreign.faults import FileRefused
from server.places.foreign.judging import Layer, examine
from server.places.foreign.reader import ReadLimits, Tolerance
from tests.server.places.layer_files import (
    apply,
    feature,
    geojson,
    in_datum,
    in_plane,
    send,
    shapefile,
    strip,
    written,
    zipped,
)
from tests.server.world import SignIn

NAMES = ["云帆鲜果铺", "木槿烧烤店", "小院水果店"]
SHAPES = [strip(n) for n in range(3)]
COLUMNS: dict[str, list[Any]] = {"编号": ["F1", "F2", "F3"], "店名": NAMES, "面积": [12.5, 13.0, 14.25]}


def read(
    data: bytes,
    folder: Path,
    *,
    kind: str = "frontage",
    layer: Sequence[Any] = (),
    townships: Sequence[Any] = (),
    limits: Mapping[str, Any] | None = None,
    **options: Any,
) -> Layer:
    """Examine a file in this process, without the child's limits."""
    told = {"datum": None, "crs": None, "columns": {}, "encoding": None, "layer": None, **options}
    task = {
        "kind": kind,
        "metric_srid": 4549,
        "options": told,
        "limits": {**vars(ReadLimits()), **(limits or {})},
        "tolerances": vars(Tolerance()),
    }
    context = {"townships": list(townships), "layer": list(layer)}
    unpacked = folder / f"unpacked{len(list(folder.iterdir()))}"
    unpacked.mkdir()
    return examine(io.BytesIO(data), unpacked, task, context, lambda step: None)


def shapes_of(layer: Layer) -> list[Any]:
    return [shapely.from_wkb(zone["wkb"]) for zone in layer.zones]


def apart_m(one: Any, other: Any) -> float:
    """The farthest a corner of one shape lies from the nearest corner of the other."""

    def corners(shape: Any) -> list[Position]:
        return [Position(x, y, Datum.WGS84) for x, y in shapely.get_coordinates(shape)]

    return max(min(distance_m(a, b) for b in corners(other)) for a in corners(one))


def made_by(driver: str, folder: Path) -> tuple[bytes, dict[str, Any]]:
    if driver == "GeoPackage":
        path = written(folder, "层.gpkg", SHAPES, COLUMNS, driver="GPKG", crs="EPSG:4326")
        return path.read_bytes(), {}
    if driver == "shapefile GBK without .cpg":
        return shapefile(folder, SHAPES, COLUMNS, crs="EPSG:4490", encoding="GB18030", cpg=False), {}
    if driver == "shapefile UTF-8 in metres":
        plane = [in_plane(shape) for shape in SHAPES]
        return shapefile(folder, plane, COLUMNS, crs="EPSG:4549", encoding="UTF-8"), {}
    if driver == "KML":
        named = {"Name": ["F1", "F2", "F3"], "店名": NAMES, "面积": COLUMNS["面积"]}
        path = written(folder, "doc.kml", SHAPES, named, driver="LIBKML", crs="EPSG:4326")
        return path.read_bytes(), {"columns": {"code": "Name", "name": "店名"}}
    if driver == "KMZ":
        named = {"Name": ["F1", "F2", "F3"], "店名": NAMES, "面积": COLUMNS["面积"]}
        path = written(folder, "doc.kml", SHAPES, named, driver="LIBKML", crs="EPSG:4326")
        return zipped(path), {"columns": {"code": "Name", "name": "店名"}}
    lines = ["编号,店名,面积,WKT"]
    rows = zip(COLUMNS["编号"], NAMES, COLUMNS["面积"], SHAPES, strict=True)
    lines += [f'{code},{name},{area},"{shape.wkt}"' for code, name, area, shape in rows]
    encoding = "gbk" if driver == "CSV GBK" else "utf-8-sig"
    return "\r\n".join(lines).encode(encoding), {"datum": "wgs84"}


@pytest.mark.parametrize(
    "driver",
    [
        "GeoPackage",
        "shapefile GBK without .cpg",
        "shapefile UTF-8 in metres",
        "KML",
        "KMZ",
        "CSV GBK",
        "CSV UTF-8",
    ],
)
def test_a_layer_comes_to_the_same_zones_from_every_format(tmp_path: Path, driver: str) -> None:
    data, told = made_by(driver, tmp_path)
    layer = read(data, tmp_path, **told)
    assert [(zone["code"], zone["name"]) for zone in layer.zones] == list(
        zip(COLUMNS["编号"], NAMES, strict=True)
    )
    assert layer.summary["errors"] == 0
    for shape, wanted in zip(shapes_of(layer), SHAPES, strict=True):
        assert apart_m(shape, wanted) < 0.001
    # A CSV has text only: a code that looks like a number keeps its zeros.
    area = '"12.5"' if driver.startswith("CSV") else "12.5"
    assert f'"面积":{area}' in layer.zones[0]["properties"]


def test_a_shapefile_in_gcj02_with_gbk_names_imports_to_within_a_centimetre(
    client: FlaskClient, owner: Engine, sign_in: SignIn, tmp_path: Path
) -> None:
    told = [in_datum(shape, "gcj02") for shape in SHAPES]
    data = shapefile(tmp_path, told, COLUMNS, crs=None, encoding="GB18030", cpg=False)
    manager = sign_in("admin")
    report = send(client, manager, data, name="门前.zip", datum="gcj02")
    assert report.status_code == 201, report.text
    assert report.json["read"]["encoding"] == "gb18030"
    assert report.json["read"]["mapping"] == {"code": "编号", "name": "店名"}
    assert apply(client, manager, report.json["id"]).status_code == 200
    with owner.connect() as connection:
        rows = connection.execute(text("SELECT name, ST_AsBinary(geom) FROM zone ORDER BY code")).all()
    assert [name for name, _ in rows] == NAMES
    for (_, wkb), wanted in zip(rows, SHAPES, strict=True):
        assert apart_m(shapely.from_wkb(bytes(wkb)), wanted) < 0.01


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "cgcs2000"])
def test_a_datum_is_undone_once(tmp_path: Path, datum: str) -> None:
    data = geojson(*(feature(in_datum(shape, datum), f"A{n}") for n, shape in enumerate(SHAPES)))
    layer = read(data, tmp_path, datum=datum)
    assert layer.summary["crs"].endswith(datum)
    assert max(apart_m(*pair) for pair in zip(shapes_of(layer), SHAPES, strict=True)) < 0.01


def test_a_web_mercator_export_of_a_gcj02_map_is_undone_twice(tmp_path: Path) -> None:
    told = [in_plane(in_datum(shape, "gcj02"), 3857) for shape in SHAPES]
    data = geojson(*(feature(shape, f"A{n}") for n, shape in enumerate(told)))
    layer = read(data, tmp_path, crs="EPSG:3857", datum="gcj02")
    assert max(apart_m(*pair) for pair in zip(shapes_of(layer), SHAPES, strict=True)) < 0.01


def test_an_old_geojson_says_its_crs_and_is_believed(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}
    layer = read(geojson(feature(in_plane(SHAPES[0])), crs=crs), tmp_path)
    assert apart_m(shapes_of(layer)[0], SHAPES[0]) < 0.001


def test_arrays_of_coordinates_are_converted_as_single_positions_are() -> None:
    generator = np.random.default_rng(7)
    lon, lat = generator.uniform(70, 140, 500), generator.uniform(0, 57, 500)
    for datum in (Datum.GCJ02, Datum.BD09, Datum.CGCS2000):
        east, north = to_wgs84(lon, lat, datum)
        for n in range(500):
            one = convert(Position(lon[n], lat[n], datum), Datum.WGS84)
            assert abs(one.lon - east[n]) < 1e-10 and abs(one.lat - north[n]) < 1e-10, (datum, lon[n], lat[n])


@pytest.mark.parametrize(
    "code, options",
    [
        ("import_crs_missing", {}),
        ("import_crs_unknown", {"crs": "EPSG:999998"}),
        ("import_column_unknown", {"datum": "wgs84", "columns": {"code": "没有这列"}}),
    ],
)
def test_a_shapefile_without_prj_has_to_be_told_its_crs(
    tmp_path: Path, code: str, options: dict[str, Any]
) -> None:
    data = shapefile(tmp_path, SHAPES, COLUMNS, crs=None, encoding="UTF-8")
    with pytest.raises(FileRefused) as refused:
        read(data, tmp_path, **options)
    assert refused.value.code == code


def test_a_declared_crs_that_is_not_the_file_s_is_refused(tmp_path: Path) -> None:
    data = shapefile(tmp_path, [in_plane(one) for one in SHAPES], COLUMNS, crs="EPSG:4549", encoding="UTF-8")
    with pytest.raises(FileRefused, match="import_crs_conflict"):
        read(data, tmp_path, crs="EPSG:4548")
    with pytest.raises(FileRefused, match="import_crs_conflict"):
        read(geojson(*(feature(in_plane(one)) for one in SHAPES)), tmp_path)
