"""What does not fit together in a report is told, with its numbers, and changes nothing of what was sent."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from sqlalchemy import Engine

from geo.datum import Datum, Position, convert
from tests.factories import CORNER, NOW, photo_bytes, report_json
from tests.server.reports.street import NORTH, Officer, finding_codes, real_photo, rows, sha256_of, spot

GPS_IFD, EXIF_IFD = 0x8825, 0x8769


def photo_saying(gps: dict[int, Any] | None = None, exif: dict[int, Any] | None = None) -> bytes:
    """A small JPEG whose EXIF has these GPS and camera entries."""
    block, into = Image.Exif(), io.BytesIO()
    block.get_ifd(GPS_IFD).update(gps or {})
    block.get_ifd(EXIF_IFD).update(exif or {})
    Image.new("RGB", (64, 48), (90, 120, 60)).save(into, "JPEG", exif=block)
    return into.getvalue()


def gps_at(lon: float, lat: float) -> dict[int, Any]:
    def parts(value: float) -> tuple[IFDRational, ...]:
        return IFDRational(int(value)), IFDRational(0), IFDRational(round(value % 1 * 3_600_000), 1000)

    return {1: "N", 2: parts(lat), 3: "E", 4: parts(lon)}


def findings_of(receipt: Any, code: str) -> list[Any]:
    return [finding for finding in receipt["findings"] if finding["code"] == code]


def test_a_report_with_nothing_odd_has_no_finding(officer: Officer) -> None:
    photo = photo_bytes()
    report = report_json(photos=[photo], position={"fixed_at": NOW.isoformat(), "mock": False})

    assert officer.receipt(report, photo)["findings"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"position": {"mock": True}}, "mock_location"),
        ({"accuracy_m": 0.0}, "accuracy_zero"),
        ({"accuracy_m": 50.1}, "accuracy_poor"),
        ({"captured_at": NOW + timedelta(seconds=301)}, "captured_in_future"),
        ({"captured_at": NOW - timedelta(days=61)}, "captured_long_ago"),
        ({"position": {"fixed_at": (NOW - timedelta(seconds=121)).isoformat()}}, "fix_not_at_capture"),
        ({"category": "a list that is no more"}, "category_unknown"),
        ({"case": "TZ-2026-999999"}, "case_unknown"),
        ({"zone_hint": {"code": "no such zone", "how": "picked"}}, "hint_unknown"),
        ({"at": spot(0, -400), "zone_hint": {"code": NORTH, "how": "qr"}}, "hint_far"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_odd_report_is_taken_and_flagged_in_both_languages(
    officer: Officer, change: dict[str, Any], code: str
) -> None:
    (finding,) = findings_of(officer.receipt(report_json(**change)), code)

    assert finding["text"] and finding["text_en"] and finding["text"] != finding["text_en"]
    assert "?" not in finding["text_en"] and "{" not in finding["text_en"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"accuracy_m": 0.001}, "accuracy_zero"),
        ({"accuracy_m": 50.0}, "accuracy_poor"),
        ({"captured_at": NOW + timedelta(seconds=300)}, "captured_in_future"),
        ({"captured_at": NOW - timedelta(days=60)}, "captured_long_ago"),
        ({"position": {"fixed_at": (NOW - timedelta(seconds=120)).isoformat()}}, "fix_not_at_capture"),
        ({"zone_hint": {"code": NORTH, "how": "picked"}}, "hint_far"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_at_the_limit_nothing_is_flagged(officer: Officer, change: dict[str, Any], code: str) -> None:
    assert code not in finding_codes(officer.receipt(report_json(**change)))


def test_exif_far_from_the_fix_and_of_another_time_is_told_and_believed_in_nothing(
    officer: Officer, street: Engine
) -> None:
    """A real photo from Italy, 2008, with a fix in Jinsha: the fix stands."""
    photo = real_photo("ianare_DSCN0010.jpg")

    receipt = officer.receipt(report_json(photos=[photo]), photo)

    assert finding_codes(receipt) == {"exif_far", "exif_time_skew"}
    (far,) = findings_of(receipt, "exif_far")
    assert far["sha256"] == sha256_of(photo) and 8_000 < far["params"]["distance_km"] < 9_000
    assert receipt["match"]["position"] == {"lon": CORNER[0], "lat": CORNER[1]}
    (stored,) = rows(street, "SELECT exif FROM photo")
    assert stored["exif"]["position"]["lat"] == pytest.approx(43.46744833)


def test_exif_beside_the_fix_is_no_finding_whatever_datum_was_declared(officer: Officer) -> None:
    """EXIF is WGS-84; compared with the raw numbers of a BD-09 fix it would be a kilometre off."""
    photo = photo_saying(gps_at(*CORNER))
    sent = convert(Position(*CORNER, Datum.WGS84), Datum.BD09)

    receipt = officer.receipt(report_json(at=(sent.lon, sent.lat), datum="bd09", photos=[photo]), photo)

    assert "exif_far" not in finding_codes(receipt)


def test_a_camera_that_looked_elsewhere_than_the_phone_said_is_told(officer: Officer) -> None:
    photo = photo_saying({16: "T", 17: IFDRational(90)})

    told = officer.receipt(report_json(photos=[photo], position={"bearing_deg": 270.0}), photo)
    close = officer.receipt(report_json(photos=[photo], position={"bearing_deg": 100.0}), photo)

    (finding,) = findings_of(told, "exif_bearing_differs")
    assert finding["params"] == {"exif_deg": 90.0, "sent_deg": 270.0}
    assert "exif_bearing_differs" not in finding_codes(close)


def test_zero_denominators_in_exif_are_told_and_the_photo_is_kept(officer: Officer, street: Engine) -> None:
    nothing = IFDRational(1, 0)
    photo = photo_saying({1: "N", 2: (nothing,) * 3, 3: "E", 4: (nothing,) * 3, 17: nothing})

    receipt = officer.receipt(report_json(photos=[photo]), photo)

    (finding,) = findings_of(receipt, "exif_unreadable")
    assert "exif_zero_denominator" in finding["params"]["problems"]
    (stored,) = rows(street, "SELECT exif FROM photo")
    assert stored["exif"]["position"] is None and stored["exif"]["bearing_deg"] is None


def test_what_a_photo_shows_is_told_also_when_it_comes_after_the_report(officer: Officer) -> None:
    photo, report_id = real_photo("pixel_gps.jpg"), uuid4()
    assert officer.receipt(report_json(photos=[photo]), report_id=report_id)["findings"] == []

    late = officer.send_photo(report_id, photo).json
    again = officer.send_photo(report_id, photo).json

    assert finding_codes(late) == {"exif_far", "exif_time_skew"}
    assert again == late, "a repetition finds nothing twice"


def test_the_same_bytes_in_another_report_are_told_with_their_number(officer: Officer) -> None:
    photo = photo_bytes()
    first = officer.receipt(report_json(photos=[photo]), photo)
    second = officer.receipt(report_json(photos=[photo], note="2"), photo)
    third = officer.receipt(report_json(photos=[photo], note="3"))

    assert first["findings"] == []
    assert [findings_of(r, "photo_reused")[0]["params"]["reports"] for r in (second, third)] == [1, 2]


def test_a_fix_that_fits_a_zone_only_in_another_datum_is_told(officer: Officer) -> None:
    """A phone that sends Baidu's numbers and calls them WGS-84: a kilometre from every zone."""
    sent = convert(Position(*spot(0, 8), Datum.WGS84), Datum.BD09)

    receipt = officer.receipt(report_json(at=(sent.lon, sent.lat), datum="wgs84"))

    (finding,) = findings_of(receipt, "datum_fits_zone_only_as")
    assert (finding["params"]["declared"], finding["params"]["datum"]) == ("wgs84", "bd09")
    assert receipt["match"]["datum"] == "wgs84", "told, not corrected"


def test_a_fix_that_fits_the_officers_track_only_in_another_datum_is_told(officer: Officer) -> None:
    there = spot(700, 700)
    for seconds in (20, 10):
        officer.receipt(report_json(at=there, captured_at=NOW - timedelta(seconds=seconds)))
    sent = convert(Position(*there, Datum.WGS84), Datum.GCJ02)

    wrong = officer.receipt(report_json(at=(sent.lon, sent.lat), datum="wgs84"))
    right = officer.receipt(report_json(at=(sent.lon, sent.lat), datum="gcj02"))

    (finding,) = findings_of(wrong, "datum_fits_track_only_as")
    assert finding["params"]["datum"] == "gcj02"
    assert right["findings"] == []
