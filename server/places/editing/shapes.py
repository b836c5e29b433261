"""From what an editor sent to shapes and attributes that may be kept, and from shapes to what the child computes.

Geometry passes geo.guard or is refused with the place of the fault. Whatever GEOS computes, it computes in the child.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from shapely.geometry import LineString

from geo.guard import GeometryRefused, GuardSettings, geometry_from_geojson
from server.places.editing.limited import ChildBusy, ChildOverLimit, LimitedChild
from server.places.editing.wire import LineIn
from server.problems.places import ZoneComputingLimit, ZoneShapeRefused
from server.problems.request import InputRefused, Unavailable

CHILD = "server.places.editing.cut_child"
_OWN_FIELDS = frozenset(
    {"kind", "code", "name", "version", "township", "valid_from", "valid_to", "sample", "source"}
)
_PLACE = re.compile(r"[.\[\]]+")


@dataclass(frozen=True)
class ShapeLimits:
    """Limits of one edit, as the deployment sets them."""

    vertices_max: int
    line_vertices_max: int
    properties_max_bytes: int
    zones_max: int


def refused(path: str, message: str) -> InputRefused:
    return InputRefused(errors=[{"path": path, "message": message}])


@dataclass(frozen=True)
class Shapes:
    """Guards what comes in, and asks the child. Shapes travel as hex WKB, WGS-84."""

    limits: ShapeLimits
    child: LimitedChild
    srid: int

    def geometry(self, kind: str, value: Mapping[str, Any], path: str = "/geometry") -> str:
        """A guarded GeoJSON geometry as hex WKB. Raises InputRefused."""
        types = ("Point",) if kind == "service_point" else ("Polygon", "MultiPolygon")
        settings = GuardSettings(max_vertices=self.limits.vertices_max)
        try:
            return geometry_from_geojson(dict(value), types=types, settings=settings).wkb_hex
        except GeometryRefused as fault:
            where = "/".join(part for part in _PLACE.split(fault.path) if part)
            raise refused(f"{path}/{where}".rstrip("/"), f"{fault.code}: {fault.message}") from fault

    def line(self, line: LineIn) -> str:
        """A line as hex WKB. Raises InputRefused."""
        if len(line.coordinates) > self.limits.line_vertices_max:
            raise refused("/line/coordinates", f"at most {self.limits.line_vertices_max} positions")
        if len(set(line.coordinates)) < 2:
            raise refused("/line/coordinates", "a line has two different positions or more")
        return LineString(line.coordinates).wkb_hex

    def properties(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A zone's own attributes. Raises InputRefused."""
        own = _OWN_FIELDS & set(given)
        if own:
            raise refused(f"/properties/{min(own)}", "this name is taken by the zone itself")
        written = orjson.dumps(dict(given))
        if len(written) > self.limits.properties_max_bytes:
            raise refused("/properties", f"more than {self.limits.properties_max_bytes} bytes")
        # As JSON writes a NUL, which no column keeps; the same seven characters as text are refused with it.
        if b"\\u0000" in written:
            raise refused("/properties", "a NUL character cannot be kept")
        return dict(given)

    def compute(self, verb: str, *groups: Sequence[str], **more: float) -> dict[str, Any]:
        """The child's answer. Raises ZoneShapeRefused, ZoneComputingLimit, Unavailable."""
        try:
            answer = self.child.ask(
                {"srid": self.srid, "verb": verb, "shapes": [list(group) for group in groups], **more}
            )
        except ChildOverLimit as over:
            raise ZoneComputingLimit() from over
        except ChildBusy as busy:
            raise Unavailable() from busy
        if "refused" in answer:
            raise ZoneShapeRefused(**answer["refused"])
        return answer
