"""Promises of the frontage generator on any street: straight or bent, wide or narrow, with gaps and set-backs."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import substring

from bench.generator import drawn_town
from geo.frontage import Frontages, Strip, generate_frontages
from geo.streetscape import Building, Street, Streetscape
from geo.topology import overlapping
from tests.geo.frontage_scenes import (
    KERB_M,
    X,
    Y,
    ground,
    moved,
    moved_shape,
    road,
    same_ground,
    strip_of,
    tongji,
)

FAR_M = 60.0

fronts_m = st.floats(2.0, 25.0)
setbacks_m = st.floats(0.5, 14.0)
gaps_m = st.one_of(st.just(0.0), st.floats(0.05, 3.99), st.just(4.0), st.floats(4.1, 12.0))
rows = st.lists(st.tuples(fronts_m, setbacks_m, gaps_m), min_size=1, max_size=8)
turns = st.tuples(st.floats(-180.0, 180.0), st.floats(-3e4, 3e4), st.floats(-3e4, 3e4))


def houses_of(row: list[tuple[float, float, float]]) -> list[Building]:
    """A row north of the east-west road; the gap follows its house."""
    houses, at = [], 0.0
    for number, (front, setback, gap) in enumerate(row):
        houses.append(Building(f"h{number}", ground(at, at + front, setback, setback + 9.0)))
        at += front + gap
    return houses


def strips_by_hand(row: list[tuple[float, float, float]]) -> dict[str, Polygon]:
    """What the rules say for a straight street, worked out as boxes."""
    wanted, at = {}, 0.0
    half_before = 0.0
    for number, (front, setback, gap) in enumerate(row):
        last = number == len(row) - 1
        half_after = gap / 2.0 if gap <= 4.0 and not last else 0.0
        wanted[f"h{number}"] = ground(at - half_before, at + front + half_after, 0.0, setback)
        at, half_before = at + front + gap, half_after
    return wanted


@given(rows, turns)
def test_on_a_straight_street_every_strip_is_the_box_the_rules_say(row, turn):
    scape = moved(Streetscape(houses_of(row), [road(-60.0, 400.0)]), *turn)
    made = generate_frontages(scape)
    wanted = strips_by_hand(row)
    assert {strip.subject for strip in made.strips} == set(wanted)
    for subject, box in wanted.items():
        assert same_ground(strip_of(made, subject).polygon, moved_shape(box, *turn)), subject


@st.composite
def bent_scenes(draw: st.DrawFn) -> Streetscape:
    """A street of three to five stretches with houses along both sides of each, some near the bends."""
    heading, points = draw(st.floats(-math.pi, math.pi)), [np.array([X, Y])]
    half_m = draw(st.floats(2.0, 9.0))
    for _ in range(draw(st.integers(2, 4))):
        length = draw(st.floats(60.0, 120.0))
        points.append(points[-1] + length * np.array([math.cos(heading), math.sin(heading)]))
        heading += math.radians(draw(st.floats(-40.0, 40.0)))
    houses: list[Building] = []
    taken: list[Polygon] = []
    for start, end in zip(points, points[1:], strict=False):
        for side in (1.0, -1.0):
            for ring in _row_along(draw, start, end, side, half_m):
                wall = Polygon(ring)
                clear = all(not wall.intersects(other) for other in taken)
                if clear and not LineString(points).buffer(half_m).intersects(wall):
                    houses.append(Building(f"h{len(houses):03d}", wall))
                    taken.append(wall)
    street = Street("s", LineString(points), "弯路", width_m=2.0 * half_m)
    return Streetscape(houses, [street])


def _row_along(
    draw: st.DrawFn, start: np.ndarray, end: np.ndarray, side: float, half_m: float
) -> Iterable[np.ndarray]:
    length = float(np.hypot(*(end - start)))
    along = (end - start) / length
    away = side * np.array([-along[1], along[0]])
    at = draw(st.floats(2.0, 25.0))
    while True:
        front, setback = draw(st.floats(5.0, 18.0)), draw(st.floats(1.0, 10.0))
        if at + front > length - 2.0:
            return
        near, far = half_m + setback, half_m + setback + 7.0
        yield np.array([start + x * along + y * away
                        for x, y in ((at, near), (at + front, near), (at + front, far), (at, far))])  # fmt: skip
        at += front + draw(st.sampled_from([0.0, 1.0, 4.0, 9.0]))


def check_promises(scape: Streetscape, made: Frontages, within_m2: float = 1e-6) -> None:
    """No overlap between strips, none with a house or the carriageway, valid rings, numbers without a hole."""
    shapes = [strip.polygon for strip in made.strips]
    assert overlapping(shapes, within_m2) == []
    assert all(shapely.is_valid(shapes)) and not any(shapely.is_empty(shapes))
    excused = {name for f in made.findings if f.kind == "no_front" for name in f.ids}
    houses = [b.footprint for b in scape.buildings if b.id not in excused]
    one, other = shapely.STRtree(houses).query(shapes, predicate="intersects")
    for k, h in zip(one, other, strict=True):
        assert shapes[k].intersection(houses[h]).area < within_m2, (made.strips[k].key, h)
    by_side: dict[tuple[str, str], list[int]] = {}
    for strip in made.strips:
        by_side.setdefault((strip.street, strip.side), []).append(strip.order)
    assert all(orders == list(range(1, len(orders) + 1)) for orders in by_side.values())


def check_front_to_kerb(scape: Streetscape, made: Frontages) -> None:
    """From the middle of each wall straight at the street, up to the kerb, all ground is somebody's."""
    union = shapely.union_all([strip.polygon for strip in made.strips]).buffer(1e-6)
    (street,) = scape.streets
    assert street.width_m is not None
    footprints = {building.id: building.footprint for building in scape.buildings}
    others = shapely.STRtree(list(footprints.values()))
    for strip in made.strips:
        ring = shapely.get_coordinates(footprints[strip.building_ids[0]])
        for a, b in zip(ring, ring[1:], strict=False):
            middle = Point((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0)
            foot = street.line.interpolate(street.line.project(middle))
            way = LineString([middle, foot])
            wall = np.array(b) - np.array(a)
            square = (
                abs(np.dot(wall, [foot.x - middle.x, foot.y - middle.y])) < 0.5 * math.dist(a, b) * way.length
            )
            sees = len(others.query(shapely.line_interpolate_point(way, 0.01), predicate="intersects")) == 0
            clear = len(others.query(way, predicate="intersects")) == 1
            if square and sees and clear and way.length < street.width_m / 2.0 + 14.9:
                before_kerb = substring(way, 0.0, way.length - street.width_m / 2.0 - 1e-3)
                assert before_kerb.difference(union).length < 1e-3, (strip.key, middle.wkt)


@settings(deadline=None, max_examples=25)
@given(bent_scenes())
def test_on_a_bent_street_strips_share_no_ground_and_reach_from_front_to_kerb(scape):
    made = generate_frontages(scape)
    check_promises(scape, made)
    check_front_to_kerb(scape, made)


@settings(deadline=None, max_examples=25)
@given(bent_scenes(), turns)
def test_moving_and_turning_the_street_moves_the_strips_alike(scape, turn):
    here, there = generate_frontages(scape), generate_frontages(moved(scape, *turn))
    check_moved(here, there, turn)


def check_moved(here: Frontages, there: Frontages, turn: tuple[float, float, float]) -> None:
    assert [s.key for s in here.strips] == [s.key for s in there.strips]
    for one, other in zip(here.strips, there.strips, strict=True):
        assert measured_away(one) == measured_away(other)
        assert abs(one.front_m - other.front_m) < 5e-6
        expected = moved_shape(one.polygon, *turn)
        assert shapely.hausdorff_distance(expected, other.polygon) < 1e-6


def measured_away(strip: Strip) -> Strip:
    return replace(strip, polygon=Point(), front_m=0.0, width_m=0.0, depth_m=0.0)


def shuffled(scape: Streetscape, seed: int) -> Streetscape:
    chance = random.Random(seed)
    return Streetscape(
        chance.sample(list(scape.buildings), len(scape.buildings)),
        chance.sample(list(scape.streets), len(scape.streets)),
        chance.sample(list(scape.property_lines), len(scape.property_lines)),
        chance.sample(list(scape.areas), len(scape.areas)),
    )


@settings(deadline=None, max_examples=30)
@given(bent_scenes(), st.integers(0, 1000))
def test_the_order_of_the_input_changes_nothing_to_the_last_digit(scape, seed):
    assert generate_frontages(shuffled(scape, seed)) == generate_frontages(scape)


@pytest.mark.parametrize("seed", range(3))
def test_a_drawn_town_with_crossings_keeps_every_promise(seed):
    town = drawn_town(150, seed)
    made = generate_frontages(town)
    check_promises(town, made)
    assert len(made.strips) > 150
    assert sum("corner" in strip.flags for strip in made.strips) > 10
    assert generate_frontages(shuffled(town, seed)) == made


def test_a_drawn_town_moved_and_turned_has_the_same_strips_moved_and_turned():
    town = drawn_town(150)
    turn = (33.0, -2500.0, 1200.0)
    check_moved(generate_frontages(town), generate_frontages(moved(town, *turn)), turn)


def test_real_streets_of_shanghai_keep_the_promises():
    scape = tongji()
    made = generate_frontages(scape)
    check_promises(scape, made)
    assert generate_frontages(shuffled(scape, 5)) == made


def test_real_streets_of_shanghai_have_their_fronts_on_both_sides_and_every_house_a_strip_or_a_reason():
    scape = tongji()
    made = generate_frontages(scape)
    served = {name for strip in made.strips for name in strip.building_ids}
    reasons = {name for finding in made.findings if finding.kind == "no_front" for name in finding.ids}
    assert served | reasons == {b.id for b in scape.buildings} | {a.id for a in scape.areas}
    assert not served & reasons
    sides = {(strip.street, strip.side) for strip in made.strips}
    assert {("密云路", "left"), ("密云路", "right"), ("四平路", "left"), ("赤峰路", "right")} <= sides
    assert len(made.strips) > 100


def test_the_other_side_of_a_corner_is_covered_up_to_the_kerb_of_the_other_street():
    row = [Building("角", ground(4, 20, 4, 16))]
    across = Street("a", LineString([(X - 6, Y - 60), (X - 6, Y + 60)]), "建设路", width_m=10.0)
    made = generate_frontages(Streetscape(row, [road(), across]))
    zone = made.zones()[("角", 0)]
    assert same_ground(
        zone, shapely.box(X - 1, Y + KERB_M, X + 20, Y + KERB_M + 16).difference(row[0].footprint)
    )
