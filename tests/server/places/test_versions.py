"""Zones through time: any date on every read, what differs between two dates, and the history of a code."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINXIN
from tests.server.places.plots import Desk, SignIn, area_m2, draw_street, plot, spot

OLD, NEW = date(2022, 9, 1), date(2026, 5, 1)


@pytest.fixture
def desk(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Desk:
    """An officer who only reads; A stayed, B was renamed, C moved, D ended, E is new, F changed and changed back."""
    factories.make_organisations(owner)
    for code, place in zip("ABCDF", range(5), strict=True):
        end = None if code == "A" else NEW
        factories.make_zone(
            owner, code=code, geometry=plot(10 * place, 10 * place + 10), valid_from=OLD, valid_to=end
        )
    made: dict[str, dict[str, Any]] = {
        "B": {"geometry": plot(10, 20), "name": "改名", "township": JINXIN, "properties": {"order": 2}},
        "C": {"geometry": plot(20, 29)},
        "E": {"geometry": plot(60, 70)},
    }
    for code, given in made.items():
        factories.make_zone(owner, code=code, version=1 if code == "E" else 2, valid_from=NEW, **given)
    factories.make_zone(
        owner, code="F", version=2, geometry=plot(40, 41), valid_from=NEW, valid_to=date(2026, 6, 1)
    )
    factories.make_zone(owner, code="F", version=3, geometry=plot(40, 50), valid_from=date(2026, 6, 1))
    return Desk(client, sign_in("officer"))


def changes(desk: Desk, before: str, after: str, **query: Any) -> dict[str, dict[str, Any]]:
    answer = desk.get("/zones/frontage/changes", **{"from": before, "to": after, **query})
    assert answer.status_code == 200, answer.text
    return {one["properties"]["code"]: one for one in answer.json["features"]}


def test_the_difference_of_two_dates_says_what_came_what_went_and_what_changed(desk: Desk) -> None:
    found = changes(desk, "2026-01-01", "2026-07-01")
    told = {code: (one["properties"]["change"], one["properties"]["fields"]) for code, one in found.items()}
    assert told == {
        "B": ("changed", ["name", "township", "properties"]),
        "C": ("changed", ["geometry"]),
        "D": ("removed", []),
        "E": ("added", []),
    }
    moved = found["C"]
    assert area_m2(moved["geometry"]) == pytest.approx(45, abs=1e-6)
    sides = moved["properties"]
    assert area_m2(sides["before"]["geometry"]) == pytest.approx(50, abs=1e-6)
    assert (sides["before"]["version"], sides["after"]["version"]) == (1, 2)
    assert (sides["before"]["valid_to"], sides["after"]["valid_to"]) == ("2026-05-01", None)
    assert found["D"]["geometry"] == plot(30, 40) and found["D"]["properties"]["after"] is None
    assert found["E"]["properties"]["before"] is None


def test_what_was_changed_and_changed_back_differs_only_in_between(desk: Desk) -> None:
    assert changes(desk, "2026-01-01", "2026-05-15").keys() == set("BCDEF")
    assert changes(desk, "2026-05-15", "2026-06-15").keys() == {"F"}


def test_the_difference_read_backwards_is_the_difference_turned_round(desk: Desk) -> None:
    there, back = changes(desk, "2026-01-01", "2026-07-01"), changes(desk, "2026-07-01", "2026-01-01")
    assert there.keys() == back.keys()
    for code, one in there.items():
        other = back[code]["properties"]
        assert (one["properties"]["before"], one["properties"]["after"]) == (other["after"], other["before"])
    assert changes(desk, "2026-07-01", "2026-07-01") == {}


def test_the_difference_equals_that_of_the_two_maps(desk: Desk) -> None:
    """What `changes` leaves out is the same on both maps; what it names is as the maps show it."""

    def layer(at: str) -> dict[str, Any]:
        found = desk.get("/zones/frontage", at=at).json["features"]
        return {
            one["properties"]["code"]: (
                one["properties"]["name"],
                one["properties"]["township"],
                one["geometry"],
            )
            for one in found
        }

    before, after = layer("2026-01-01"), layer("2026-07-01")
    differ = {code for code in before.keys() | after.keys() if before.get(code) != after.get(code)}
    assert changes(desk, "2026-01-01", "2026-07-01").keys() == differ


def test_the_difference_comes_in_pages_and_by_area(desk: Desk) -> None:
    found: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(4):
        page = desk.get(
            "/zones/frontage/changes", **{"from": OLD, "to": "2026-07-01", "limit": 1, **cursor}
        ).json
        found += [one["properties"]["code"] for one in page["features"]]
        cursor = {"cursor": page["next"]}
    assert (found, page["next"]) == (["B", "C", "D", "E"], None)
    (west, south), (east, north) = spot(31, 1), spot(39, 4)
    assert changes(desk, "2026-01-01", "2026-07-01", bbox=f"{west},{south},{east},{north}").keys() == {"D"}


def test_a_difference_needs_two_dates_of_the_calendar(desk: Desk) -> None:
    for query in (
        {"from": "2026-01-01"},
        {"to": "2026-01-01"},
        {"from": "2026-01-01", "to": "soon"},
        {"from": "2026-01-01", "to": "9999-12-31T23:59:59Z"},
    ):
        answer = desk.get("/zones/frontage/changes", **query)
        assert (answer.status_code, answer.json["code"]) == (422, "input_refused"), query
    answer = desk.get("/zones/frontage/changes", **{"from": OLD, "to": NEW, "cursor": "W10"})
    assert (answer.status_code, answer.json["code"]) == (400, "cursor_refused")


def test_the_history_of_a_code_has_every_version_newest_first(desk: Desk) -> None:
    found: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = desk.get("/zones/frontage/F/versions", limit=1, **cursor).json
        found += [one["properties"] for one in page["features"]]
        cursor = {"cursor": page["next"]}
    assert page["next"] is None
    assert [(one["version"], one["valid_from"], one["valid_to"]) for one in found] == [
        (3, "2026-06-01", None),
        (2, "2026-05-01", "2026-06-01"),
        (1, "2022-09-01", "2026-05-01"),
    ]
    assert desk.get("/zones/frontage/NONE/versions").status_code == 404
    assert desk.get("/zones/grid/F/versions").status_code == 404
    assert desk.get("/zones/frontage/F/versions", cursor="WzBd").json["features"] == []


@pytest.mark.parametrize("at, version", [("2022-09-01", 1), ("2026-04-30", 1), ("2026-05-01", 2), (None, 3)])
def test_one_zone_is_read_as_of_any_date_with_its_version_as_etag(
    desk: Desk, at: str | None, version: int
) -> None:
    answer = desk.get("/zones/frontage/F", **({"at": at} if at else {}))
    assert answer.headers["ETag"] == f'"{version}"'
    assert answer.json["properties"]["version"] == version


def test_a_date_before_the_first_version_shows_an_empty_map_and_no_zone(desk: Desk) -> None:
    assert desk.get("/zones/frontage", at="2022-08-31").json["features"] == []
    assert desk.get("/zones/frontage/A", at="2022-08-31").status_code == 404
    assert changes(desk, "2000-01-01", "2022-08-31") == {}
    assert changes(desk, "2000-01-01", "2022-09-01").keys() == set("ABCDF")


def test_a_spot_is_matched_by_the_map_of_any_date(desk: Desk) -> None:
    lon, lat = spot(25, 2.5)
    for at, versions in (("2022-08-31", []), ("2026-04-30", [1]), ("2026-07-01", [2])):
        match = desk.get("/match", lon=lon, lat=lat, at=at).json
        assert [one["version"] for one in match["candidates"] if one["code"] == "C"] == versions


def test_what_is_read_can_be_sent_back_without_a_change(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    """Every digit of a shape is sent: a border written back as it was read still meets its neighbour's."""
    draw_street(owner, "A", "B")
    desk = Desk(client, sign_in("zone_manager"))
    shape = desk.zone("A")["geometry"]
    desk.done("/zones/frontage/A", {"geometry": shape}, method="PATCH", version=1)
    assert changes(desk, "2026-09-01", "2026-09-02") == {}
