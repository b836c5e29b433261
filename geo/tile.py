"""Tiles of the web-mercator pyramid (EPSG:3857): bounds, and the number that says in which tiles a point lies.

A key is the tile of zoom 24 a point lies in, bits of column and row interleaved (a Morton number): each tile of each
zoom up to 24 is one unbroken range of keys. The database says the same in `tile_key`; the tests hold one to the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]
Metres = NDArray[np.float64]
Keys = NDArray[np.int64]

RADIUS_M: Final = 6378137.0
HALF_WORLD_M: Final = math.pi * RADIUS_M
LAT_MAX_DEG: Final = math.degrees(math.atan(math.sinh(math.pi)))
KEY_ZOOM: Final = 24
CELL_ZOOM: Final = 18
"""Tiles of this zoom are 153 m wide at the equator, 130 m in Tongzhou: the cells that things are counted in."""

# Shift and mask of each step that puts a zero between neighbouring bits of a number of 24 bits.
_SPREAD: Final = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
# The way back.
_COMPACT: Final = (
    (1, 0x3333333333333333),
    (2, 0x0F0F0F0F0F0F0F0F),
    (4, 0x00FF00FF00FF00FF),
    (8, 0x0000FFFF0000FFFF),
    (16, 0x00000000FFFFFFFF),
)


class TileRefused(ValueError):
    """Numbers that name no tile."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: zoom, column from the west, row from the north (the XYZ scheme).

    Raises:
        TileRefused: when the zoom is outside 0 to 24, or the zoom has no such column or row.

    >>> west, south, east, north = Tile(14, 13702, 6649).bounds_deg  # Jinsha subdistrict, Tongzhou
    >>> west < 121.07 < east, south < 32.07 < north
    (True, True)
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.z <= KEY_ZOOM or not (0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z):
            raise TileRefused(f"no tile {self.z}/{self.x}/{self.y}")

    @property
    def width_m(self) -> float:
        """Length of a side in metres of EPSG:3857; on the ground it is shorter by the cosine of the latitude."""
        return 2 * HALF_WORLD_M / (1 << self.z)

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres of EPSG:3857."""
        west, north = self.x * self.width_m - HALF_WORLD_M, HALF_WORLD_M - self.y * self.width_m
        return west, north - self.width_m, west + self.width_m, north

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        west, south, east, north = self.bounds_m
        (lon_w, lon_e), (lat_s, lat_n) = from_mercator(np.array([west, east]), np.array([south, north]))
        return float(lon_w), float(lat_s), float(lon_e), float(lat_n)

    def keys(self, zoom: int = KEY_ZOOM) -> tuple[int, int]:
        """First key within the tile and first one after it, where keys are told for tiles of `zoom`.

        Raises:
            TileRefused: when the tile is smaller than those.

        >>> Tile(1, 1, 0).keys(zoom=2)
        (4, 8)
        """
        if zoom < self.z:
            raise TileRefused(f"a tile of zoom {self.z} is smaller than one of {zoom}")
        first = int(interleave(np.array([self.x]), np.array([self.y]))[0])
        return first << 2 * (zoom - self.z), (first + 1) << 2 * (zoom - self.z)


def tiles_over(west: float, south: float, east: float, north: float, zoom: int) -> list[Tile]:
    """Every tile of a zoom that a rectangle in degrees touches, west to east, north to south.

    What lies beyond the world of web mercator is taken as its edge.
    """
    x, y = to_mercator(np.array([west, east]), np.array([north, south]))
    columns, rows = _index(x + HALF_WORLD_M, zoom), _index(HALF_WORLD_M - y, zoom)
    return [
        Tile(zoom, column, row)
        for row in range(int(rows[0]), int(rows[1]) + 1)
        for column in range(int(columns[0]), int(columns[1]) + 1)
    ]


def ranges_over(
    west: float, south: float, east: float, north: float, *, tiles_max: int = 16
) -> list[tuple[int, int]]:
    """Ranges of keys, first and first one after, in order, that hold every point of a rectangle in degrees.

    They are those of the smallest tiles of which `tiles_max` cover it with a margin of one tile of zoom 24, so that
    rounding loses no point of its border; what else lies in those tiles is in them as well.

    >>> ranges_over(-180, -90, 180, 90)
    [(0, 281474976710656)]
    """
    beyond_deg = 360 / (1 << KEY_ZOOM)
    x, y = to_mercator(
        np.array([west - beyond_deg, east + beyond_deg]), np.array([north + beyond_deg, south - beyond_deg])
    )
    columns, rows = _index(x + HALF_WORLD_M, KEY_ZOOM), _index(HALF_WORLD_M - y, KEY_ZOOM)
    up = 0
    while _span(columns, up) * _span(rows, up) > tiles_max:
        up += 1
    keys = sorted(
        Tile(KEY_ZOOM - up, column, row).keys()
        for row in range(int(rows[0]) >> up, (int(rows[1]) >> up) + 1)
        for column in range(int(columns[0]) >> up, (int(columns[1]) >> up) + 1)
    )
    ranges = [keys[0]]
    for first, last in keys[1:]:
        if first == ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    return ranges


def _span(index: Keys, up: int) -> int:
    return (int(index[1]) >> up) - (int(index[0]) >> up) + 1


def keys_of(lon: Degrees, lat: Degrees) -> Keys:
    """The key of each point; latitudes beyond the world of web mercator count as its edge.

    >>> int(keys_of(np.array([121.07]), np.array([32.07]))[0]) >> 2 * (24 - 14) == Tile(14, 13702, 6649).keys(14)[0]
    True
    """
    x, y = to_mercator(lon, lat)
    return interleave(_index(x + HALF_WORLD_M, KEY_ZOOM), _index(HALF_WORLD_M - y, KEY_ZOOM))


def centres_m(keys: Keys, zoom: int) -> tuple[Metres, Metres]:
    """Middles in EPSG:3857 of the tiles of `zoom` that these keys of the same zoom name."""
    width_m = 2 * HALF_WORLD_M / (1 << zoom)
    column, row = _compact(keys).astype(np.float64), _compact(keys >> 1).astype(np.float64)
    return (column + 0.5) * width_m - HALF_WORLD_M, HALF_WORLD_M - (row + 0.5) * width_m


def to_mercator(lon: Degrees, lat: Degrees) -> tuple[Metres, Metres]:
    """Degrees as metres of EPSG:3857; latitudes are held within the world of web mercator.

    Error under 1 um against PROJ (tested).
    """
    held = np.radians(np.clip(lat, -LAT_MAX_DEG, LAT_MAX_DEG))
    x: Metres = np.radians(lon) * RADIUS_M
    y: Metres = np.log(np.tan(np.pi / 4 + held / 2)) * RADIUS_M
    return x, y


def from_mercator(x: Metres, y: Metres) -> tuple[Degrees, Degrees]:
    """Metres of EPSG:3857 as degrees."""
    lon: Degrees = np.degrees(x / RADIUS_M)
    lat: Degrees = np.degrees(np.arctan(np.sinh(y / RADIUS_M)))
    return lon, lat


def interleave(x: Keys, y: Keys) -> Keys:
    """Keys of columns and rows below 2**24: even bits from x, odd ones from y."""
    return _spread(np.asarray(x, np.int64)) | _spread(np.asarray(y, np.int64)) << 1


def _index(along_m: Metres, zoom: int) -> Keys:
    index = np.floor(along_m / (2 * HALF_WORLD_M) * (1 << zoom)).astype(np.int64)
    return np.clip(index, 0, (1 << zoom) - 1)


def _spread(value: Keys) -> Keys:
    for shift, mask in _SPREAD:
        value = (value | value << shift) & mask
    return value


def _compact(value: Keys) -> Keys:
    value = value & 0x5555555555555555
    for shift, mask in _COMPACT:
        value = (value | value >> shift) & mask
    return value
