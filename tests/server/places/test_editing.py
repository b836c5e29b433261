"""Editing zones over HTTP: new versions, nobody's work overwritten, no gap and no overlap, rights of a township."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import shapely
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import DISTRICT, JINSHA, JINXIN, NOW, count_rows
from tests.server.places.plots import (
    API,
    Desk,
    SignIn,
    area_m2,
    draw_street,
    geometry_of,
    line,
    metric,
    plot,
    spot,
)

TOMORROW = "2026-09-02"


@pytest.fixture
def desk(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Desk:
    """The district's zone manager before three zones side by side."""
    draw_street(owner, "A", "B", "C")
    return Desk(client, sign_in("zone_manager"))


def problem(answer: Any, status: int, code: str) -> Any:
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    return answer.json


def test_a_zone_drawn_today_holds_from_tomorrow_and_says_who_drew_it_and_why(desk: Desk) -> None:
    body = {"code": "D", "name": "新店", "township": JINSHA, "geometry": plot(30, 40), "note": "新开店铺",
            "properties": {"street": "新金路"}}  # fmt: skip
    answer = desk.send("/zones/frontage", body)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    edit = answer.json
    assert (edit["action"], edit["note"], edit["valid_from"], edit["zones"]) == (
        "draw",
        "新开店铺",
        TOMORROW,
        ["D"],
    )
    assert edit["by"].startswith("测试") and edit["before"] == []
    assert desk.get("/zones/frontage/D").status_code == 404
    zone = desk.zone("D", at=TOMORROW)
    assert zone["geometry"] == plot(30, 40)
    assert zone["properties"]["street"] == "新金路"
    assert zone["properties"]["valid_from"] == TOMORROW


def test_an_edit_makes_a_new_version_and_yesterday_stays_as_it_was(desk: Desk) -> None:
    edit = desk.done(
        "/zones/frontage/A", {"name": "改名", "geometry": plot(0, 10, -1)}, method="PATCH", version=1
    )
    assert [one["properties"]["version"] for one in edit["before"] + edit["after"]] == [1, 2]
    assert edit["before"][0]["properties"]["valid_to"] == TOMORROW
    today, later = desk.zone("A"), desk.zone("A", at=TOMORROW)
    assert (today["properties"]["version"], today["properties"]["name"]) == (1, "测试 A")
    assert (later["properties"]["version"], later["properties"]["name"]) == (2, "改名")
    assert area_m2(later["geometry"]) == pytest.approx(60, abs=1e-6)


def test_what_is_left_out_of_an_edit_stays(desk: Desk) -> None:
    before = desk.zone("B")
    edit = desk.done("/zones/frontage/B", {"properties": {"order": 7}}, method="PATCH", version=1)
    (after,) = edit["after"]
    assert after["geometry"] == before["geometry"]
    assert after["properties"]["name"] == before["properties"]["name"]
    assert after["properties"]["order"] == 7
    cleared = desk.done("/zones/frontage/B", {"township": None}, method="PATCH", version=2)
    assert cleared["after"][0]["properties"]["township"] is None


def test_an_edit_without_its_version_is_not_taken(desk: Desk) -> None:
    edits: list[tuple[str, dict[str, Any], str]] = [
        ("/zones/frontage/A", {"name": "x"}, "PATCH"),
        ("/zones/frontage/A/close", {}, "POST"),
        ("/zones/frontage/A/split", {"line": line((5, -1), (5, 6)), "code": "A2"}, "POST"),
    ]
    for path, body, method in edits:
        problem(desk.send(path, body, method=method), 428, "precondition_missing")


def test_an_edit_of_an_old_version_is_refused_with_the_newest_named(desk: Desk) -> None:
    desk.done("/zones/frontage/A", {"name": "first"}, method="PATCH", version=1)
    said = problem(
        desk.send("/zones/frontage/A", {"name": "second"}, method="PATCH", version=1),
        412,
        "zone_version_conflict",
    )
    assert (said["zone"], said["current_version"]) == ("A", 2)
    said = problem(
        desk.send(
            "/zones/frontage/merge",
            {"zones": [{"code": "A", "version": 1}, {"code": "B", "version": 1}], "keep": "A"},
        ),
        409,
        "zone_conflict",
    )
    assert {"zone": "A", "version": 2} in said["zones"]


