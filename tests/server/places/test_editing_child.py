"""Cutting and uniting: properties of what is computed, and the limits of the child that computes it."""

from __future__ import annotations

import math
import random
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from shapely.geometry import LineString, Polygon, box
from sqlalchemy import Engine

from server.places.editing import limited
from server.places.editing.cutting import CutRefused, Ground, border, merge, overlaps, reshape, split
from server.places.editing.limited import ChildBusy, ChildOverLimit, LimitedChild
from tests.postgres import METRIC_SRID
from tests.server.places.plots import PLANE, X0, Y0, Desk, SignIn, draw_street, plot

MIB = 1024 * 1024


def degrees(shape: Any) -> Any:
    """Metres from the corner to WGS-84."""
    return shapely.transform(
        shape,
        lambda points: shapely.get_coordinates(
            shapely.points([PLANE.inverse(X0 + x, Y0 + y) for x, y in points])
        ),
    )


def ground() -> Ground:
    return Ground(PLANE)


@st.composite
def blobs(draw: Any) -> Polygon:
    """A star-shaped polygon of 5 to 60 corners, 5 to 400 m wide, anywhere within a kilometre."""
    corners = draw(st.integers(5, 60))
    size_m = draw(st.floats(5, 400))
    chance = random.Random(draw(st.integers(0, 2**32)))
    turns = sorted((number + 0.8 * chance.random()) * math.tau / corners for number in range(corners))
    spokes = [size_m * (0.4 + 0.6 * chance.random()) for _ in turns]
    shape = Polygon([(r * math.cos(turn), r * math.sin(turn)) for r, turn in zip(spokes, turns, strict=True)])
    return translate(shape, draw(st.floats(-1000, 1000)), draw(st.floats(-1000, 1000)))


def chord(shape: Any, turn: float) -> LineString:
    """A straight line through the middle of a shape and beyond it."""
    middle = shape.centroid
    return rotate(LineString([(middle.x - 2000, middle.y), (middle.x + 2000, middle.y)]), turn, middle)


@settings(max_examples=30, deadline=None)
@given(blobs(), st.floats(0, 180))
def test_what_is_cut_covers_what_there_was_and_united_again_is_the_same(shape: Polygon, turn: float) -> None:
    zone, line = degrees(shape), degrees(chord(shape, turn))
    try:
        parts = split(ground(), zone, line)
    except CutRefused as refused:
        assert refused.members["reason"] == "not_in_two" and len(refused.members["parts"]) > 2
        return
    metric = ground()
    whole = metric.metric(zone)
    first, second = (metric.metric(part) for part in parts)
    assert first.area >= second.area
    assert shapely.intersection(first, second).area < 1e-6
    assert shapely.symmetric_difference(shapely.union(first, second), whole).area < 1e-6
    # Corners that stay keep every digit.
    kept = {tuple(point) for point in shapely.get_coordinates(zone)}
    assert kept <= {tuple(point) for part in parts for point in shapely.get_coordinates(part)}
    again = merge(ground(), parts)
    assert shapely.symmetric_difference(ground().metric(again), whole).area < 1e-6


@settings(max_examples=20, deadline=None)
@given(blobs(), st.floats(0, 180), st.floats(-15, 15))
def test_a_border_turned_about_tears_nothing(shape: Polygon, turn: float, by: float) -> None:
    zone = degrees(shape)
    try:
        zones = split(ground(), zone, degrees(chord(shape, turn)))
        moved = border(ground(), zones, degrees(chord(shape, turn + by)))
    except CutRefused as refused:
        assert refused.members["reason"] == "not_in_two"
        return
    reshape(ground(), zones, moved)
    metric = ground()
    for before, after, other in zip(zones, moved, reversed(moved), strict=True):
        shares = [shapely.intersection(metric.metric(before), metric.metric(x)).area for x in (after, other)]
        if abs(by) < 5:
            assert shares[0] > shares[1]


def test_a_cut_far_along_a_long_edge_leaves_the_neighbour_no_gap() -> None:
    """A township's edge of a kilometre gets a new corner; the neighbour's edge is still straight."""
    west, east = box(0, 0, 1000, 900), box(1000, -300, 1900, 900)
    parts = split(ground(), degrees(west), degrees(LineString([(-10, 333), (1010, 377)])))
    metric = ground()
    street = metric.metric(degrees(east))
    for part in parts:
        assert shapely.intersection(metric.metric(part), street).area < 1e-6
    row = shapely.union_all([street, *(metric.metric(part) for part in parts)])
    assert row.geom_type == "Polygon" or abs(row.area - shapely.union(west, east).area) < 1e-3


@pytest.mark.parametrize("beside_m", [0.0, 1e-9, 1e-6, 9e-4])
def test_a_line_that_passes_a_corner_within_a_millimetre_goes_through_it(beside_m: float) -> None:
    zone = Polygon([(0, 0), (5, 0), (10, 0), (10, 5), (5, 6), (0, 5)])
    line = LineString([(5 + beside_m, -2), (5, 0 + beside_m), (5, 6 - beside_m), (5 + beside_m, 8)])
    parts = split(ground(), degrees(zone), degrees(line))
    assert [len(shapely.get_coordinates(part)) for part in parts] == [5, 5]


