"""The whole examination of one layer, in order: read, map, place, check, compare. Runs in the child only.

What comes out is plain: zones with WGS-84 shapes and the repair proposed for each, faults, and a summary of how the
file was read. Nothing is decided here: applying is another step, by somebody who has read the report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.datum import Datum
from server.places.foreign import archive, formats, mapping
from server.places.foreign.faults import Faults
from server.places.foreign.formats import Shapes
from server.places.foreign.placing import Placing, Plane, declare
from server.places.foreign.shapes import Checking, ShapeLimits
from server.places.foreign.suspicion import Ground, Suspicion
from server.places.foreign.topology import Neighbours, Tolerances, Topology
from server.places.foreign.townships import Townships

# The same place told twice, through two projections and back: a millimetre.
SAME_WITHIN_DEG = 1e-8
_SAME_VERTICES_MAX = 200
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Layer:
    """A file that was examined."""

    summary: dict[str, Any]
    faults: Faults
    zones: list[dict[str, Any]]

    def lines(self) -> Iterator[dict[str, Any]]:
        yield {"summary": self.summary}
        yield from (fault.as_json() for fault in self.faults.kept)
        yield from self.zones


@dataclass(frozen=True)
class _Context:
    """What the district has already: townships, and the zones of this kind in force, WGS-84."""

    town_names: dict[str, str]
    town_shapes: Shapes
    town_codes: list[str]
    layer_ids: list[int]
    layer_codes: list[str]
    layer_shapes: Shapes

    @classmethod
    def of(cls, given: dict[str, Any]) -> _Context:
        towns, layer = given["townships"], given["layer"]
        return cls(
            {town[1]: town[0] for town in towns},
            _from_hex([town[2] for town in towns]),
            [town[0] for town in towns],
            [zone[0] for zone in layer],
            [zone[1] for zone in layer],
            _from_hex([zone[2] for zone in layer]),
        )


def _from_hex(texts: list[str]) -> Shapes:
    return np.asarray(shapely.from_wkb(np.array(texts, dtype=object)), dtype=object)


def examine(
    file: IO[bytes], folder: Path, task: dict[str, Any], given: dict[str, Any], tell: Progress
) -> Layer:
    """Examine one file.

    Args:
        file: what was sent. folder: empty, to unpack into.
        task: kind, metric_srid, options and limits as reader.py sends them.
        given: townships and the layer in force. tell: called with the name of each step.
    Raises:
        FileRefused.
    """
    options, limits = task["options"], task["limits"]
    tell("read")
    found = archive.unpack(file, folder, bytes_max=limits["unpacked_max_bytes"])
    raw = formats.read(
        found,
        encoding=options["encoding"],
        layer=options["layer"],
        features_max=limits["zones_max"],
        vertices_max=limits["vertices_max"],
    )
    tell("place")
    faults = Faults(limits["faults_max_per_code"])
    is_township, points = task["kind"] == "township", task["kind"] == "service_point"
    chosen = mapping.choose(raw.attributes, options["columns"])
    zones = mapping.zones_of(raw.attributes, chosen, is_township=is_township, faults=faults)
    declared = declare(
        raw.crs,
        crs=options["crs"],
        datum=options["datum"],
        rfc7946=found.format in ("geojson", "kml") and _plain(raw),
    )
    shape_limits = ShapeLimits(
        limits["vertices_max"], limits["parts_max"], limits["repair_each_s"], limits["repair_total_s"]
    )
    checking = Checking(zones, raw, shape_limits, faults, points=points)
    placing = Placing(declared)
    degrees = placing.degrees(checking.shapes)
    checking.placed(placing.wgs84(degrees))
    tell("check")
    checking.judged()
    context, plane = _Context.of(given), Plane(task["metric_srid"])
    one = _Examination(task, zones, checking, context, plane, faults, tell)
    one.suspect(degrees, declared.datum, placing)
    townships = one.compare()
    summary = {
        "format": found.format,
        "archive": found.archive,
        "encoding": raw.encoding,
        "layer": raw.layer,
        "crs": declared.words,
        "columns": mapping.columns_of(raw.attributes),
        "mapping": chosen,
        "features": len(zones),
        "fault_counts": dict(faults.counts),
        "errors": faults.errors,
    }
    return Layer(summary, faults, one.rows(townships))


def _plain(raw: formats.Raw) -> bool:
    return raw.crs is None or raw.crs.to_epsg() == 4326


class _Examination:
    """The comparing part, which needs everything at once."""

    def __init__(
        self,
        task: dict[str, Any],
        zones: list[mapping.Zone],
        checking: Checking,
        context: _Context,
        plane: Plane,
        faults: Faults,
        tell: Progress,
    ) -> None:
        self._task, self._zones, self._checking = task, zones, checking
        self._context, self._plane, self._faults, self._tell = context, plane, faults, tell
        self._points = task["kind"] == "service_point"
        self._metric = plane.metric(checking.best())
        self._layer_metric = plane.metric(context.layer_shapes)
        self._town_metric = plane.metric(context.town_shapes)
        self._town_proposals: dict[int, str] = {}

    def suspect(self, degrees: Shapes, declared: Datum, placing: Placing) -> None:
        """Look for a wrong datum, against the layer in force or the townships."""
        codes = [zone.code for zone in self._zones]
        shapes = self._layer_metric if len(self._layer_metric) else self._town_metric
        boxes = shapely.bounds(self._layer_metric)
        middles = dict(
            zip(self._context.layer_codes, ((boxes[:, :2] + boxes[:, 2:]) / 2).tolist(), strict=True)
        )
        ground = Ground(shapes, {code: (x, y) for code, (x, y) in middles.items()})
        Suspicion(codes, degrees, declared, placing, self._plane).ask(ground, self._faults)

    def compare(self) -> list[str | None]:
        """Topology and townships; returns the township of each zone."""
        if not self._points:
            self._topology()
        self._tell("townships")
        if self._task["kind"] == "township":
            return [zone.code for zone in self._zones]
        outlines = dict(zip(self._context.town_codes, self._town_metric, strict=True))
        towns = Townships(outlines, self._context.town_names)
        settled, self._town_proposals = towns.settle(self._zones, self._metric, self._faults, self._drawn)
        return settled

    def _topology(self) -> None:
        known = {zone.code for zone in self._zones}
        kept = [n for n, code in enumerate(self._context.layer_codes) if code not in known]
        shapes = np.concatenate([self._metric, self._layer_metric[kept]])
        tolerances = Tolerances(**self._task["tolerances"])
        neighbours = Neighbours(self._zones, shapes, [self._context.layer_codes[n] for n in kept])
        topology = Topology(neighbours, tolerances, self._faults, self._drawn)
        for name, step in (
            ("overlaps", topology.overlaps),
            ("gaps", topology.gaps),
            ("slivers", topology.slivers),
        ):
            self._tell(name)
            step()
        for position, shape in topology.repairs.items():
            self._propose(position, shape)

    def _propose(self, position: int, metric: BaseGeometry) -> None:
        shape = self._drawn(metric)
        # Through the projection and back a cut may lose its validity by the last digit: then there is no proposal.
        if shape.is_valid and shapely.get_num_coordinates(shape) <= self._checking.limits.vertices_max:
            self._checking.repairs[position] = shape

    def _drawn(self, metric: BaseGeometry) -> BaseGeometry:
        shape: BaseGeometry = self._plane.degrees(np.array([metric], dtype=object))[0]
        return shape

    def rows(self, townships: list[str | None]) -> list[dict[str, Any]]:
        """Every zone as it would be written."""
        checking, same = self._checking, self._same()
        wkb = shapely.to_wkb(checking.shapes, hex=True)
        made = []
        for n, zone in enumerate(self._zones):
            refused, repair = self._standing(n)
            made.append(
                {
                    "zone": zone.number,
                    "code": zone.code[: mapping.CODE_MAX] if zone.code else None,
                    "name": zone.name,
                    "township": townships[n],
                    "properties": zone.properties,
                    "wkb": wkb[n],
                    "repaired": None if repair is None else shapely.to_wkb(repair, hex=True),
                    "repaired_township": self._town_proposals.get(n),
                    "refused": refused,
                    "same_as": same.get(n),
                }
            )
        return made

    def _standing(self, n: int) -> tuple[bool, BaseGeometry | None]:
        """Whether a zone may not be applied as it was told, and the shape with which it then may."""
        errors = self._faults.errors_of.get(self._zones[n].number, set())
        refused, repair = n in self._checking.refused, self._checking.repairs.get(n)
        if errors & mapping.CODE_ERRORS:
            return True, None  # Nobody but its sender knows its code.
        if "township_unknown" in errors:
            # Its township is what there is to mend: without a proposal for that none of its shape helps.
            return True, (repair or self._checking.shapes[n]) if n in self._town_proposals else None
        return refused, repair

    def _same(self) -> dict[int, int]:
        """Position -> id of the version in force that has the same shape."""
        where = {code: n for n, code in enumerate(self._context.layer_codes)}
        pairs = [(n, where[zone.code]) for n, zone in enumerate(self._zones) if zone.code in where]
        if not pairs:
            return {}
        mine = shapely.normalize(self._checking.shapes[[n for n, _ in pairs]])
        theirs = shapely.normalize(self._context.layer_shapes[[m for _, m in pairs]])
        equal = shapely.equals_exact(mine, theirs, tolerance=SAME_WITHIN_DEG)
        counts = shapely.get_num_coordinates(mine)
        # Where two corners have one x but for noise, normalising begins at either.
        unsure = ~equal & (counts == shapely.get_num_coordinates(theirs)) & (counts <= _SAME_VERTICES_MAX)
        apart = shapely.hausdorff_distance(mine[unsure], theirs[unsure])
        equal[unsure] = apart < 2 * SAME_WITHIN_DEG
        return {n: self._context.layer_ids[m] for (n, m), one in zip(pairs, equal, strict=True) if one}