def test_a_version_that_has_not_begun_is_withdrawn_by_the_next_edit_of_the_same_day(
    desk: Desk, clock: Any
) -> None:
    desk.done("/zones/frontage/A", {"name": "first"}, method="PATCH", version=1)
    edit = desk.done("/zones/frontage/A", {"name": "second"}, method="PATCH", version=2)
    assert edit["valid_from"] == TOMORROW
    assert desk.zone("A", at=TOMORROW)["properties"]["name"] == "second"
    versions = desk.get("/zones/frontage/A/versions").json["features"]
    told = [(one["properties"]["version"], one["properties"]["withdrawn"]) for one in versions]
    assert told == [(3, False), (2, True), (1, False)]
    assert versions[1]["properties"]["valid_from"] is None
    # Once it has begun it only ends.
    clock.advance(days=3)
    desk.done("/zones/frontage/A", {"name": "third"}, method="PATCH", version=3)
    assert desk.zone("A", at="2026-09-03")["properties"]["name"] == "second"


def test_a_zone_split_by_a_line_leaves_no_gap_and_its_neighbours_corners_as_they_were(desk: Desk) -> None:
    edit = desk.done(
        "/zones/frontage/B/split",
        {"line": line((14, -1), (14.5, 2.5), (14, 6)), "code": "B2", "name": "隔壁"},
        version=1,
    )
    larger, smaller = geometry_of(edit, "B"), geometry_of(edit, "B2")
    assert area_m2(larger) + area_m2(smaller) == pytest.approx(50, abs=1e-6)
    assert area_m2(larger) > area_m2(smaller) == pytest.approx(21.607, abs=0.001)
    assert metric(larger).intersection(metric(smaller)).area < 1e-6
    for code in "AC":
        shared = {tuple(p) for p in desk.zone(code)["geometry"]["coordinates"][0]}
        assert len(shared & {tuple(p) for g in (larger, smaller) for p in g["coordinates"][0]}) == 2
    assert {one["properties"]["code"]: one["properties"]["name"] for one in edit["after"]} == {
        "B": "测试 B",
        "B2": "隔壁",
    }


@pytest.mark.parametrize(
    "places, parts",
    [(((14, 1), (14, 6)), 1), (((14, 7), (16, 7)), 1), (((14, -1), (14, 6), (16, 6), (16, -1)), 3)],
)
def test_a_line_that_does_not_cut_in_two_is_refused_with_the_parts_to_draw(
    desk: Desk, places: Any, parts: int
) -> None:
    body = {"line": line(*places), "code": "B2"}
    said = problem(desk.send("/zones/frontage/B/split", body, version=1), 422, "zone_shape_refused")
    assert said["reason"] == "not_in_two"
    assert len(said["parts"]) == parts
    assert sum(area_m2(part) for part in said["parts"]) == pytest.approx(50, abs=1e-3)


def test_neighbours_merged_are_one_zone_and_the_other_code_ends(desk: Desk) -> None:
    zones = [{"code": "A", "version": 1}, {"code": "B", "version": 1}]
    edit = desk.done("/zones/frontage/merge", {"zones": zones, "keep": "B"})
    (made,) = edit["after"]
    assert (made["properties"]["code"], made["properties"]["version"]) == ("B", 2)
    assert metric(made["geometry"]).symmetric_difference(metric(plot(0, 20))).area < 1e-6
    assert desk.get("/zones/frontage/A", at=TOMORROW).status_code == 404
    assert desk.zone("A")["properties"]["valid_to"] == TOMORROW


def test_zones_that_are_no_neighbours_do_not_merge(desk: Desk) -> None:
    zones = [{"code": "A", "version": 1}, {"code": "C", "version": 1}]
    answer = desk.send("/zones/frontage/merge", {"zones": zones, "keep": "A"})
    said = problem(answer, 422, "zone_shape_refused")
    assert (said["reason"], len(said["parts"])) == ("not_neighbours", 2)


