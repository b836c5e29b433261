"""The parts under the frontage generator: checked input, straightened streets, the skyline, contested ground."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPoint, MultiPolygon, Polygon

from bench.generator import demo_likeness, drawn_town, measure, missed_targets
from geo.envelope import Edge, lowest
from geo.frontage import generate_frontages
from geo.ribbon import make_ribbon
from geo.strands import make_strands
from geo.streetscape import (
    Area,
    AreaKind,
    Building,
    GeneratorInputRefused,
    GeneratorSettings,
    PropertyLine,
    Street,
    check_streetscape,
)
from geo.strips import wall_line
from geo.topology import Ground, settle
from tests.geo.frontage_scenes import KERB_M, X, Y, ground, house, road, scene

BOW_TIE = Polygon([(X, Y), (X + 10, Y + 10), (X + 10, Y), (X, Y + 10)])
MANY = Polygon([(X + math.cos(a) * 9, Y + math.sin(a) * 9) for a in np.linspace(0, 6.28, 200)])
with np.errstate(invalid="ignore"):
    NO_NUMBER = Polygon([(X, Y), (X + 5, math.nan), (X + 5, Y + 5)])


@pytest.mark.parametrize(
    ("thing", "code", "path"),
    [
        (Building("甲", BOW_TIE), "geometry_invalid", "buildings[甲]"),
        (Building("甲", MANY), "geometry_too_many_vertices", "buildings[甲]"),
        (Building("甲", NO_NUMBER), "geometry_not_finite", "buildings[甲]"),
        (Building("甲", Polygon()), "geometry_empty", "buildings[甲]"),
        (Building("甲", MultiPoint([(X, Y)])), "geometry_type", "buildings[甲]"),  # type: ignore[arg-type]
        (Building("甲", None), "geometry_type", "buildings[甲]"),  # type: ignore[arg-type]
        (Building("甲", shapely.box(X, Y, X + 1e9, Y + 1)), "geometry_out_of_range", "buildings[甲]"),
        (Building("", ground(0, 9, 2, 9)), "id_missing", "buildings[0]"),
        (Street("路", LineString([(X, Y), (X, Y)]), "新金路"), "geometry_invalid", "streets[路]"),
        (road(width_m=0.0), "street_width_invalid", "streets[road]"),
        (road(width_m=math.inf), "street_width_invalid", "streets[road]"),
        (road(left_kerb=LineString([(X, Y - 5), (X + 50, Y + 5)])), "street_kerbs_crossed", "streets[road]"),
        (road(left_kerb=LineString()), "geometry_empty", "streets[road].left_kerb"),
        (PropertyLine("界", LineString()), "geometry_empty", "property_lines[界]"),
        (Area("园", AreaKind.PARK, BOW_TIE), "geometry_invalid", "areas[园]"),
    ],
)
def test_input_that_cannot_be_used_is_refused_with_its_place(thing, code, path):
    with pytest.raises(GeneratorInputRefused) as refused:
        generate_frontages(scene(thing), GeneratorSettings(max_vertices=100))
    assert [(problem.code, problem.path) for problem in refused.value.problems] == [(code, path)]
    assert refused.value.code == code


def test_all_mistakes_are_told_at_once():
    things = (house("甲", 0, 5), house("甲", 6, 9), Building("乙", BOW_TIE), road(width_m=-1.0))
    with pytest.raises(GeneratorInputRefused) as refused:
        check_streetscape(scene(*things), GeneratorSettings())
    assert [problem.code for problem in refused.value.problems] == [
        "id_duplicate", "geometry_invalid", "street_width_invalid",
    ]  # fmt: skip


def test_more_features_than_the_limit_are_refused_before_any_is_looked_at():
    with pytest.raises(GeneratorInputRefused, match="too_many_features at buildings"):
        generate_frontages(
            scene(house("甲", 0, 5), Building("乙", BOW_TIE)), GeneratorSettings(max_features=1)
        )


@pytest.mark.parametrize(
    "wrong", [{"max_gap_m": -1.0}, {"min_front_m": math.nan}, {"carriageway_m": {"primary": -2}}]
)
def test_a_setting_that_cannot_be_one_is_refused_by_name(wrong):
    with pytest.raises(GeneratorInputRefused, match="setting_invalid"):
        GeneratorSettings(**wrong)


headings = st.lists(st.floats(-35.0, 35.0), min_size=1, max_size=4)


def polyline(turns_deg: list[float], step_m: float = 80.0) -> np.ndarray:
    heading, points = 0.3, [np.array([X, Y])]
    for turn in [0.0, *turns_deg]:
        heading += math.radians(turn)
        points.append(points[-1] + step_m * np.array([math.cos(heading), math.sin(heading)]))
    return np.array(points)


@given(headings, st.sampled_from([1, -1]), st.floats(0.001, 0.999), st.floats(0.1, 24.9))
def test_a_place_on_a_ribbon_is_found_again_and_lies_at_its_depth(turns, side, share, depth_m):
    ribbon = make_ribbon(polyline(turns), side, kerb_m=5.0, reach_m=25.0)
    u = share * ribbon.count
    cell, t = ribbon.cell_of(u)
    x, y = ribbon.point(u, depth_m)
    again_t, again_w = ribbon.place(cell, x, y)
    # In a narrow cell a metre is much of t; what matters is metres.
    assert (
        abs(again_t - t) * ribbon.length_m[cell] < 1e-7
        and abs(ribbon.depth_m(cell, again_w) - depth_m) < 1e-8
    )


@given(headings, st.sampled_from([1, -1]))
def test_rays_of_a_ribbon_never_cross_within_reach(turns, side):
    ribbon = make_ribbon(polyline(turns), side, kerb_m=5.0, reach_m=25.0)
    quads = shapely.polygons(ribbon.quads())
    assert shapely.is_valid(quads).all()
    assert shapely.union_all(quads).area == pytest.approx(shapely.area(quads).sum(), rel=1e-7)


def test_a_bend_too_tight_for_the_strip_loses_its_noise_and_keeps_its_line_elsewhere():
    bumps = [(X, Y), (X + 80, Y), (X + 80.5, Y + 0.4), (X + 81, Y), (X + 160, Y + 3)]
    (strand,) = make_strands([Street("s", LineString(bumps), "新金路", width_m=10.0)], GeneratorSettings())
    assert [tuple(point) for point in strand.line] in (
        [bumps[0], bumps[1], bumps[4]], [bumps[0], bumps[3], bumps[4]],
    )  # fmt: skip


def test_stretches_of_one_name_that_meet_at_a_corner_stay_two_strands():
    corner = [(X, Y), (X + 80, Y), (X + 80, Y + 80)]
    stretches = [Street(f"s{k}", LineString(corner[k : k + 2]), "新金路") for k in range(2)]
    assert len(make_strands(stretches, GeneratorSettings())) == 2
    assert len(make_strands(stretches, GeneratorSettings(max_joint_deg=91.0))) == 1


def test_a_hairpin_is_parted_at_its_turn():
    hairpin = Street("s", LineString([(X, Y), (X + 80, Y), (X, Y + 30)]), "盘山路")
    assert len(make_strands([hairpin], GeneratorSettings())) == 2
    assert len(make_strands([hairpin], GeneratorSettings(max_turn_deg=170.0))) == 1


edges_of_a_cell = st.lists(
    st.tuples(st.floats(0, 0.95), st.floats(0.04, 1), st.floats(0, 9), st.floats(0, 9)),
    min_size=1,
    max_size=8,
).map(lambda rows: [Edge(0, a, min(a + b, 1.0), w0, w1, k) for k, (a, b, w0, w1) in enumerate(rows)])


@given(edges_of_a_cell, st.floats(0.001, 0.999))
def test_the_skyline_is_the_lowest_edge_at_every_place(edges, t):
    def height(edge: Edge) -> float:
        return edge.w0 + (t - edge.t0) / (edge.t1 - edge.t0) * (edge.w1 - edge.w0)

    over = [height(edge) for edge in edges if edge.t0 <= t <= edge.t1]
    found = [height(edge) for edge in lowest(edges, 1e-9) if edge.t0 <= t <= edge.t1]
    near_an_end = any(abs(t - end) < 1e-6 for edge in edges for end in (edge.t0, edge.t1))
    if not near_an_end:
        assert bool(found) == bool(over)
        assert not over or min(found) == pytest.approx(min(over), abs=1e-6)


def test_contested_ground_goes_to_the_shallower_strip_whatever_the_order():
    kerb = LineString([(0, 0), (30, 0)])
    strips = [
        Ground("深", "一", (9.0, "深"), shapely.box(0, 0, 10, 9), kerb),
        Ground("浅", "二", (4.0, "浅"), shapely.box(5, 0, 20, 4), kerb),
        Ground("中", "三", (6.0, "中"), shapely.box(8, 0, 14, 6), kerb),
    ]
    shapes, findings = settle(strips, GeneratorSettings())
    assert [round(shape.area, 9) for shape in shapes] == [90 - 20, 60, 0]
    # What is cut off of one is not lost to the next.
    assert [(f.kind, f.why, f.ids) for f in findings] == [("sliver", "cut_off", ("中",))]
    backwards, _ = settle(strips[::-1], GeneratorSettings())
    assert [shape.area for shape in backwards[::-1]] == [shape.area for shape in shapes]


def test_ground_cut_off_from_its_kerb_and_slivers_are_dropped_and_told():
    kerb = LineString([(0, 0), (30, 0)])
    long = Ground("长", "一", (9.0, "长"), shapely.box(0, 0, 10, 9), kerb)
    across = Ground("横", "二", (2.0, "横"), shapely.box(-1, 2, 11, 4), LineString([(-1, 2), (11, 2)]))
    hair = Ground("丝", "三", (10.0, "丝"), shapely.box(-0.2, 0, 10, 9), kerb)
    shapes, findings = settle([long, across, hair], GeneratorSettings(min_area_m2=0.7))
    assert [round(shape.area, 9) for shape in shapes] == [20.0, 24.0, 0.0]
    assert {(f.why, f.ids) for f in findings} == {
        ("cut_off", ("长",)),
        ("too_small", ("丝",)),
        ("cut_off", ("丝",)),
    }


def test_a_building_in_several_parts_has_one_subject_and_a_front_for_each_part():
    halves = MultiPolygon([ground(0, 10, 4, 14), ground(60, 70, 4, 14)])
    made = generate_frontages(scene(Building("分", halves), road()))
    assert [strip.building_ids for strip in made.strips] == [("分",), ("分",)]
    assert list(made.zones()) == [("分", 0)]


def test_a_wall_shorter_than_rounding_still_has_two_ends():
    ribbon = make_ribbon(polyline([]), 1, kerb_m=5.0, reach_m=25.0)
    assert shapely.get_num_coordinates(wall_line(ribbon, [Edge(0, 0.5, 0.5 + 1e-12, 0.2, 0.2, 0)])) == 2


def test_a_strip_may_be_a_triangle():
    wedge = Polygon([(X, Y + KERB_M), (X + 20, Y + KERB_M + 5), (X + 20, Y + 30), (X, Y + 30)])
    made = generate_frontages(scene(Building("尖", wedge), road()), GeneratorSettings(min_depth_m=0.0))
    (strip,) = made.strips
    assert strip.polygon.area == pytest.approx(50.0) and shapely.get_num_coordinates(strip.polygon) == 4


def test_every_finding_has_a_shape_to_draw():
    row = [house("甲", 0, 10), house("乙", 20, 30), house("后", 0, 30, 9), house("细", 40, 41)]
    made = generate_frontages(scene(*row, road()))
    assert {finding.kind for finding in made.findings} >= {"gap", "no_front", "uncovered_front"}
    for finding in made.findings:
        assert not finding.geometry.is_empty and finding.geometry.is_valid
        assert finding.size == pytest.approx(finding.geometry.area or finding.geometry.length)


def test_a_closed_ring_road_has_fronts_inside_and_outside():
    circle = LineString(
        [(X + 60 * math.cos(a), Y + 60 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 49)]
    )
    outer = Building("外", shapely.box(X + 70, Y - 6, X + 80, Y + 6))
    inner = Building("内", shapely.box(X - 50, Y - 6, X - 40, Y + 6))
    made = generate_frontages(scene(outer, inner, Street("环", circle, "环路", width_m=10.0)))
    assert {(strip.subject, strip.side) for strip in made.strips} == {("外", "right"), ("内", "left")}


def test_the_benchmark_draws_the_asked_number_and_judges_by_its_targets():
    assert len(drawn_town(120).buildings) == 120
    run = measure(120)
    assert run.overlaps == 0 and run.strips > 120
    fast = [
        run.__class__(10_000, 1, 1, 1, 0, 10.0, 10.0, 100.0),
        run.__class__(50_000, 1, 1, 1, 0, 60.0, 60.0, 100.0),
    ]
    assert missed_targets(fast) == []
    slow = [
        run.__class__(10_000, 1, 1, 1, 1, 61.0, 61.0, 2000.0),
        run.__class__(50_000, 1, 1, 1, 0, 500.0, 500.0, 100.0),
    ]
    assert len(missed_targets(slow)) == 4


def test_the_strips_of_the_demo_are_drawn_again_from_its_houses_streets_and_property_lines():
    found = demo_likeness(property_lines=True, township="320612104")
    assert abs(found.zones - found.generated) < 0.01 * found.zones
    assert found.over(0.5) > 0.99 and found.over(0.9) > 0.9


def test_the_kerb_of_a_scene_is_where_the_tests_think():
    assert ground(0, 1, 0, 1).bounds == (X, Y + KERB_M, X + 1, Y + KERB_M + 1)
