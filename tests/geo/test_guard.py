"""Geometry from outside: every nasty shape gets its code and its place, and good ones pass untouched."""

import json
import math
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.guard import GeometryRefused, GuardSettings, geometry_from_geojson

SQUARE = [[121.07, 32.07], [121.08, 32.07], [121.08, 32.08], [121.07, 32.08], [121.07, 32.07]]
HOLE = [[121.072, 32.072], [121.074, 32.072], [121.074, 32.074], [121.072, 32.074], [121.072, 32.072]]
BOW_TIE = [[121.07, 32.07], [121.08, 32.08], [121.08, 32.07], [121.07, 32.08], [121.07, 32.07]]
FAR_HOLE = [[lon + 1.0, lat] for lon, lat in HOLE]
ROUND = [
    [121 + math.cos(i / 8000 * math.pi) / 9, 32 + math.sin(i / 8000 * math.pi) / 9] for i in range(16_000)
]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def with_position(position: Any) -> dict[str, Any]:
    return polygon([SQUARE[0], position, *SQUARE[2:]])


def refusal(value: Any, **options: Any) -> GeometryRefused:
    with pytest.raises(GeometryRefused) as refused:
        geometry_from_geojson(value, **options)
    return refused.value


NASTY = {
    "a bow-tie": (polygon(BOW_TIE), "geometry_self_crossing", "coordinates"),
    "an unclosed ring": (polygon(SQUARE[:-1]), "geometry_unclosed", "coordinates[0]"),
    "a ring of one point": (polygon([SQUARE[0]] * 5), "geometry_zero_area", "coordinates[0]"),
    "a ring along a line": (
        polygon([[121.0, 32.0], [121.1, 32.1], [121.2, 32.2], [121.0, 32.0]]),
        "geometry_zero_area",
        "coordinates[0]",
    ),
    "three positions": (polygon(SQUARE[:2] + SQUARE[:1]), "geometry_too_few_positions", "coordinates[0]"),
    "a hole outside": (polygon(SQUARE, FAR_HOLE), "geometry_hole_outside", "coordinates"),
    "an unclosed hole": (polygon(SQUARE, HOLE[:-1]), "geometry_unclosed", "coordinates[1]"),
    "NaN": (with_position([math.nan, 32.07]), "geometry_not_finite", "coordinates[0][1]"),
    "infinity": (with_position([121.08, -math.inf]), "geometry_not_finite", "coordinates[0][1]"),
    "1e400": (with_position(json.loads("[1e400, 32.07]")), "geometry_not_finite", "coordinates[0][1]"),
    "a number of 400 digits": (with_position([10**400, 32.07]), "geometry_not_finite", "coordinates[0][1]"),
    "latitude 95": (with_position([121.08, 95]), "geometry_out_of_range", "coordinates[0][1]"),
    "longitude 181": (with_position([181, 32]), "geometry_out_of_range", "coordinates[0][1]"),
    "text for a number": (with_position(["121.08", 32.07]), "geometry_not_numbers", "coordinates[0][1]"),
    "true for a number": (with_position([True, 32.07]), "geometry_not_numbers", "coordinates[0][1]"),
    "null for a number": (with_position([None, 32.07]), "geometry_not_numbers", "coordinates[0][1]"),
    "a third number": (with_position([121.08, 32.07, 4.0]), "geometry_dimension", "coordinates[0][1]"),
    "a lonely number": (with_position([121.08]), "geometry_dimension", "coordinates[0][1]"),
    "one level too many": (polygon([[[[121.08, 32.07]]]]), "geometry_nesting", "coordinates[0][0]"),
    "one level too few": (polygon(121.08, 32.07), "geometry_nesting", "coordinates"),
    "text for a ring": (polygon("121.08 32.07"), "geometry_nesting", "coordinates"),
    "no coordinates": ({"type": "Polygon"}, "geometry_nesting", "coordinates"),
    "no ring": (polygon(), "geometry_empty", "coordinates"),
    "an empty ring": (polygon([]), "geometry_empty", "coordinates[0]"),
    "an empty polygon of several": (
        {"type": "MultiPolygon", "coordinates": [[SQUARE], []]},
        "geometry_empty",
        "coordinates[1]",
    ),
    "the same polygon twice": (
        {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]},
        "geometry_self_crossing",
        "coordinates",
    ),
    "a polygon within another": (
        {"type": "MultiPolygon", "coordinates": [[SQUARE], [HOLE]]},
        "geometry_overlapping_parts",
        "coordinates",
    ),
    "a crs": ({**polygon(SQUARE), "crs": {"type": "name"}}, "geometry_member", "crs"),
    "a line": ({"type": "LineString", "coordinates": SQUARE}, "geometry_type", "type"),
    "a point where areas are wanted": ({"type": "Point", "coordinates": [121, 32]}, "geometry_type", "type"),
    "a collection": ({"type": "GeometryCollection", "geometries": []}, "geometry_type", "type"),
    "a list for a type": ({"type": ["Polygon"], "coordinates": [SQUARE]}, "geometry_type", "type"),
    "nothing": (None, "geometry_type", ""),
    "a list": ([SQUARE], "geometry_type", ""),
}


