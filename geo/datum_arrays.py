"""Whole arrays of coordinates from GCJ-02 and BD-09 to WGS-84: what `geo.datum` does to one position, for a layer.

The formulas and the stopping rule are those of `geo.datum`, whose scalar twin the tests hold it to; a million
vertices take a second instead of half a minute. Single positions stay with `geo.datum`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo import datum as one
from geo.datum import INVERSE_MAX_ROUNDS, INVERSE_TOLERANCE_DEG, Datum

Degrees = NDArray[np.float64]
_MARGIN_DEG: Final = 0.05


def to_wgs84(lon: Degrees, lat: Degrees, datum: Datum) -> tuple[Degrees, Degrees]:
    """Longitudes and latitudes told in `datum`, as WGS-84.

    Args:
        lon, lat: degrees, arrays of one length; NaN stays NaN.
        datum: what they are told in; WGS-84 and CGCS2000 change nothing, as `geo.datum.convert` states.
    Returns:
        new arrays, equal to `geo.datum.convert` position by position within 1e-10 degrees (0.01 mm, tested).

    >>> lon, lat = to_wgs84(np.array([121.0745]), np.array([32.068]), Datum.GCJ02)
    >>> abs(float(lon[0]) - one.convert(one.Position(121.0745, 32.068, Datum.GCJ02), Datum.WGS84).lon) < 1e-10
    True
    """
    if datum is Datum.BD09:
        return _gcj02_to_wgs84(*_bd09_to_gcj02(lon, lat))
    if datum is Datum.GCJ02:
        return _gcj02_to_wgs84(lon, lat)
    return lon.copy(), lat.copy()


def _in_box(lon: Degrees, lat: Degrees, margin_deg: float = 0.0) -> NDArray[np.bool_]:
    west, east, south, north = one._WEST, one._EAST, one._SOUTH, one._NORTH
    inside: NDArray[np.bool_] = (
        (west - margin_deg <= lon)
        & (lon <= east + margin_deg)
        & (south - margin_deg <= lat)
        & (lat <= north + margin_deg)
    )
    return inside


def _offset_deg(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 minus WGS-84 in degrees at WGS-84 points: `geo.datum._offset_deg` on arrays."""
    sin = np.sin
    x, y = lon - 105.0, lat - 35.0
    px, py = x * math.pi, y * math.pi
    root = np.sqrt(np.abs(x))
    ripple = 40.0 / 3.0 * (sin(6.0 * px) + sin(2.0 * px))
    north_m = (
        -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + ripple
        + 40.0 / 3.0 * (sin(py) + 2.0 * sin(py / 3.0))
        + 320.0 / 3.0 * (sin(py / 12.0) + 2.0 * sin(py / 30.0))
    )
    east_m = (
        300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + ripple
        + 40.0 / 3.0 * (sin(px) + 2.0 * sin(px / 3.0))
        + 100.0 * (sin(px / 12.0) + 2.0 * sin(px / 30.0))
    )
    phi = np.radians(lat)
    w2 = 1.0 - one._KRASOVSKY_E2 * sin(phi) ** 2
    w = np.sqrt(w2)
    meridian_m = one._KRASOVSKY_A_M * (1.0 - one._KRASOVSKY_E2) / (w2 * w)
    parallel_m = one._KRASOVSKY_A_M / w * np.cos(phi)
    return np.degrees(east_m / parallel_m), np.degrees(north_m / meridian_m)


def _gcj02_to_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    out_lon, out_lat = lon.copy(), lat.copy()
    # Far from China, at a pole above all, the polynomial runs away.
    near = np.flatnonzero(_in_box(lon, lat, _MARGIN_DEG))
    if near.size == 0:
        return out_lon, out_lat
    told_lon, told_lat = lon[near], lat[near]
    guess_lon, guess_lat = told_lon.copy(), told_lat.copy()
    for _ in range(INVERSE_MAX_ROUNDS):
        d_lon, d_lat = _offset_deg(guess_lon, guess_lat)
        next_lon, next_lat = told_lon - d_lon, told_lat - d_lat
        moved_deg = np.abs(next_lon - guess_lon) + np.abs(next_lat - guess_lat)
        guess_lon, guess_lat = next_lon, next_lat
        if float(moved_deg.max()) < INVERSE_TOLERANCE_DEG:
            break
    inside = _in_box(guess_lon, guess_lat)
    out_lon[near] = np.where(inside, guess_lon, told_lon)
    out_lat[near] = np.where(inside, guess_lat, told_lat)
    return out_lon, out_lat


def _gcj02_to_bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * one._BD_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * one._BD_WAVE)
    return radius * np.cos(angle) + one._BD_LON, radius * np.sin(angle) + one._BD_LAT


def _bd09_to_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    guess_lon, guess_lat = lon - one._BD_LON, lat - one._BD_LAT
    if lon.size == 0:
        return guess_lon, guess_lat
    for _ in range(INVERSE_MAX_ROUNDS):
        told_lon, told_lat = _gcj02_to_bd09(guess_lon, guess_lat)
        d_lon, d_lat = lon - told_lon, lat - told_lat
        guess_lon, guess_lat = guess_lon + d_lon, guess_lat + d_lat
        if float(np.nanmax(np.abs(d_lon) + np.abs(d_lat), initial=0.0)) < INVERSE_TOLERANCE_DEG:
            break
    return guess_lon, guess_lat
