"""Sharing samples out between zones: once each, in pieces or whole, in any order."""

import random

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from geo.observation import (
    Candidate,
    Kind,
    MatchInputRefused,
    MatchSettings,
    Observation,
    geometries_from_wkb,
)
from geo.samples import place_samples
from geo.shares import KindShares, share_out

SAMPLES = place_samples(Observation(0.0, 0.0, 8.0), MatchSettings())


def zone(code: str, geometry: BaseGeometry, kind: Kind = Kind.FRONTAGE, version: int = 1) -> Candidate:
    return Candidate(kind, code, code, version, None, geometry.distance(shapely.Point(0, 0)), geometry)


def shares(*zones: Candidate) -> KindShares:
    (only,) = share_out(zones, SAMPLES).values()
    return only


def test_two_halves_of_the_plane_get_half_each_and_nothing_is_left():
    found = shares(zone("w", shapely.box(-99, -99, 0, 99)), zone("e", shapely.box(0, -99, 99, 99)))
    assert [z.share for z in found.zones] == [0.5, 0.5]
    assert found.none_share == 0.0


def test_a_sample_on_a_shared_edge_is_split_and_not_counted_twice():
    on_the_edge = float(SAMPLES.x_m[7])
    west, east = shapely.box(-99, -99, on_the_edge, 99), shapely.box(on_the_edge, -99, 99, 99)
    found = shares(zone("w", west), zone("e", east))
    assert sum(z.share for z in found.zones) == 1.0
    assert {z.share * 256 % 1 for z in found.zones} == {0.5}


def test_zones_that_lie_on_each_other_halve_their_samples():
    square = shapely.box(-5, -5, 5, 5)
    alone = shares(zone("a", square)).zones[0].share
    both = shares(zone("a", square), zone("b", square))
    assert [z.share for z in both.zones] == [alone / 2, alone / 2]


def test_pieces_of_one_zone_count_as_the_whole_even_where_they_overlap():
    whole = shares(zone("a", shapely.box(-9, -9, 9, 9)))
    west, east = zone("a", shapely.box(-9, -9, 1, 9)), zone("a", shapely.box(-1, -9, 9, 9))
    assert shares(west, east) == whole


def test_of_pieces_the_smallest_distance_counts():
    far, near = zone("a", shapely.box(30, 0, 40, 9)), zone("a", shapely.box(20, 0, 30, 9))
    assert shares(far, near).zones[0].distance_m == 20.0


def test_two_versions_of_a_code_are_two_zones():
    square = shapely.box(-9, -9, 9, 9)
    assert len(shares(zone("a", square, version=1), zone("a", square, version=2)).zones) == 2


def test_kinds_do_not_take_samples_from_each_other():
    square = shapely.box(-9, -9, 9, 9)
    found = share_out([zone("a", square), zone("b", square, Kind.PARKING)], SAMPLES)
    assert found[Kind.FRONTAGE].zones[0].share == found[Kind.PARKING].zones[0].share > 0.5


def test_an_empty_geometry_and_a_point_hold_no_sample():
    empty = Candidate(Kind.FRONTAGE, "a", "a", 1, None, 0.0, shapely.Polygon())
    found = shares(empty, zone("b", shapely.Point(SAMPLES.x_m[3], SAMPLES.y_m[3] + 1e-4)))
    assert [z.share for z in found.zones] == [0.0, 0.0]
    assert found.none_share == 1.0


def test_a_hole_is_outside():
    ring = shapely.box(-99, -99, 99, 99).difference(shapely.box(-50, -50, 50, 50))
    assert shares(zone("a", ring)).none_share > 0.99


def test_no_candidates_have_no_shares():
    assert share_out([], SAMPLES) == {}


corners = st.floats(-25, 20)
boxes = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h),
    corners,
    corners,
    st.floats(0.5, 40),
    st.floats(0.5, 40),
)


@given(st.lists(boxes, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_shares_and_none_make_one_and_the_order_of_candidates_does_not_matter(
    drawn: list[BaseGeometry], order: random.Random
):
    zones = [zone(f"z{i}", geometry) for i, geometry in enumerate(drawn)]
    found = shares(*zones)
    assert sum(z.share for z in found.zones) + found.none_share == pytest.approx(1.0, abs=1e-12)
    order.shuffle(zones)
    assert shares(*zones) == found


@given(boxes)
def test_a_share_is_what_counting_one_by_one_gives(drawn: BaseGeometry):
    inside = sum(drawn.intersects(shapely.Point(x, y)) for x, y in zip(SAMPLES.x_m, SAMPLES.y_m, strict=True))
    assert shares(zone("a", drawn)).zones[0].share == inside / 256


def test_wkb_is_read_in_order_as_hex_or_bytes():
    drawn = [shapely.box(0, 0, 1, 1), shapely.Point(3, 4)]
    assert geometries_from_wkb([shapely.to_wkb(g, hex=True, include_srid=True) for g in drawn]) == drawn
    assert geometries_from_wkb([shapely.to_wkb(g) for g in drawn]) == drawn
    assert geometries_from_wkb([]) == []
    with pytest.raises(shapely.errors.GEOSException):
        geometries_from_wkb(["0101"])


@pytest.mark.parametrize("distance_m", [-1.0, float("nan"), float("inf")])
def test_a_candidate_without_a_real_distance_is_refused(distance_m: float):
    with pytest.raises(MatchInputRefused) as refused:
        Candidate(Kind.FRONTAGE, "a", "a", 1, None, distance_m, shapely.Point(0, 0))
    assert refused.value.code == "distance_invalid"