def test_shapes_that_are_not_valid_are_refused_and_not_stored() -> None:
    bow_tie = Polygon([(0, 0), (5, 5), (5, 0), (0, 5)])
    with pytest.raises(CutRefused, match="invalid"):
        reshape(ground(), [degrees(box(0, 0, 5, 5))], [degrees(bow_tie)])
    answer = child().ask(
        {
            "srid": METRIC_SRID,
            "verb": "merge",
            "shapes": [[degrees(bow_tie).wkb_hex, degrees(box(1, 1, 3, 3)).wkb_hex]],
        }
    )
    assert answer["refused"]["reason"] in ("invalid", "not_neighbours")


def test_zones_that_only_touch_at_a_corner_are_no_neighbours() -> None:
    with pytest.raises(CutRefused, match="not_neighbours"):
        merge(ground(), [degrees(box(0, 0, 5, 5)), degrees(box(5, 5, 9, 9))])


def test_ground_is_only_claimed_twice_from_a_square_millimetre_on() -> None:
    zone = degrees(box(0, 0, 10, 5))
    for west_m, found in ((10.0, 0), (10 - 1e-7, 0), (9.999, 1)):
        assert len(overlaps(ground(), [zone], [degrees(box(west_m, 0, 20, 5))])) == found


# --- The child --------------------------------------------------------------------------------------------------


def child(module: str = "server.places.editing.cut_child", **others: Any) -> LimitedChild:
    given = {"timeout_s": 10.0, "memory_bytes": 512 * MIB, "parallel": 2, **others}
    return LimitedChild(module, **given)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`module(body)`: the name of a module the child can be told to run."""

    def make(body: str) -> str:
        (tmp_path / "strange_child.py").write_text(body)
        monkeypatch.setattr("server.places.editing.limited.REPOSITORY", tmp_path)
        return "strange_child"

    return make


def test_a_child_that_takes_too_long_is_killed(module: Any) -> None:
    body = (
        "import os, time, pathlib\n"
        "pathlib.Path(__file__).with_name('pid').write_text(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    asked = child(module(body), timeout_s=1.0)
    with pytest.raises(ChildOverLimit):
        asked.ask({})
    pid = int((limited.REPOSITORY / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()


def test_a_child_that_dies_or_says_nothing_of_use_is_over_its_limit(module: Any) -> None:
    for body in ("import os; os.abort()", "raise MemoryError", "import sys; sys.exit(3)"):
        with pytest.raises(ChildOverLimit):
            child(module(body)).ask({})


def test_the_child_gets_nothing_of_ours(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", "postgresql://secret")
    body = "import json, os; print(json.dumps({'env': dict(os.environ), 'fds': len(os.listdir('/proc/self/fd'))}))"
    answer = child(module(body)).ask({})
    assert "secret" not in str(answer["env"]) and "PATH" not in answer["env"]
    assert answer["fds"] <= 4


def test_a_computation_beyond_its_memory_ends() -> None:
    shapes = [[degrees(box(0, 0, 10, 5)).wkb_hex], [degrees(LineString([(4, -1), (4, 6)])).wkb_hex]]
    request = {"srid": METRIC_SRID, "verb": "split", "shapes": shapes}
    assert len(child().ask(request)["shapes"]) == 2
    with pytest.raises(ChildOverLimit):
        child(memory_bytes=40 * MIB).ask(request)


def test_no_more_children_run_at_once_than_allowed(module: Any) -> None:
    asked = child(module("import time; time.sleep(5)"), timeout_s=1.0, parallel=1)
    first = threading.Thread(target=lambda: pytest.raises(ChildOverLimit, asked.ask, {}))
    first.start()
    while asked._turns._value:
        time.sleep(0.01)
    with pytest.raises((ChildBusy, ChildOverLimit)):
        asked.ask({})
    first.join()
    # Turns are given back, whatever came of them.
    with pytest.raises(ChildOverLimit):
        asked.ask({})


def test_an_edit_whose_shapes_take_too_long_is_refused_and_nothing_is_written(
    client: FlaskClient, owner: Engine, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_street(owner, "A", "B")
    desk = Desk(client, sign_in("zone_manager"))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    answer = desk.send("/zones/frontage/A", {"geometry": plot(0, 9)}, method="PATCH", version=1)
    assert (answer.status_code, answer.json["code"]) == (422, "zone_computing_limit")
    assert desk.zone("A", at="2030-01-01")["properties"]["version"] == 1


def test_pairs_of_a_street_meet_along_whole_edges() -> None:
    """The maker of these tests' streets: neighbours share two corners to the last digit."""
    plots = [plot(10.0 * n, 10.0 * (n + 1)) for n in range(3)]
    for one, other in pairwise(plots):
        shared = {tuple(p) for p in one["coordinates"][0]} & {tuple(p) for p in other["coordinates"][0]}
        assert len(shared) == 2
