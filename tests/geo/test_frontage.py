"""The rules of frontage zones, each on a street drawn for it."""

import shapely
from shapely.geometry import LineString, Polygon

from geo.frontage import DepthRule, Flag, generate_frontages
from geo.fronts import EndRule
from geo.streetscape import (
    Area,
    AreaKind,
    Building,
    GeneratorSettings,
    Pavement,
    PropertyLine,
    Street,
    WidthMeans,
)
from tests.geo.frontage_scenes import (
    KERB_M,
    X,
    Y,
    cross_road,
    ground,
    house,
    line,
    outline,
    road,
    same_ground,
    scene,
    strip_of,
    told,
)


def test_a_strip_is_as_long_as_the_house_and_goes_from_wall_foot_to_kerb():
    made = generate_frontages(scene(house("甲", 0, 12, setback=4.5), road()))
    strip = strip_of(made, "甲")
    assert same_ground(strip.polygon, ground(0, 12, 0, 4.5))
    assert (strip.front_m, strip.width_m, strip.depth_m, strip.depth_rule) == (
        12.0,
        12.0,
        4.5,
        DepthRule.KERB,
    )
    assert (strip.street, strip.side, strip.order, strip.key) == ("新金路", "left", 1, "新金路/left/1")
    assert strip.ends == (EndRule.STREET_END, EndRule.STREET_END)


def test_two_neighbours_with_a_gap_of_four_metres_meet_in_the_middle():
    made = generate_frontages(scene(house("甲", 0, 10), house("乙", 14, 20, setback=6), road()))
    west, east = strip_of(made, "甲"), strip_of(made, "乙")
    assert abs(west.polygon.bounds[2] - (X + 12)) < 1e-6
    assert abs(east.polygon.bounds[0] - (X + 12)) < 1e-6
    assert west.ends[1] is east.ends[0] is EndRule.HALF_GAP
    assert west.front_m == 10.0 and west.width_m == 12.0


def test_a_gap_wider_than_the_limit_is_nobodys_and_told():
    made = generate_frontages(scene(house("甲", 0, 10), house("乙", 14.5, 20), road()))
    assert same_ground(strip_of(made, "甲").polygon, ground(0, 10, 0, 4))
    (gap,) = [finding for finding in made.findings if finding.kind == "gap"]
    assert (gap.why, gap.street, round(gap.size, 6)) == ("own_wall", "新金路", 4.5)
    assert gap.geometry.equals_exact(line((10, 0), (14.5, 0)), 1e-6)


def test_the_widest_shared_gap_is_a_setting():
    wide = GeneratorSettings(max_gap_m=6.0)
    made = generate_frontages(scene(house("甲", 0, 10), house("乙", 14.5, 20), road()), wide)
    assert abs(strip_of(made, "甲").polygon.bounds[2] - (X + 12.25)) < 1e-6


def test_houses_wall_to_wall_share_the_ray_at_their_common_wall():
    made = generate_frontages(scene(house("甲", 0, 10, 3), house("乙", 10, 20, 7), road()))
    assert same_ground(strip_of(made, "甲").polygon, ground(0, 10, 0, 3))
    assert same_ground(strip_of(made, "乙").polygon, ground(10, 20, 0, 7))
    assert strip_of(made, "甲").ends[1] is EndRule.SHARED_WALL


def test_a_house_that_stands_back_still_answers_from_its_wall_foot():
    row = [house("甲", 0, 10, 3), house("乙", 12, 22, 9), house("丙", 24, 34, 3)]
    made = generate_frontages(scene(*row, road()))
    assert same_ground(strip_of(made, "乙").polygon, ground(11, 23, 0, 9))
    assert strip_of(made, "乙").flags == (Flag.SET_BACK,)
    assert strip_of(made, "甲").flags == ()


def test_a_house_farther_back_than_the_limit_has_no_front():
    made = generate_frontages(scene(house("甲", 0, 10, 15.5), road()))
    assert made.strips == ()
    assert told(made, "no_front") == {("too_far", ("甲",))}