def two(**shapes: Any) -> list[dict[str, Any]]:
    return [
        {"code": code, "version": 1, **({"geometry": shapes[code]} if code in shapes else {})}
        for code in "AB"
    ]


def test_a_border_moved_by_a_line_changes_both_zones_in_one_step_without_tearing(
    desk: Desk, owner: Engine
) -> None:
    edit = desk.done("/zones/frontage/border", {"zones": two(), "line": line((7, -1), (8, 2), (7, 6))})
    first, second = geometry_of(edit, "A"), geometry_of(edit, "B")
    assert area_m2(first) == pytest.approx(38.208, abs=0.001)
    both = metric(first).union(metric(second))
    assert both.symmetric_difference(metric(plot(0, 10)).union(metric(plot(10, 20)))).area < 1e-6
    assert metric(first).intersection(metric(second)).area < 1e-6
    assert {one["properties"]["valid_from"] for one in edit["after"]} == {TOMORROW}
    assert count_rows(owner, "zone_edit") == 1
    # What the database matches by is as tight as what was computed.
    with owner.connect() as connection:
        gap = connection.execute(
            text(
                "SELECT ST_Area(ST_SymDifference(ST_Union(geom_m) FILTER (WHERE version = 1), "
                "ST_Union(geom_m) FILTER (WHERE version = 2))) FROM zone WHERE code IN ('A', 'B')"
            )
        ).scalar_one()
    assert gap < 1e-6


@pytest.mark.parametrize(
    "first, second, fault, area",
    [
        (plot(0, 8), plot(8.1, 20), "gap", 0.5),
        (plot(0, 8.1), plot(8, 20), "overlap", 0.5),
        (plot(0, 8), plot(8, 20.1), "beyond", 0.5),
        (plot(0, 8), plot(8.000_01, 20), "gap", 5e-5),
    ],
)
def test_a_border_that_tears_is_refused_with_the_tear_to_draw(
    desk: Desk, owner: Engine, first: Any, second: Any, fault: str, area: float
) -> None:
    answer = desk.send("/zones/frontage/border", {"zones": two(A=first, B=second)})
    said = problem(answer, 422, "zone_shape_refused")
    assert said["reason"] == "torn"
    assert said[fault]["area_m2"] == pytest.approx(area, rel=0.01)
    if area > 0.1:
        assert area_m2(said[fault]["geometry"]) == pytest.approx(area, rel=0.01)
    assert (count_rows(owner, "zone"), count_rows(owner, "zone_edit")) == (3, 0)


def test_a_border_moved_by_two_shapes_that_fit_is_taken(desk: Desk) -> None:
    edit = desk.done("/zones/frontage/border", {"zones": two(A=plot(0, 8), B=plot(8, 20))})
    assert area_m2(geometry_of(edit, "B")) == pytest.approx(60, abs=1e-6)


@pytest.mark.parametrize(
    "body",
    [
        {"zones": two(A=plot(0, 8))},
        {"zones": two()},
        {"zones": two(A=plot(0, 8), B=plot(8, 20)), "line": line((7, -1), (7, 6))},
        {"zones": [*two(), {"code": "C", "version": 1}], "line": line((7, -1), (7, 6))},
        {"zones": [two()[0], two()[0]], "line": line((7, -1), (7, 6))},
    ],
)
def test_a_border_is_told_by_one_line_or_by_every_shape(desk: Desk, body: dict[str, Any]) -> None:
    problem(desk.send("/zones/frontage/border", body), 422, "input_refused")


def test_ground_that_another_zone_has_is_not_given_twice_unless_meant(desk: Desk, owner: Engine) -> None:
    body = {"code": "D", "name": "D", "township": JINSHA, "geometry": plot(28, 40)}
    said = problem(desk.send("/zones/frontage", body), 422, "zone_shape_refused")
    assert said["reason"] == "overlaps"
    (found,) = said["overlaps"]
    assert (found["zone"], found["other"], found["area_m2"]) == ("D", "C", pytest.approx(10, abs=0.01))
    assert area_m2(found["geometry"]) == pytest.approx(10, rel=0.01)
    problem(
        desk.send("/zones/frontage/B", {"geometry": plot(10, 21)}, method="PATCH", version=1),
        422,
        "zone_shape_refused",
    )
    assert count_rows(owner, "zone") == 3
    assert desk.send("/zones/frontage", {**body, "allow_overlap": True}).status_code == 201
    # A parking area may lie where a frontage is.
    assert desk.send("/zones/parking", body).status_code == 201


