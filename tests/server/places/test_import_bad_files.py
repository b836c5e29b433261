"""A file that is no layer, or means harm, is refused with a reason; nothing of it is kept or left behind."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine

from config import Config
from server.places.foreign.faults import FileRefused
from server.places.foreign.reader import LayerReader, ReadLimits
from tests import factories
from tests.server.places.layer_files import API, apply, feature, geojson, in_datum, row, send, strip, zipped
from tests.server.places.test_import_formats import read
from tests.server.world import SignIn

VRT = b"""<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>
</OGRVRTDataSource>"""
KML = b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document></Document></kml>'


def encrypted(data: bytes) -> bytes:
    """The archive with the flag that says its members are encrypted."""
    at = data.index(b"PK\x01\x02") + 8
    return data[:at] + struct.pack("<H", 1) + data[at + 2 :]


def lying(data: bytes, size: int) -> bytes:
    """The archive whose directory says another unpacked size."""
    at = data.index(b"PK\x01\x02") + 24
    return data[:at] + struct.pack("<I", size) + data[at + 4 :]


BOMB = zipped(**{"layer.geojson": b" " * 30_000_000})


@pytest.mark.parametrize(
    "data, code",
    [
        pytest.param(b"", "import_empty", id="empty"),
        pytest.param(b" \n\t", "import_empty", id="blank"),
        pytest.param(geojson(), "import_empty", id="no features"),
        pytest.param(zipped(), "import_empty", id="empty archive"),
        pytest.param(b"GIF89a\x00\x01", "import_format_unknown", id="picture"),
        pytest.param(b"\x89" + os.urandom(2000), "import_format_unknown", id="noise"),
        pytest.param(b"hello there", "import_format_unknown", id="words"),
        pytest.param(VRT, "import_format_unknown", id="virtual layer"),
        pytest.param(zipped(**{"x.kml": VRT}), "import_format_unknown", id="virtual layer called kml"),
        pytest.param(zipped(**{"x.csv": VRT}), "import_format_unknown", id="virtual layer called csv"),
        pytest.param(zipped(**{"x.txt": b"a"}), "import_format_unknown", id="archive without a layer"),
        pytest.param(b"\x00\x00\x27\x0a" + bytes(96), "import_format_unknown", id="shp alone"),
        pytest.param(b"{", "import_unreadable", id="cut off"),
        pytest.param(b'{"type": "Topology"}', "import_unreadable", id="another JSON"),
        pytest.param(b"[" * 100_000, "import_unreadable", id="nested without end"),
        pytest.param(
            b"SQLite format 3\x00" + bytes(52) + b"GPKG" + bytes(2000), "import_unreadable", id="broken gpkg"
        ),
        pytest.param(KML, "import_empty", id="kml without a place"),
        pytest.param(b"code,name\nA,B\n", "import_column_unknown", id="csv without wkt"),
        pytest.param(b"code,wkt\nA,POLYGON EMPTY\n", "import_crs_missing", id="csv without crs"),
        pytest.param(zipped(**{"../../x.geojson": row(1)}), "import_archive_refused", id="path upwards"),
        pytest.param(zipped(**{"/etc/x.geojson": row(1)}), "import_archive_refused", id="absolute path"),
        pytest.param(zipped(**{"..\\x.geojson": row(1)}), "import_archive_refused", id="path of Windows"),
        pytest.param(zipped(**{"C:x.geojson": row(1)}), "import_archive_refused", id="path of a drive"),
        pytest.param(BOMB, "import_archive_refused", id="bomb"),
        pytest.param(lying(BOMB, 10), "import_archive_refused", id="bomb that lies"),
        pytest.param(encrypted(zipped(**{"x.geojson": row(1)})), "import_archive_refused", id="encrypted"),
        pytest.param(zipped(**{"x.geojson": row(1)})[:-30], "import_archive_refused", id="cut off archive"),
        pytest.param(zipped(**{"x.shp": b"a"}), "import_archive_refused", id="shp without dbf"),
        pytest.param(
            zipped(**{f"{n}.txt": b"" for n in range(500)}), "import_archive_refused", id="too many members"
        ),
        pytest.param(
            zipped(**{"a.geojson": row(1), "b.geojson": row(1)}), "import_layers_several", id="two layers"
        ),
        pytest.param(
            geojson(
                {**feature(strip(0)), "crs": {"type": "name", "properties": {"name": "EPSG:4326"}}},
                {**feature(strip(1)), "crs": {"type": "name", "properties": {"name": "EPSG:4490"}}},
            ),
            "import_datum_mixed",
            id="two datums",
        ),
        pytest.param(
            row(1) + b" " * 21_000_000, "import_archive_refused", id="larger than it may be unpacked"
        ),
        pytest.param(row(30), "import_too_many_zones", id="too many zones"),
    ],
)
def test_a_file_that_is_no_layer_is_refused_with_the_reason(tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(data, tmp_path, limits={"unpacked_max_bytes": 20_000_000, "zones_max": 20})
    assert refused.value.code == code


def test_nothing_is_written_beside_the_folder_of_an_archive(tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.parent.iterdir())
    with pytest.raises(FileRefused):
        read(zipped(**{"../escaped.geojson": row(1)}), tmp_path)
    assert sorted(path.name for path in tmp_path.parent.iterdir()) == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def examined(reader: LayerReader, data: bytes, folder: Path) -> Any:
    path = folder / "sent"
    path.write_bytes(data)
    options: dict[str, Any] = {"datum": None, "crs": None, "columns": {}, "encoding": None, "layer": None}
    with (
        path.open("rb") as file,
        reader.examined(file.fileno(), "frontage", options, {"townships": [], "layer": []}) as found,
    ):
        return found.summary, list(found.zones())


@pytest.mark.parametrize(
    "limits", [{"memory_max_bytes": 160 * 1024 * 1024}, {"timeout_s": 0.05}, {"answer_max_bytes": 100}]
)
def test_a_child_over_its_limits_is_ended_and_told_as_such(tmp_path: Path, limits: dict[str, Any]) -> None:
    reader = LayerReader(tmp_path / "scratch", 4549, ReadLimits(**limits))
    with pytest.raises(FileRefused) as refused:
        examined(reader, row(3000), tmp_path)
    assert refused.value.code == "import_limit"
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_child_has_no_environment_of_ours_and_leaves_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", "postgresql://me:hush@/none")
    reader = LayerReader(tmp_path / "scratch", 4549)
    summary, zones = examined(reader, row(3), tmp_path)
    assert summary["features"] == len(zones) == 3
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.fixture
def config(config: Config) -> Config:
    return config.model_copy(update={"import_max_bytes": 50_000})


def test_a_file_too_large_is_refused_before_it_is_read(
    app: OpenAPI, client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    headers = sign_in("zone_manager")

    class Endless(io.RawIOBase):
        """Two gigabytes that nobody may read."""

        def readable(self) -> bool:
            return True

        def readinto(self, _: Any) -> int:
            raise AssertionError("the body was read")

    announced = {
        "CONTENT_LENGTH": str(2 * 1024**3),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "wsgi.input": Endless(),
    }
    answer: Any = client.post(f"{API}/zones/frontage/imports", headers=headers, environ_overrides=announced)
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")
    by_a_byte = send(client, headers, row(1) + b" " * 50_000)
    assert (by_a_byte.status_code, by_a_byte.json["code"]) == (413, "body_too_large")
    assert by_a_byte.json["limit_bytes"] == 50_000
    assert factories.count_rows(owner, "zone_import") == 0


@pytest.mark.parametrize(
    "parts, status",
    [
        ({}, 422),
        ({"options": "{}"}, 422),
        ({"file": (io.BytesIO(b"x"), "x"), "more": "1"}, 422),
        ({"file": (io.BytesIO(b"x"), "x"), "options": "{"}, 400),
        ({"file": (io.BytesIO(b"x"), "x"), "options": "[]"}, 422),
        ({"file": (io.BytesIO(b"x"), "x"), "options": json.dumps({"datum": "mars"})}, 422),
        (
            {"file": (io.BytesIO(b"x"), "x"), "options": json.dumps({"crs": "+proj=utm +init=/etc/passwd"})},
            422,
        ),
        ({"file": (io.BytesIO(b"x"), "x"), "options": json.dumps({"valid_from": 20261101})}, 422),
        ({"file": (io.BytesIO(b"x"), "x"), "options": json.dumps({"encoding": "rot13"})}, 422),
        ({"file": (io.BytesIO(b"x"), "x"), "options": json.dumps({"columns": {"geom": "x"}})}, 422),
    ],
)
def test_a_request_that_is_none_is_refused(
    client: FlaskClient, owner: Engine, sign_in: SignIn, parts: dict[str, Any], status: int
) -> None:
    data = {
        name: (io.BytesIO(b"x"), "x") if isinstance(part, tuple) else part for name, part in parts.items()
    }
    answer = client.post(
        f"{API}/zones/frontage/imports",
        data=data,
        headers=sign_in("admin"),
        content_type="multipart/form-data",
    )
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert factories.count_rows(owner, "zone_import") == 0


def test_errors_without_an_accepted_repair_keep_a_layer_from_being_applied(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    headers = sign_in("zone_manager")
    ring = [[121.07, 32.07], [121.0701, 32.0701], [121.0701, 32.07], [121.07, 32.0701], [121.07, 32.07]]
    tie = feature({"type": "Polygon", "coordinates": [ring]}, "TIE")
    report = send(client, headers, geojson(tie, feature(strip(5), "FINE"))).json
    assert report["errors"] == 1 and report["fates"]["faulty"]["codes"] == ["TIE"]
    assert report["faults"][0]["repair"]["geometry"]["type"] == "MultiPolygon"
    refused = apply(client, headers, report["id"])
    assert (refused.status_code, refused.json["code"], refused.json["zones"]) == (
        409,
        "import_faulty",
        ["TIE"],
    )
    assert factories.count_rows(owner, "zone") == 0
    done = apply(client, headers, report["id"], accept_repairs=["TIE"])
    assert (done.status_code, done.json["new"]) == (200, 2)
    refused_file = send(client, headers, zipped(**{"../x.geojson": row(1)}), name="x.zip")
    assert (refused_file.status_code, refused_file.json["code"]) == (422, "import_archive_refused")
    assert refused_file.json["detail"] == {"why": "path"}


def test_a_doubtful_datum_has_to_be_confirmed(client: FlaskClient, owner: Engine, sign_in: SignIn) -> None:
    headers = sign_in("zone_manager")
    first = send(client, headers, geojson(*(feature(strip(2 * n), f"A{n}") for n in range(8)))).json
    apply(client, headers, first["id"], valid_from="2026-10-01")
    shifted = geojson(*(feature(in_datum(strip(2 * n), "gcj02"), f"A{n}") for n in range(8)))
    report = send(client, headers, shifted).json
    refused = apply(client, headers, report["id"])
    assert (refused.status_code, refused.json["code"]) == (409, "import_datum_unconfirmed")
    assert apply(client, headers, report["id"], confirm_datum=True).json["changed"] == 8


def test_an_archive_s_member_is_found_below_folders(tmp_path: Path) -> None:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("图层/", b"")
        archive.writestr("图层/门前.geojson", row(2))
        archive.writestr("__MACOSX/图层/._门前.geojson", b"x")
    assert len(read(into.getvalue(), tmp_path).zones) == 2