def test_a_house_in_the_second_row_has_no_front_even_where_a_gap_shows_it():
    row = [house("甲", 0, 10, 2, 4), house("乙", 13, 23, 2, 4), house("后", 0, 23, 9)]
    made = generate_frontages(scene(*row, road()))
    assert {strip.subject for strip in made.strips} == {"甲", "乙"}
    assert told(made, "no_front") == {("second_row", ("后",))}
    assert ("second_row", ("后",)) in told(made, "uncovered_front")
    assert same_ground(strip_of(made, "甲").polygon, ground(0, 11.5, 0, 2))


def test_a_kiosk_before_a_shop_takes_its_own_stretch_and_the_shop_keeps_both_others():
    made = generate_frontages(scene(house("店", 0, 20, 6), house("亭", 8, 11, 1, 2), road()))
    parts = [strip for strip in made.strips if strip.subject == "店"]
    assert [part.order for part in parts] == [1, 3]
    assert same_ground(parts[0].polygon, ground(0, 8, 0, 6))
    assert same_ground(strip_of(made, "亭").polygon, ground(8, 11, 0, 1))
    assert same_ground(parts[1].polygon, ground(11, 20, 0, 6))


def test_a_lane_parts_its_neighbours_and_has_no_strip_of_its_own():
    lane = Street("lane", LineString([(X + 11.5, Y), (X + 11.5, Y + 80)]), None, width_m=2.0)
    behind = Building("巷内", shapely.box(X + 13, Y + 30, X + 23, Y + 60))
    made = generate_frontages(scene(house("甲", 0, 10), house("乙", 13, 23), behind, road(), lane))
    assert strip_of(made, "甲").ends[1] is strip_of(made, "乙").ends[0] is EndRule.LANE
    assert same_ground(strip_of(made, "甲").polygon, ground(0, 10, 0, 4))
    assert told(made, "gap") == {("lane", ())}
    assert told(made, "no_front") == {("lane_only", ("巷内",))}


def test_the_same_lane_with_a_name_is_a_street_whose_side_is_answered_for():
    lane = Street("lane", LineString([(X + 11.5, Y), (X + 11.5, Y + 80)]), "新市巷", width_m=2.0)
    made = generate_frontages(scene(house("甲", 0, 10), house("乙", 13, 23), road(), lane))
    assert {(s.subject, s.side) for s in made.strips if s.street == "新市巷"} == {
        ("甲", "left"),
        ("乙", "right"),
    }


def test_a_property_line_wins_over_the_half_split():
    made = generate_frontages(
        scene(house("甲", 0, 10), house("乙", 14, 20), road(), PropertyLine("p", line((11, 15), (11, 3))))
    )
    assert same_ground(strip_of(made, "甲").polygon, ground(0, 11, 0, 4))
    assert strip_of(made, "乙").ends[0] is EndRule.PROPERTY_LINE


def test_a_property_line_wins_over_the_limit_of_gaps_too():
    made = generate_frontages(
        scene(house("甲", 0, 10), house("乙", 20, 30), road(), PropertyLine("p", line((12, 14), (12, 2))))
    )
    assert same_ground(strip_of(made, "甲").polygon, ground(0, 12, 0, 4))
    assert same_ground(strip_of(made, "乙").polygon, ground(12, 30, 0, 4))


def test_a_slanting_property_line_is_drawn_on_to_the_kerb():
    made = generate_frontages(
        scene(house("甲", 0, 10), house("乙", 14, 24), road(), PropertyLine("p", line((13, 12), (11, 4))))
    )
    assert same_ground(strip_of(made, "甲").polygon, outline((0, 0), (10, 0), (11, 4), (0, 4)))
    assert same_ground(strip_of(made, "乙").polygon, outline((10, 0), (24, 0), (24, 4), (11, 4)))
    assert strip_of(made, "甲").width_m == 10.0


def test_property_lines_cut_one_house_into_its_shops():
    cuts = [PropertyLine("p1", line((8, 12), (8, 4))), PropertyLine("p2", line((15, 12), (15, 0)))]
    made = generate_frontages(scene(house("楼", 0, 24), road(), *cuts))
    assert [(s.unit, s.front_m, s.order) for s in made.strips] == [(1, 8.0, 1), (2, 7.0, 2), (3, 9.0, 3)]
    assert list(made.zones()) == [("楼", 1), ("楼", 2), ("楼", 3)]


