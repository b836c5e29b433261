"""A layer leaves as a file that other programs open: its datum and codes are in it, and it comes back unchanged."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine

from config import Config
from server.cli import main
from tests import factories
from tests.factories import JINXIN
from tests.server.places.layer_files import API, apply, feature, geojson, in_datum, in_plane, row, send, strip
from tests.server.world import SignIn

FORMATS = ("gpkg", "geojson", "csv")
Export = Callable[..., Path]


@pytest.fixture
def manager(sign_in: SignIn) -> dict[str, str]:
    return sign_in("zone_manager")


@pytest.fixture
def export(client: FlaskClient, manager: dict[str, str], tmp_path: Path) -> Export:
    """`export("gpkg", datum="gcj02")`: the file as it was sent, under a name of its format."""

    def exported(form: str, kind: str = "frontage", **query: str) -> Path:
        asked = "&".join(f"{name}={value}" for name, value in {"format": form, **query}.items())
        with client.get(f"{API}/zones/{kind}/export?{asked}", headers=manager) as answer:
            assert answer.status_code == 200, answer.data
            assert int(answer.headers["Content-Length"]) == len(answer.data)
            path = tmp_path / f"{kind}-{'-'.join(query.values())}.{form}"
            path.write_bytes(answer.data)
        return path

    return exported


def load(
    client: FlaskClient, headers: dict[str, str], data: bytes, valid_from: str = "2026-09-01", **how: Any
) -> None:
    report = send(client, headers, data, **how).json
    assert apply(client, headers, report["id"], valid_from=valid_from).status_code == 200


def opened(path: Path) -> tuple[dict[str, Any], list[Any], dict[str, list[Any]]]:
    """What GDAL makes of a file: what it says of the layer, shapes, and columns by name."""
    meta, _, wkb, columns = pyogrio.raw.read(path)
    fields = {str(name): list(values) for name, values in zip(meta["fields"], columns, strict=True)}
    return meta, list(shapely.from_wkb(wkb)), fields


ODD = geojson(
    feature(strip(0), "A", name="云帆鲜果铺", seats=12, open=True, Shop="x", shop="y", tags=["a", 1]),
    feature(strip(1), "B", name="=cmd()", seats=2.5, code_2="z"),
    feature(shapely.MultiPolygon([strip(2), strip(4)]), "C", open=None, shop=7),
)


@pytest.mark.parametrize("form", FORMATS)
def test_gdal_opens_a_layer_and_finds_shapes_words_and_properties(
    client: FlaskClient, manager: dict[str, str], export: Export, form: str
) -> None:
    load(client, manager, ODD)
    meta, shapes, fields = opened(export(form))
    assert fields["code"] == ["A", "B", "C"] and fields["name"][0] == "云帆鲜果铺"
    assert [str(one) for one in fields["version"]] == ["1", "1", "1"]
    assert [str(one) for one in fields["valid_from"]] == ["2026-09-01"] * 3
    if form == "csv":
        assert [one["datum"] for one in read_csv(export("csv"))] == ["wgs84"] * 3
        return
    assert meta["crs"] == "EPSG:4326"
    assert [float(one) for one in fields["seats"][:2]] == [12.0, 2.5]
    wanted = [strip(0), strip(1), shapely.MultiPolygon([strip(2), strip(4)])]
    assert all(
        shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), tolerance=1e-9)
        for one, other in zip(shapes, wanted, strict=True)
    )


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_what_left_in_any_datum_comes_back_unchanged(
    client: FlaskClient, manager: dict[str, str], export: Export, form: str, datum: str
) -> None:
    load(client, manager, row(4))
    path = export(form, datum=datum)
    report = send(client, manager, path.read_bytes(), name=path.name, datum=datum).json
    fates = {fate: told["zones"] for fate, told in report["fates"].items()}
    assert fates == {"unchanged": 4}, json.dumps(report)
    assert report["errors"] == 0


def test_a_layer_told_in_gcj02_lies_where_gcj02_has_it_and_claims_no_crs(
    client: FlaskClient, manager: dict[str, str], export: Export
) -> None:
    load(client, manager, row(2))
    meta, shapes, _ = opened(export("gpkg", datum="gcj02"))
    # GDAL calls what has no CRS undefined; a program must ask instead of laying it 500 m off.
    assert meta["crs"] is None or "ndefined" in meta["crs"]
    for number, shape in enumerate(shapes):
        there = in_plane(in_datum(strip(number), "gcj02"))
        assert shapely.hausdorff_distance(in_plane(shape), there) < 0.001


def test_a_geopackage_names_kind_day_datum_and_codes(
    client: FlaskClient, manager: dict[str, str], export: Export
) -> None:
    load(client, manager, row(1))
    path = export("gpkg", datum="bd09", at="2026-10-05")
    told = pyogrio.read_info(path, layer="frontage")["layer_metadata"]
    wanted = {"kind": "frontage", "at": "2026-10-05", "datum": "bd09"}
    assert wanted.items() <= told.items() and "GB/T 2260" in told["code_list"]
    with sqlite3.connect(path) as package:
        assert package.execute("SELECT table_name FROM gpkg_contents").fetchall() == [("frontage",)]
    package.close()
    collection = json.loads(export("geojson", datum="bd09", at="2026-10-05").read_bytes())
    assert wanted.items() <= collection.items() and collection["code_list"] == told["code_list"]


def test_the_layer_of_a_past_day_is_that_of_the_day(
    client: FlaskClient, manager: dict[str, str], export: Export
) -> None:
    load(client, manager, row(2))
    load(client, manager, geojson(feature(strip(0, size_deg=1.1e-4), "A0")), "2026-10-01")
    assert [int(one) for one in opened(export("gpkg", at="2026-09-15"))[2]["version"]] == [1, 1]
    assert [int(one) for one in opened(export("gpkg", at="2026-10-15"))[2]["version"]] == [2, 1]


@pytest.mark.parametrize("form", ["gpkg", "geojson"])
def test_an_empty_layer_is_a_file_that_opens(client: FlaskClient, export: Export, form: str) -> None:
    assert opened(export(form, "site"))[1] == []


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_a_spreadsheet_finds_no_formula(client: FlaskClient, manager: dict[str, str], export: Export) -> None:
    names = ["=1+1", "+86", "-x", "@here", "\tx", "plain"]
    load(
        client,
        manager,
        geojson(*(feature(strip(n), f"A{n}", name="n", note=note) for n, note in enumerate(names))),
    )
    notes = [one["note"] for one in read_csv(export("csv"))]
    assert notes == ["'=1+1", "'+86", "'-x", "'@here", "'\tx", "plain"]


def test_more_zones_than_one_batch_are_all_there_once(
    client: FlaskClient, manager: dict[str, str], export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.places.exporting.files.BATCH", 3)
    load(client, manager, row(10))
    for form in FORMATS:
        assert opened(export(form))[2]["code"] == sorted(f"A{n}" for n in range(10))


@pytest.mark.parametrize(
    ("role", "organisation", "status"), [("zone_manager", JINXIN, 200), ("officer", None, 403)]
)
def test_zone_managers_of_townships_take_files_too(
    client: FlaskClient, sign_in: SignIn, role: str, organisation: str | None, status: int
) -> None:
    headers = sign_in(role, organisation=organisation)
    with client.get(f"{API}/zones/site/export", headers=headers) as answer:
        assert answer.status_code == status


def test_nothing_is_left_behind(client: FlaskClient, export: Export, config: Config) -> None:
    export("gpkg", "site")
    assert list((config.var / "layers").iterdir()) == []


def test_an_operator_writes_a_layer_to_a_file(
    owner: Engine, database_url: str, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_zone(owner, code="P1", kind="parking", valid_from=date(2022, 9, 1))
    for name, value in {"DATABASE_URL": database_url, "VAR": str(config.var)}.items():
        monkeypatch.setenv(f"FRONTAGE_{name}", value)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["zones", "export", *arguments], catch_exceptions=False)

    out = tmp_path / "parking.gpkg"
    assert run("parking", str(out), "--datum", "gcj02", "--at", "2026-11-01").exit_code == 0
    assert list(opened(out)[2]["code"]) == ["P1"]
    before = out.read_bytes()
    again = run("parking", str(out))
    assert again.exit_code == 2 and out.read_bytes() == before
    assert run("parking", str(tmp_path / "parking.dwg")).exit_code == 2
    assert np.isfinite(shapely.get_coordinates(opened(out)[1][0])).all()