def test_a_closed_zone_ends_and_its_code_may_come_back(desk: Desk) -> None:
    edit = desk.done("/zones/frontage/C/close", {"valid_from": "2026-10-01"}, version=1)
    assert edit["after"] == []
    assert desk.get("/zones/frontage/C", at="2026-09-30").status_code == 200
    assert desk.get("/zones/frontage/C", at="2026-10-01").status_code == 404
    problem(desk.send("/zones/frontage/C/close", {}, version=1), 404, "not_found")
    body = {"code": "C", "name": "C", "geometry": plot(20, 30)}
    problem(desk.send("/zones/frontage", body), 422, "zone_shape_refused")
    problem(desk.send("/zones/frontage", {**body, "allow_overlap": True}), 409, "zone_conflict")
    again = desk.done("/zones/frontage", {**body, "valid_from": "2026-10-01"})
    assert again["after"][0]["properties"]["version"] == 2


def undo(desk: Desk, edit: dict[str, Any], **body: Any) -> Any:
    return desk.send(f"/zone-edits/{edit['id']}/undo", {"note": "画错了", **body})


def test_undoing_makes_new_versions_with_the_geometry_before(desk: Desk, clock: Any) -> None:
    before = [desk.zone(code)["geometry"] for code in "AB"]
    edit = desk.done("/zones/frontage/border", {"zones": two(), "line": line((7, -1), (7, 6))})
    clock.advance(days=5)
    undone = undo(desk, edit).json
    assert (undone["action"], undone["undoes"], undone["valid_from"]) == ("undo", edit["id"], "2026-09-07")
    assert [geometry_of(undone, code) for code in "AB"] == before
    assert [one["properties"]["version"] for one in undone["after"]] == [3, 3]
    assert desk.zone("A", at="2026-09-06")["properties"]["version"] == 2
    # And what was undone can be undone.
    again = undo(desk, undone).json
    assert geometry_of(again, "A") == geometry_of(edit, "A")


def test_every_kind_of_edit_can_be_undone_on_the_same_day(desk: Desk) -> None:
    def layer() -> dict[str, Any]:
        found = desk.get("/zones/frontage", at=TOMORROW).json["features"]
        return {one["properties"]["code"]: (one["geometry"], one["properties"]["name"]) for one in found}

    before, version = layer(), {"A": 1, "B": 1, "C": 1}

    def named(*codes: str) -> list[dict[str, Any]]:
        return [{"code": code, "version": version[code]} for code in codes]

    edits: list[tuple[str, str, str | None, Callable[[], dict[str, Any]]]] = [
        ("/zones/frontage", "POST", None, lambda: {"code": "D", "name": "D", "geometry": plot(30, 40)}),
        ("/zones/frontage/A", "PATCH", "A", lambda: {"name": "x"}),
        ("/zones/frontage/A/split", "POST", "A", lambda: {"line": line((4, -1), (4, 6)), "code": "A2"}),
        ("/zones/frontage/merge", "POST", None, lambda: {"zones": named("A", "B"), "keep": "A"}),
        (
            "/zones/frontage/border",
            "POST",
            None,
            lambda: {"zones": named("B", "C"), "line": line((17, -1), (17, 6))},
        ),
        ("/zones/frontage/C/close", "POST", "C", lambda: {}),
    ]
    for path, method, code, body in edits:
        edit = desk.done(path, body(), method=method, version=version[code] if code else None)
        assert layer() != before, path
        answer = undo(desk, edit)
        assert answer.status_code == 200, answer.text
        version |= {one["properties"]["code"]: one["properties"]["version"] for one in answer.json["after"]}
        assert layer() == before, path


