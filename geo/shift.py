"""For base maps of another datum: WGS-84 geometries told in GCJ-02 or BD-09, and where what a tile shows then lies.

The formulas are those of `geo.datum`, on whole arrays; nothing is approximated over a tile. Reading positions that are
told in those datums is not here but in `geo.datum`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.datum import Datum
from geo.datum_arrays import from_wgs84, to_wgs84
from geo.tile import LAT_MAX_DEG, Tile, to_mercator

GeometryArray = NDArray[np.object_]

_LATTICE: Final = 9
# Between the points of the lattice an edge bends by less than this (measured, tests/geo/test_shift.py).
_BEND_DEG: Final = 0.0002
_BEND_SHARE: Final = 1 / 64


def to_plane(geometries: GeometryArray, datum: Datum) -> GeometryArray:
    """WGS-84 geometries in degrees, told in `datum` and laid into EPSG:3857, vertex by vertex."""

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_mercator(*from_wgs84(points[:, 0], points[:, 1], datum)))

    made: GeometryArray = shapely.transform(geometries, moved)
    return made


def window_deg(tile: Tile, datum: Datum, *, margin: float) -> tuple[float, float, float, float]:
    """Where in WGS-84 everything lies that a tile told in `datum` shows: west, south, east, north in degrees.

    Args:
        margin: share of the tile's width shown on each side beyond it.
    Returns:
        a rectangle that holds all of it and is little larger.
    """
    west, south, east, north = tile.bounds_deg
    beyond_lon, beyond_lat = (east - west) * margin, (north - south) * margin
    lon, lat = np.meshgrid(
        np.linspace(west - beyond_lon, east + beyond_lon, _LATTICE),
        np.linspace(south - beyond_lat, north + beyond_lat, _LATTICE),
    )
    here_lon, here_lat = to_wgs84(lon.ravel(), lat.ravel(), datum)
    if datum in (Datum.WGS84, Datum.CGCS2000):
        bend_lon = bend_lat = 0.0
    else:
        bend_lon, bend_lat = (
            _BEND_DEG + (east - west) * _BEND_SHARE,
            _BEND_DEG + (north - south) * _BEND_SHARE,
        )
    return (
        max(float(here_lon.min()) - bend_lon, -180.0),
        max(float(here_lat.min()) - bend_lat, -LAT_MAX_DEG),
        min(float(here_lon.max()) + bend_lon, 180.0),
        min(float(here_lat.max()) + bend_lat, LAT_MAX_DEG),
    )
