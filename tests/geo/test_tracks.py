"""Flags and segments of a real trace: each flag on the fix it belongs to and on no other, wherever the trace is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.metric import MetricPlane
from geo.tracks import (
    Fixes,
    Flag,
    Row,
    TrackSettings,
    judge,
    judge_reach_s,
    length_m,
    seeing_context,
    segments,
    sound,
    stops,
    wire,
)
from tests.geo.traces import GPX_PLANE, clock, lake_rows, seconds, taken

ROWS = lake_rows()
WALK = [row for row in ROWS if seconds("14:55:51") <= row[0] <= seconds("15:02:42")]
"""Seven minutes on foot, a fix every seven to nine seconds."""
KM = 1 / 111.2
"""A kilometre of latitude in degrees."""


def flagged(rows: Sequence[Row]) -> dict[int, list[str]]:
    """What is flagged, by the place of the row."""
    return {n: wire(int(told)) for n, told in enumerate(judge(Fixes.of(rows))) if told}


def altered(rows: Sequence[Row], where: Mapping[int, Mapping[str, object]]) -> list[Row]:
    names = ("at_s", "lon", "lat", "accuracy_m", "mock", "received_s", "on_duty")
    return [
        tuple({**dict(zip(names, row, strict=True)), **where.get(n, {})}.values())  # type: ignore[misc]
        for n, row in enumerate(rows)
    ]


def north(row: Row, km: float) -> dict[str, object]:
    return {"lat": row[2] + km * KM}


def test_of_the_whole_trace_only_the_fix_behind_the_break_is_a_jump() -> None:
    assert {clock(ROWS[n][0]): told for n, told in flagged(ROWS).items()} == {"15:40:02": ["jump"]}


def test_a_spike_is_a_jump_and_its_neighbours_are_not() -> None:
    assert flagged(altered(WALK, {9: north(WALK[9], 0.5)})) == {9: ["jump"]}


def test_a_spike_too_near_for_its_far_neighbours_is_held_against_the_adjacent_two() -> None:
    dense = [(float(n), 14.36, 45.767 + n * 1.26e-5, 5.0, False, float(n), True) for n in range(20)]
    assert flagged(altered(dense, {9: north(dense[9], 0.07)})) == {9: ["jump"]}


def test_every_fix_of_a_burst_elsewhere_is_a_jump() -> None:
    assert flagged(altered(WALK, {n: north(WALK[n], 5) for n in (9, 10, 11)})) == {
        n: ["jump"] for n in (9, 10, 11)
    }


def test_a_phone_that_starts_with_a_place_far_away_jumps_there_and_is_believed_after() -> None:
    assert flagged(altered(WALK, {n: north(WALK[n], 50) for n in (0, 1)})) == {0: ["jump"], 1: ["jump"]}


def test_of_two_that_contradict_each_other_both_are_doubted_until_a_third_decides() -> None:
    pair = altered(WALK[:2], {1: north(WALK[1], 5)})
    assert flagged(pair) == {0: ["jump"], 1: ["jump"]}
    assert flagged([*pair, WALK[2]]) == {1: ["jump"]}


@pytest.mark.parametrize(
    ("told", "flags"),
    [
        ({"received_s": WALK[9][0] - 61}, ["future"]),
        ({"received_s": WALK[9][0] - 59}, []),
        ({"received_s": WALK[9][0] + 7 * 86_400 + 1}, ["past"]),
        ({"accuracy_m": 10_000.0}, ["poor_accuracy"]),
        ({"accuracy_m": 50.0}, []),
        ({"accuracy_m": 0.0}, []),
        ({"mock": True}, ["mock"]),
        ({"lon": 0.0, "lat": 0.0}, ["zero"]),
        ({"lon": WALK[8][1], "lat": WALK[8][2]}, ["duplicate"]),
        ({"on_duty": False}, ["outside_duty"]),
    ],
)  # fmt: skip
def test_one_altered_fix_of_the_walk_gets_its_flag_and_no_other_does(
    told: dict[str, object], flags: list[str]
) -> None:
    assert flagged(altered(WALK, {9: told})) == ({9: flags} if flags else {})


def test_the_ride_at_four_times_its_speed_is_over_speed_and_sees_nothing() -> None:
    ride = [row for row in ROWS if seconds("15:13:17") <= row[0] <= seconds("15:13:39")]
    fast = altered(ride, {n: {"at_s": ride[0][0] + (row[0] - ride[0][0]) / 4} for n, row in enumerate(ride)})
    fixes = Fixes.of(fast)
    flags = judge(fixes)
    assert {*flags.tolist()} == {int(Flag.OVERSPEED)}
    assert len(segments(fixes, flags, GPX_PLANE)) == 0
    slow = Fixes.of(ride)
    assert length_m(segments(slow, judge(slow), GPX_PLANE)) == pytest.approx(174, abs=3)


def test_a_phone_that_lies_still_for_twenty_minutes_is_static_and_still_sees() -> None:
    here, there = (row for row in ROWS if row[0] in (seconds("14:52:02"), seconds("14:52:23")))
    lying = [
        (seconds("14:52:02") + 30 * n, *(here, there)[n % 2][1:5], seconds("15:20:00"), True)
        for n in range(42)
    ]
    assert flagged(lying) == {n: ["static"] for n in range(42)}
    assert flagged(lying[:-2]) == {}
    fixes = Fixes.of(lying)
    assert len(segments(fixes, judge(fixes), GPX_PLANE)) == 41


def test_the_way_is_joined_where_it_is_known_and_nowhere_else() -> None:
    fixes = Fixes.of(ROWS)
    ways = segments(fixes, judge(fixes), GPX_PLANE)
    joined = {clock(begin) for begin, end in zip(ways.start_s, ways.end_s, strict=True) if end > begin}
    assert {"14:58:53", "15:03:17", "15:13:21"} <= joined, (
        "on foot, on foot with 43 s between, on the bicycle"
    )
    assert not {"14:31:29", "15:05:08"} & joined, "122 s and 388 s between"
    assert not {"15:39:16", "15:40:00", "15:40:02"} & joined, "309 m between, the break, the jump"
    assert not {"15:40:18", "15:40:36"} & joined, "downhill at 11 m/s"
    alone = {clock(begin) for begin, end in zip(ways.start_s, ways.end_s, strict=True) if end == begin}
    assert alone == {"15:58:31", "16:01:52", "16:12:38", "16:15:46"}, "more than two minutes on either side"


def test_only_the_worse_accuracy_of_both_ends_counts_and_an_unknown_one_is_assumed() -> None:
    fixes = Fixes.of(altered(WALK, {3: {"accuracy_m": 20.0}, 9: {"accuracy_m": None}}))
    ways = segments(fixes, judge(fixes), GPX_PLANE)
    assert ways.accuracy_m[:10].tolist() == [5, 5, 20, 20, 5, 5, 5, 5, 30, 30]


def test_stops_are_where_the_walker_stayed_through_silences_too() -> None:
    fixes = Fixes.of(ROWS)
    found = [(clock(s.from_s), clock(s.to_s)) for s in stops(fixes, judge(fixes), GPX_PLANE)]
    assert ("14:36:47", "14:40:44") in found and ("15:05:08", "15:12:19") in found
    assert all(begin >= "16:00" or begin in ("14:36:47", "15:05:08") for begin, _ in found)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        WALK[:1],
        [(0.0, 0.0, 0.0, None, True, 0.0, False)],
        [(0.0, 179.9999, 89.9999, 1e9, False, 0.0, True), (1.0, -179.9999, -90.0, 0.0, False, 0.0, True)],
        [(-6e10, 121.0, 32.0, 5.0, False, 0.0, True), (2e11, 121.0, 32.0, 5.0, False, 0.0, True)],
    ],
)
def test_the_odd_and_the_empty_are_judged_without_an_error(rows: list[Row]) -> None:
    fixes = Fixes.of(rows)
    ways = segments(fixes, judge(fixes), MetricPlane(4549))
    assert len(judge(fixes)) == len(fixes) == len(rows)
    assert np.isfinite(ways.x0).all()
    assert len(stops(fixes, judge(fixes), MetricPlane(4549))) <= 1


def test_a_walk_over_the_antimeridian_is_no_jump() -> None:
    step = 1.3e-5
    rows = [
        (float(n), 180 - step * (10 - n) if n <= 10 else -180 + step * (n - 10), 10.0, 5.0, False, 0.0, True)
        for n in range(20)
    ]
    assert flagged(rows) == {}


ODD: list[dict[str, Any]] = [
    {"mock": True},
    {"accuracy_m": 900.0},
    {"lon": 0.0, "lat": 0.0},
    {"lat": 45.775},
    {"lat": 45.9},
]
disturbed = st.lists(
    st.tuples(st.integers(0, len(ROWS) - 1), st.sampled_from(ODD)),
    max_size=25,
).map(lambda changes: altered(ROWS, dict(changes)))
# Dense where the trace is dense: cuts fall between fixes, between tracks and inside bursts.
cuts = st.tuples(st.integers(0, len(ROWS) - 1), st.integers(0, 60))
SHORT = TrackSettings(static_after_s=240.0)


@settings(max_examples=40, deadline=None)
@given(disturbed, cuts)
def test_a_cut_with_its_reach_is_judged_as_in_the_whole(rows: list[Row], cut: tuple[int, int]) -> None:
    fixes = Fixes.of(rows)
    inner = slice(cut[0], min(len(rows), cut[0] + cut[1] + 1))
    reach_s = judge_reach_s(SHORT)
    within = (fixes.at_s >= fixes.at_s[inner][0] - reach_s) & (fixes.at_s <= fixes.at_s[inner][-1] + reach_s)
    part = taken(fixes, np.flatnonzero(within))
    here = np.isin(part.at_s, fixes.at_s[inner])
    assert judge(part, SHORT)[here].tolist() == judge(fixes, SHORT)[inner].tolist()


@settings(max_examples=60, deadline=None)
@given(disturbed, cuts)
def test_a_cut_with_its_context_of_sound_fixes_is_joined_as_in_the_whole(
    rows: list[Row], cut: tuple[int, int]
) -> None:
    fixes = Fixes.of(rows)
    context, fit = seeing_context(), np.flatnonzero(sound(fixes))
    begin, end = fixes.at_s[cut[0]], fixes.at_s[min(len(rows) - 1, sum(cut))]
    first = max(0, np.searchsorted(fixes.at_s[fit], begin - context.within_s) - context.fixes)
    last = np.searchsorted(fixes.at_s[fit], end + context.within_s, "right") + context.fixes
    part = taken(fixes, fit[first:last])
    found = [segments(some, judge(some), GPX_PLANE) for some in (part, fixes)]
    inner = [ways.take((ways.start_s >= begin) & (ways.end_s <= end)) for ways in found]
    for name in ("start_s", "end_s", "x0", "y0", "x1", "y1", "accuracy_m"):
        assert getattr(inner[0], name).tolist() == getattr(inner[1], name).tolist()
