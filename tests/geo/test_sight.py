"""Axes and cells of fronts: along the street, on its side, the same to the last digit whatever else is in the index."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point
from shapely.geometry.base import BaseGeometry

from geo.sight import CELLS_MAX, cell_count, cells, front_axis
from tests.geo.traces import fronts

STREET = LineString([(-100, 0), (200, 0)])


@pytest.mark.parametrize(
    ("area", "street", "wanted"),
    [
        (shapely.box(0, 5, 30, 13), STREET, [(0, 9), (30, 9)]),
        # Narrow and deep: what faces the street counts, not the longer way.
        (shapely.box(0, 5, 10, 65), STREET, [(0, 9), (10, 9)]),
        (shapely.box(0, -65, 10, -5), STREET, [(0, -9), (10, -9)]),
        (MultiPolygon([shapely.box(0, 5, 10, 13), shapely.box(20, 5, 30, 13)]), STREET, [(0, 9), (30, 9)]),
        # Round a corner the axis goes with the street.
        (
            shapely.Polygon([(-8, 4), (4, 4), (4, -8), (12, -8), (12, 12), (-8, 12)]),
            LineString([(-50, 0), (0, 0), (0, -50)]),
            [(-3.75, 4.25), (4.25, 4.25), (4.25, -3.75)],
        ),
        # Beyond the end of its street, or without one: the long way.
        (shapely.box(300, 5, 330, 13), STREET, [(300, 9), (330, 9)]),
        (shapely.box(0, 0, 8, 30), None, [(4, 0), (4, 30)]),
        (LineString([(3, 1), (0, 5)]), None, [(0, 5), (3, 1)]),
        (Point(1, 2), STREET, [(1, 2), (1, 2)]),
    ],
)  # fmt: skip
def test_the_axis_goes_along_the_street_through_the_side_that_faces_it(
    area: BaseGeometry, street: LineString | None, wanted: list[tuple[float, float]]
) -> None:
    got = shapely.get_coordinates(front_axis(area, street))
    assert got.tolist() == pytest.approx(np.array(wanted))


def test_a_street_that_winds_says_nothing_about_the_front() -> None:
    winding = LineString([(0, 0), (0, 500), (10, 500), (10, 0)])
    assert front_axis(shapely.box(-2, -2, 12, 4), winding).length == pytest.approx(14)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-3.2, 3.2), st.floats(4, 200), st.floats(2, 20), st.floats(3.4e6, 3.6e6), st.booleans(), st.booleans()
)  # fmt: skip
def test_the_axis_of_a_strip_is_as_long_as_its_front_however_it_is_turned_or_drawn(
    turn: float, front_m: float, depth_m: float, north: float, reversed_street: bool, reversed_ring: bool
) -> None:
    def turned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        c, s = np.cos(turn), np.sin(turn)
        return [(6e5 + c * x - s * y, north + s * x + c * y) for x, y in points]

    ring = turned([(0, 5), (front_m, 5), (front_m, 5 + depth_m), (0, 5 + depth_m)])
    street = turned([(-100, 0), (400, 0)])
    area = shapely.Polygon(ring[::-1] if reversed_ring else ring)
    axis = front_axis(area, LineString(street[::-1] if reversed_street else street))
    assert axis.length == pytest.approx(front_m, abs=0.003)
    assert axis.distance(LineString(street)) == pytest.approx(5 + min(depth_m / 2, 4), abs=0.003)
    same = front_axis(shapely.Polygon(ring), LineString(street))
    assert np.abs(shapely.get_coordinates(axis) - shapely.get_coordinates(same)).max() <= 0.002


@given(st.floats(0, 2000))
def test_cells_are_about_a_metre_and_share_the_whole_axis(length_m: float) -> None:
    axis = LineString([(0, 0), (length_m, 0)])
    found = cells(axis)
    assert len(found) == cell_count(axis.length) <= CELLS_MAX
    assert found[:, 0].mean() == pytest.approx(length_m / 2, abs=1e-6)
    if 1 <= length_m <= CELLS_MAX:
        assert 0.66 <= length_m / len(found) <= 1.5


def test_cells_of_an_axis_are_the_same_to_the_last_digit_whatever_else_is_in_the_index() -> None:
    lot = np.random.default_rng(6)
    axes = [
        front_axis(LineString(6e5 + lot.uniform(0, 90, (size, 2)).cumsum(axis=0)), None)
        if size == 2
        else LineString(np.round(6e5 + lot.uniform(0, 40, (size, 2)).cumsum(axis=0), 3))
        for size in lot.integers(2, 6, 200).tolist()
    ]
    index = fronts(axes)
    for n, axis in enumerate(axes):
        here = slice(index.offsets[n], index.offsets[n + 1])
        alone = cells(axis)
        assert (index.cell_x[here].tolist(), index.cell_y[here].tolist()) == tuple(alone.T.tolist())