def test_a_property_line_far_behind_the_front_decides_nothing():
    made = generate_frontages(scene(house("楼", 0, 24), road(), PropertyLine("p", line((8, 14), (8, 8)))))
    assert [strip.unit for strip in made.strips] == [0]


def test_without_a_pavement_the_strip_goes_to_the_centre_line():
    made = generate_frontages(scene(house("甲", 0, 10), road(pavement=Pavement.RIGHT)))
    strip = strip_of(made, "甲")
    assert same_ground(strip.polygon, ground(0, 10, -KERB_M, 4))
    assert strip.depth_rule is DepthRule.CENTRE_LINE


def test_surveyed_kerbs_win_over_the_width():
    kerb = LineString([(X - 60, Y + 6), (X + 50, Y + 7), (X + 160, Y + 6)])
    made = generate_frontages(scene(house("甲", 40, 60), road(left_kerb=kerb)))
    assert abs(strip_of(made, "甲").polygon.bounds[1] - (Y + 7 - 10 / 110)) < 1e-3
    drawn_backwards = LineString(list(kerb.coords)[::-1])
    again = generate_frontages(scene(house("甲", 40, 60), road(left_kerb=drawn_backwards)))
    assert again.strips == made.strips


def test_where_only_the_width_between_walls_is_known_the_usual_pavement_is_taken_off():
    wide = road(width_m=20.0, width_means=WidthMeans.WALL_TO_WALL)
    made = generate_frontages(scene(house("甲", 0, 10, setback=5.0), wide), GeneratorSettings(pavement_m=4.0))
    assert strip_of(made, "甲").depth_m == 4.0


def test_a_street_without_a_width_has_the_width_of_its_class():
    made = generate_frontages(
        scene(house("甲", 0, 10, setback=5.0), road(width_m=None, street_class="tertiary"))
    )
    assert strip_of(made, "甲").depth_m == 5.0 + KERB_M - 11.0 / 2.0


def test_a_corner_house_answers_for_both_streets_and_for_the_corner_once():
    made = generate_frontages(scene(house("角", 0, 12, 4), road(), cross_road(-9)))
    on_road, across = strip_of(made, "角"), strip_of(made, "角", "建设路")
    assert on_road.ends[0] is EndRule.CORNER and across.ends[1] is not EndRule.CORNER
    assert Flag.CORNER in on_road.flags and Flag.CUT_BACK not in on_road.flags
    corner = outline((-4, 0), (12, 0), (12, 4), (0, 4), (0, 14), (-4, 14))
    assert same_ground(made.zones()[("角", 0)], corner)
    assert on_road.polygon.intersection(across.polygon).area < 1e-9


def test_a_corner_house_at_a_slanting_crossing_leaves_no_wedge_before_it():
    lean = outline((0, 4), (14, 4), (18, 14), (4, 14))
    made = generate_frontages(scene(Building("角", lean), road(), cross_road(-12, turn=40.0)))
    for x, y in ((-2.5, 3.0), (-4.0, 0.5), (0.5, 0.5), (3.0, 3.9), (-2.0, 4.2)):
        assert made.zones()[("角", 0)].distance(shapely.Point(X + x, Y + KERB_M + y)) < 1e-6, (x, y)


def test_the_second_house_from_a_crossing_does_not_answer_for_the_corner():
    made = generate_frontages(scene(house("远", 13, 25), road(), cross_road(-9)))
    assert same_ground(strip_of(made, "远").polygon, ground(13, 25, 0, 4))
    assert len(made.strips) == 1


def test_a_house_too_shallow_to_have_a_front_round_the_corner_does_not_answer_for_the_corner():
    made = generate_frontages(scene(house("浅", 0, 12, deep=1.2), road(), cross_road(-9)))
    assert [(strip.street, strip.ends[0]) for strip in made.strips] == [("新金路", EndRule.OWN_WALL)]
    assert same_ground(made.strips[0].polygon, ground(0, 12, 0, 4))