def test_an_edit_that_was_built_upon_is_not_undone(desk: Desk) -> None:
    edit = desk.done("/zones/frontage/A", {"name": "first"}, method="PATCH", version=1)
    desk.done("/zones/frontage/A", {"name": "second"}, method="PATCH", version=2)
    assert problem(undo(desk, edit), 409, "zone_conflict")["zones"] == [{"zone": "A", "version": 3}]


def test_undoing_does_not_give_back_ground_that_another_zone_has_by_now(desk: Desk) -> None:
    edit = desk.done("/zones/frontage/B", {"geometry": plot(10, 18)}, method="PATCH", version=1)
    desk.done("/zones/frontage/C", {"geometry": plot(18, 30)}, method="PATCH", version=1)
    said = problem(undo(desk, edit), 422, "zone_shape_refused")
    assert [(one["zone"], one["other"]) for one in said["overlaps"]] == [("B", "C")]


# --- Days -----------------------------------------------------------------------------------------------------


def send_report(client: FlaskClient, headers: dict[str, str], east_m: float, days_ago: int = 0) -> None:
    report = factories.report_json(
        at=(spot(east_m, 2)[0], spot(east_m, 2)[1]),
        captured_at=NOW - timedelta(days=days_ago),
        accuracy_m=4.0,
    )
    answer = client.put(f"{API}/reports/{uuid4()}", json=report, headers=headers)
    assert answer.status_code == 201, answer.text


def test_a_past_day_is_allowed_while_no_report_depends_on_it(
    desk: Desk, client: FlaskClient, sign_in: SignIn
) -> None:
    headers = sign_in("officer")
    send_report(client, headers, 5, days_ago=10)
    # Far from the report, and after it.
    edit = desk.done("/zones/frontage", {
        "code": "FAR", "name": "FAR", "geometry": plot(300, 310), "valid_from": "2026-08-01"})  # fmt: skip
    assert edit["valid_from"] == "2026-08-01"
    desk.done("/zones/frontage/A", {"name": "x", "valid_from": "2026-08-25"}, method="PATCH", version=1)
    # On the day of the report, 40 m from it.
    body = {"code": "D", "name": "D", "geometry": plot(45, 50), "valid_from": "2026-08-22"}
    problem(desk.send("/zones/frontage", body), 409, "zone_reports_depend")
    edit = desk.done("/zones/frontage", {**body, "rematch": True})
    assert edit["rematch"] is True
    assert desk.zone("D", at="2026-08-23")["properties"]["version"] == 1


def test_a_version_never_begins_before_the_one_it_ends(desk: Desk) -> None:
    for day in ("2022-09-01", "2020-01-01"):
        body = {"name": "x", "valid_from": day, "rematch": True}
        problem(desk.send("/zones/frontage/A", body, method="PATCH", version=1), 409, "zone_date_refused")


@pytest.mark.parametrize("day", ["2026-13-01", "tomorrow", 20260901, "2026-09-02T00:00:00Z", ""])
def test_a_day_that_is_none_is_refused(desk: Desk, day: Any) -> None:
    answer = desk.send("/zones/frontage/A", {"name": "x", "valid_from": day}, method="PATCH", version=1)
    assert problem(answer, 422, "input_refused")["errors"][0]["path"] == "/valid_from"


# --- Rights ---------------------------------------------------------------------------------------------------


@pytest.fixture
def townships(owner: Engine, desk: Desk) -> None:
    """Jinsha from 100 m west to 100 m east of the corner, Jinxin east of it with a zone of its own."""
    factories.make_zone(owner, kind="township", township=JINSHA, geometry=plot(-100, 100, -100, 100))
    factories.make_zone(owner, kind="township", township=JINXIN, geometry=plot(100, 300, -100, 100))
    factories.make_zone(owner, code="X", township=JINXIN, geometry=plot(110, 120))


