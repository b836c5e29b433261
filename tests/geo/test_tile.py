"""Tiles and keys: held to PROJ, to each other, and to the rule that a tile is one range of keys."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geo.tile import (
    KEY_ZOOM,
    LAT_MAX_DEG,
    Tile,
    TileRefused,
    centres_m,
    from_mercator,
    interleave,
    keys_of,
    ranges_over,
    tiles_over,
    to_mercator,
)

LONGITUDES = st.floats(-180, 179.999999)
LATITUDES = st.floats(-85.05, 85.05)


def tile_of(lon: float, lat: float, zoom: int) -> Tile:
    (tile,) = tiles_over(lon, lat, lon, lat, zoom)
    return tile


def test_metres_are_those_of_proj_within_a_micrometre() -> None:
    lot = np.random.default_rng(1)
    lon, lat = lot.uniform(-180, 180, 500), lot.uniform(-85, 85, 500)
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    ours = to_mercator(lon, lat)
    assert np.abs(ours[0] - x).max() < 1e-6
    assert np.abs(ours[1] - y).max() < 1e-6
    back = from_mercator(*ours)
    assert np.abs(back[0] - lon).max() < 1e-10
    assert np.abs(back[1] - lat).max() < 1e-10


def test_a_pole_is_taken_as_the_edge_of_the_world() -> None:
    _, y = to_mercator(np.array([0.0, 0.0]), np.array([90.0, -90.0]))
    assert y == pytest.approx([20037508.342789, -20037508.342789])
    assert tile_of(0, 90, 3).y == 0
    assert tile_of(0, -90, 3).y == 7


@pytest.mark.parametrize(
    "z, x, y", [(-1, 0, 0), (25, 0, 0), (40, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0), (0, 0, 1)]
)
def test_numbers_that_name_no_tile_are_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(TileRefused):
        Tile(z, x, y)


@given(LONGITUDES, LATITUDES, st.integers(0, KEY_ZOOM))
def test_the_key_of_a_point_lies_in_the_range_of_its_tile_and_of_no_neighbour(
    lon: float, lat: float, zoom: int
) -> None:
    key, tile = int(keys_of(np.array([lon]), np.array([lat]))[0]), tile_of(lon, lat, zoom)
    first, end = tile.keys()
    assert first <= key < end
    beside = Tile(zoom, (tile.x + 1) % (1 << zoom), tile.y)
    if beside != tile:
        assert not beside.keys()[0] <= key < beside.keys()[1]


@given(LONGITUDES, LATITUDES, st.integers(0, 22))
def test_a_point_lies_within_the_bounds_of_its_tile(lon: float, lat: float, zoom: int) -> None:
    west, south, east, north = tile_of(lon, lat, zoom).bounds_deg
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9


@given(st.integers(0, 2**18 - 1), st.integers(0, 2**18 - 1))
def test_the_middle_of_a_cell_is_told_from_its_key(x: int, y: int) -> None:
    east, north = centres_m(interleave(np.array([x]), np.array([y])), 18)
    bounds = Tile(18, x, y).bounds_m
    assert float(east[0]) == pytest.approx((bounds[0] + bounds[2]) / 2, abs=1e-6)
    assert float(north[0]) == pytest.approx((bounds[1] + bounds[3]) / 2, abs=1e-6)


def test_the_children_of_a_tile_share_out_its_range() -> None:
    parent = Tile(14, 13702, 6649)
    children = [Tile(15, 2 * parent.x + i, 2 * parent.y + j) for j in (0, 1) for i in (0, 1)]
    ranges = sorted(child.keys() for child in children)
    assert ranges[0][0] == parent.keys()[0]
    assert ranges[-1][1] == parent.keys()[1]
    assert all(before[1] == after[0] for before, after in zip(ranges, ranges[1:], strict=False))
    with pytest.raises(TileRefused):
        parent.keys(zoom=13)


def test_the_tiles_over_a_rectangle_are_all_it_touches() -> None:
    tile = Tile(14, 13702, 6649)
    west, south, east, north = tile.bounds_deg
    inside = 1e-6
    assert tiles_over(west + inside, south + inside, east - inside, north - inside, 14) == [tile]
    around = tiles_over(west - inside, south - inside, east + inside, north + inside, 14)
    assert {(one.x - tile.x, one.y - tile.y) for one in around} == {
        (i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)
    }
    assert tiles_over(-180, -90, 180, 90, 0) == [Tile(0, 0, 0)]
    assert LAT_MAX_DEG == pytest.approx(85.0511287798066)


def held(lon: float, lat: float, ranges: list[tuple[int, int]]) -> bool:
    key = int(keys_of(np.array([lon]), np.array([lat]))[0])
    return any(first <= key < last for first, last in ranges)


@given(
    west=st.floats(-180, 180),
    south=st.floats(-90, 90),
    width=st.floats(0, 360) | st.floats(0, 0.01),
    height=st.floats(0, 180) | st.floats(0, 0.01),
    shares=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=9),
)
def test_every_point_of_a_rectangle_lies_in_its_ranges(
    west: float, south: float, width: float, height: float, shares: list[tuple[float, float]]
) -> None:
    east, north = min(west + width, 180.0), min(south + height, 90.0)
    ranges = ranges_over(west, south, east, north)
    assert 1 <= len(ranges) <= 16
    assert all(one[0] < one[1] < two[0] for one, two in pairwise([*ranges, (1 << 50, 0)]))
    for across, up in [(0, 0), (0, 1), (1, 0), (1, 1), *shares]:
        lon = min(west + across * (east - west), east)
        lat = min(south + up * (north - south), north)
        assert held(lon, lat, ranges)


def test_ranges_hold_little_beyond_their_rectangle() -> None:
    ranges = ranges_over(121.07, 32.06, 121.08, 32.07)
    # Some 950 by 1110 m, in cells of 2 m.
    cells = sum(last - first for first, last in ranges)
    assert cells * 2.03**2 < 4 * 950 * 1110
    assert not held(121.1, 32.065, ranges)
