"""Any change of a valid report, its bytes or its multipart form gets an answer of the contract, never a 5xx.

HYPOTHESIS_EXAMPLES=10000 in the environment tries that many of each kind.
"""

from __future__ import annotations

import json
import math
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories import photo_bytes, report_json
from tests.server.reports.hostile import BOUNDARY, PROBLEM, Target, join, part

PHOTO = photo_bytes(size=(16, 12))
WHOLE: dict[str, Any] = report_json(
    photos=[PHOTO],
    note="门前",
    position={"bearing_deg": 10.0, "fixed_at": "2026-09-01T02:00:00Z", "mock": False},
    zone_hint={"code": "F-1", "how": "qr"},
    case="TZ-2026-000001",
    app_version="1.0",
)
MANY = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "500")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

text = st.text(st.characters(), max_size=40)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | text
    | st.sampled_from(
        [2**53, 2**63, 2**64, -0.0, 1e308, 5e-324, "\x00", "NaN", "2026-09-01T10:00:00Z", "wgs84"]
    )
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for step, one in inner for place in places(one, (*way, step)))]


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    """The whole report with up to four members replaced, removed, added or doubled, anywhere."""
    report: Any = json.loads(json.dumps(WHOLE))
    for _ in range(draw(st.integers(1, 4))):
        *way, last = draw(st.sampled_from([place for place in places(report) if place] or [("note",)]))
        inner = report
        for step in way:
            inner = inner[step]
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                inner[last] = draw(values)
            case "remove":
                del inner[last]
            case "add" if isinstance(inner, dict):
                inner[draw(text)] = draw(values)
            case _:
                inner.append(draw(values))
    return report


def is_of_the_contract(answer: Any) -> bool:
    taken: bool = answer.status_code in (200, 201) and "signature" in answer.json
    refused = answer.content_type == PROBLEM and answer.status_code in (400, 409, 413, 415, 422)
    return taken or refused


@MANY
@given(report=mutants())
def test_any_change_of_a_report_is_taken_or_refused(target: Target, report: Any) -> None:
    answer = target.put(json.dumps(report).encode("utf-8", "surrogatepass"))

    assert is_of_the_contract(answer), answer.text
    if answer.status_code == 201:
        read = target.client.get(f"/api/v1/reports/{answer.json['id']}/receipt", headers=target.headers)
        assert read.json == answer.json


@MANY
@given(data=st.data())
def test_any_change_of_the_bytes_is_taken_or_refused(target: Target, data: st.DataObject) -> None:
    body = bytearray(
        join(
            part("report", json.dumps(WHOLE).encode()),
            part("photo", PHOTO, "a.jpg", b"\r\nContent-Type: image/jpeg"),
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))

    answer = target.put(bytes(body), f"multipart/form-data; boundary={BOUNDARY}")

    assert is_of_the_contract(answer), answer.text


@MANY
@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    accuracy_m=st.floats(0, 100_000),
    bearing_deg=st.none() | st.floats(0, 360),
    datum=st.sampled_from(["wgs84", "cgcs2000", "gcj02", "bd09"]),
)
@example(lon=0.0, lat=5e-324, accuracy_m=5e-324, bearing_deg=5e-324, datum="wgs84")
def test_any_place_on_earth_is_matched_with_finite_numbers_or_refused(
    target: Target, lon: float, lat: float, accuracy_m: float, bearing_deg: float | None, datum: str
) -> None:
    position = {} if bearing_deg is None else {"bearing_deg": bearing_deg}
    report = report_json(at=(lon, lat), datum=datum, accuracy_m=accuracy_m, position=position)

    answer = target.put(json.dumps(report).encode())

    assert is_of_the_contract(answer), answer.text
    if answer.status_code == 201:
        match = answer.json["match"]
        assert all(0.0 <= one["probability"] <= 1.0 for one in match["candidates"])
        assert math.isfinite(match["position"]["lon"]) and math.isfinite(match["moved_m"])


@pytest.mark.parametrize("depth", [1, 100, 1000])
def test_nesting_of_any_depth_is_answered(target: Target, depth: int) -> None:
    body = json.dumps(WHOLE).replace('"门前"', "[" * depth + "]" * depth)

    assert is_of_the_contract(target.put(body.encode()))
