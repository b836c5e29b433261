"""The drawn district keeps the promises the rest of the product relies on: codes, counts, fit, no overlaps.

Areas are compared in the district's plane (EPSG:4549), where a square metre is one.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import LineString, shape

from geo.hours import read_hours
from server.places.parking.attributes import read_attributes
from server.places.services.cell_codes import read_template

HOME = Path(__file__).parents[2] / "demo" / "tongzhou"
KINDS = ("township", "community", "frontage", "parking", "grid", "site")
POINTS = "service_point"
LAYERS = (
    f"zones/{POINTS}.geojson",
    *(f"zones/{kind}.geojson" for kind in KINDS),
    "streets.geojson",
    "buildings.geojson",
)
OVERLAP_MAX_M2 = 1e-6


@cache
def collection(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HOME / name).read_text(encoding="utf-8"))
    return found


def properties(kind: str) -> list[dict[str, Any]]:
    return [feature["properties"] for feature in collection(f"zones/{kind}.geojson")["features"]]


@cache
def degrees(kind: str) -> NDArray[np.object_]:
    features = collection(f"zones/{kind}.geojson")["features"]
    return np.array([shape(feature["geometry"]) for feature in features], dtype=object)


@cache
def metres(kind: str) -> NDArray[np.object_]:
    to_plane = Transformer.from_crs(4326, 4549, always_xy=True)

    def placed(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_plane.transform(lonlat[:, 0], lonlat[:, 1]))

    moved: NDArray[np.object_] = shapely.transform(degrees(kind), placed)
    return moved


def overlaps_m2(geometries: NDArray[np.object_]) -> NDArray[np.float64]:
    left, right = shapely.STRtree(geometries).query(geometries, predicate="intersects")
    once = left < right
    shared = shapely.intersection(geometries[left[once]], geometries[right[once]])
    areas: NDArray[np.float64] = shapely.area(shared)
    return areas


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_says_in_two_languages_that_it_is_made_up(name: str) -> None:
    head = collection(name)
    assert head["type"] == "FeatureCollection" and head["sample"] is True
    assert "虚构" in head["note_zh"] and "made up" in head["note_en"]
    assert head["name"] == Path(name).stem
    assert all(feature["properties"]["sample"] is True for feature in head["features"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_zone_is_a_valid_closed_polygon_wound_as_rfc_7946_asks(kind: str) -> None:
    assert shapely.is_valid(degrees(kind)).all()
    for feature in collection(f"zones/{kind}.geojson")["features"]:
        assert feature["geometry"]["type"] == "Polygon"
        for ring in feature["geometry"]["coordinates"]:
            assert ring[0] == ring[-1] and len(ring) >= 4
        assert shapely.is_ccw(shapely.get_exterior_ring(shape(feature["geometry"])))


@pytest.mark.parametrize("kind", KINDS)
def test_zones_of_one_kind_do_not_overlap(kind: str) -> None:
    assert overlaps_m2(metres(kind)).max(initial=0.0) <= OVERLAP_MAX_M2


def test_codes_are_unique_over_all_kinds() -> None:
    codes = [zone["code"] for kind in KINDS for zone in properties(kind)]
    assert len(codes) == len(set(codes))


def test_the_district_is_as_large_as_the_demo_promises() -> None:
    frontages = properties("frontage")
    towns = [zone["township"] for zone in frontages]
    assert len(properties("township")) == 17
    assert len(frontages) >= 3_000 and len(set(towns)) >= 8
    assert max(set(towns), key=towns.count) == "320612001"
    assert len(properties("parking")) >= 200
    assert {zone["vehicle"] for zone in properties("parking")} == {"bike", "car"}
    assert {zone["site_kind"] for zone in properties("site")} == {"market", "building_site"}


def test_townships_carry_the_real_codes_and_names() -> None:
    source = json.loads((HOME.parent / "source" / "tongzhou_townships.json").read_text(encoding="utf-8"))
    real = {unit["code"]: unit["name"] for unit in source["townships"]}
    assert {zone["code"]: zone["name"] for zone in properties("township")} == real


def test_townships_tile_the_district_without_gap_or_overlap() -> None:
    parts = degrees("township")
    whole = shapely.union_all(parts)
    assert whole.geom_type == "Polygon" and shapely.get_num_interior_rings(whole) == 0
    assert abs(whole.area - shapely.area(parts).sum()) < 1e-12


def test_communities_tile_each_township_and_have_codes_of_twelve_digits_that_no_real_one_has() -> None:
    codes = [zone["code"] for zone in properties("community")]
    assert all(len(code) == 12 and code.isdigit() and int(code[9:]) > 900 for code in codes)
    owners = np.array([zone["township"] for zone in properties("community")])
    assert all(code.startswith(owner) for code, owner in zip(codes, owners, strict=True))
    for zone, outline in zip(properties("township"), degrees("township"), strict=True):
        parts = degrees("community")[owners == zone["code"]]
        assert 3 <= len(parts) <= 9
        assert shapely.equals(shapely.union_all(parts), outline)


def test_township_borders_are_detailed_enough_to_be_cut_into_pieces() -> None:
    vertices = shapely.get_num_coordinates(degrees("township"))
    assert vertices.min() >= 300 and vertices.max() > 2_000


@pytest.mark.parametrize("kind", ["community", "frontage", "parking", "grid", "site"])
def test_every_zone_lies_in_the_township_it_names(kind: str) -> None:
    outlines = dict(zip((zone["code"] for zone in properties("township")), degrees("township"), strict=True))
    named = np.array([outlines[zone["township"]] for zone in properties(kind)], dtype=object)
    assert shapely.within(degrees(kind), named).all()
    assert all(zone["code"].startswith(zone["township"]) for zone in properties(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_zone_is_in_force_from_one_date(kind: str) -> None:
    assert {zone["valid_from"] for zone in properties(kind)} == {"2022-09-01"}


def test_service_points_have_a_kind_hours_and_a_place_in_the_township_they_name() -> None:
    outlines = dict(zip((zone["code"] for zone in properties("township")), degrees("township"), strict=True))
    points = properties(POINTS)
    assert {point["service"] for point in points} == {
        "kiosk",
        "toilet",
        "waste_point",
        "building_site",
        "restaurant",
    }
    for point, place in zip(points, degrees(POINTS), strict=True):
        assert place.geom_type == "Point" and outlines[point["township"]].contains(place)
        assert read_hours(point["hours"]).stretches


def test_every_parking_area_can_be_read_whole() -> None:
    assert [zone["code"] for zone in properties("parking") if read_attributes(zone).faults] == []


def test_every_cell_has_a_code_of_the_demo_s_own_template() -> None:
    codes = read_template(collection("cell_code_template.json")["template"])
    assert [
        cell["code"] for cell in properties("grid") if codes.misfit(cell["code"], cell["township"], None)
    ] == []


def test_shop_strips_have_the_measures_of_shop_strips() -> None:
    zones = properties("frontage")
    rows = [zone for zone in zones if not zone["corner"]]
    # 14 m of house at most, and half a shared gap of up to 4 m on either hand.
    assert all(5.0 <= zone["front_m"] <= 18.0 for zone in rows)
    assert all(3.0 <= zone["depth_m"] <= 7.0 for zone in zones)
    told = np.array([zone["front_m"] * zone["depth_m"] for zone in rows])
    drawn = shapely.area(metres("frontage")[[not zone["corner"] for zone in zones]])
    assert np.abs(drawn / told - 1.0).max() < 0.15


def test_door_numbers_are_odd_on_one_side_of_a_street_and_even_on_the_other() -> None:
    streets: dict[tuple[str, str], LineString] = {}
    for feature in collection("streets.geojson")["features"]:
        street = feature["properties"]
        if street["township"] and street["name"]:
            streets[street["township"], street["name"]] = LineString(feature["geometry"]["coordinates"])
    sides: dict[tuple[str, str, int], set[bool]] = {}
    for zone, outline in zip(properties("frontage"), degrees("frontage"), strict=True):
        line = streets[zone["township"], zone["street"]]
        place = outline.representative_point()
        at = line.project(place)
        start, end = line.interpolate(max(at - 1e-4, 0.0)), line.interpolate(min(at + 1e-4, line.length))
        left = (end.x - start.x) * (place.y - start.y) - (end.y - start.y) * (place.x - start.x) > 0
        sides.setdefault((zone["township"], zone["street"], zone["number"] % 2), set()).add(left)
    assert all(len(found) == 1 for found in sides.values())
    for (town, street, parity), found in sides.items():
        assert sides.get((town, street, 1 - parity), set()).isdisjoint(found)


def test_no_door_number_is_given_twice_in_a_street() -> None:
    doors = sorted((zone["township"], zone["street"], zone["number"]) for zone in properties("frontage"))
    assert all(first != second for first, second in pairwise(doors))


def test_the_four_campaign_trades_are_there() -> None:
    trades = {zone["trade"] for zone in properties("frontage")}
    assert {"fruit", "hardware", "car_wash_repair", "ebike"} <= trades


def test_the_zone_files_stay_under_six_megabytes_together() -> None:
    assert sum(path.stat().st_size for path in (HOME / "zones").iterdir()) < 6_000_000
