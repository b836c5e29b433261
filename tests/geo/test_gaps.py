"""The gap finder: walks along the street and never through a block, one bay takes away exactly what it serves."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from shapely.geometry import LineString, Point

from geo.gaps import GapReport, GapSettings, Sides, Standing, find_gaps
from geo.spans import joined, total_m, without
from geo.streetnet import Placed, StreetNet

# A block of 200 m x 100 m: streets round it and one through the middle.
STREETS = [
    LineString([(0, 0), (200, 0)]),
    LineString([(0, 100), (200, 100)]),
    LineString([(0, 0), (0, 100)]),
    LineString([(200, 0), (200, 100)]),
    LineString([(100, -50), (100, 150)]),
]
NET = StreetNet(STREETS)
CLOSE = 1e-6


def strip(
    code: str, street: int, from_m: float, to_m: float, *, left: bool = True, town: str = "A"
) -> Standing:
    """Something 2 m deep beside a street, 3 m from its line."""
    line = STREETS[street]
    (x0, y0), (x1, y1) = line.coords
    ux, uy = (x1 - x0) / line.length, (y1 - y0) / line.length
    nx, ny = (-uy, ux) if left else (uy, -ux)
    corners = [(from_m, 3.0), (to_m, 5.0)]
    xs = [x0 + a * ux + d * nx for a, d in corners]
    ys = [y0 + a * uy + d * ny for a, d in corners]
    return Standing(code, town, box(min(xs), min(ys), max(xs), max(ys)))


def spans(report: GapReport) -> dict[tuple[int, str], list[tuple[float, float]]]:
    found: dict[tuple[int, str], list[tuple[float, float]]] = defaultdict(list)
    for one in report.stretches:
        found[one.street, one.side].append((one.from_m, one.to_m))
    return found


def near(ours: Any, wanted: Any) -> bool:
    return len(ours) == len(wanted) and all(
        math.isclose(a, b, abs_tol=CLOSE)
        for one, other in zip(ours, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
    )


FRONTS = [
    strip(f"F{street}{'L' if left else 'R'}{n}", street, n * length / 4, (n + 1) * length / 4, left=left)
    for street, length in enumerate(line.length for line in STREETS)
    for n in range(4)
    for left in (True, False)
]


def test_without_a_bay_all_frontage_is_a_gap_and_names_its_zones() -> None:
    report = find_gaps(NET, [strip("F1", 0, 10, 30), strip("F2", 0, 30, 50)], [])
    (only,) = report.stretches
    assert near([(only.from_m, only.to_m)], [(10, 50)])
    assert only.fronts == ("F1", "F2") and only.side == "left"
    assert only.line.length == pytest.approx(40)
    assert report.totals["A"].front_m == report.totals["A"].gap_m == pytest.approx(40)


def test_a_bay_serves_its_length_and_the_walk_from_both_its_ends() -> None:
    report = find_gaps(
        NET,
        [strip("F", 0, 0, 80), strip("G", 0, 120, 200)],
        [strip("P", 0, 90, 96)],
        settings=GapSettings(within_m=30),
    )
    assert near(spans(report)[0, "left"], [(0, 60), (126, 200)])


def test_a_walk_goes_round_the_corner_and_not_through_the_block() -> None:
    # 20 m before the crossing at (200, 0): 40 m of the side street are left of 60 m.
    bay, front = strip("P", 0, 179, 180), strip("F", 3, 0, 100)
    assert near(spans(find_gaps(NET, [front], [bay], settings=GapSettings(60)))[3, "left"], [(40, 100)])
    # Across the block the north side lies 94 m off in a straight line, and farther than 150 m along the streets.
    far = strip("G", 1, 40, 60, left=False)
    middle = strip("P", 0, 50, 51)
    assert find_gaps(NET, [far], [middle], settings=GapSettings(150)).stretches
    assert not find_gaps(NET, [far], [middle], settings=GapSettings(211)).stretches


def test_lines_that_nearly_meet_are_one_walk_and_lines_far_apart_are_not() -> None:
    def gaps(apart_m: float) -> int:
        net = StreetNet(
            [LineString([(0, 0), (100, 0)]), LineString([(100 + apart_m, 0), (100 + apart_m, 80)])]
        )
        front, bay = Standing("F", "A", box(105, 10, 107, 20)), Standing("P", "A", box(90, 3, 99, 5))
        return len(find_gaps(net, [front], [bay], settings=GapSettings(60)).stretches)

    assert (gaps(0.9), gaps(1.2)) == (0, 1)


def test_the_rule_of_sides_decides_whether_the_other_side_is_served() -> None:
    fronts = [strip("N", 0, 40, 60), strip("S", 0, 40, 60, left=False)]
    bay = strip("P", 0, 45, 50)
    assert find_gaps(NET, fronts, [bay]).stretches == ()
    (left_over,) = find_gaps(NET, fronts, [bay], settings=GapSettings(sides=Sides.SAME)).stretches
    assert left_over.fronts == ("S",)


def test_a_thing_that_names_its_street_stands_there_although_a_lane_is_nearer() -> None:
    net = StreetNet([LineString([(0, 0), (100, 0)]), LineString([(50, 0), (50, 40)])], ["东街", None])
    shape = box(52, 6, 58, 10)
    unnamed, named = net.place([shape, shape], 60, [None, "东街"])
    assert unnamed is not None and named is not None
    assert (unnamed.street, named.street) == (1, 0)


def test_what_stands_on_no_street_is_told_and_counts_nowhere() -> None:
    lost = Standing("LOST", "A", box(1000, 1000, 1010, 1005))
    report = find_gaps(NET, [lost], [], [Standing("V", "A", Point(900, 900))])
    assert report.unplaced == ("LOST", "V") and report.stretches == ()
    assert find_gaps(StreetNet([]), [lost], [], []).unplaced == ("LOST",)


def test_an_attractor_lacks_a_bay_unless_one_is_within_the_walk() -> None:
    kiosk = Standing("V", "B", Point(10, 3))
    bay = strip("P", 0, 100, 110)
    assert [one.code for one in find_gaps(NET, [], [bay], [kiosk], GapSettings(80)).attractors] == ["V"]
    report = find_gaps(NET, [], [bay], [kiosk], GapSettings(91))
    assert report.attractors == ()
    assert (report.totals["B"].attractors, report.totals["B"].attractors_without) == (1, 0)


def test_totals_add_up_per_township_and_each_side_counts_by_itself() -> None:
    fronts = [strip("F1", 0, 0, 50), strip("F2", 0, 0, 50, left=False), strip("G1", 1, 0, 80, town="B")]
    report = find_gaps(NET, fronts, [strip("P", 0, 0, 10)], settings=GapSettings(20))
    assert report.totals["A"].front_m == pytest.approx(100) and report.totals["A"].gap_m == pytest.approx(40)
    assert report.totals["B"].gap_m == pytest.approx(80)


places = st.tuples(st.integers(0, len(STREETS) - 1), st.floats(0, 0.95), st.floats(1.0, 20.0), st.booleans())
rules = st.builds(GapSettings, st.floats(5, 250), st.sampled_from(Sides))


def bay_at(number: int, place: tuple[int, float, float, bool]) -> Standing:
    street, share, long_m, left = place
    start = share * STREETS[street].length
    return strip(f"P{number}", street, start, min(start + long_m, STREETS[street].length), left=left)


@settings(max_examples=60, deadline=None)
@given(st.lists(places, max_size=5), places, rules)
def test_one_more_bay_removes_exactly_the_stretch_it_serves(
    there: list[tuple[int, float, float, bool]], new: tuple[int, float, float, bool], rule: GapSettings
) -> None:
    bays = [bay_at(number, place) for number, place in enumerate(there)]
    added = bay_at(99, new)
    before, after = (spans(find_gaps(NET, FRONTS, some, settings=rule)) for some in (bays, [*bays, added]))
    alone = spans(find_gaps(NET, FRONTS, [added], settings=rule))
    for street, line in enumerate(STREETS):
        for side in ("left", "right"):
            key = (street, side)
            served = without([(0.0, line.length)], joined(alone[key]))
            expected = without(joined(before[key]), joined(served), 0.021)
            ours = [span for span in after[key] if span[1] - span[0] > 0.021]
            assert near(ours, expected), (key, ours, expected)
            assert total_m(after[key]) <= total_m(before[key]) + CLOSE


STEP_M = 2.0


def steps(street: int) -> range:
    return range(int(STREETS[street].length / STEP_M) + 1)


def crossings() -> list[list[tuple[int, int]]]:
    """Steps of different streets at one place."""
    found: dict[tuple[float, float], list[tuple[int, int]]] = defaultdict(list)
    for street, line in enumerate(STREETS):
        for n in steps(street):
            spot = line.interpolate(n * STEP_M)
            found[round(spot.x, 6), round(spot.y, 6)].append((street, n))
    return [keys for keys in found.values() if len(keys) > 1]


def walked_m(placed: list[Placed]) -> dict[tuple[int, int], float]:
    """Metres from the nearest of some things to every step, by relaxing neighbours until nothing changes."""
    away = {
        (street, n): min(
            (max(p.span[0] - n * STEP_M, n * STEP_M - p.span[1], 0.0) for p in placed if p.street == street),
            default=math.inf,
        )
        for street in range(len(STREETS))
        for n in steps(street)
    }
    edges = [(a, b, 0.0) for keys in crossings() for a in keys for b in keys]
    for street in range(len(STREETS)):
        edges += [((street, n - 1), (street, n), STEP_M) for n in steps(street)[1:]]
        edges += [((street, n), (street, n - 1), STEP_M) for n in reversed(steps(street)[1:])]
    before = None
    while before != away:
        before = dict(away)
        for one, other, metres in edges:
            away[other] = min(away[other], away[one] + metres)
    return away


@settings(max_examples=40, deadline=None)
@given(st.lists(places, min_size=1, max_size=3), st.floats(5, 250))
def test_what_is_served_is_what_a_walker_of_small_steps_reaches(
    there: list[tuple[int, float, float, bool]], within_m: float
) -> None:
    """Against a walk over steps of 2 m that knows nothing of intervals."""
    placed = [one for one in NET.place([bay_at(0, place).shape for place in there], 60) if one]
    reach = NET.reach(placed, within_m)
    for (street, n), away_m in walked_m(placed).items():
        if abs(away_m - within_m) > CLOSE:
            served = any(low - 1e-9 <= n * STEP_M <= high + 1e-9 for low, high in reach.get(street, ()))
            assert served == (away_m < within_m), (street, n * STEP_M, away_m)