@pytest.mark.usefixtures("townships")
@pytest.mark.parametrize("role", ["zone_manager", "admin"])
def test_people_of_a_township_edit_zones_of_their_own_and_no_other(
    client: FlaskClient, sign_in: SignIn, owner: Engine, role: str
) -> None:
    desk = Desk(client, sign_in(role, organisation=JINSHA))
    desk.done("/zones/frontage/A", {"name": "ours"}, method="PATCH", version=1)
    drawn = {"code": "D", "name": "D", "township": JINSHA, "geometry": plot(30, 40)}
    desk.done("/zones/frontage", drawn)
    rows = count_rows(owner, "zone")
    outline = {"geometry": plot(-100, 99, -100, 100)}
    edits: list[tuple[str, dict[str, Any], str, int | None]] = [
        ("/zones/frontage/X", {"name": "theirs"}, "PATCH", 1),
        ("/zones/frontage/X/close", {}, "POST", 1),
        ("/zones/frontage/B", {"township": JINXIN}, "PATCH", 1),
        ("/zones/frontage/B", {"township": None}, "PATCH", 1),
        (
            "/zones/frontage",
            {**drawn, "code": "E", "township": JINXIN, "geometry": plot(130, 140)},
            "POST",
            None,
        ),
        ("/zones/frontage", {**drawn, "code": "E", "geometry": plot(130, 140)}, "POST", None),
        ("/zones/frontage", {**drawn, "code": "E", "geometry": plot(98, 102)}, "POST", None),
        (f"/zones/township/{JINSHA}", outline, "PATCH", 1),
        (f"/zones/township/{JINXIN}/close", {}, "POST", 1),
    ]
    for path, body, method, version in edits:
        problem(desk.send(path, body, method=method, version=version), 403, "zone_not_yours")
    assert count_rows(owner, "zone") == rows


@pytest.mark.usefixtures("townships")
def test_a_township_reads_the_edits_of_its_zones_and_undoes_no_other(
    client: FlaskClient, sign_in: SignIn, desk: Desk
) -> None:
    ours = desk.done("/zones/frontage/A", {"name": "ours"}, method="PATCH", version=1)
    theirs = desk.done("/zones/frontage/X", {"name": "theirs"}, method="PATCH", version=1)
    jinsha = Desk(client, sign_in("zone_manager", organisation=JINSHA))
    assert [one["id"] for one in jinsha.get("/zone-edits").json["items"]] == [ours["id"]]
    assert jinsha.get(f"/zone-edits/{theirs['id']}").status_code == 404
    problem(undo(jinsha, theirs), 404, "not_found")
    assert undo(jinsha, ours).status_code == 200
    seen = jinsha.get("/zones/frontage/X/versions").json["features"]
    assert [one["properties"]["edit"] for one in seen] == [None, None]
    seen = jinsha.get("/zones/frontage/A/versions").json["features"]
    assert [one["properties"]["edit"] and one["properties"]["edit"]["action"] for one in seen] == [
        "undo",
        "replace",
        None,
    ]


def test_the_server_s_role_changes_zones_by_no_other_way(as_app_role: Engine) -> None:
    for statement in (
        "INSERT INTO zone_edit DEFAULT VALUES",
        "UPDATE zone SET name = name",
        "DELETE FROM zone",
        "INSERT INTO zone_edit_zone DEFAULT VALUES",
    ):
        with as_app_role.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute(text(statement))
    with as_app_role.connect() as connection, pytest.raises(Exception, match="no editor"):
        connection.execute(text("SELECT zone_step_v1('{}', '{}', '[]')"))


def test_edits_are_listed_newest_first_page_by_page(desk: Desk, clock: Any) -> None:
    made = []
    for code in "ABC":
        clock.advance(minutes=1)
        made.append(desk.done(f"/zones/frontage/{code}", {"name": "x"}, method="PATCH", version=1)["id"])
    found: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = desk.get("/zone-edits", limit=1, **cursor).json
        found += [one["id"] for one in page["items"]]
        cursor = {"cursor": page["next"]}
    assert page["next"] is None
    assert found == made[::-1]
    assert [one["zones"] for one in desk.get("/zone-edits", code="B").json["items"]] == [["B"]]
    assert desk.get("/zone-edits", kind="parking").json["items"] == []


