"""From the coordinates of a file to WGS-84 degrees and to metres of the district's plane, a whole layer at once.

What is declared and what the file says of itself have to agree; numbers that fit neither are refused instead of landing
in the sea. GCJ-02 and BD-09 have no EPSG code: they are told beside a CRS and undone after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo.datum import WGS84_SRID, Datum
from geo.datum_arrays import to_wgs84
from server.places.foreign.faults import FileRefused
from server.places.foreign.formats import Shapes

Floats = NDArray[np.float64]
_SHIFTED = (Datum.GCJ02, Datum.BD09)


@dataclass(frozen=True)
class Declared:
    """How the numbers of a file are to be read: degrees or metres of `crs`, shifted as `datum` says."""

    crs: CRS
    datum: Datum

    @property
    def words(self) -> str:
        named = self.crs.to_authority()
        return f"{':'.join(named) if named else self.crs.name}, {self.datum.value}"


def declare(own: CRS | None, *, crs: str | None, datum: str | None, rfc7946: bool) -> Declared:
    """What holds, of what the file says of itself and what whoever imports it says.

    Args:
        own: CRS in the file. crs: declared, such as EPSG:4549. datum: declared.
        rfc7946: the file's CRS is the format's default, which a declaration may overrule.
    Raises:
        FileRefused: import_crs_missing, import_crs_unknown, import_crs_conflict.
    """
    told = _known(crs) if crs else None
    if told is not None and own is not None and not rfc7946 and not _same(told, own):
        raise FileRefused("import_crs_conflict", declared=crs, in_file=own.name[:100])
    shift = Datum(datum) if datum else Datum.WGS84
    chosen = told or own
    if chosen is None:
        if datum is None:
            raise FileRefused("import_crs_missing")
        chosen = CRS.from_epsg(4490 if shift is Datum.CGCS2000 else WGS84_SRID)
    if not (chosen.is_geographic or chosen.is_projected):
        raise FileRefused("import_crs_unknown", named=chosen.name[:100])
    if datum == Datum.WGS84.value and _china(chosen) and own is not None and not rfc7946:
        raise FileRefused("import_crs_conflict", declared=datum, in_file=chosen.name[:100])
    return Declared(chosen, Datum.CGCS2000 if _china(chosen) and shift not in _SHIFTED else shift)


def _known(name: str) -> CRS:
    try:
        return CRS.from_user_input(name)
    except CRSError as error:
        raise FileRefused("import_crs_unknown", named=name[:80]) from error


def _same(one: CRS, other: CRS) -> bool:
    """Equal, or near enough that PROJ finds the same code; an ESRI .prj spells everything differently."""
    if one.equals(other, ignore_axis_order=True):
        return True
    return one.to_epsg() is not None and one.to_epsg() == other.to_epsg(min_confidence=20)


def _china(crs: CRS) -> bool:
    base = crs.geodetic_crs
    return base is not None and (
        "CGCS" in base.name.upper() or "China_Geodetic" in base.name or "China Geodetic" in base.name
    )


class Placing:
    """Turns shapes of a file into WGS-84 degrees; raw degrees are kept for asking what other datums would say."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._to_degrees = None
        if not declared.crs.equals(CRS.from_epsg(WGS84_SRID), ignore_axis_order=True):
            try:
                self._to_degrees = Transformer.from_crs(declared.crs, WGS84_SRID, always_xy=True)
            except ProjError as error:
                raise FileRefused("import_crs_unknown", named=declared.words) from error

    def degrees(self, shapes: Shapes) -> Shapes:
        """Shapes in degrees as told: the projection undone, the shift of the datum not yet."""
        if self._to_degrees is None:
            return shapes
        transform = self._to_degrees.transform
        return _moved(shapes, lambda x, y: transform(x, y))

    def wgs84(self, degrees: Shapes, datum: Datum | None = None) -> Shapes:
        """Shapes of `degrees` with the shift of `datum` (the declared one) undone."""
        datum = datum or self._declared.datum
        if datum not in _SHIFTED:
            return degrees
        return _moved(degrees, lambda lon, lat: to_wgs84(lon, lat, datum))


class Plane:
    """WGS-84 degrees to metres of the district and back, for arrays of shapes."""

    def __init__(self, srid: int) -> None:
        self._forward = Transformer.from_crs(WGS84_SRID, srid, always_xy=True)
        self._inverse = Transformer.from_crs(srid, WGS84_SRID, always_xy=True)

    def metric(self, shapes: Shapes) -> Shapes:
        return _moved(shapes, lambda x, y: self._forward.transform(x, y))

    def degrees(self, shapes: Shapes) -> Shapes:
        return _moved(shapes, lambda x, y: self._inverse.transform(x, y))


def _moved(shapes: Shapes, transform: object) -> Shapes:
    def each(coordinates: Floats) -> Floats:
        x, y = transform(coordinates[:, 0].copy(), coordinates[:, 1].copy())  # type: ignore[operator]
        return np.column_stack([x, y])

    made = np.asarray(shapely.transform(shapes, each), dtype=object)
    return made if made.ndim else made.reshape(())