def test_where_a_street_turns_back_on_itself_the_nearer_arm_has_the_front():
    arms = LineString([(X - 40, Y), (X + 60, Y), (X + 60, Y + 12), (X - 40, Y + 12)])
    outside = Building("外", shapely.box(X, Y + 16, X + 10, Y + 26))
    made = generate_frontages(scene(outside, Street("u", arms, "回头路", width_m=4.0)))
    assert [(strip.side, strip.depth_m) for strip in made.strips] == [("right", 2.0)]


def test_a_house_between_two_parallel_streets_has_a_front_on_each():
    back = Street("back", LineString([(X - 60, Y + 34), (X + 160, Y + 34)]), "后街", width_m=WIDTH_BACK_M)
    made = generate_frontages(scene(house("穿", 0, 10), road(), back))
    assert {(s.street, s.side) for s in made.strips} == {("新金路", "left"), ("后街", "right")}


WIDTH_BACK_M = 8.0


def test_a_house_across_another_street_is_never_a_front_of_this_one():
    near = Street("near", LineString([(X - 60, Y + 12), (X + 160, Y + 12)]), "中街", width_m=4.0)
    made = generate_frontages(scene(house("隔", 0, 10, setback=11), road(), near))
    assert {(s.street, s.side) for s in made.strips} == {("中街", "left")}


def test_an_uneven_front_is_followed_and_a_courtyard_is_not_entered():
    uneven = outline((0, 4), (6, 4), (6, 7), (9, 7), (12, 4), (20, 5), (20, 15), (0, 15))
    hollow = Polygon(uneven.exterior.coords, [ground(5, 15, 9, 13).exterior.coords])
    made = generate_frontages(scene(Building("凹", hollow), road()))
    wanted = outline((0, 0), (20, 0), (20, 5), (12, 4), (9, 7), (6, 7), (6, 4), (0, 4))
    assert same_ground(strip_of(made, "凹").polygon, wanted)


def test_a_court_open_to_the_street_is_bridged_from_shoulder_to_shoulder():
    horseshoe = outline((0, 4), (6, 4), (6, 13), (18, 13), (18, 4), (24, 4), (24, 18), (0, 18))
    made = generate_frontages(scene(Building("院", horseshoe), road()))
    strip = strip_of(made, "院")
    assert same_ground(strip.polygon, ground(0, 24, 0, 4))
    assert strip.flags == (Flag.COURT_BRIDGED,)


def test_a_court_deeper_than_the_street_sees_is_bridged_too():
    horseshoe = outline((0, 4), (6, 4), (6, 30), (18, 30), (18, 4), (24, 4), (24, 40), (0, 40))
    assert same_ground(
        strip_of(generate_frontages(scene(Building("院", horseshoe), road())), "院").polygon,
        ground(0, 24, 0, 4),
    )


def test_a_house_turned_from_the_street_answers_before_the_walls_that_face_it():
    diamond = outline((10, 4), (20, 9), (15, 19), (5, 14))
    made = generate_frontages(scene(Building("斜", diamond), road()))
    assert same_ground(strip_of(made, "斜").polygon, outline((10, 0), (20, 0), (20, 9), (10, 4)))


def test_a_market_in_several_halls_has_one_strip_over_its_gaps():
    halls = [house(f"厅{k}", 30 * k, 30 * k + 20, operator="金沙市场") for k in range(3)]
    made = generate_frontages(scene(*halls, house("邻", 81, 91), road()))
    market = strip_of(made, "金沙市场")
    assert same_ground(market.polygon, ground(0, 80.5, 0, 4))
    assert market.subject_kind == "operator" and market.building_ids == ("厅0", "厅1", "厅2")


def test_a_site_and_a_park_answer_along_their_whole_edge_and_their_houses_do_not():
    site = Area("工地", AreaKind.SITE, ground(0, 40, 3, 50))
    park = Area("公园", AreaKind.PARK, ground(42, 90, 2, 50))
    made = generate_frontages(scene(site, park, house("工棚", 5, 12, 5), road()))
    assert [(s.subject, s.subject_kind) for s in made.strips] == [("工地", "site"), ("公园", "park")]
    assert same_ground(strip_of(made, "工地").polygon, ground(0, 41, 0, 3))
    assert told(made, "no_front") == {("inside_area", ("工棚",))}


