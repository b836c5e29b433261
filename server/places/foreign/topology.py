"""How zones lie to each other and to their township: overlaps, gaps, slivers, repeats, and what lies elsewhere.

Metres of the district's plane throughout. A repair is one shape a zone, in which every cut and closing proposed for it
is made, so that accepting it is one decision. The earlier zone keeps its border, the later one gives way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from server.places.foreign.faults import Fault, Faults, ToDegrees
from server.places.foreign.formats import Shapes
from server.places.foreign.mapping import Zone
from server.places.foreign.repairs import without_crumbs

_BATCH = 20_000
# Two zones are one drawn twice when what they share is all but this of the larger.
_REPEATED_SHARE = 0.99
# A zone that would lose more than half to its neighbour is not mended by a cut.
_CUT_SHARE_MAX = 0.5


@dataclass(frozen=True)
class Tolerances:
    """What is worth telling.

    Attributes:
        overlap_min_m2, gap_min_m, gap_max_m: from where on, up to where. sliver_width_m: a zone thinner than this.
    """

    overlap_min_m2: float
    gap_min_m: float
    gap_max_m: float
    sliver_width_m: float


@dataclass(frozen=True)
class Neighbours:
    """The zones of a file, then those of the layer that are not in it: one numbering for both."""

    zones: Sequence[Zone]
    shapes: Shapes
    layer_codes: Sequence[str]

    def code(self, position: int) -> str | None:
        here = len(self.zones)
        return self.zones[position].code if position < here else self.layer_codes[position - here]

    def in_layer(self, position: int) -> bool:
        return position >= len(self.zones)


class Topology:
    """Checks one layer; `repairs` holds mended shapes in metres by position."""

    def __init__(
        self, neighbours: Neighbours, tolerances: Tolerances, faults: Faults, to_degrees: ToDegrees
    ) -> None:
        self._all = neighbours
        self._tolerances = tolerances
        self._faults = faults
        self._to_degrees = to_degrees
        self.repairs: dict[int, BaseGeometry] = {}
        self._present = np.flatnonzero(~shapely.is_missing(neighbours.shapes))
        self._tree = STRtree(neighbours.shapes[self._present])

    def _about(self, position: int, other: int) -> dict[str, Any]:
        return {"other": self._all.code(other), "in_layer": self._all.in_layer(other)}

    def _pairs(self, within_m: float | None = None) -> tuple[Any, Any]:
        """Positions of pairs, the later first; a zone of the file always gives way to one of the layer."""
        mine = self._present[self._present < len(self._all.zones)]
        if within_m is None:
            left, right = self._tree.query(self._all.shapes[mine], predicate="intersects")
        else:
            left, right = self._tree.query(self._all.shapes[mine], predicate="dwithin", distance=within_m)
        left, right = mine[left], self._present[right]
        here = len(self._all.zones)
        keep = (right < left) | (right >= here)
        order = np.lexsort((right[keep], left[keep]))
        return left[keep][order], right[keep][order]

    def overlaps(self) -> None:
        """What two zones share, and zones that stand in the file twice."""
        left, right = self._pairs()
        shapes = self._all.shapes
        for start in range(0, len(left), _BATCH):
            one, other = left[start : start + _BATCH], right[start : start + _BATCH]
            shared = shapely.intersection(shapes[one], shapes[other])
            areas = shapely.area(shared)
            for n in np.flatnonzero(areas > self._tolerances.overlap_min_m2).tolist():
                self._overlap(int(one[n]), int(other[n]), shared[n], float(areas[n]))

    def _overlap(self, position: int, other: int, shared: BaseGeometry, area_m2: float) -> None:
        shapes, zone = self._all.shapes, self._all.zones[position]
        mine_m2, other_m2 = float(shapes[position].area), float(shapes[other].area)
        params = {
            **self._about(position, other),
            "area_m2": round(area_m2, 3),
            "share": round(area_m2 / mine_m2, 4),
        }
        repeated = area_m2 >= _REPEATED_SHARE * max(mine_m2, other_m2)
        code = "geometry_repeated" if repeated else "zone_overlap"
        if not self._faults.wants(code):
            self._faults.count(code)
            return
        self._faults.add(Fault(code, "warning", zone.number, zone.code, params, self._to_degrees(shared)))
        if not repeated and area_m2 < _CUT_SHARE_MAX * mine_m2:
            now = self.repairs.get(position, shapes[position])
            self._propose(position, shapely.difference(now, self.repairs.get(other, shapes[other])))

    def _propose(self, position: int, shape: BaseGeometry) -> None:
        whole = without_crumbs(shape, self._tolerances.overlap_min_m2)
        if whole is not None and whole.is_valid:
            self.repairs[position] = whole

    def gaps(self) -> None:
        """Neighbours that nearly touch."""
        left, right = self._pairs(self._tolerances.gap_max_m)
        shapes = self._all.shapes
        for start in range(0, len(left), _BATCH):
            one, other = left[start : start + _BATCH], right[start : start + _BATCH]
            apart = shapely.distance(shapes[one], shapes[other])
            for n in np.flatnonzero(apart >= self._tolerances.gap_min_m).tolist():
                self._gap(int(one[n]), int(other[n]), float(apart[n]))

    def _gap(self, position: int, other: int, width_m: float) -> None:
        shapes, zone = self._all.shapes, self._all.zones[position]
        if not self._faults.wants("zone_gap"):
            self._faults.count("zone_gap")
            return
        # The neck between the two: what lies within the width of the gap of both.
        neck = shapely.intersection(
            *(shapely.buffer(shapes[n], width_m, quad_segs=2) for n in (position, other))
        )
        params = {**self._about(position, other), "width_m": round(width_m, 4)}
        self._faults.add(Fault("zone_gap", "warning", zone.number, zone.code, params, self._to_degrees(neck)))
        now = self.repairs.get(position, shapes[position])
        snapped = shapely.snap(now, shapes[other], self._tolerances.gap_max_m)
        if snapped.is_valid and abs(snapped.area - now.area) < 0.2 * now.area:
            self._propose(position, snapped)

    def slivers(self) -> None:
        """Zones thinner than anybody would draw: twice the area over the outline is the width of a strip."""
        mine = self._all.shapes[: len(self._all.zones)]
        width_m = 2 * shapely.area(mine) / np.maximum(shapely.length(mine), 1e-9)
        for n in np.flatnonzero(width_m < self._tolerances.sliver_width_m).tolist():
            zone, params = self._all.zones[n], {"width_m": round(float(width_m[n]), 4)}
            drawn = self._to_degrees(mine[n]) if self._faults.wants("zone_sliver") else None
            self._faults.add(Fault("zone_sliver", "warning", zone.number, zone.code, params, drawn))
