"""What an editor sends that cannot be: refused with the place of the fault, nothing half-written, never a 5xx."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine

from config import Config
from tests import factories
from tests.factories import JINSHA, count_rows
from tests.postgres import METRIC_SRID
from tests.server.places.plots import API, Desk, SignIn, draw_street, line, plot, spot


@pytest.fixture
def config(tmp_path: Any) -> Config:
    return Config(
        var=tmp_path / "var",
        metric_srid=METRIC_SRID,
        database_pool_size=4,
        zone_vertices_max=100,
        zone_line_vertices_max=10,
        zones_per_edit_max=3,
        zone_properties_max_bytes=300,
    )


@pytest.fixture
def desk(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Desk:
    draw_street(owner, "A", "B", "C")
    return Desk(client, sign_in("zone_manager"))


def ring(*places: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[spot(*place) for place in places]]}


def circle(vertices: int) -> dict[str, Any]:
    """A comb along a line: as many vertices as wanted, and valid."""
    top = [(50 + number / 100, 5 + number % 2) for number in range(vertices - 3)]
    places = [(50, 0), *top, (50 + vertices / 100, 0), (50, 0)]
    return ring(*[(float(x), float(y)) for x, y in places])


GOOD = {"code": "N", "name": "N", "township": JINSHA, "geometry": plot(40, 50)}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("bow-tie", {"geometry": ring((40, 0), (50, 5), (50, 0), (40, 5), (40, 0))}, "/geometry/coordinates"),
    ("unclosed", {"geometry": ring((40, 0), (50, 0), (50, 5), (40, 5))}, "/geometry/coordinates/0"),
    ("flat", {"geometry": ring((40, 0), (45, 0), (50, 0), (40, 0))}, "/geometry/coordinates/0"),
    ("vertices", {"geometry": circle(120)}, "/geometry/coordinates"),
    ("text", {"geometry": {"type": "Polygon", "coordinates": [[["a", 1]]]}}, "/geometry/coordinates/0/0"),
    ("empty", {"geometry": {}}, "/geometry/type"),
    ("crs", {"geometry": {**plot(40, 50), "crs": "EPSG:4549"}}, "/geometry/crs"),
    ("point", {"geometry": {"type": "Point", "coordinates": spot(0, 0)}}, "/geometry/type"),
    ("list", {"geometry": [1, 2]}, "/geometry"),
    ("range", {"geometry": {"type": "Polygon", "coordinates": [[[181, 0], [0, 0], [0, 1], [181, 0]]]}},
     "/geometry/coordinates/0/0"),
    ("township", {"township": "320612999"}, "/township"),
    ("district", {"township": "320612"}, "/township"),
    ("code", {"code": ""}, "/code"),
    ("slash", {"code": "a/b"}, "/code"),
    ("long", {"code": "x" * 65}, "/code"),
    ("NUL", {"name": "a\x00b"}, "/name"),
    ("NUL within", {"properties": {"shop": ["a\x00b"]}}, "/properties"),
    ("own name", {"properties": {"version": 9}}, "/properties/version"),
    ("much", {"properties": {"shop": "店" * 200}}, "/properties"),
    ("note", {"note": "  "}, "/note"),
    ("version", {"version": 3}, "/version"),
    ("flag", {"allow_overlap": "yes"}, "/allow_overlap"),
]  # fmt: skip


@pytest.mark.parametrize("given, path", [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_cannot_be_drawn_is_refused_with_the_place_of_the_fault(
    desk: Desk, owner: Engine, given: dict[str, Any], path: str
) -> None:
    answer = desk.send("/zones/frontage", {**GOOD, **given})
    assert (answer.status_code, answer.json["code"]) == (422, "input_refused"), answer.text
    assert answer.json["errors"][0]["path"] == path
    assert (count_rows(owner, "zone"), count_rows(owner, "zone_edit")) == (3, 0)


def test_the_same_without_the_fault_is_taken(desk: Desk) -> None:
    assert desk.send("/zones/frontage", {**GOOD, "geometry": circle(100)}).status_code == 201


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"note": 1e999}', b"\xff"])
def test_a_body_that_is_no_edit_is_refused(desk: Desk, owner: Engine, body: bytes) -> None:
    for path in ("/zones/frontage", "/zones/frontage/merge", "/zones/frontage/border"):
        answer = desk.client.post(
            f"{API}{path}", data=body, content_type="application/json", headers=desk.headers
        )
        assert answer.status_code in (400, 422)
        assert answer.mimetype == "application/problem+json"
    assert count_rows(owner, "zone_edit") == 0


LONG = line(*[(5 + number % 2, -1 + number) for number in range(11)])
BAD_CUTS = [
    ({"line": LONG}, "/line/coordinates"),
    ({"line": line((5, -1), (5, -1))}, "/line/coordinates"),
    ({"line": line((5, -1))}, "/line/coordinates"),
    ({"line": {"type": "LineString", "coordinates": [[200, 0], [0, 0]]}}, "/line/coordinates/0/0"),
    ({"line": {"type": "LineString", "coordinates": [["121", "32"], [0, 0]]}}, "/line/coordinates/0/0"),
    ({"line": {"type": "LineString", "coordinates": [[121, 32, 5], [0, 0]]}}, "/line/coordinates/0"),
    ({"line": plot(0, 1)}, "/line/type"),
]


@pytest.mark.parametrize("given, path", BAD_CUTS)
def test_a_line_that_is_none_is_refused(desk: Desk, given: dict[str, Any], path: str) -> None:
    answer = desk.send("/zones/frontage/A/split", {"code": "A2", **given}, version=1)
    assert (answer.status_code, answer.json["code"]) == (422, "input_refused"), answer.text
    assert answer.json["errors"][0]["path"] == path


@pytest.mark.parametrize("match", ["1", "*", 'W/"1"', '"1", "2"', "", '"01"', '"1.0"', "x" * 900])
def test_only_the_very_version_is_a_match(desk: Desk, match: str) -> None:
    answer = desk.client.patch(
        f"{API}/zones/frontage/A",
        json={"note": "x", "name": "x"},
        headers={**desk.headers, "If-Match": match},
    )
    assert answer.status_code in (412, 428), answer.text


def test_zones_of_one_edit_are_counted_known_and_named_once(desk: Desk) -> None:
    def merge(*codes: str) -> Any:
        zones = [{"code": code, "version": 1} for code in codes]
        return desk.send("/zones/frontage/merge", {"zones": zones, "keep": codes[0]})

    assert merge("A", "B", "C", "D").json["errors"][0]["path"] == "/zones"
    assert merge("A", "A").json["errors"][0]["path"] == "/zones"
    assert merge("A", "none").json["code"] == "zone_conflict"
    zones = [{"code": "A", "version": 1}, {"code": "B", "version": 1}]
    answer = desk.send("/zones/frontage/merge", {"zones": zones, "keep": "C"})
    assert answer.json["errors"][0]["path"] == "/keep"


def test_points_are_drawn_and_moved_but_neither_cut_nor_united(desk: Desk) -> None:
    shop = {"type": "Point", "coordinates": spot(1, 1)}
    drawn = {"code": "K", "name": "亭", "geometry": shop}
    assert desk.send("/zones/service_point", drawn).status_code == 201
    moved = {"geometry": {"type": "Point", "coordinates": spot(2, 2)}}
    edit = desk.done("/zones/service_point/K", moved, method="PATCH", version=1)
    assert edit["after"][0]["geometry"] == moved["geometry"]
    cut = {"line": line((0, 0), (5, 5)), "code": "K2"}
    answer = desk.send("/zones/service_point/K/split", cut, version=2)
    assert answer.json["errors"][0]["path"] == "/kind"


def test_an_edit_that_changes_nothing_is_refused(desk: Desk) -> None:
    answer = desk.send("/zones/frontage/A", {}, method="PATCH", version=1)
    assert (answer.status_code, answer.json["code"]) == (422, "input_refused")


def test_of_two_edits_at_once_one_is_taken_and_the_other_hears_of_it(
    app: OpenAPI, desk: Desk, owner: Engine
) -> None:
    def edit(number: int) -> tuple[int, str]:
        answer = app.test_client().patch(
            f"{API}/zones/frontage/A",
            data=json.dumps({"note": "x", "name": f"name {number}", "geometry": plot(0, 10, -number - 1)}),
            content_type="application/json",
            headers={**desk.headers, "If-Match": '"1"'},
        )
        return answer.status_code, answer.get_json().get("code", "")

    with ThreadPoolExecutor(3) as threads:
        answers = sorted(threads.map(edit, range(3)))
    assert answers[0] == (200, "")
    assert set(answers[1:]) <= {(412, "zone_version_conflict"), (503, "unavailable")}
    assert count_rows(owner, "zone_edit") == 1


def test_two_neighbours_drawn_at_once_do_not_lie_on_the_same_ground(
    app: OpenAPI, desk: Desk, owner: Engine
) -> None:
    def draw(number: int) -> int:
        body = {"note": "x", "code": f"N{number}", "name": "N", "geometry": plot(40 + number, 50 + number)}
        answer = app.test_client().post(f"{API}/zones/frontage", json=body, headers=desk.headers)
        return answer.status_code

    with ThreadPoolExecutor(3) as threads:
        answers = sorted(threads.map(draw, range(3)))
    assert answers[0] == 201 and set(answers[1:]) <= {422, 503}
    assert count_rows(owner, "zone_edit") == 1


def test_an_edit_by_a_role_that_may_not_is_refused_before_it_is_read(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    for role in ("officer", "dispatcher", "reviewer"):
        answer = client.post(f"{API}/zones/frontage", data=b"{", headers=sign_in(role))
        assert answer.status_code == 403
