"""Which township each zone says it belongs to, which it lies in, and where the two differ.

Names of townships are taken for their codes. A zone that names none belongs to the one most of it lies in. Nothing is
asked while no outlines are loaded, as when the very first layer is that of the townships.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from server.places.foreign.faults import Fault, Faults, ToDegrees
from server.places.foreign.formats import Shapes
from server.places.foreign.mapping import Zone

# Outlines of townships are drawn at another scale than a strip: a corner over the border is no news.
OUTSIDE_SHARE_MIN = 0.02


class Townships:
    """Outlines in metres by code, and what the zones of a file make of them."""

    def __init__(self, outlines: Mapping[str, BaseGeometry], names: Mapping[str, str]) -> None:
        self._codes = list(outlines)
        self._shapes = np.array(list(outlines.values()), dtype=object)
        self._known = set(outlines)
        self._by_name = names
        shapely.prepare(self._shapes)

    def settle(
        self, zones: Sequence[Zone], shapes: Shapes, faults: Faults, to_degrees: ToDegrees
    ) -> tuple[list[str | None], dict[int, str]]:
        """The township of each zone as told (or as it lies, where it tells none), and proposals by position."""
        told = [self._by_name.get(zone.township or "", zone.township) for zone in zones]
        if not self._codes:
            return told, {}
        lies, share = self._lies_in(shapes, told)
        proposals: dict[int, str] = {}
        settled: list[str | None] = []
        for n, zone in enumerate(zones):
            settled.append(told[n] or lies[n])
            if shapes[n] is None:
                continue
            fault = self._fault(zone, told[n], lies[n], float(share[n]))
            if fault is None:
                continue
            if faults.wants(fault.code):
                fault = replace(fault, geometry=to_degrees(self._outside(shapes[n], told[n])))
            faults.add(fault)
            if lies[n] and lies[n] != told[n] and told[n]:
                proposals[n] = str(lies[n])
        return settled, proposals

    def _fault(self, zone: Zone, told: str | None, lies: str | None, outside: float) -> Fault | None:
        params: dict[str, Any] = {"township": told, "lies_in": lies, "share": round(outside, 4)}
        if told and told not in self._known:
            return Fault("township_unknown", "error", zone.number, zone.code, params)
        if outside > OUTSIDE_SHARE_MIN:
            return Fault("outside_township", "warning", zone.number, zone.code, params)
        if told is None:
            return Fault("township_guessed", "note", zone.number, zone.code, params)
        return None

    def _outside(self, shape: BaseGeometry, told: str | None) -> BaseGeometry:
        if told not in self._known:
            return shape
        left = shapely.difference(shape, self._shapes[self._codes.index(told or "")])
        return shape if left.is_empty else left

    def _lies_in(
        self, shapes: Shapes, told: Sequence[str | None]
    ) -> tuple[list[str | None], NDArray[np.float64]]:
        """The township most of each zone lies in, and the share of it outside the one it tells of (or lies in)."""
        count = len(shapes)
        lies: list[str | None] = [None] * count
        best, inside = np.zeros(count), np.zeros(count)
        present = np.flatnonzero(~shapely.is_missing(shapes))
        one, town = STRtree(self._shapes).query(shapes[present], predicate="intersects")
        one = present[one]
        covered = shapely.covers(self._shapes[town], shapes[one])
        size = np.maximum(_size(shapes), 1e-12)
        for n, t, whole in zip(one, town, covered, strict=True):
            share = 1.0 if whole else float(_size(shapely.intersection(shapes[n], self._shapes[t])) / size[n])
            if share > best[n]:
                best[n], lies[n] = share, self._codes[t]
            if told[n] == self._codes[t]:
                inside[n] = share
        named = np.array([code is not None for code in told], dtype=bool)
        return lies, np.where(named, 1.0 - inside, 1.0 - best)


def _size(shapes: Any) -> Any:
    """Area, or for a point its being there at all."""
    return np.where(shapely.get_dimensions(shapes) == 0, 1.0, shapely.area(shapes))
