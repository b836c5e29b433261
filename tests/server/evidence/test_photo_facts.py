"""What photos say of themselves: real ones the published values, forged ones a code and never a crash."""

import csv
import io
import json
import os
import struct
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from server.evidence.exif import read_exif
from server.evidence.facts import ExifFacts, ExifPosition, PhotoFacts, facts_from_json
from server.evidence.inspector import PhotoInspector

REAL_PHOTOS = Path(__file__).parents[3] / "demo" / "tongzhou" / "photos"
EXPECTED = list(csv.DictReader(Path(__file__).with_name("expected.csv").read_text("utf-8").splitlines()))

ASCII, SHORT, LONG, RATIONAL, UNDEFINED, DOUBLE = 2, 3, 4, 5, 7, 12
Entry = tuple[int, int, int, bytes]
Read = Callable[..., ExifFacts]


def rational(*pairs: tuple[int, int]) -> tuple[int, int, bytes]:
    return RATIONAL, len(pairs), b"".join(struct.pack("<II", *pair) for pair in pairs)


def text(value: str | bytes) -> tuple[int, int, bytes]:
    data = (value if isinstance(value, bytes) else value.encode()) + b"\0"
    return ASCII, len(data), data


def table(entries: dict[int, tuple[int, int, bytes]], offset: int) -> bytes:
    """One TIFF directory at `offset`, its long values after it."""
    head, body = struct.pack("<H", len(entries)), b""
    place = offset + 2 + 12 * len(entries) + 4
    for tag, (kind, count, data) in sorted(entries.items()):
        inline = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", place + len(body))
        body += b"" if len(data) <= 4 else data
        head += struct.pack("<HHI", tag, kind, count) + inline
    return head + bytes(4) + body


def exif_bytes(
    main: dict[int, Any] | None = None,
    detail: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
) -> bytes:
    """An EXIF block written by hand, since no library writes what these tests need."""
    main = {0x8769: (LONG, 1, bytes(4)), 0x8825: (LONG, 1, bytes(4)), **(main or {})}
    detail_at = 8 + len(table(main, 8))
    gps_at = detail_at + len(table(detail or {}, detail_at))
    main[0x8769] = (LONG, 1, struct.pack("<I", detail_at))
    main[0x8825] = (LONG, 1, struct.pack("<I", gps_at))
    return (
        b"Exif\0\0II*\0\x08\0\0\0"
        + table(main, 8)
        + table(detail or {}, detail_at)
        + table(gps or {}, gps_at)
    )


def jpeg_with(exif: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "grey").save(out, "JPEG", exif=exif)
    return out.getvalue()