@pytest.mark.parametrize(("value", "code", "path"), NASTY.values(), ids=NASTY.keys())
def test_a_nasty_shape_is_refused_with_its_code_and_its_place(value: Any, code: str, path: str):
    refused = refusal(value)
    assert (refused.code, refused.path) == (code, path)
    assert " / " in refused.message


def test_too_many_vertices_are_refused_before_anything_is_built():
    ring = [[121.0, 32.0]] * 50_000
    refused = refusal(polygon(ring))
    assert refused.code == "geometry_too_many_vertices"
    assert "50000" in refused.message


def test_vertices_are_counted_over_all_rings_and_polygons():
    value = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE]]}
    assert geometry_from_geojson(value, settings=GuardSettings(max_vertices=10)).area > 0
    assert refusal(value, settings=GuardSettings(max_vertices=9)).code == "geometry_too_many_vertices"


def test_polygons_and_rings_have_caps_of_their_own():
    many = {"type": "MultiPolygon", "coordinates": [[SQUARE]] * 3}
    assert refusal(many, settings=GuardSettings(max_polygons=2)).code == "geometry_too_many_parts"
    assert (
        refusal(polygon(SQUARE, HOLE), settings=GuardSettings(max_rings=1)).code == "geometry_too_many_parts"
    )


def test_a_large_round_area_under_the_cap_is_taken():
    taken = geometry_from_geojson(polygon([*ROUND, ROUND[0]]), settings=GuardSettings(max_vertices=20_000))
    assert taken.area > 0.03


def test_a_point_is_taken_only_where_points_are_asked_for():
    taken = geometry_from_geojson({"type": "Point", "coordinates": [121.07, 32.07]}, types=("Point",))
    assert shapely.get_coordinates(taken).tolist() == [[121.07, 32.07]]
    assert refusal({"type": "Point", "coordinates": []}, types=("Point",)).code == "geometry_empty"
    bent = {"type": "Point", "coordinates": [[121, 32]]}
    assert refusal(bent, types=("Point",)).code == "geometry_nesting"


def test_a_good_area_keeps_its_holes_its_winding_and_every_digit():
    taken = geometry_from_geojson(polygon(SQUARE, HOLE))
    assert shapely.get_coordinates(taken).tolist() == SQUARE + HOLE
    wound_back = geometry_from_geojson(polygon(SQUARE[::-1]))
    assert shapely.get_coordinates(wound_back).tolist() == SQUARE[::-1]


def test_a_nesting_of_a_hundred_thousand_lists_is_refused_and_not_walked():
    deep: Any = [121.07, 32.07]
    for _ in range(100_000):
        deep = [deep]
    assert refusal({"type": "Polygon", "coordinates": deep}).code == "geometry_nesting"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


@given(st.sampled_from(["Polygon", "MultiPolygon", "Point"]), json_values)
def test_whatever_comes_is_taken_or_refused_and_nothing_else(kind: str, coordinates: Any):
    value = {"type": kind, "coordinates": coordinates}
    try:
        taken = geometry_from_geojson(value, types=("Polygon", "MultiPolygon", "Point"))
    except GeometryRefused as refused:
        assert refused.code.startswith("geometry_")
    else:
        assert taken.is_valid and not taken.is_empty


positions = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)


@settings(max_examples=200)
@given(st.lists(positions, min_size=3, max_size=9))
def test_a_closed_ring_of_any_points_is_taken_exactly_when_it_is_valid_and_has_area(points: list[Any]):
    ring = [*points, points[0]]
    drawn = shapely.Polygon(ring)
    try:
        taken = geometry_from_geojson(polygon(ring))
    except GeometryRefused:
        # A sliver under 0.1 mm wide is flat; everything wider must pass.
        assert not drawn.is_valid or drawn.area < 1e-6
    else:
        assert drawn.is_valid and taken.equals(drawn)
