"""Reports that cannot be what they claim: each gets a problem with its place, and leaves no row and no file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories import photo_bytes, report_json
from tests.server.reports.hostile import Target, join, part, problem_of
from tests.server.reports.street import sha256_of

PHOTO = photo_bytes()
REPORT = report_json(photos=[PHOTO])
NAN = float("nan")


def changed(path: str, value: Any) -> dict[str, Any]:
    """A valid report with one member replaced, as in `position/lat`."""
    report: dict[str, Any] = json.loads(json.dumps(report_json(photos=[PHOTO])))
    *way, last = path.split("/")
    inner: Any = report
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    inner[last] = value
    return report


def without(path: str) -> dict[str, Any]:
    report = changed(path, None)
    *way, last = path.split("/")
    inner: Any = report
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    del inner[last]
    return report


_NO_PHOTOS: tuple[Any, ...] = (None, {}, "a", [None], [[]], [{}] * 101)
REFUSED: list[tuple[str, Any]] = [
    *(("position/lat", value) for value in (95, -90.0001, "32.07", True, None, [32.07], 2**64, 2**53 + 1)),
    *(("position/lon", value) for value in (181, -180.1, "121", False, {"lon": 1})),
    *(("position/accuracy_m", value) for value in (-1, -0.001, 100_001, "5", True, None)),
    *(("position/bearing_deg", value) for value in (-1, 360.5, "north", True)),
    *(("position/datum", value) for value in ("wgs72", "WGS84", "", None, 4326)),
    *(("position/source", value) for value in ("gps", None, 1)),
    *(("position/mock", value) for value in (1, "true", 0)),
    *(("position/fixed_at", value) for value in ("yesterday", 1_700_000_000, "2026-09-01T10:00:00")),
    *(("position/altitude_m", value) for value in (1.5, None)),
    *(
        ("captured_at", value)
        for value in (
            "2026-09-01T10:00:00",
            "2026-09-01",
            "2026-13-01T10:00:00Z",
            "2026-02-30T10:00:00Z",
            "2026-09-01T25:00:00Z",
            "2026-09-01T10:00:00+25:00",
            "2026-09-01T10:00:61Z",
            "0001-01-01T00:00:00+08:00",
            "9999-12-31T23:59:59-08:00",
            "10000-01-01T00:00:00Z",
            "-001-01-01T00:00:00Z",
            "now",
            "",
            1_700_000_000,
            None,
            True,
            "2026-09-01T10:00:00Z\x00",
            "2" * 5000,
        )
    ),
    *(("category", value) for value in ("", "c" * 65, 7, None, "a\x00b", ["a"])),
    *(("note", value) for value in ("n" * 4001, "\x00", 1, ["a"])),
    *(("photos", value) for value in _NO_PHOTOS),
    *(
        ("photos/0/sha256", value)
        for value in ("a" * 63, "A" * 64, "g" * 64, "a" * 64 + "\n", "../../etc", 1)
    ),
    *(("photos/0/role", value) for value in ("selfie", None, 1)),
    *(("photos/0/captured_at", value) for value in ("2026-09-01T10:00:00", 5)),
    *(("photos/0/name", value) for value in ("x.jpg",)),
    *(
        ("zone_hint", value)
        for value in ("F-1", {}, {"code": "F"}, {"code": "", "how": "qr"}, {"code": "F", "how": "guess"})
    ),
    *(("case", value) for value in (1, "c" * 65, "\x00")),
    *(("app_version", value) for value in (1.2, "v" * 65)),
    *(("id", value) for value in ("x",)),
    *(("officer", value) for value in ("somebody else",)),
    *(("township", value) for value in ("320612001",)),
    *(("received_at", value) for value in ("2026-09-01T10:00:00Z",)),
]


@pytest.mark.parametrize(("path", "value"), REFUSED, ids=lambda value: str(value)[:30])
def test_a_value_that_cannot_be_is_refused_by_its_place(target: Target, path: str, value: Any) -> None:
    with target.unchanged():
        answer = target.put(json.dumps(changed(path, value)).encode())

    problem = problem_of(answer)
    assert (answer.status_code, problem["code"]) == (422, "input_refused")
    assert any(error["path"].startswith("/" + path.split("/")[0]) for error in problem["errors"])
    assert len(answer.data) < 10_000


@pytest.mark.parametrize(
    "path",
    [
        "captured_at",
        "position",
        "position/lon",
        "position/lat",
        "position/datum",
        "position/accuracy_m",
        "position/source",
        "category",
        "photos",
        "photos/0/sha256",
        "photos/0/role",
    ],
)
def test_a_missing_member_is_named(target: Target, path: str) -> None:
    with target.unchanged():
        problem = problem_of(target.put(json.dumps(without(path)).encode()))

    assert problem["errors"] == [{"path": f"/{path}", "message": "Field required"}]


def test_a_photo_listed_twice_is_refused(target: Target) -> None:
    with target.unchanged():
        problem = problem_of(target.put(json.dumps({**REPORT, "photos": REPORT["photos"] * 2}).encode()))

    assert problem["errors"] == [{"path": "/photos", "message": "a photo is listed twice"}]


def bodies() -> Iterator[tuple[str, bytes, int]]:
    """Bodies that are no report at all, with the status each gets."""
    text = json.dumps(REPORT)
    for number in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "0x10", "1_0", "01", ".5", "+1"):
        # 1e400 is a number in JSON and infinite in every computer.
        yield number, text.replace("32.07", number).encode(), 400
    yield "empty", b"", 400
    yield "null", b"null", 422
    yield "list", b"[]", 422
    yield "number", b"7", 422
    yield "string", b'"report"', 422
    yield "cut off", text[:-1].encode(), 400
    yield "two values", (text + text).encode(), 400
    yield "single quotes", text.replace('"', "'").encode(), 400
    yield "invalid UTF-8", text.replace("goods", "\udcff\udcfe").encode("utf-8", "surrogateescape"), 400
    yield "overlong UTF-8", text.replace("goods", "\udcc0\udcaf").encode("utf-8", "surrogateescape"), 400
    yield "UTF-16", text.encode("utf-16"), 400
    yield "lone surrogate", text.replace("goods", "\\ud800").encode(), 400
    yield "surrogate pair turned round", text.replace("goods", "\\udc00\\ud800").encode(), 400
    yield "deep list", b"[" * 20_000 + b"]" * 20_000, 400
    yield "deep object", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400
    yield "deep note", text.replace('"category"', f'"note": {"[" * 900}{"]" * 900}, "category"').encode(), 422
    yield "many unknown members", json.dumps({**REPORT, **{f"x{n}": n for n in range(3000)}}).encode(), 422
    yield "long unknown member", json.dumps({**REPORT, "x" * 50_000: 1}).encode(), 422
    yield "huge number", text.replace("32.07", "9" * 10_000).encode(), 400
    yield "NUL bytes", b"\0" * 100, 400


@pytest.mark.parametrize(
    ("body", "status"), [pytest.param(body, status, id=name) for name, body, status in bodies()]
)
@pytest.mark.parametrize("multipart", [False, True], ids=["alone", "as a part"])
def test_what_is_no_report_is_refused_alone_and_as_a_part(
    target: Target, body: bytes, status: int, multipart: bool
) -> None:
    with target.unchanged():
        answer = target.put_parts(part("report", body)) if multipart else target.put(body)

    assert problem_of(answer)["code"] == {400: "malformed_request", 422: "input_refused"}[status]
    assert len(answer.data) < 20_000, "an answer many times larger than what is wrong"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 415),
        ("", 415),
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/x-www-form-urlencoded", 415),
        ("image/jpeg", 415),
        ("multipart/mixed; boundary=b0undary", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ("multipart/form-data; boundary=another", 400),
        ("multipart/form-data; boundary=\xe9", 400),
        ("multipart/form-data; boundary=" + "x" * 5000, 400),
    ],
)
def test_a_body_of_another_type_or_boundary_is_refused(
    target: Target, content_type: str | None, status: int
) -> None:
    with target.unchanged():
        answer = target.put(join(part("report", json.dumps(REPORT).encode())), content_type)

    assert problem_of(answer)["code"] == {400: "malformed_request", 415: "media_type_refused"}[status]


def test_json_over_its_limit_is_told_the_limit(target: Target) -> None:
    note = json.dumps({**REPORT, "note": "n" * 70_000}).encode()
    for answer in (target.put(note), target.put_parts(part("report", note))):
        assert answer.status_code == 413
        assert problem_of(answer)["code"] == "body_too_large"
        assert problem_of(answer)["limit_bytes"] > 0
    assert problem_of(target.put(note))["limit_bytes"] == 64 * 1024


REPORT_PART = part("report", json.dumps(REPORT).encode())
PHOTO_PART = part("photo", PHOTO, "a.jpg")


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="no part"),
        pytest.param([PHOTO_PART], id="no report"),
        pytest.param([REPORT_PART, REPORT_PART], id="two reports"),
        pytest.param(
            [REPORT_PART, part("report", json.dumps(REPORT).encode(), "r.json")], id="two reports, one a file"
        ),
        pytest.param([REPORT_PART, part("photos", PHOTO, "a.jpg")], id="unknown file part"),
        pytest.param([REPORT_PART, part("comment", b"x")], id="unknown text part"),
        pytest.param([REPORT_PART, part("photo", b"text")], id="photo as text"),
        pytest.param([REPORT_PART, b"X-No-Disposition: 1\r\n\r\nx"], id="part without disposition"),
        pytest.param([REPORT_PART, b"Content-Disposition: form-data\r\n\r\nx"], id="part without name"),
        pytest.param([REPORT_PART, b"Content-Disposition: \xff\xfe\r\n\r\nx"], id="header of no text"),
        pytest.param([REPORT_PART, part("photo", photo_bytes(seed=9), "a.jpg")], id="undeclared photo"),
        pytest.param([REPORT_PART, part("photo", b"", "")], id="empty photo"),
        pytest.param([REPORT_PART, *[PHOTO_PART] * 30], id="thirty parts"),
        pytest.param([REPORT_PART, PHOTO_PART[:-1]], id="photo one byte short"),
    ],
)
def test_parts_that_have_no_meaning_are_refused_and_leave_nothing(target: Target, parts: list[bytes]) -> None:
    with target.unchanged():
        problem_of(target.put_parts(*parts))


def test_twenty_one_photos_are_one_too_many(target: Target) -> None:
    photos = [photo_bytes(seed=seed) for seed in range(21)]
    report = json.dumps(report_json(photos=photos)).encode()

    with target.unchanged():
        alone = target.put(report)
        whole = target.put_parts(part("report", report), *(part("photo", p, "p.jpg") for p in photos))

    for answer in (alone, whole):
        assert problem_of(answer)["errors"] == [{"path": "/photos", "message": "at most 20 photos"}]


NAMES = [
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "a\x00.jpg",
    "‮gpj.exe",
    "x" * 10_000 + ".jpg",
    "CON",
    "%2e%2e%2f",
    "门前 🛒.jpg",
    b"\xff\xfe.jpg",
    "",
    ".",
    "'; DROP TABLE report; --",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:30])
def test_a_file_name_never_touches_a_path(target: Target, name: str | bytes) -> None:
    """It is not even read: whatever the name, the photo lies under its digest and nothing else was made."""
    photo = photo_bytes(seed=hash(name) % 2**31)
    report = json.dumps(report_json(photos=[photo])).encode()
    _, before = target.state()

    answer = target.put_parts(part("report", report), part("photo", photo, name))

    _, after = target.state()
    if answer.status_code != 201:
        problem_of(answer)
        assert after == before
    else:
        digest = sha256_of(photo)
        assert set(after) - set(before) == {f"photos/{digest[:2]}/{digest[2:4]}/{digest}"}


@pytest.mark.parametrize(
    "note", ["‮reversed", "\u200b\ufeff", "\ud83d\ude00", "<script>alert(1)</script>", "\x01\x7f", "\ufffe￿"]
)
def test_odd_text_is_kept_and_given_back_as_it_came(target: Target, note: str) -> None:
    report = report_json(note=note.encode("utf-16", "surrogatepass").decode("utf-16"))

    receipt = target.put(json.dumps(report).encode())

    assert receipt.status_code == 201
    read = target.get(f"/reports/{receipt.json['id']}")
    assert read.json["properties"]["note"] == report["note"]


@pytest.mark.parametrize(
    ("captured_at", "code"),
    [
        ("1970-01-01T00:00:00Z", "captured_long_ago"),
        ("0001-01-01T00:00:00Z", "captured_long_ago"),
        ("0001-01-01T00:00:00-08:00", "captured_long_ago"),
        ("2099-01-01T00:00:00+08:00", "captured_in_future"),
        ("9999-12-31T23:59:59.999999Z", "captured_in_future"),
        ("9999-12-31T23:59:59+08:00", "captured_in_future"),
        ("2016-12-31T23:59:60Z", "captured_long_ago"),
    ],
)
def test_a_time_that_is_only_odd_is_kept_and_flagged(target: Target, captured_at: str, code: str) -> None:
    report = {**report_json(photos=[PHOTO], note=captured_at), "captured_at": captured_at}
    report["photos"][0]["captured_at"] = captured_at
    report["position"]["fixed_at"] = captured_at

    answer = target.put(json.dumps(report).encode())

    assert answer.status_code == 201, answer.text
    assert code in {finding["code"] for finding in answer.json["findings"]}
    for path in (f"/reports/{answer.json['id']}", "/reports?limit=5"):
        assert target.client.get(f"/api/v1{path}", headers=target.headers).status_code == 200
