"""Whether a layer was told in another datum than declared: it then fits what is there already only when read otherwise.

Asked of a sample of zones against the layer in force (by code where the codes agree, else by lying on it), or against
the townships when there is no layer yet. A few zones that fit otherwise are new streets; many are a wrong datum; a file
in which some fit one way and some the other is a mixture, which no declaration can be right for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree
from shapely.geometry import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry

from geo.datum import Datum
from server.places.foreign.faults import Fault, Faults
from server.places.foreign.formats import Shapes
from server.places.foreign.placing import Placing, Plane

SAMPLE = 400
FITS_WITHIN_M = 5.0
_CLEAR_SHARE = 0.3
_POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_READINGS = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
_LINES_DRAWN = 20


@dataclass(frozen=True)
class Ground:
    """What is there already, in metres: shapes, and by code the middle of each zone of the same kind."""

    shapes: Shapes
    middles: Mapping[str, tuple[float, float]]


class Suspicion:
    """Reads a sample of a layer in every datum and compares."""

    def __init__(
        self, codes: Sequence[str | None], degrees: Shapes, declared: Datum, placing: Placing, plane: Plane
    ) -> None:
        present = np.flatnonzero(~shapely.is_missing(degrees) & (shapely.get_num_coordinates(degrees) > 0))
        chosen = (
            present[np.linspace(0, len(present) - 1, min(SAMPLE, len(present)), dtype=int)]
            if len(present)
            else present
        )
        # One point a zone: make_valid is not for guesses, and every shape has a first vertex and a box.
        boxes = shapely.bounds(degrees[chosen])
        self._codes = [codes[n] for n in chosen]
        middles = shapely.points((boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2)
        # CGCS2000 is read as WGS-84; the two readings are one.
        self._declared = Datum.WGS84 if declared is Datum.CGCS2000 else declared
        self._degrees = {
            datum: placing.wgs84(np.asarray(middles, dtype=object), datum) for datum in _READINGS
        }
        self._metres = {
            datum: shapely.get_coordinates(plane.metric(at)) for datum, at in self._degrees.items()
        }

    def ask(self, ground: Ground, faults: Faults) -> None:
        """Tell of a wrong or a mixed datum, if there is one."""
        if len(ground.shapes) == 0 or len(self._codes) == 0:
            return
        fits = {datum: self._fits(at, ground) for datum, at in self._metres.items()}
        here = fits[self._declared]
        others = [datum for datum in _READINGS if datum is not self._declared]
        other = max(others, key=lambda datum: int(np.count_nonzero(fits[datum] & ~here)))
        elsewhere = fits[other] & ~here
        if self._mixed(here, elsewhere):
            self._tell(
                Fault("datum_mixed", "error", params={"agree": int(here.sum())}), other, elsewhere, faults
            )
        elif fits[other].mean() - here.mean() > _CLEAR_SHARE:
            self._tell(Fault("datum_suspicion", "error", params={}), other, fits[other], faults)

    def _fits(self, at: NDArray[np.float64], ground: Ground) -> NDArray[np.bool_]:
        points = shapely.points(at)
        near = np.zeros(len(at), dtype=bool)
        near[
            np.unique(STRtree(ground.shapes).query(points, predicate="dwithin", distance=FITS_WITHIN_M)[0])
        ] = True
        for n, code in enumerate(self._codes):
            middle = ground.middles.get(code or "")
            if middle is not None:
                # A zone that is there already says more than any neighbour it might happen to lie on.
                near[n] = math.dist(middle, at[n]) < 4 * FITS_WITHIN_M
        return near

    def _mixed(self, here: NDArray[np.bool_], elsewhere: NDArray[np.bool_]) -> bool:
        agree, differ, unplaced = int(here.sum()), int(elsewhere.sum()), int((~here).sum())
        enough = max(2, len(self._codes) // 20)
        return agree >= enough and differ >= enough and differ > 0.6 * unplaced

    def _tell(self, fault: Fault, other: Datum, which: NDArray[np.bool_], faults: Faults) -> None:
        moved = self._metres[other] - self._metres[self._declared]
        east_m, north_m = np.median(moved[which], axis=0)
        params: dict[str, Any] = {
            **fault.params,
            "declared": self._declared.value,
            "datum": other.value,
            "moved_m": round(float(math.hypot(east_m, north_m)), 1),
            "direction": _POINTS[round(math.degrees(math.atan2(east_m, north_m)) / 45) % 8],
            "fit_share": round(float(which.mean()), 3),
        }
        faults.add(Fault(fault.code, fault.severity, params=params, geometry=self._lines(other, which)))

    def _lines(self, other: Datum, which: NDArray[np.bool_]) -> BaseGeometry:
        ends = (
            shapely.get_coordinates(self._degrees[datum])[which][:_LINES_DRAWN]
            for datum in (self._declared, other)
        )
        return MultiLineString([LineString(pair) for pair in zip(*ends, strict=True)])