def test_nothing_of_a_refused_edit_stays(desk: Desk, owner: Engine) -> None:
    for body in (
        {"zones": two(), "line": line((7, 1), (7, 2))},
        {"zones": two(A=plot(0, 8), B=plot(9, 20))},
    ):
        desk.send("/zones/frontage/border", body)
    assert (
        count_rows(owner, "zone"),
        count_rows(owner, "zone_edit"),
        count_rows(owner, "zone_edit_zone"),
    ) == (
        3,
        0,
        0,
    )
    assert shapely.equals(metric(desk.zone("A", at="2030-01-01")["geometry"]), metric(plot(0, 10)))


def test_an_admin_of_the_district_edits_the_outline_of_a_township(
    client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    factories.make_organisations(owner)
    for code, geometry in ((JINSHA, plot(0, 500, 0, 500)), (JINXIN, plot(500, 900, 0, 500))):
        factories.make_zone(owner, kind="township", township=code, geometry=geometry)
    desk = Desk(client, sign_in("admin", organisation=DISTRICT))
    zones = [{"code": code, "version": 1} for code in (JINSHA, JINXIN)]
    edit = desk.done("/zones/township/border", {"zones": zones, "line": line((450, -9), (460, 509))})
    assert area_m2(geometry_of(edit, JINSHA)) == pytest.approx(227_500, rel=1e-3)


def test_a_shape_is_tried_before_it_is_drawn_and_cut_back_to_ground_nobody_has(
    desk: Desk, owner: Engine
) -> None:
    """Zones A, B, C end at 30 m; the new shape reaches a metre into C, and D stands 0.3 m beyond its end."""
    factories.make_zone(owner, code="D", geometry=plot(40.3, 50))
    shape_ = plot(29, 40)

    def tried_as(**sent: Any) -> Any:
        answer = desk.client.post(f"{API}/zones/frontage/trial", json=sent, headers=desk.headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    tried = tried_as(geometry=shape_)
    assert tried["area_m2"] == pytest.approx(55)
    assert [(one["other"], round(one["area_m2"], 3)) for one in tried["overlaps"]] == [("C", 5.0)]
    assert [(one["why"], round(one["area_m2"], 2)) for one in tried["gaps"]] == [("narrow", 1.5)]
    given_up = tried_as(code="B", geometry=plot(12, 20))
    assert [(one["why"], round(one["area_m2"], 3)) for one in given_up["gaps"]] == [("bare", 10.0)]
    assert given_up["overlaps"] == []

    drawn = {"code": "E", "name": "新店", "township": JINSHA, "geometry": shape_, "note": "新开"}
    refused = problem(desk.send("/zones/frontage", drawn), 422, "zone_shape_refused")
    assert [one["area_m2"] for one in refused["overlaps"]] == [
        pytest.approx(one["area_m2"], abs=1e-6) for one in tried["overlaps"]
    ]
    (made,) = desk.done("/zones/frontage", {**drawn, "trim": True})["after"]
    assert area_m2(made["geometry"]) == pytest.approx(50, abs=1e-3)
    assert tried_as(code="E", geometry=made["geometry"])["overlaps"] == []
    inside = {**drawn, "code": "F", "geometry": plot(11, 19, 1, 4), "trim": True}
    assert (
        problem(desk.send("/zones/frontage", inside), 422, "zone_shape_refused")["reason"] == "nothing_left"
    )


def test_an_editor_is_given_the_newest_versions_with_every_digit_and_the_days_of_change(desk: Desk) -> None:
    edit = desk.done("/zones/frontage/A", {"geometry": plot(0, 9.7)}, method="PATCH", version=1)
    west, south = spot(-5, -5)
    east, north = spot(15, 15)
    newest = desk.get("/zones/frontage/newest", bbox=f"{west},{south},{east},{north}").json
    assert newest["complete"]
    assert newest["features"][0] == edit["after"][0]
    assert [one["properties"]["code"] for one in newest["features"]] == ["A", "B"]
    days = desk.get("/zones/frontage/days", limit=1).json
    assert days["items"] == [{"day": TOMORROW, "begun": 1, "ended": 1}]
    older = desk.get("/zones/frontage/days", cursor=days["next"]).json
    assert older == {"items": [{"day": "2022-09-01", "begun": 3, "ended": 0}], "next": None}
