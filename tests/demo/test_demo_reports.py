"""The sample reports, accounts, categories and photos fit each other and the zones, and match as they promise.

Matching runs here through `geo.match` over the committed zone files, so that a change of zones, weights or
matching that would spoil the demo's table shows without a database.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PIL import ExifTags, Image
from shapely.geometry import shape

from demo.build import FILES, build
from geo.datum import Datum, Position, convert, distance_m
from geo.match import Match, match
from geo.metric import MetricPlane
from geo.observation import Candidate, CategoryWeights, Kind, MatchSettings, Observation, ZoneHint

HOME = Path(__file__).parents[2] / "demo" / "tongzhou"
PLANE = MetricPlane(4549)
KINDS = ("township", "frontage", "parking", "grid", "site")
ROLES = {
    "officer",
    "acceptor",
    "dispatcher",
    "handler",
    "checker",
    "zone_manager",
    "reviewer",
    "intake",
    "admin",
}


@cache
def read(name: str) -> Any:
    return json.loads((HOME / name).read_text(encoding="utf-8"))


def report(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in read("reports.json") if item["name"] == name)
    return found


REPORTS = [item["name"] for item in read("reports.json")]


@cache
def zones() -> tuple[list[tuple[str, dict[str, Any]]], Any, shapely.STRtree]:
    rows, shapes = [], []
    for kind in KINDS:
        for feature in read(f"zones/{kind}.geojson")["features"]:
            rows.append((kind, feature["properties"]))
            shapes.append(shape(feature["geometry"]))
    placed = shapely.transform(
        np.array(shapes, dtype=object), lambda points: np.array([PLANE.forward(*point) for point in points])
    )
    return rows, placed, shapely.STRtree(placed)


def zone_codes() -> set[str]:
    return {zone["code"] for _, zone in zones()[0]}


def fix(sent: dict[str, Any]) -> Position:
    return convert(Position(sent["lon"], sent["lat"], Datum(sent["datum"])), Datum.WGS84)


@cache
def matched(name: str) -> Match:
    sent = report(name)["position"]
    place = fix(sent)
    x_m, y_m = PLANE.forward(place.lon, place.lat)
    rows, shapes, tree = zones()
    spot = shapely.Point(x_m, y_m)
    near_m = MatchSettings().near_m(sent["accuracy_m"])
    candidates = [
        Candidate(
            Kind(rows[i][0]),
            rows[i][1]["code"],
            rows[i][1]["name"],
            1,
            rows[i][1]["township"],
            spot.distance(shapes[i]),
            shapes[i],
        )
        for i in tree.query(spot, predicate="dwithin", distance=near_m)
    ]
    bearing = sent.get("bearing_deg")
    grid_bearing = None if bearing is None else PLANE.grid_bearing_deg(place.lon, place.lat, bearing)
    hint = report(name).get("zone_hint")
    observation = Observation(x_m, y_m, sent["accuracy_m"], grid_bearing, ZoneHint(**hint) if hint else None)
    listed = {item["code"]: item["weights"] for item in read("categories.json")["categories"]}
    weights = {Kind(kind): weight for kind, weight in listed[report(name)["category"]].items()}
    return match(observation, candidates, CategoryWeights(weights))


@pytest.mark.parametrize("name", REPORTS)
def test_a_sample_report_matches_as_it_promises(name: str) -> None:
    found, expect = matched(name), report(name)["expect"]
    assert found.township.code == expect["township"]
    assert found.frontage.verdict.value in expect["frontage_verdicts"]
    if expect["frontage"] is not None:
        assert found.frontage.code == expect["frontage"]
    if expect["parking"] is not None:
        assert found.parking.code == expect["parking"]
        assert found.parking.verdict.value in expect["parking_verdicts"]
    if "grid" in expect:
        assert found.grid.code == expect["grid"]
    if "frontage_candidate" in expect:
        assert expect["frontage_candidate"] in {candidate.code for candidate in found.candidates}


@pytest.mark.parametrize("name", REPORTS)
def test_every_code_a_sample_report_names_exists(name: str) -> None:
    sent = report(name)
    keys = ("township", "frontage", "parking", "grid", "frontage_candidate", "frontage_meant")
    named = {sent["expect"].get(key) for key in keys} - {None}
    named |= {sent["zone_hint"]["code"]} if "zone_hint" in sent else set()
    assert named <= zone_codes()


@pytest.mark.parametrize("name", REPORTS)
def test_a_sample_report_has_a_sender_a_leaf_category_and_photos_that_exist(name: str) -> None:
    sent = report(name)
    officers = {person["username"] for person in read("people.json") if person["role"] == "officer"}
    tree = read("categories.json")["categories"]
    leaves = {item["code"] for item in tree} - {item["parent"] for item in tree}
    assert sent["username"] in officers
    assert sent["category"] in leaves
    assert sent["photos"] and all((HOME / "photos" / photo["file"]).is_file() for photo in sent["photos"])
    assert sent["scene_zh"] and sent["scene_en"] and sent["captured_before_s"] > 0


def test_no_photo_is_used_by_two_reports_so_that_none_is_flagged_as_used_again() -> None:
    files = [photo["file"] for item in read("reports.json") for photo in item["photos"]]
    assert len(files) == len(set(files))


def test_every_real_photo_with_a_place_is_sent_from_tongzhou_and_expected_to_be_flagged() -> None:
    by_file = {photo["file"]: item for item in read("reports.json") for photo in item["photos"]}
    for file in (
        "ianare_DSCN0010.jpg",
        "ianare_DSCN0021.jpg",
        "ianare_DSCN0042.jpg",
        "pixel_gps.jpg",
        "iphone11_gps.HEIC",
    ):
        assert by_file[file]["expect"]["township"] and "exif_far" in by_file[file]["expect"]["findings"]


def test_one_place_told_in_three_datums_is_one_place_with_three_different_figures() -> None:
    told = [report(f"same_place_{datum}") for datum in ("wgs84", "gcj02", "bd09")]
    assert len({item["position"]["lon"] for item in told}) == 3
    places = [fix(item["position"]) for item in told]
    # 7 decimals of a degree are 1 cm; the conversion itself errs by less.
    assert max(distance_m(places[0], place) for place in places) < 0.02
    assert len({item["expect"]["frontage"] for item in told}) == 1


def test_the_two_fixes_across_the_alley_differ_in_the_bearing_alone() -> None:
    seen, stood = report("across_with_bearing"), report("across_without_bearing")
    assert {**stood["position"], "bearing_deg": seen["position"]["bearing_deg"]} == seen["position"]
    assert seen["expect"]["frontage"] != stood["expect"]["frontage"]


def test_a_wrongly_declared_datum_hides_a_shop_half_a_kilometre_away() -> None:
    sent = report("wrong_datum_declared")
    figures = Position(sent["position"]["lon"], sent["position"]["lat"], Datum.GCJ02)
    meant = convert(figures, Datum.WGS84)
    spot = shapely.Point(PLANE.forward(meant.lon, meant.lat))
    rows, shapes, _ = zones()
    shop = next(i for i, (_, zone) in enumerate(rows) if zone["code"] == sent["expect"]["frontage_meant"])
    assert spot.distance(shapes[shop]) < 10.0
    assert 400.0 < distance_m(Position(figures.lon, figures.lat, Datum.WGS84), meant) < 600.0


def test_reports_come_from_at_least_eight_townships() -> None:
    assert len({item["expect"]["township"] for item in read("reports.json")} - {None}) >= 8


def test_drawn_pictures_carry_the_place_their_report_tells() -> None:
    for name in ("same_place_wgs84", "across_with_bearing", "bike_bay_dongshe", "mock_flag_liuqiao"):
        sent = report(name)
        with Image.open(HOME / "photos" / sent["photos"][0]["file"]) as picture:
            gps = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        lat, lon = (
            float(d) + float(m) / 60 + float(s) / 3600
            for d, m, s in (gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLongitude])
        )
        assert distance_m(Position(lon, lat, Datum.WGS84), fix(sent["position"])) < 0.1
        assert float(gps[ExifTags.GPS.GPSImgDirection]) == sent["position"]["bearing_deg"]


def test_every_photo_is_named_once_in_the_licence_list() -> None:
    listed = (HOME / "photos" / "LICENCES.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in listed.splitlines() if line.startswith("| ")]
    files = sorted(path.name for path in (HOME / "photos").iterdir() if path.suffix != ".md")
    assert sorted(rows) == sorted([*files, "file"])


def test_every_role_has_an_account_and_handlers_stand_in_several_townships() -> None:
    people = read("people.json")
    organisations = {item["code"]: item["kind"] for item in read("organisations.json")}
    assert {person["role"] for person in people} == ROLES
    assert len({person["username"] for person in people}) == len(people)
    for role in ("handler", "checker"):
        places = {person["organisation"] for person in people if person["role"] == role}
        assert sum(organisations[place] == "township" for place in places) >= 3
    assert all(person["organisation"] in organisations and person["username"].isascii() for person in people)
    assert not any("password" in person for person in people)


def test_organisations_are_the_district_and_its_seventeen_townships() -> None:
    kinds = [item["kind"] for item in read("organisations.json")]
    assert kinds == ["district"] + ["township"] * 17
    assert all(item["body_name_zh"] and item["body_name_en"] for item in read("organisations.json"))


def test_the_category_list_is_a_labelled_sample_without_invented_numbers() -> None:
    listed = read("categories.json")
    assert listed["sample"] is True and listed["list_id"] and listed["list_version"] and listed["source"]
    codes = {item["code"] for item in listed["categories"]}
    assert len(codes) == len(listed["categories"])
    assert all(item["parent"] is None or item["parent"] in codes for item in listed["categories"])
    assert not any(character.isdigit() for code in codes for character in code)
    assert all(0.0 < weight <= 1.0 for item in listed["categories"] for weight in item["weights"].values())


def test_a_rebuild_gives_every_committed_file_byte_for_byte(tmp_path: Path) -> None:
    assert len(build(tmp_path)) == len(FILES)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (HOME / name).read_bytes(), name


def test_the_demo_folder_stays_under_twelve_megabytes() -> None:
    assert sum(path.stat().st_size for path in HOME.rglob("*") if path.is_file()) < 12_000_000
