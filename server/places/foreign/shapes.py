"""Each shape by itself: of the right type, finite, on the globe, few enough vertices, a valid ring with an area.

Whole columns are asked at once; only what fails is looked at one by one. A shape is taken exactly as told or refused;
a mended one is only ever a proposal beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.guard import GeometryRefused, GuardSettings, geometry_from_geojson
from server.places.foreign.faults import Fault, Faults, FileRefused
from server.places.foreign.formats import Raw, Shapes
from server.places.foreign.mapping import Zone
from server.places.foreign.repairs import mended, polygonal

_WHERE = re.compile(r"\[(?P<x>[-+0-9.eE]+) (?P<y>[-+0-9.eE]+)\]")
_CROSSING = ("Self-intersection", "Ring Self-intersection")


@dataclass(frozen=True)
class ShapeLimits:
    vertices_max: int
    parts_max: int
    repair_each_s: float
    repair_total_s: float


class Checking:
    """The shapes of one layer on their way; `shapes[n]` becomes None once feature n+1 is refused without a repair."""

    def __init__(
        self, zones: Sequence[Zone], raw: Raw, limits: ShapeLimits, faults: Faults, *, points: bool
    ) -> None:
        self.zones = zones
        self.limits = limits
        self.faults = faults
        self.points = points
        self.repairs: dict[int, BaseGeometry] = {}
        self.refused: set[int] = set()
        self.shapes: Shapes = raw.shapes.copy()
        self._count(raw)
        self._unbuilt(raw)
        self._types()

    def refuse(self, code_fault: Fault, position: int) -> None:
        self.faults.add(code_fault)
        self.shapes[position] = None
        self.refused.add(position)

    def _about(self, position: int) -> dict[str, Any]:
        zone = self.zones[position]
        return {"number": zone.number, "zone": zone.code}

    def _count(self, raw: Raw) -> None:
        many = shapely.get_num_coordinates(self.shapes) > self.limits.vertices_max
        parts = shapely.get_num_geometries(self.shapes) > self.limits.parts_max
        for position in np.flatnonzero(many | parts).tolist():
            shape = self.shapes[position]
            params = {
                "vertices": int(shapely.get_num_coordinates(shape)),
                "vertices_max": self.limits.vertices_max,
                "parts": int(shapely.get_num_geometries(shape)),
            }
            box = shapely.box(*shape.bounds)
            self.refuse(
                Fault(
                    "geometry_too_large",
                    "error",
                    params=params,
                    geometry=_drawn(box),
                    **self._about(position),
                ),
                position,
            )

    def _unbuilt(self, raw: Raw) -> None:
        for position in np.flatnonzero(shapely.is_missing(raw.shapes)).tolist():
            if position in raw.oversized:
                params = {
                    "vertices": raw.oversized[position],
                    "vertices_max": self.limits.vertices_max,
                    "parts": 1,
                }
                self.refuse(
                    Fault("geometry_too_large", "error", params=params, **self._about(position)), position
                )
                continue
            given = raw.unbuilt.get(int(position))
            if given is None:
                self.refuse(Fault("geometry_missing", "error", **self._about(position)), position)
                continue
            reason, closed = _why_unbuilt(given, self.limits)
            about = self._about(position)
            if closed is None:
                self.refuse(
                    Fault("geometry_unreadable", "error", params={"reason": reason}, **about), position
                )
            else:
                self.faults.add(Fault("ring_unclosed", "error", geometry=closed, **about))
                self.shapes[position] = closed
                self.refused.add(position)
                self.repairs[int(position)] = closed

    def _types(self) -> None:
        self.shapes = np.asarray(shapely.force_2d(self.shapes), dtype=object)
        present = ~shapely.is_missing(self.shapes)
        wanted = (0,) if self.points else (3, 6)
        for position in np.flatnonzero(present & ~np.isin(shapely.get_type_id(self.shapes), wanted)).tolist():
            shape = self.shapes[position]
            # A MultiGeometry of a KML that holds polygons only is a MultiPolygon by another name.
            same = polygonal(shape) if not self.points and _only_polygons(shape) else None
            if same is None and self.points and shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
                same = shape.geoms[0]
            if same is None:
                params = {"type": shape.geom_type}
                self.refuse(Fault("geometry_kind", "error", params=params, **self._about(position)), position)
            else:
                self.shapes[position] = same
        for position in np.flatnonzero(shapely.is_empty(self.shapes)).tolist():
            self.refuse(Fault("geometry_missing", "error", **self._about(position)), position)

    def placed(self, degrees: Shapes) -> None:
        """Take the shapes in WGS-84 degrees and refuse what is not on the globe.

        Raises:
            FileRefused: import_crs_conflict, when that is most of the layer: its numbers are no degrees.
        """
        self.shapes = degrees.copy()
        bad = _off_the_globe(self.shapes).tolist()
        if len(bad) > max(1, int(np.count_nonzero(~shapely.is_missing(self.shapes)))) / 2:
            raise FileRefused("import_crs_conflict", outside=len(bad))
        for position in bad:
            self.refuse(Fault("geometry_off_the_globe", "error", **self._about(position)), position)
        for position in list(self.repairs):
            if self.shapes[position] is None:
                del self.repairs[position]
            else:
                self.repairs[position] = self.shapes[position]

    def judged(self) -> None:
        """Ask for validity and area, and propose mended shapes for what is not valid."""
        present = ~shapely.is_missing(self.shapes)
        invalid = [int(n) for n in np.flatnonzero(present & ~shapely.is_valid(self.shapes))]
        proposals = mended(
            [self.shapes[n] for n in invalid],
            each_s=self.limits.repair_each_s,
            total_s=self.limits.repair_total_s,
        )
        for position, proposal in zip(invalid, proposals, strict=True):
            self._invalid(position, proposal)
        if self.points:
            return
        for position in np.flatnonzero(
            ~shapely.is_missing(self.shapes) & (shapely.area(self.shapes) <= 0)
        ).tolist():
            if int(position) not in self.repairs:
                shape = _drawn(self.shapes[position])
                self.refuse(
                    Fault("geometry_no_area", "error", geometry=shape, **self._about(position)), position
                )

    def _invalid(self, position: int, proposal: BaseGeometry | None) -> None:
        shape = self.shapes[position]
        reason = str(shapely.is_valid_reason(shape))
        where = _WHERE.search(reason)
        spot = Point(float(where["x"]), float(where["y"])) if where else None
        params = {"reason": reason.partition("[")[0], "repairable": proposal is not None}
        code = "ring_crossing" if reason.startswith(_CROSSING) else "ring_invalid"
        self.faults.add(Fault(code, "error", params=params, geometry=spot, **self._about(position)))
        self.refused.add(position)
        if proposal is None:
            self.shapes[position] = None
            self.repairs.pop(position, None)
        else:
            self.repairs[position] = proposal

    def best(self) -> Shapes:
        """What each zone would be with its repair accepted; None where there is nothing to go on with."""
        shapes = self.shapes.copy()
        for position, shape in self.repairs.items():
            shapes[position] = shape
        return shapes


def _only_polygons(shape: BaseGeometry) -> bool:
    return shape.geom_type == "GeometryCollection" and all(
        part.geom_type in ("Polygon", "MultiPolygon") for part in shapely.get_parts(shape)
    )


def _off_the_globe(shapes: Shapes) -> NDArray[np.int64]:
    coordinates, owners = shapely.get_coordinates(shapes, return_index=True)
    outside = ~np.isfinite(coordinates).all(axis=1)
    outside |= (np.abs(coordinates[:, 0]) > 180) | (np.abs(coordinates[:, 1]) > 90)
    return np.unique(owners[outside])


def _why_unbuilt(given: Any, limits: ShapeLimits) -> tuple[str, BaseGeometry | None]:
    """Why a GeoJSON geometry cannot be built, and the shape with its rings closed when that is all there is to do."""
    settings = GuardSettings(max_vertices=limits.vertices_max, max_polygons=limits.parts_max)
    types = ("Point", "Polygon", "MultiPolygon")
    try:
        geometry_from_geojson(given, types=types, settings=settings)
    except GeometryRefused as refused:
        if refused.code != "geometry_unclosed":
            return refused.code, None
    else:
        return "geometry_unreadable", None
    try:
        return "geometry_unclosed", geometry_from_geojson(_closed(given), types=types, settings=settings)
    except (GeometryRefused, TypeError, ValueError, KeyError, IndexError) as error:
        return getattr(error, "code", "geometry_unreadable"), None


def _closed(given: dict[str, Any]) -> dict[str, Any]:
    def rings(polygon: list[Any]) -> list[Any]:
        return [ring if ring[0] == ring[-1] else [*ring, ring[0]] for ring in polygon]

    told = given["coordinates"]
    made = rings(told) if given["type"] == "Polygon" else [rings(polygon) for polygon in told]
    return {"type": given["type"], "coordinates": made}


def _drawn(shape: BaseGeometry) -> BaseGeometry | None:
    """A shape that can be drawn: finite and in degrees, else none."""
    bounds = shape.bounds
    inside = len(bounds) == 4 and all(np.isfinite(bounds)) and max(map(abs, bounds)) <= 180
    return shape if inside else None
