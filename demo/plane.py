"""Turns drawn metres into published degrees: the district's plane (EPSG:4549) and the frame of each town.

Every layer rounds through this one module, so neighbours that share a drawn corner share the very same
published vertex. It knows nothing of what is drawn.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from pyproj import Geod, Transformer

DISTRICT_SRID = 4549
DEGREE_DIGITS = 7
FRAME_DIGITS = 3

Point = tuple[float, float]

_TO_PLANE = Transformer.from_crs(4326, DISTRICT_SRID, always_xy=True)
_TO_DEGREES = Transformer.from_crs(DISTRICT_SRID, 4326, always_xy=True)
_GEOD = Geod(ellps="WGS84")


def to_plane(lon: float, lat: float) -> Point:
    """Degrees (WGS-84) to metres (EPSG:4549), easting first."""
    x, y = _TO_PLANE.transform(lon, lat)
    return float(x), float(y)


def to_degrees(points: Iterable[Point]) -> list[Point]:
    """Metres (EPSG:4549) to WGS-84 degrees, rounded to 7 decimals (about 1 cm)."""
    pairs = list(points)
    lons, lats = _TO_DEGREES.transform([p[0] for p in pairs], [p[1] for p in pairs])
    return [
        (round(float(lon), DEGREE_DIGITS), round(float(lat), DEGREE_DIGITS))
        for lon, lat in zip(lons, lats, strict=True)
    ]


def bearing_deg(start: Point, end: Point) -> float:
    """True bearing (degrees clockwise from north, 0..360) from one lon/lat to another, to 0.1 degree."""
    azimuth, _, _ = _GEOD.inv(start[0], start[1], end[0], end[1])
    return round(azimuth % 360.0, 1)


@dataclass(frozen=True)
class Frame:
    """A town's own drawing board: metres from its seat, x along its main street.

    `sway_m` over `sway_length_m` bends the board gently, so that straight drawn streets come out curved and
    not quite square, without moving neighbours apart: shared drawn corners stay shared.
    """

    seat_x_m: float
    seat_y_m: float
    turn_deg: float
    sway_m: float = 11.0
    sway_length_m: float = 760.0
    phase: float = 0.0

    def to_plane(self, point: Point) -> Point:
        """One drawn point (metres from the seat) to the district's plane."""
        x, y = round(point[0], FRAME_DIGITS), round(point[1], FRAME_DIGITS)
        wave = 2.0 * math.pi / self.sway_length_m
        bent_x = x + self.sway_m * math.sin(wave * y + self.phase)
        bent_y = y + self.sway_m * math.sin(wave * x + 1.7 * self.phase + 0.6)
        turn = math.radians(self.turn_deg)
        return (
            self.seat_x_m + bent_x * math.cos(turn) - bent_y * math.sin(turn),
            self.seat_y_m + bent_x * math.sin(turn) + bent_y * math.cos(turn),
        )

    def to_degrees(self, points: Iterable[Point]) -> list[Point]:
        """Drawn points (metres from the seat) to rounded WGS-84 degrees."""
        return to_degrees(self.to_plane(point) for point in points)
