"""Positions, the datums they are told in, and the way between WGS-84, CGCS2000, GCJ-02 and BD-09.

A position is converted once, at the door, with an inverse iterated until it stands still; the position as
sent is kept by the caller. Metre work belongs to `geo.metric`, guessing a wrongly declared datum to
`geo.hints`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from numbers import Real
from typing import Any, Final

from pyproj import Geod

WGS84_SRID: Final = 4326
"""SRID of every stored geometry (EPSG:4326, lon-lat order)."""

INVERSE_TOLERANCE_DEG: Final = 1e-11
INVERSE_MAX_ROUNDS: Final = 30

_GEOD = Geod(ellps="WGS84")
_TO_RAD: Final = math.pi / 180.0

# Krasovsky 1940, the ellipsoid on which the GCJ-02 offset in metres is turned into degrees.
_KRASOVSKY_A_M: Final = 6378245.0
_KRASOVSKY_E2: Final = 0.00669342162296594323

# The bounding box of gcoord 1.0.7, which made the oracle; others cut at 3.86 N, which differs only south of
# any land of China.
BOX_DEG: Final = (72.004, 137.8347, 0.8293, 55.8271)
"""West, east, south, north: outside GCJ-02 is unshifted."""
BOX_MARGIN_DEG: Final = 0.05
"""No shift reaches farther than this, and far from China, at a pole above all, the polynomial runs away."""
_WEST, _EAST, _SOUTH, _NORTH = BOX_DEG

_BD_WAVE: Final = math.pi * 3000.0 / 180.0
BD_LON_DEG, BD_LAT_DEG = 0.0065, 0.006


class Datum(StrEnum):
    """The datums a device may declare; the value is what is stored and sent."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class PositionRefused(ValueError):
    """A position that cannot be one: `code` is stable for machines, `message` is for people (zh-CN first)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Position:
    """A point in degrees, in lon-lat order, together with the datum it is told in.

    Args:
        lon: longitude in degrees, -180 to 180 inclusive.
        lat: latitude in degrees, -90 to 90 inclusive.
        datum: the datum of both numbers; a plain string such as "gcj02" is accepted and becomes a `Datum`.

    Raises:
        PositionRefused: `position_not_a_number` (text, bool, None), `position_not_finite` (NaN, infinity, an
        integer too large for a
            float), `position_out_of_range`, `position_datum_unknown`.

    >>> Position(121.07, 32.07, Datum.WGS84)  # Jinsha subdistrict, Tongzhou
    Position(lon=121.07, lat=32.07, datum=<Datum.WGS84: 'wgs84'>)
    """

    lon: float
    lat: float
    datum: Datum

    def __post_init__(self) -> None:
        object.__setattr__(self, "lon", _checked("lon", self.lon, 180.0))
        object.__setattr__(self, "lat", _checked("lat", self.lat, 90.0))
        try:
            object.__setattr__(self, "datum", Datum(self.datum))
        except ValueError:
            raise PositionRefused(
                "position_datum_unknown", f"未知坐标系 {self.datum!r} / unknown datum {self.datum!r}"
            ) from None


def _checked(name: str, value: object, limit_deg: float) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise PositionRefused("position_not_a_number", f"{name} 不是数字 / {name} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise PositionRefused("position_not_finite", f"{name} 不是有限数 / {name} is not finite")
    if not -limit_deg <= number <= limit_deg:
        raise PositionRefused(
            "position_out_of_range",
            f"{name} 超出 ±{limit_deg:g} 度 / {name} is outside ±{limit_deg:g} degrees",
        )
    return number


def convert(position: Position, to: Datum) -> Position:
    """Tell a position in another datum.

    Args:
        position: where, in degrees of its own datum.
        to: the datum wanted.

    Returns:
        The same place in `to`; the very same object when nothing has to change. CGCS2000 is treated as equal
        to WGS-84: the two differ by centimetres to decimetres of plate motion, far under a phone's accuracy.
        Outside the bounding box 72.004-137.8347 E, 0.8293-55.8271 N GCJ-02 is unshifted and BD-09 carries its
        own step only, as common libraries do it; the box is coarse, so Seoul, Hanoi and Manila are shifted
        too. Within about 700 m of the box's edge the inverse is not unique and the inner reading is taken.

    Raises:
        PositionRefused: `position_out_of_range` when BD-09 numbers at a pole or the date line have no reading
        in the other datum.

    Error: there and back under 1e-9 degrees (0.1 mm) inside the box; against the 220 rows of
    tests/geo/data/datum_oracle.csv under 1 mm (measured, tests/geo/test_datum.py). One point: about 7 us for
    GCJ-02 to WGS-84, 10 us for BD-09 to WGS-84.

    Source: the published form of the GCJ-02 offset polynomial and of Baidu's step; one-pass inverses err by
    up to 2.2 m in Tongzhou.

    >>> here = Position(121.0208787, 32.0219703, Datum.WGS84)  # Tongzhou
    >>> there = convert(here, Datum.GCJ02)
    >>> round(there.lon, 6), round(there.lat, 6)
    (121.025406, 32.020039)
    >>> back = convert(there, Datum.WGS84)
    >>> round(back.lon, 7), round(back.lat, 7)
    (121.0208787, 32.0219703)
    """
    if position.datum == to:
        return position
    lon, lat = position.lon, position.lat
    rank_from, rank_to = _STEPS[position.datum], _STEPS[to]
    if rank_from == 2 and rank_to < 2:
        lon, lat = _bd09_to_gcj02(lon, lat)
    if rank_from >= 1 and rank_to == 0:
        lon, lat = _gcj02_to_wgs84(lon, lat)
    if rank_from == 0 and rank_to >= 1:
        lon, lat = _wgs84_to_gcj02(lon, lat)
    if rank_from < 2 and rank_to == 2:
        lon, lat = gcj02_to_bd09(lon, lat)
    return Position(lon, lat, to)


_STEPS: Final = {Datum.WGS84: 0, Datum.CGCS2000: 0, Datum.GCJ02: 1, Datum.BD09: 2}


def distance_m(a: Position, b: Position) -> float:
    """Length in metres of the geodesic on the WGS-84 ellipsoid between two positions of any datum.

    Each position is first read as WGS-84, so the same place told in two datums is 0 m apart (to 0.1 mm).
    Never negative; antipodes give half the meridian. Error under 1 um of the ellipsoidal length (Karney 2013,
    by pyproj.Geod).

    >>> here = Position(121.07, 32.07, Datum.WGS84)
    >>> sent = Position(121.07, 32.07, Datum.GCJ02)  # the same numbers, declared differently
    >>> round(distance_m(here, sent))
    485
    """
    first, second = convert(a, Datum.WGS84), convert(b, Datum.WGS84)
    _, _, length_m = _GEOD.inv(first.lon, first.lat, second.lon, second.lat)
    return float(length_m)


def _in_box(lon: float, lat: float, margin_deg: float = 0.0) -> bool:
    return (
        _WEST - margin_deg <= lon <= _EAST + margin_deg and _SOUTH - margin_deg <= lat <= _NORTH + margin_deg
    )


def offset_deg(lon: Any, lat: Any, fn: Any = math) -> tuple[Any, Any]:
    """GCJ-02 minus WGS-84 in degrees at a WGS-84 point; with `fn` numpy, at each of an array of them."""
    sin = fn.sin
    x, y = lon - 105.0, lat - 35.0
    px, py = x * math.pi, y * math.pi
    root = fn.sqrt(abs(x))
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
    phi = lat * _TO_RAD
    w2 = 1.0 - _KRASOVSKY_E2 * sin(phi) ** 2
    w = fn.sqrt(w2)
    meridian_m = _KRASOVSKY_A_M * (1.0 - _KRASOVSKY_E2) / (w2 * w)
    parallel_m = _KRASOVSKY_A_M / w * fn.cos(phi)
    return east_m / (parallel_m * _TO_RAD), north_m / (meridian_m * _TO_RAD)


def _wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    if not _in_box(lon, lat):
        return lon, lat
    d_lon, d_lat = offset_deg(lon, lat)
    return lon + d_lon, lat + d_lat


def _gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """Fixed point of `wgs = gcj - offset(wgs)`: the offset changes by under 0.5 % of a step, so each round
    gains two digits."""
    if not _in_box(lon, lat, margin_deg=BOX_MARGIN_DEG):
        return lon, lat
    guess_lon, guess_lat = lon, lat
    for _ in range(INVERSE_MAX_ROUNDS):
        d_lon, d_lat = offset_deg(guess_lon, guess_lat)
        next_lon, next_lat = lon - d_lon, lat - d_lat
        moved_deg = abs(next_lon - guess_lon) + abs(next_lat - guess_lat)
        guess_lon, guess_lat = next_lon, next_lat
        if moved_deg < INVERSE_TOLERANCE_DEG:
            break
    # Asked of the answer, not of the input: the forward direction decides by the WGS-84 point, and so must
    # the way back.
    return (guess_lon, guess_lat) if _in_box(guess_lon, guess_lat) else (lon, lat)


def gcj02_to_bd09(lon: Any, lat: Any, fn: Any = math) -> tuple[Any, Any]:
    """BD-09 of a GCJ-02 point, both in degrees; with `fn` numpy, of each of an array of them."""
    radius = fn.hypot(lon, lat) + 0.00002 * fn.sin(lat * _BD_WAVE)
    angle = fn.atan2(lat, lon) + 0.000003 * fn.cos(lon * _BD_WAVE)
    return radius * fn.cos(angle) + BD_LON_DEG, radius * fn.sin(angle) + BD_LAT_DEG


def _bd09_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    guess_lon, guess_lat = lon - BD_LON_DEG, lat - BD_LAT_DEG
    for _ in range(INVERSE_MAX_ROUNDS):
        told_lon, told_lat = gcj02_to_bd09(guess_lon, guess_lat)
        d_lon, d_lat = lon - told_lon, lat - told_lat
        guess_lon, guess_lat = guess_lon + d_lon, guess_lat + d_lat
        if abs(d_lon) + abs(d_lat) < INVERSE_TOLERANCE_DEG:
            break
    return guess_lon, guess_lat
