"""Visits by a table made by hand from a real trace, and what no order, batch, repetition or lateness may change."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from geo.metric import MetricPlane
from geo.sight import front_axis
from geo.tracks import Fixes, Row, Segments, judge, seeing_context, segments
from geo.visits import (
    SLOT_S,
    Mark,
    Sighting,
    SightSettings,
    Visit,
    changed,
    days_in,
    merge,
    sight,
    slot_of,
    visits,
)
from tests.geo.traces import GPX_PLANE, fronts, lake_rows, seconds, strip

LAKE_DAYS = days_in(ZoneInfo("Europe/Ljubljana"))

# Where each strip lies: beside the way from the fix of one moment to that of another, metres to the right (left is
# negative). When it is visited is worked out from the coordinates: sight of 25 m and accuracy of 5 m make a certain
# reach of 20 m and a probable one of 30 m; an axis 8 m beside the way is in sight from 28.9 m before it to 28.9 m
# behind it, one 28 m beside from 10.8 m; in between the times of the fixes are shared out by distance.
STRIPS = [
    (
        "14:58:53",
        "14:59:30",
        -12,
        -4,
    ),  # 1: on the left of the walk, later of the ride back along the same road
    ("14:58:53", "14:59:30", 4, 12),  # 2: on the right
    ("14:58:53", "14:59:30", -32, -24),  # 3: 28 m off the road
    ("14:58:53", "14:59:30", 56, 64),  # 4: 60 m off the road
    ("14:30:44", "14:31:29", 4, 12),  # 5: the phone is silent for 122 s at its end, then goes on south
    (
        "15:04:55",
        "15:05:08",
        4,
        12,
    ),  # 6: the phone is silent for 388 s at its end, then comes back by bicycle
    ("15:40:18", "15:40:33", 4, 12),  # 7: passed downhill at 11 m/s; its end is near a slow stretch of 15:43
    ("15:40:00", "15:40:02", 4, 12),  # 8: between the two sides of the break
]
TABLE = [
    # strip, from, to, certain, certain metres, probable metres
    (1, "14:58:34", "14:59:48", True, 58, 58),
    (1, "15:13:18", "15:13:33", True, 58, 58),
    (2, "14:58:34", "14:59:48", True, 58, 58),
    (2, "15:13:18", "15:13:33", True, 58, 58),
    (3, "14:58:46", "14:59:36", False, 0, 58),
    (3, "15:13:20", "15:13:30", False, 0, 58),
    (5, "14:30:15", "14:33:45", True, 33, 33),
    (6, "15:04:41", "15:05:08", True, 25, 25),
    (6, "15:11:43", "15:12:24", True, 25, 25),
]


def test_the_lake_trace_gives_the_visits_of_the_table_made_by_hand() -> None:
    rows = lake_rows()
    axes = [front_axis(strip(rows, *where), None) for where in STRIPS]
    axes[6] = LineString([axes[6].interpolate(share, normalized=True) for share in (0.3, 0.6)])
    axes[7] = LineString([axes[7].interpolate(share, normalized=True) for share in (0.3, 0.7)])
    lengths = {n: axis.length for n, axis in enumerate(axes, 1)}
    fixes = Fixes.of(rows)
    seen = sight(segments(fixes, judge(fixes), GPX_PLANE), fronts(axes), day_of=LAKE_DAYS)
    got = visits(seen, [], lengths)
    assert [(v.zone_id, v.certain) for v in got] == [(n, certain) for n, _, _, certain, _, _ in TABLE]
    for visit, (_, begin, end, _, certain_m, probable_m) in zip(got, TABLE, strict=True):
        assert visit.from_s == pytest.approx(seconds(begin), abs=2)
        assert visit.to_s == pytest.approx(seconds(end), abs=2)
        assert (visit.certain_m, visit.probable_m) == pytest.approx((certain_m, probable_m), abs=2)
        assert visit.kind == "patrol"


def test_without_an_accuracy_nothing_is_certain_and_no_less_is_probable() -> None:
    rows = lake_rows(None)
    axes = [front_axis(strip(rows, *where), None) for where in STRIPS[:6]]
    fixes = Fixes.of(rows)
    seen = sight(segments(fixes, judge(fixes), GPX_PLANE), fronts(axes), day_of=LAKE_DAYS)
    got = visits(seen, [], {n: axis.length for n, axis in enumerate(axes, 1)})
    assert {v.zone_id for v in got} == {1, 2, 3, 5, 6} and not any(v.certain for v in got)


# --- A made-up street on New Year's Eve, seen in every order ---------------------------------------------------------

SHANGHAI = days_in(ZoneInfo("Asia/Shanghai"))
PLANE = MetricPlane(4549)
EAST, NORTH = PLANE.forward(121.07, 32.07)
START_S = seconds("2026-12-31T15:52:30Z")
"""23:52:30 of the district's New Year's Eve."""
AXES = [
    LineString([(EAST + 24 * n, NORTH + side), (EAST + 24 * n + 20, NORTH + side)])
    for n in range(8)
    for side in (-9.0, 9.0, 38.0)
]
# The first strip is drawn anew from New Year's Day on: two versions on the same ground.
STREET = fronts(
    [*AXES, AXES[0]],
    [(date.min, date(2027, 1, 1)), *[(date.min, None)] * 23, (date(2027, 1, 1), None)],
)
LENGTHS = {n: 20.0 for n in range(1, 26)}

Step = tuple[int, float, float, float, bool]
steps = st.lists(
    st.tuples(
        st.sampled_from([1, 5, 9, 10, 10, 11, 60, 119, 121, 400]),
        st.floats(-8, 16),
        st.sampled_from([0.0, 0.0, 0.0, 3.0, 20.0, 900.0]),
        st.sampled_from([4.0, 4.0, 12.0, 24.0, 49.0, 70.0, float("nan")]),
        st.sampled_from([False, False, False, False, True]),
    ),
    min_size=1,
    max_size=60,
)


def walked(taken: Sequence[Step]) -> list[Row]:
    """Fixes of a walk to and fro: seconds and metres on, metres off the way, accuracy, mock."""
    rows: list[Row] = []
    at_s, east = START_S, 0.0
    for elapsed_s, on_m, off_m, accuracy_m, mock in taken:
        at_s, east = at_s + elapsed_s, (east + on_m) % 200
        lon, lat = PLANE.inverse(EAST + east, NORTH + off_m)
        rows.append((at_s, lon, lat, accuracy_m, mock, at_s, True))
    return rows


def looked(rows: Sequence[Row]) -> Segments:
    fixes = Fixes.of(rows)
    return segments(fixes, judge(fixes), PLANE)


def rebuilt(rows: Sequence[Row]) -> dict[tuple[int, int], Sighting]:
    return {(s.zone_id, s.slot_s): s for s in sight(looked(rows), STREET, day_of=SHANGHAI)}


class Kept:
    """Sightings kept up to date batch by batch, from the neighbourhood of what is new alone."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.sightings: dict[tuple[int, int], Sighting] = {}

    def take(self, batch: Sequence[Row]) -> None:
        known = {row[0] for row in self.rows}
        fresh = [row for row in batch if row[0] not in known]
        if not fresh:
            return
        reach_s = seeing_context().reach_s
        begin, end = min(fresh)[0] - reach_s, max(fresh)[0] + reach_s
        begin, end = float(slot_of(np.array(begin))), float(slot_of(np.array(end))) + SLOT_S
        before = [row for row in self.rows if begin - reach_s <= row[0] <= end + reach_s]
        self.rows += fresh
        old, new = (
            ways.take((ways.start_s >= begin) & (ways.start_s < end))
            for ways in (looked(before), looked([*before, *fresh]))
        )
        change = changed(old, new)
        lost = set(change.lost_slots.tolist())
        self.sightings = {key: s for key, s in self.sightings.items() if key[1] not in lost}
        again = new.take(np.isin(slot_of(new.start_s), change.lost_slots))
        for seen in sight(Segments.concat([change.new, again]), STREET, day_of=SHANGHAI):
            key = (seen.zone_id, seen.slot_s)
            self.sightings[key] = merge(self.sightings[key], seen) if key in self.sightings else seen


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(0, 2**32), st.integers(1, 9))
@example([(1, 0.0, 0.0, 4.0, False)] * 5, 0, 3)  # a slot that is made again and gains at once
def test_any_order_any_split_any_repetition_and_any_lateness_give_the_same_visits(
    taken: list[Step], seed: int, batches: int
) -> None:
    rows, lot = walked(taken), random.Random(seed)
    late = [(*row[:5], row[0] + lot.choice([0, 1, 90, 1e6]), row[6]) for row in rows]
    sent = late + lot.sample(late, len(late) // 3)
    lot.shuffle(sent)
    kept = Kept()
    for n in range(batches):
        kept.take(sent[n::batches])
    assert kept.sightings == rebuilt(rows)
    again = list(kept.sightings.values())
    lot.shuffle(again)
    assert visits(again, [], LENGTHS) == visits(rebuilt(rows).values(), [], LENGTHS)


@settings(max_examples=30, deadline=None)
@given(steps, st.data())
def test_a_fix_that_comes_late_between_two_others_ends_up_as_if_it_had_been_there(
    taken: list[Step], data: st.DataObject
) -> None:
    rows = walked(taken)
    kept = Kept()
    late = data.draw(st.sampled_from(rows))
    kept.take([row for row in rows if row is not late])
    kept.take([late])
    assert kept.sightings == rebuilt(rows)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_what_is_seen_keeps_within_its_slot_its_day_its_metres_and_its_doubt(taken: list[Step]) -> None:
    rows = walked(taken)
    seen = list(rebuilt(rows).values())
    new_year_s = seconds("2027-01-01T00:00:00+08:00")
    for one in seen:
        assert "1" in one.probable and len(one.certain) == len(one.probable) == 20
        assert int(one.certain, 2) | int(one.probable, 2) == int(one.probable, 2)
        assert rows[0][0] <= one.first_s <= one.last_s <= rows[-1][0]
        assert one.slot_s <= one.last_s and one.first_s < one.slot_s + SLOT_S + 120
        assert {1: one.slot_s < new_year_s, 25: one.slot_s >= new_year_s}.get(one.zone_id, True)
    for visit in visits(seen, [], LENGTHS):
        assert 0 <= visit.certain_m <= visit.probable_m <= 20
        assert visit.from_s <= visit.to_s


@settings(max_examples=30, deadline=None)
@given(steps, steps)
def test_a_second_stretch_long_after_the_first_takes_nothing_away(
    first: list[Step], second: list[Step]
) -> None:
    rows = walked(first)
    later: list[Row] = [(row[0] + rows[-1][0] - START_S + 900, *row[1:]) for row in walked(second)]
    both = rebuilt([*rows, *later])
    assert rebuilt(rows).items() <= both.items()


def test_a_walk_of_an_hour_looked_at_in_whole_is_what_its_pieces_are_together() -> None:
    lot = random.Random(7)
    walk = [
        (1, lot.uniform(-1, 2.4), lot.uniform(-9, 9), lot.choice([3.0, 8.0, 17.0, 30.0]), False)
        for _ in range(3600)
    ]
    ways = looked(walked(walk))
    together: dict[tuple[int, int], Sighting] = {}
    for begin in range(0, len(ways), 40):
        for seen in sight(ways.take(np.arange(begin, min(len(ways), begin + 40))), STREET, day_of=SHANGHAI):
            key = (seen.zone_id, seen.slot_s)
            together[key] = merge(together[key], seen) if key in together else seen
    whole = sight(ways, STREET, day_of=SHANGHAI)
    assert {(s.zone_id, s.slot_s): s for s in whole} == together
    assert any("1" in s.probable and "1" not in s.certain for s in whole), "some cells are never certain"


def test_two_versions_of_one_strip_are_seen_on_either_side_of_midnight() -> None:
    rows = walked([(10, 0.0, 0.0, 4.0, False)] * 90)
    got = visits(rebuilt(rows).values(), [], LENGTHS)
    old, new = (next(v for v in got if v.zone_id == zone) for zone in (1, 25))
    assert (old.to_s, new.from_s) == (seconds("2027-01-01T00:00:00+08:00"),) * 2
    assert new.to_s == rows[-1][0] and old.from_s == rows[0][0]


def island(zone_id: int, *spans: tuple[float, float], bits: str = "00000") -> list[Sighting]:
    return [Sighting(zone_id, int(a // SLOT_S) * SLOT_S, a, b, "00000", bits) for a, b in spans]


@pytest.mark.parametrize(
    ("sightings", "marks", "wanted"),
    [
        # A glimpse is none; half of the cells or ten seconds make one.
        (island(1, (0, 9), bits="11000"), [], []),
        (island(1, (0, 9), bits="11100"), [], [(0, 9, "patrol", False, 6.0)]),
        (island(1, (0, 10), bits="10000"), [], [(0, 10, "patrol", False, 2.0)]),
        # Five minutes of absence are still the same visit, a little more is another.
        (island(1, (0, 10), (310, 320), bits="10000"), [], [(0, 320, "patrol", False, 2.0)]),
        (island(1, (0, 10), (310.5, 321), bits="10000"), [],
         [(0, 10, "patrol", False, 2.0), (310.5, 321, "patrol", False, 2.0)]),
        # A mark is a visit by itself, gives its kind to one it lies in, and bridges an absence.
        ([], [Mark(1, 50, "service")], [(50, 50, "service", True, 0.0)]),
        (island(1, (0, 9), bits="11000"), [Mark(1, 100, "service")], [(0, 100, "service", True, 4.0)]),
        (island(1, (0, 20), bits="11000"), [Mark(1, 5, "service"), Mark(1, 300, "inspection")],
         [(0, 300, "inspection", True, 4.0)]),
        (island(1, (0, 10), (500, 520), bits="10000"), [Mark(1, 250, "inspection")],
         [(0, 520, "inspection", True, 2.0)]),
        (island(1, (0, 10), bits="10000"), [Mark(2, 5, "inspection")],
         [(0, 10, "patrol", False, 2.0), (5, 5, "inspection", True, 0.0)]),
    ],
)  # fmt: skip
def test_an_island_is_a_visit_when_somebody_stayed_saw_enough_or_left_a_mark(
    sightings: list[Sighting], marks: list[Mark], wanted: list[tuple[float, float, str, bool, float]]
) -> None:
    got: list[Visit] = visits(sightings, marks, {1: 10.0}, SightSettings())
    assert [(v.from_s, v.to_s, v.kind, v.certain, v.probable_m) for v in got] == wanted