def facts_of(exif: bytes) -> tuple[ExifFacts, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.open(io.BytesIO(jpeg_with(exif)))
        image.load()
    return read_exif(image)


POSITION = {
    1: text("N"),
    2: rational((32, 1), (4, 1), (1234, 100)),
    3: text("E"),
    4: rational((121, 1), (4, 1), (3, 1)),
}


@pytest.mark.parametrize("row", EXPECTED, ids=[row["file"] for row in EXPECTED])
def test_real_photos_say_what_two_other_readers_found(inspector: PhotoInspector, row: dict[str, str]) -> None:
    facts = inspector.inspect(REAL_PHOTOS / row["file"])
    exif = facts.exif
    assert facts.format == {"JPEG": "jpeg", "HEIF": "heic"}[row["format"]]
    assert (facts.width, facts.height) == (int(row["width"]), int(row["height"]))
    assert facts.orientation == int(row["orientation"] or 1)
    assert (exif.make or "", exif.model or "") == (row["make"], row["model"])
    taken = row["datetime_original"].replace(":", "-", 2).replace(" ", "T")
    assert (exif.taken_at or "", exif.offset or "") == (taken, row["offset"])
    assert (exif.gps_time_utc or "")[:10] == row["gps_date"].replace(":", "-")
    if row["lat_exifread"]:
        assert exif.position is not None
        assert exif.position.lat == pytest.approx(float(row["lat_exifread"]), abs=1e-8)
        assert exif.position.lon == pytest.approx(float(row["lng_exifread"]), abs=1e-8)
        assert (exif.position.map_datum or "") == row["map_datum"]
    else:
        assert exif.position is None
    assert exif.problems == ()


def test_an_iphone_heic_tells_altitude_and_magnetic_bearing(inspector: PhotoInspector) -> None:
    exif = inspector.inspect(REAL_PHOTOS / "iphone11_gps.HEIC").exif
    assert exif.altitude_m == pytest.approx(260.56, abs=0.01)
    assert exif.bearing_deg == pytest.approx(348.06, abs=0.01)
    assert exif.bearing_ref == "M"


def test_a_full_exif_is_read_whole() -> None:
    facts, orientation = facts_of(
        exif_bytes(
            {0x10F: text("华为 HUAWEI"), 0x110: text("Mate 60"), 0x112: (SHORT, 1, struct.pack("<H", 6))},
            {0x9003: text("2026:08:01 16:05:59"), 0x9011: text("+08:00")},
            {
                **POSITION,
                5: (1, 1, b"\x01"),
                6: rational((35, 10)),
                7: rational((8, 1), (5, 1), (5925, 100)),
                16: text("T"),
                17: rational((2715, 10)),
                18: text("WGS-84"),
                29: text("2026:08:01"),
            },
        )
    )
    assert facts == ExifFacts(
        present=True,
        position=ExifPosition(121 + 4 / 60 + 3 / 3600, 32 + 4 / 60 + 12.34 / 3600, "WGS-84"),
        altitude_m=-3.5,
        bearing_deg=271.5,
        bearing_ref="T",
        taken_at="2026-08-01T16:05:59",
        offset="+08:00",
        gps_time_utc="2026-08-01T08:05:59.250Z",
        make="华为 HUAWEI",
        model="Mate 60",
    )
    assert orientation == 6


def test_south_and_west_are_negative() -> None:
    facts, _ = facts_of(exif_bytes(gps={**POSITION, 1: text("s"), 3: text("W")}))
    assert facts.position is not None
    assert facts.position.lat < 0 and facts.position.lon < 0


ODD: dict[str, tuple[dict[int, Any], dict[int, Any], dict[int, Any], set[str]]] = {
    "zero denominator": (
        {},
        {},
        {**POSITION, 2: rational((32, 1), (4, 0), (0, 0))},
        {"exif_zero_denominator"},
    ),
    "zero by zero": ({}, {}, {17: rational((0, 0)), 6: rational((5, 0))}, {"exif_zero_denominator"}),
    "NaN": ({}, {}, {17: (DOUBLE, 1, struct.pack("<d", float("nan")))}, {"exif_out_of_range"}),
    "infinity": ({}, {}, {6: (DOUBLE, 1, struct.pack("<d", float("inf")))}, {"exif_out_of_range"}),
    "latitude 95": ({}, {}, {**POSITION, 2: rational((95, 1))}, {"exif_out_of_range"}),
    "90 degrees and a minute": ({}, {}, {**POSITION, 2: rational((90, 1), (1, 1))}, {"exif_out_of_range"}),
    "bearing 400": ({}, {}, {17: rational((400, 1))}, {"exif_out_of_range"}),
    "four parts": ({}, {}, {**POSITION, 2: rational(*[(1, 1)] * 4)}, {"exif_not_a_number"}),
    "text for a number": ({}, {}, {**POSITION, 2: text("north")}, {"exif_not_a_number"}),
    "no hemisphere": ({}, {}, {2: POSITION[2], 4: POSITION[4]}, {"exif_position_incomplete"}),
    "wrong hemisphere": ({}, {}, {**POSITION, 1: text("E")}, {"exif_position_incomplete"}),
    "half a position": ({}, {}, {1: POSITION[1], 2: POSITION[2]}, {"exif_position_incomplete"}),
    "zero position": ({}, {}, {**POSITION, 2: rational((0, 1)), 4: rational((0, 1))}, {"exif_position_zero"}),
    "month 13": ({}, {0x9003: text("2026:13:01 00:00:01")}, {}, {"exif_time_unreadable"}),
    "second 60": ({}, {0x9003: text("2026:12:01 00:00:60")}, {}, {"exif_time_unreadable"}),
    "time in words": ({}, {0x9003: text("yesterday")}, {}, {"exif_time_unreadable"}),
    "offset +99:00": (
        {},
        {0x9003: text("2026:08:01 16:05:59"), 0x9011: text("+99:00")},
        {},
        {"exif_offset_unreadable"},
    ),
    "gps hour 25": (
        {},
        {},
        {7: rational((25, 1), (0, 1), (0, 1)), 29: text("2026:08:01")},
        {"exif_out_of_range", "exif_time_unreadable"},
    ),
    "orientation 9": ({0x112: (SHORT, 1, struct.pack("<H", 9))}, {}, {}, {"exif_orientation_unknown"}),
    "NUL inside": ({0x10F: text(b"Can\0on")}, {}, {}, {"exif_text_cleaned"}),
    "right to left": ({0x10F: text("Can\u202eon\x07")}, {}, {}, {"exif_text_cleaned"}),
    "ten kilobytes": ({0x10F: text("x" * 10_000)}, {}, {}, {"exif_text_cleaned"}),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_values_become_codes_and_nothing_is_made_up(case: str) -> None:
    main, detail, gps, codes = ODD[case]
    facts, orientation = facts_of(exif_bytes(main, detail, gps))
    assert set(facts.problems) == codes
    assert facts.position is None
    assert facts.bearing_deg is None and facts.altitude_m is None and facts.gps_time_utc is None
    assert facts.taken_at in (None, "2026-08-01T16:05:59") and facts.offset is None
    assert orientation == 1
    assert facts.make is None or (facts.make.isprintable() and len(facts.make) <= 100)


def test_blank_times_are_no_problem() -> None:
    blank = {0x9003: text("0000:00:00 00:00:00"), 0x9004: text("    :  :     :  :  ")}
    facts, _ = facts_of(exif_bytes(detail=blank))
    assert (facts.taken_at, facts.problems) == (None, ())


def test_no_exif_is_normal(inspector: PhotoInspector, tmp_path: Path) -> None:
    path = tmp_path / "plain"
    Image.new("RGB", (16, 16)).save(path, "WEBP")
    facts = inspector.inspect(path)
    assert facts == PhotoFacts("webp", 16, 16, 1, 1, ExifFacts())


def test_a_cut_off_exif_is_damaged_and_the_photo_still_a_photo(
    inspector: PhotoInspector, tmp_path: Path
) -> None:
    path = tmp_path / "photo"
    path.write_bytes(jpeg_with(exif_bytes(gps=POSITION)[:60]))
    facts = inspector.inspect(path)
    assert "exif_damaged" in facts.exif.problems
    assert facts.exif.position is None


def test_exif_of_sixty_kilobytes_is_read_like_any_other(inspector: PhotoInspector, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(
        jpeg_with(exif_bytes(detail={0x927C: (UNDEFINED, 60_000, os.urandom(60_000))}, gps=POSITION))
    )
    assert inspector.inspect(path).exif.position is not None


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_any_bytes_as_exif_give_finite_facts_or_codes(data: st.DataObject) -> None:
    block = bytearray(exif_bytes({0x10F: text("Canon")}, {0x9003: text("2026:08:01 16:05:59")}, POSITION))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(6, len(block) - 1))
        block[place] = data.draw(st.integers(0, 255))
    facts, orientation = facts_of(bytes(block))
    assert 1 <= orientation <= 8
    line = PhotoFacts("jpeg", 16, 16, orientation, 1, facts)
    assert facts_from_json(json.dumps(asdict(line), allow_nan=False).encode()) == line


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b'{"format": "gif", "width": 1, "height": 1, "orientation": 1, "frames": 1, "exif": {}}',
        b'{"format": "png", "width": "1", "height": 1, "orientation": 1, "frames": 1, "exif": {}}',
        b'{"format": "png", "width": 1, "height": 1, "orientation": 1, "frames": 1,'
        b' "exif": {"position": {"lon": NaN, "lat": 0}}}',
        b'{"format": "png", "width": 1, "height": 1, "orientation": 1, "frames": 1,'
        b' "exif": {"position": {"lon": 0, "lat": 95}}}',
        b'{"format": "png", "width": 1, "height": 1, "orientation": 1, "frames": 1,'
        b' "exif": {"altitude_m": 1e999}}',
    ],
)
def test_an_answer_of_a_taken_over_child_is_not_believed(line: bytes) -> None:
    with pytest.raises(ValueError):
        facts_from_json(line)
