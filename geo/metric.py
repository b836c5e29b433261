"""The metric plane of a deployment: WGS-84 degrees to metres of one projected CRS and back, and true bearings
to grid bearings.

Axis order is lon-lat and east-north always, whatever the EPSG entry says. PROJ objects are kept one to a
thread. Which SRID a district uses is configuration and arrives as an argument.
"""

from __future__ import annotations

import math
import threading
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo.datum import WGS84_SRID

_NORTH_STEP_DEG = 1e-4
# Of this thread, for all planes: making one takes 50 ms.
_transformers = threading.local()


class MetricPlaneRefused(ValueError):
    """An SRID or a point the plane cannot serve: `code` is stable, `message` is for people (zh-CN first)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class MetricPlane:
    """A projected CRS in metres, safe to share between threads.

    Args:
        srid: EPSG code of a projected CRS whose axes are metres; Tongzhou uses 4549 (CGCS2000, 3-degree zone,
            meridian 120 E).

    Raises:
        MetricPlaneRefused: `srid_unknown`, `srid_not_metric` (a geographic CRS, or axes in feet).

    Error: the projection is exact to under 1 mm; a metre of the plane is a metre of ground within 0.02 % in
    Tongzhou (scale 1.00015 at 121.1 E), that is under 1 cm over 50 m. WGS-84 is read as CGCS2000 without a
    shift, as `geo.datum` states.

    Source: EPSG:4549; PROJ, the same library PostGIS transforms with.

    >>> plane = MetricPlane(4549)
    >>> x, y = plane.forward(121.07, 32.07)  # Jinsha subdistrict, Tongzhou
    >>> round(x, 2), round(y, 2)
    (601033.35, 3550115.49)
    >>> lon, lat = plane.inverse(x, y)
    >>> round(lon, 9), round(lat, 9)
    (121.07, 32.07)
    """

    def __init__(self, srid: int) -> None:
        self.srid = srid
        _check_metric(srid)

    def __reduce__(self) -> tuple[type[MetricPlane], tuple[int]]:
        """Goes to another process as its SRID."""
        return type(self), (self.srid,)

    def forward(self, lon: float, lat: float) -> tuple[float, float]:
        """Easting and northing in metres of a WGS-84 point in degrees; about 2 us.

        Raises:
            MetricPlaneRefused: `point_outside_plane` when the projection has no finite value there.

        >>> [round(v) for v in MetricPlane(4549).forward(120.0, 32.0)]  # on the central meridian
        [500000, 3541852]
        """
        x, y = self._transformer("_forward").transform(lon, lat)
        return _finite(x, y, self.srid)

    def inverse(self, x: float, y: float) -> tuple[float, float]:
        """WGS-84 lon and lat in degrees of a point of the plane in metres.

        Raises:
            MetricPlaneRefused: `point_outside_plane` when the projection has no finite value there.

        >>> [round(v, 6) for v in MetricPlane(4549).inverse(601033.3525, 3550115.4925)]  # Jinsha
        [121.07, 32.07]
        """
        lon, lat = self._transformer("_inverse").transform(x, y)
        return _finite(lon, lat, self.srid)

    def forward_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Eastings and northings in metres of WGS-84 points in degrees; nan where the plane has no value.

        >>> x, y = MetricPlane(4549).forward_many(np.array([120.0]), np.array([32.0]))
        >>> [round(v) for v in (*x, *y)]
        [500000, 3541852]
        """
        x, y = self._transformer("_forward").transform(lon, lat)
        outside = ~(np.isfinite(x) & np.isfinite(y))
        return np.where(outside, np.nan, x), np.where(outside, np.nan, y)

    def grid_bearing_deg(self, lon: float, lat: float, bearing_deg: float) -> float:
        """Turn a bearing from true north into a bearing from the plane's north (the y axis), clockwise, 0 to
        under 360.

        The plane's north leaves true north by the meridian convergence, 0.57 degrees in Jinsha: 10 cm at 10
        m. Magnetic declination (about 6 degrees west here) is not this function's business: a phone reports
        true bearings or the caller corrects them.

        Args:
            lon, lat: WGS-84 degrees. bearing_deg: degrees clockwise from true north, any finite value.

        Raises:
            MetricPlaneRefused: `point_outside_plane`.

        >>> round(MetricPlane(4549).grid_bearing_deg(121.07, 32.07, 90.0), 2)  # looking east in Jinsha
        89.43
        """
        # A step towards the pole would leave the globe at the pole itself.
        step_deg = _NORTH_STEP_DEG if lat < 89.0 else -_NORTH_STEP_DEG
        x0, y0 = self.forward(lon, lat)
        x1, y1 = self.forward(lon, lat + step_deg)
        sign = math.copysign(1.0, step_deg)
        true_north_deg = math.degrees(math.atan2(sign * (x1 - x0), sign * (y1 - y0)))
        turned_deg = (bearing_deg + true_north_deg) % 360.0
        return 0.0 if turned_deg == 360.0 else turned_deg

    def _transformer(self, name: str) -> Transformer:
        kept = f"{name}{self.srid}"
        found: Transformer | None = getattr(_transformers, kept, None)
        if found is None:
            ends = (WGS84_SRID, self.srid) if name == "_forward" else (self.srid, WGS84_SRID)
            found = Transformer.from_crs(*ends, always_xy=True)
            setattr(_transformers, kept, found)
        return found


@lru_cache(maxsize=64)
def _check_metric(srid: int) -> None:
    try:
        crs = CRS.from_epsg(srid)
    except (CRSError, ProjError) as error:
        raise MetricPlaneRefused("srid_unknown", f"未知 SRID {srid} / unknown SRID {srid}") from error
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise MetricPlaneRefused(
            "srid_not_metric", f"SRID {srid} 不是以米为单位的投影 / SRID {srid} is not a projection in metres"
        )


def _finite(a: float, b: float, srid: int) -> tuple[float, float]:
    if not (math.isfinite(a) and math.isfinite(b)):
        raise MetricPlaneRefused(
            "point_outside_plane", f"该点不在 SRID {srid} 的范围内 / the point lies outside SRID {srid}"
        )
    return float(a), float(b)
