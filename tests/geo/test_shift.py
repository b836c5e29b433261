"""Geometries for base maps of another datum: equal to the scalar conversions and to an independent oracle."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.datum import Datum, Position, convert
from geo.datum_arrays import from_wgs84
from geo.shift import to_plane, window_deg
from geo.tile import Tile, tiles_over, to_mercator

_DATA = Path(__file__).parent / "data" / "datum_oracle.csv"
ORACLE = list(csv.DictReader(_DATA.read_text(encoding="utf-8").splitlines()))
SHIFTED = (Datum.GCJ02, Datum.BD09)


@pytest.mark.parametrize("datum", SHIFTED)
def test_whole_arrays_are_told_as_the_oracle_tells_them(datum: Datum) -> None:
    lon, lat = (np.array([float(row[f"wgs84_{axis}"]) for row in ORACLE]) for axis in ("lng", "lat"))
    told = from_wgs84(lon, lat, datum)
    for axis, got in zip(("lng", "lat"), told, strict=True):
        wanted = np.array([float(row[f"{datum.value}_{axis}"]) for row in ORACLE])
        assert np.abs(got - wanted).max() < 2e-9


@pytest.mark.parametrize("datum", list(Datum))
def test_whole_arrays_are_told_as_single_positions_are(datum: Datum) -> None:
    lot = np.random.default_rng(2)
    lon, lat = lot.uniform(-179, 179, 400), lot.uniform(-84, 84, 400)
    got = from_wgs84(lon, lat, datum)
    for i in range(400):
        one = convert(Position(float(lon[i]), float(lat[i]), Datum.WGS84), datum)
        assert (got[0][i], got[1][i]) == pytest.approx((one.lon, one.lat), abs=1e-10)


def test_an_area_keeps_its_rings_and_every_vertex_moves() -> None:
    area = shapely.from_wkt("POLYGON ((121.07 32.07, 121.08 32.07, 121.08 32.08, 121.07 32.07))")
    (moved,) = to_plane(np.array([area]), Datum.GCJ02)
    corners = [
        convert(Position(lon, lat, Datum.WGS84), Datum.GCJ02) for lon, lat in shapely.get_coordinates(area)
    ]
    x, y = to_mercator(np.array([c.lon for c in corners]), np.array([c.lat for c in corners]))
    assert np.abs(shapely.get_coordinates(moved) - np.column_stack([x, y])).max() < 1e-6


@settings(max_examples=60)
@given(
    st.sampled_from(SHIFTED),
    st.floats(73.5, 135.0),
    st.floats(18.0, 53.0),
    st.integers(2, 18),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_whatever_a_tile_shows_lies_in_its_window(
    datum: Datum, lon: float, lat: float, zoom: int, across: float, down: float
) -> None:
    (tile,) = tiles_over(lon, lat, lon, lat, zoom)
    west, south, east, north = tile.bounds_deg
    # Within the tile, to the last bit of a degree.
    shown = Position(
        min(max(west + across * (east - west), -180.0), 180.0), south + down * (north - south), datum
    )
    here = convert(shown, Datum.WGS84)
    window = window_deg(tile, datum, margin=0.0)
    assert window[0] <= here.lon <= window[2]
    assert window[1] <= here.lat <= window[3]


def test_a_window_is_little_larger_than_its_tile() -> None:
    tile = Tile(16, 54809, 26597)
    for datum in SHIFTED:
        window = window_deg(tile, datum, margin=0.0)
        assert (window[2] - window[0]) < 1.2 * (tile.bounds_deg[2] - tile.bounds_deg[0])
    assert window_deg(tile, Datum.WGS84, margin=0.0) == pytest.approx(tile.bounds_deg, abs=1e-12)
