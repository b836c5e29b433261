"""Addresses and query strings that cannot be: a problem each, from a list of reports to the match of a spot."""

from __future__ import annotations

import base64
import json

import pytest

from server.contract import write_cursor
from tests.server.reports.hostile import Target, problem_of

NOBODY = "6f4dd2d6-27b6-4f0b-8a6b-1d0a7f1b1b1b"
SHA256 = "a" * 64
LISTS = ("/reports", "/cases", "/inbox", "/zones/frontage")


def cursor(*key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    [
        "bbox=NaN,0,1,1",
        "bbox=0,0,inf,1",
        "bbox=0,0,1e400,1",
        "bbox=1,0,0,1",
        "bbox=0,1,1,0",
        "bbox=-181,0,1,1",
        "bbox=0,0,1",
        "bbox=0,0,1,1,1",
        "bbox=",
        "bbox=a,b,c,d",
        "bbox=121,32,122,91",
        "bbox=" + "1" * 3000,
        "limit=0",
        "limit=-1",
        "limit=1000000000",
        "limit=" + "9" * 3000,
        "limit=1.5",
        "limit=ten",
        "limit=",
        "from=2026-09-01T10:00:00",
        "from=2026-09-01",
        "to=yesterday",
        "from=2026-09-01T10:00:00Z%00",
        "township=" + "3" * 65,
        "township=%00",
        "zone=a%00b",
        "category=%00",
        "officer=somebody",
        "order_by=id;drop",
        "cursor=" + "A" * 401,
    ],
    ids=lambda query: query[:40],
)
def test_a_query_that_cannot_be_is_refused(target: Target, query: str) -> None:
    problem = problem_of(target.client.get(f"/api/v1/reports?{query}", headers=target.headers))

    assert problem["code"] == "input_refused" and problem["errors"]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "====",
        "é",
        "%00",
        "bm90IGpzb24",
        cursor(),
        cursor(None),
        cursor(True),
        cursor("2026-09-01T10:00:00Z"),
        cursor("2026-09-01T10:00:00Z", 5),
        cursor("2026-09-01T10:00:00Z", [NOBODY]),
        cursor("2026-09-01T10:00:00Z", None),
        cursor("2026-09-01T10:00:00Z", "no uuid"),
        cursor("2026-09-01T10:00:00", NOBODY),
        cursor(5, NOBODY),
        cursor(["2026-09-01T10:00:00Z"], NOBODY),
        cursor("2026-09-01T10:00:00Z", NOBODY, 1),
        cursor({"a": 1}, {"b": 2}),
        cursor("\x00", "\x00"),
        cursor("\x00"),
        cursor(10**30),
        cursor(-(2**63) - 1),
        cursor(1.5),
        base64.urlsafe_b64encode(b"[" * 150).decode(),
        base64.urlsafe_b64encode(b'["\xff"]').decode(),
    ],
    ids=ascii,
)
def test_a_cursor_made_by_hand_is_refused_by_every_list(target: Target, given: str) -> None:
    for path in LISTS:
        answer = target.client.get(f"/api/v1{path}", query_string={"cursor": given}, headers=target.headers)
        if answer.status_code not in (403, 200):
            assert problem_of(answer)["code"] in ("cursor_refused", "input_refused")
        # Only what such a list could have written itself may pass.
        assert answer.status_code != 200 or path == "/zones/frontage"


def test_a_cursor_of_another_list_is_refused(target: Target) -> None:
    of_reports = write_cursor("2026-09-01T10:00:00+00:00", NOBODY)
    of_zones = write_cursor("F-1")

    for path, theirs in (("/reports", of_zones), ("/zones/frontage", of_reports)):
        answer = target.client.get(f"/api/v1{path}", query_string={"cursor": theirs}, headers=target.headers)
        assert answer.status_code == 400 and problem_of(answer)["code"] == "cursor_refused"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lon=121.07",
        "lon=NaN&lat=32",
        "lon=121&lat=Infinity",
        "lon=121&lat=1e400",
        "lon=121&lat=95",
        "lon=181&lat=32",
        "lon=121&lat=32&datum=wgs72",
        "lon=121&lat=32&accuracy_m=-1",
        "lon=121&lat=32&accuracy_m=NaN",
        "lon=121&lat=32&accuracy_m=1e9",
        "lon=121&lat=32&bearing_deg=361",
        "lon=121&lat=32&bearing_deg=-0.1",
        "lon=121&lat=32&at=2026-09-01T10:00:00",
        "lon=121&lat=32&at=2026-W36-2T10:00:00Z",
        "lon=121&lat=32&at=0001-01-01T00:00:00%2B08:00",
        "lon=121&lat=32&hint=%00",
        "lon=121&lat=32&hint_how=guessed",
        "lon=121&lat=32&x=1",
        "lon=121&lat=32&category=" + "c" * 65,
        "lon=121,122&lat=32",
    ],
)
def test_a_match_of_what_cannot_be_is_refused(target: Target, query: str) -> None:
    with target.unchanged():
        answer = target.client.get(f"/api/v1/match?{query}", headers=target.headers)

    assert problem_of(answer)["code"] == "input_refused"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T20:00:00Z"])
@pytest.mark.parametrize(
    "path", ["/match?lon=121.07&lat=32.07&at=", "/zones/frontage?at=", "/categories?at="]
)
def test_the_first_and_the_last_day_of_all_have_an_answer(target: Target, at: str, path: str) -> None:
    """The last evening of the year 9999 in UTC is the year 10000 in the district, which no calendar here has."""
    answer = target.client.get(f"/api/v1{path}{at}", headers=target.headers)

    if answer.status_code != 200:
        assert problem_of(answer)["code"] == "input_refused"


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(0, 0), (-180, -90), (180, 90), (-60, 32), (30, 0), (210 - 360, 0), (120, 90), (121, 89.9999999)],
)
@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_any_spot_of_the_earth_has_an_answer(target: Target, lon: float, lat: float, datum: str) -> None:
    query = {"lon": lon, "lat": lat, "datum": datum, "bearing_deg": 10, "accuracy_m": 100_000}

    answer = target.client.get("/api/v1/match", query_string=query, headers=target.headers)

    if answer.status_code != 200:
        assert problem_of(answer)["code"] == "input_refused"


@pytest.mark.parametrize(
    "path",
    [
        "/reports/x",
        "/reports/" + "0" * 5000,
        f"/reports/{NOBODY}%00",
        f"/reports/{NOBODY}/photos/x",
        f"/reports/{NOBODY}/photos/{'A' * 64}",
        f"/reports/{NOBODY}/photos/..%2f..%2fetc%2fpasswd",
        f"/reports/{NOBODY}/photos/{SHA256}%0a",
        f"/reports/{NOBODY}",
        f"/reports/{NOBODY}/receipt",
        "/zones/planet",
        "/zones/%00",
        "/cases/%00",
        "/cases/" + "T" * 65,
        "/cases/%ff%fe",
    ],
    ids=lambda path: path[:50],
)
def test_an_address_of_nothing_is_a_problem(target: Target, path: str) -> None:
    problem_of(target.client.get(f"/api/v1{path}", headers=target.headers))


def test_a_cursor_beyond_the_last_entry_of_a_history_is_no_fault(target: Target) -> None:
    answer = target.client.get(
        f"/api/v1/cases/TZ-2026-000001/history?cursor={cursor(2**62)}", headers=target.headers
    )

    assert answer.status_code in (200, 404)
