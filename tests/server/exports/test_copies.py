"""Stamped copies: who, when, where and which case in a band below the picture; the original stays as it is."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from PIL import Image

from config import Config
from server.evidence import decode
from server.evidence.derive import stamped
from server.evidence.inspector import PhotoInspector
from server.exports.copies import Copies, degrees
from server.exports.exporting import Exporter
from tests.server.exports.conftest import Case, SignIn

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
CAPTION = {
    "captured_at": "2026-09-01T02:00:00Z",
    "received_at": "2026-09-01T02:00:05.25+00:00",
    "lon": 121.07,
    "lat": -32.07,
    "accuracy_m": 4.6,
    "township": "金沙街道",
    "case": "TZ-2026-000123",
    "officer": "officer01",
    "match": {
        "frontage": {"code": "F0296", "name": "新金路47号" * 30, "verdict": "certain"},
        "parking": {"code": "P1", "name": "停车", "verdict": "ambiguous"},
    },
}


@pytest.fixture
def copies(app: OpenAPI) -> Copies:
    exporter: Exporter = app.extensions["frontage"].exporter
    return exporter.copies


def copy_of(client: FlaskClient, headers: dict[str, str], case: Case, number: int = 0) -> bytes:
    path = f"/api/v1/reports/{case.reports[number]}/photos/{case.photos[number]}/copy"
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg"), answer.text
    made: bytes = answer.data
    return made


def markers(data: bytes) -> set[int]:
    """Every marker of a JPEG before the picture data."""
    place, found = 2, set()
    while data[place + 1] != 0xDA:
        found.add(data[place + 1])
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return found


def test_the_band_says_time_place_officer_case_and_digest(copies: Copies) -> None:
    when, where, who = copies.lines("ab" * 32, CAPTION)
    assert when == ("拍摄 2026-09-01 10:00:00 +08:00 · 收到 2026-09-01 10:00:05 +08:00 · 案卷 TZ-2026-000123")
    assert where.startswith("121.070000°E 32.070000°S ±5 米(WGS-84) · 金沙街道 · 门前 F0296 新金路47号")
    assert "P1" not in where, "no guess is burnt in as a fact"
    assert len(where) < 140
    assert who == "队员 officer01 · 原件 SHA-256 abababababababab… · 水印副本，原件未改动"


def test_what_is_not_known_is_a_dash(copies: Copies) -> None:
    bare = {**CAPTION, "township": None, "case": None, "officer": None, "match": {"frontage": None}}
    when, where, who = copies.lines("ab" * 32, bare)
    assert when.endswith("案卷 -") and where.endswith("区外") and who.startswith("队员 - ·")


def test_degrees_name_their_hemisphere() -> None:
    assert degrees(-0.5, 0.25) == "0.500000°W 0.250000°N"


def test_a_copy_has_the_whole_picture_above_a_band_and_no_metadata(
    case: Case, client: FlaskClient, sign_in: SignIn, copies: Copies
) -> None:
    headers = sign_in("dispatcher")
    for number in (0, 1):
        data = copy_of(client, headers, case, number)
        assert markers(data) <= {0xE0, 0xDB, 0xC0, 0xC4}
        with Image.open(io.BytesIO(data)) as made:
            made.load()
            plain = upright(case.photos[number], copies)
            assert made.width == max(plain.width, decode.BAND_MIN_PX) and made.height > plain.height + 60
            left = (made.width - plain.width) // 2
            shown = made.crop((left, 0, left + plain.width, plain.height))
            assert difference(shown, plain) < 6.0
            band = made.crop((0, plain.height + 8, made.width, made.height)).convert("L")
            greys = band.tobytes()
            assert min(greys) < 60 and max(greys) > 200


def upright(sha256: str, copies: Copies) -> Image.Image:
    with Image.open(io.BytesIO(b"".join(copies.store.open(sha256)))) as original:
        small = original.convert("RGB")
        small.thumbnail((copies.edge_px, copies.edge_px), Image.Resampling.LANCZOS)
        return small


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures of a size, of 255."""
    bands = [bytes(picture.resize((64, 64), Image.Resampling.BOX).tobytes()) for picture in (one, other)]
    return sum(abs(a - b) for a, b in zip(*bands, strict=True)) / len(bands[0])


def test_another_caption_makes_another_picture(copies: Copies, case: Case) -> None:
    first = copies.copy(case.photos[0], CAPTION)
    second = copies.copy(case.photos[0], {**CAPTION, "officer": "officer02"})
    assert first != second
    assert copies.copy(case.photos[0], CAPTION) == first


def test_a_copy_is_made_once_and_kept_beside_the_thumbnails(
    case: Case, client: FlaskClient, sign_in: SignIn, config: Config, copies: Copies
) -> None:
    headers = sign_in("dispatcher")
    first = copy_of(client, headers, case)
    kept = [path for path in (config.var / "thumbnails").rglob("*") if path.is_file()]
    assert [path.name.startswith(f"{case.photos[0]}-") for path in kept] == [True]
    copies.inspector.close()
    before = copies.inspector.child_pid
    assert copy_of(client, headers, case) == first
    assert before is copies.inspector.child_pid is None, "no decoder was asked again"


def test_the_original_is_not_touched(
    case: Case, client: FlaskClient, sign_in: SignIn, config: Config
) -> None:
    path = next((config.var / "photos").rglob(case.photos[1]))
    before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
    copy_of(client, sign_in("dispatcher"), case, 1)
    assert (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode) == before


def test_without_the_font_there_is_no_copy_and_no_broken_one(
    case: Case, client: FlaskClient, sign_in: SignIn, app: OpenAPI, tmp_path: Path
) -> None:
    exporter: Exporter = app.extensions["frontage"].exporter
    object.__setattr__(exporter, "copies", replace(exporter.copies, font=tmp_path / "none.ttc"))
    path = f"/api/v1/reports/{case.reports[0]}/photos/{case.photos[0]}/copy"
    assert client.get(path, headers=sign_in("dispatcher")).status_code == 503


@pytest.mark.parametrize("size", [(1, 1), (90, 1200), (4000, 300)])
def test_a_photo_of_any_shape_gets_a_band_that_can_be_read(
    size: tuple[int, int], tmp_path: Path, make_inspector: Callable[[], PhotoInspector]
) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "photo", "PNG")
    lines = ["拍摄 2026-09-01 · 案卷 TZ-2026-000123", "长" * 300, ""]
    data = stamped(make_inspector(), tmp_path / "photo", edge_px=1600, lines=lines, font=FONT)
    with Image.open(io.BytesIO(data)) as made:
        assert made.width >= decode.BAND_MIN_PX and made.format == "JPEG"
        assert made.height > 16 * len(lines)


@pytest.fixture
def make_inspector(request: pytest.FixtureRequest) -> Callable[[], PhotoInspector]:
    def made() -> PhotoInspector:
        inspector = PhotoInspector()
        request.addfinalizer(inspector.close)
        return inspector

    return made