def test_a_street_through_an_estate_is_no_ground_of_the_estate():
    estate = Area("小区", AreaKind.ESTATE, shapely.box(X, Y - 30, X + 60, Y + 40))
    made = generate_frontages(scene(estate, road()))
    assert made.strips == () and told(made, "no_front") == {("in_carriageway", ("小区",))}


def test_a_wall_in_the_carriageway_has_no_strip_there_and_is_told():
    made = generate_frontages(scene(Building("压线", outline((0, 3), (20, -2), (20, 12), (0, 12))), road()))
    strip = strip_of(made, "压线")
    assert strip.polygon.bounds[1] >= Y + KERB_M - 1e-6
    (wall,) = [f for f in made.findings if f.kind == "uncovered_front"]
    assert wall.why == "in_carriageway" and wall.geometry.length > 8.0


def test_a_roof_over_the_street_is_no_occupant_and_hides_nobody():
    roof = Building("天桥", shapely.box(X + 2, Y - 12, X + 6, Y + KERB_M + 3))
    made = generate_frontages(scene(house("甲", 0, 10), roof, road()))
    assert same_ground(strip_of(made, "甲").polygon, ground(0, 10, 0, 4))
    assert told(made, "no_front") == {("on_carriageway", ("天桥",))}


def test_houses_on_each_other_are_told_and_their_strips_still_share_no_ground():
    made = generate_frontages(scene(house("甲", 0, 10, 4), house("乙", 6, 16, 4), road()))
    assert told(made, "footprints_overlap") == {("shares_ground", ("乙", "甲"))}
    assert told(made, "overlap") == set()
    assert sum(s.polygon.area for s in made.strips) == round(16 * 4.0, 9)


def test_a_front_seen_for_less_than_the_limit_is_told_as_too_short():
    made = generate_frontages(scene(house("窄", 0, 1.2), road()))
    assert made.strips == () and told(made, "no_front") == {("too_short", ("窄",))}


def test_numbers_count_along_each_side_from_the_start_of_the_street():
    south = Building("南", shapely.box(X + 3, Y - 20, X + 13, Y - 9))
    made = generate_frontages(scene(house("二", 20, 30), house("一", 0, 10), south, road()))
    assert [(s.key, s.subject) for s in made.strips] == [
        ("新金路/left/1", "一"), ("新金路/left/2", "二"), ("新金路/right/1", "南"),
    ]  # fmt: skip


def test_stretches_of_one_street_are_one_row_whichever_way_they_were_drawn():
    west = Street("a", LineString([(X - 60, Y), (X + 15, Y)]), "新金路", width_m=10.0)
    east = Street("b", LineString([(X + 160, Y), (X + 15, Y)]), "新金路", width_m=10.0)
    row = [house("一", 0, 10), house("二", 10, 20), house("三", 22, 30)]
    made = generate_frontages(scene(*row, west, east))
    assert [s.key for s in made.strips] == ["新金路/left/1", "新金路/left/2", "新金路/left/3"]
    assert [s.polygon.area for s in made.strips] == [
        s.polygon.area for s in generate_frontages(scene(*row, road())).strips
    ]


def test_the_two_carriageways_of_a_divided_road_have_their_outer_sides_named_alike():
    up = Street("up", LineString([(X - 60, Y), (X + 160, Y)]), "世纪大道", width_m=8.0)
    down = Street("down", LineString([(X + 160, Y + 14), (X - 60, Y + 14)]), "世纪大道", width_m=8.0)
    south = Building("南", shapely.box(X, Y - 20, X + 12, Y - 9))
    north = Building("北", shapely.box(X, Y + 23, X + 12, Y + 33))
    made = generate_frontages(scene(up, down, south, north))
    assert {(s.subject, s.side) for s in made.strips} == {("北", "left"), ("南", "right")} or {
        (s.subject, s.side) for s in made.strips
    } == {("北", "right"), ("南", "left")}


def test_without_streets_every_house_is_told_to_have_no_front():
    made = generate_frontages(scene(house("甲", 0, 10)))
    assert made.strips == () and told(made, "no_front") == {("too_far", ("甲",))}


def test_nothing_gives_nothing():
    made = generate_frontages(scene())
    assert (made.strips, made.findings, made.algorithm) == ((), (), "ribbon-1")
