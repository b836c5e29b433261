"""Reports of one day judged anew by exported zones: the matches that would differ, as the database path lists them.

Nothing moves by it: what is found is a file. Adding matches to reports is the re-match of the server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import orjson
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geo.datum import Datum, Position
from server.evidence.canonical import canonical
from server.patrol.batch import files
from server.patrol.batch.files import Part
from server.places.matching import Fix, Matcher

Differences: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[Mapping[str, Any]]]
_HINTABLE = ("township", "community", "grid")
"""Kinds nobody names by a door code."""


@dataclass(frozen=True)
class Rematched:
    """One part that was judged anew."""

    part: Part
    reports: int
    moves: int


def rematch(part: Part, *, root: Path, matcher: Matcher, differences: Differences) -> Rematched:
    """Judge the reports of a part anew and write those whose answer differs.

    Args:
        differences: what two matches say differently; the server's own.

    Raises:
        FileNotFoundError: the part was not exported.
    """
    zones = _zones_of(root, part.district)
    reports = [orjson.loads(text) for text in files.read(part.path(root, "reports"))["report"].to_pylist()]
    moves = []
    for report in reports:
        hint = report["zone_hint"]
        told = (hint["code"], hint["how"]) if hint else None
        sent = Position(report["sent_lon"], report["sent_lat"], Datum(report["datum"]))
        fix = matcher.fix(sent, report["accuracy_m"], report["bearing_deg"])
        rows = zones.candidates(matcher, fix, date.fromisoformat(report["judged_on"]), told and told[0])
        judged = matcher.judge(fix, rows, none_weights=report["none_weights"], hint=told)
        changes = differences(report["match"], judged.wire)
        if changes:
            moves.append((report["id"], orjson.dumps(changes).decode(), canonical(judged.wire).decode()))
    columns = list(zip(*moves, strict=True)) or [(), (), ()]
    names = ("report_id", "changes", "result")
    table = pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    )
    files.write(part.path(root, "rematches"), [table])
    return Rematched(part, len(reports), len(moves))


class _Zones:
    """Pieces of all zone versions, found by place as zone_candidates_v1 finds them."""

    def __init__(self, table: pa.Table) -> None:
        self._told = {
            name: table[name].to_pylist() for name in ("kind", "code", "name", "version", "township_code")
        }
        self._begins, self._ends = (
            np.array(
                [end if day is None else day.toordinal() for day in table[name].to_pylist()], dtype=np.int64
            )
            for name, end in (("valid_from", 0), ("valid_to", date.max.toordinal() + 1))
        )
        self._pieces = files.geometry(table)
        self._wkb = table["geometry"].to_pylist()
        self._codes = np.array(self._told["code"], dtype=object)
        self._nameable = ~np.isin(np.array(self._told["kind"], dtype=object), _HINTABLE)
        self._tree = shapely.STRtree(self._pieces)

    def candidates(self, matcher: Matcher, fix: Fix, on: date, hint: str | None) -> list[dict[str, Any]]:
        """Rows of zone_candidates_v1: of each kind the nearest pieces first, and those of the zone that was named."""
        values = matcher.candidate_values(fix, on, hint)
        here = shapely.Point(fix.x_m, fix.y_m)
        near = self._tree.query(here, predicate="dwithin", distance=values["radius_m"])
        named = np.flatnonzero((self._codes == hint) & self._nameable) if hint else near[:0]
        which = np.union1d(near, named)
        which = which[(self._begins[which] <= on.toordinal()) & (on.toordinal() < self._ends[which])]
        away_m = _away_m(self._pieces[which], here)
        ranked = sorted(zip(which.tolist(), away_m.tolist(), strict=True), key=self._rank)
        kept: list[dict[str, Any]] = []
        of_kind: dict[str, int] = {}
        for n, distance_m in ranked:
            kind = self._told["kind"][n]
            of_kind[kind] = of_kind.get(kind, 0) + 1
            if of_kind[kind] <= values["candidates_max"]:
                kept.append(self._row(n, distance_m))
        return kept

    def _rank(self, place: tuple[int, float]) -> tuple[str, float, str]:
        n, distance_m = place
        return self._told["kind"][n], distance_m, self._told["code"][n]

    def _row(self, n: int, distance_m: float) -> dict[str, Any]:
        told = {name: values[n] for name, values in self._told.items()}
        return {
            **told,
            "township": told.pop("township_code"),
            "distance_m": distance_m,
            "wkb": self._wkb[n].hex(),
        }


def _away_m(pieces: NDArray[np.object_], here: shapely.Point) -> NDArray[np.float64]:
    """Distances of a point from pieces, to the last digit as ST_Distance works them out, metres.

    GEOS answers otherwise by 1e-11 m, and distances stand in a match as they are.
    """
    parts, of_piece = shapely.get_parts(pieces, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    bare = shapely.get_type_id(parts) != shapely.GeometryType.POLYGON
    lines = np.concatenate([rings, parts[bare]])
    of_line = np.concatenate([of_piece[of_part], of_piece[bare]])
    points, of_point = shapely.get_coordinates(lines, return_index=True)
    follows = np.append(of_point[1:] == of_point[:-1], False)
    # A point alone is a segment of no length.
    starts = np.flatnonzero(follows | (np.bincount(of_point)[of_point] == 1))
    a, b = points[starts], points[starts + follows[starts]]
    step, seen = b - a, np.array([here.x, here.y]) - a
    square = step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1]
    share = (seen[:, 0] * step[:, 0] + seen[:, 1] * step[:, 1]) / np.where(square > 0, square, 1.0)
    foot = np.where((share > 1)[:, None], b, np.where((share < 0)[:, None], a, a + share[:, None] * step))
    away = foot - [here.x, here.y]
    away_m = np.full(len(pieces), np.inf)
    np.minimum.at(
        away_m, of_line[of_point[starts]], np.sqrt(away[:, 0] * away[:, 0] + away[:, 1] * away[:, 1])
    )
    away_m[shapely.intersects(pieces, here)] = 0.0
    return away_m


def _zones_of(root: Path, district: str) -> _Zones:
    path = Part(district).path(root, "zones")
    return _held_zones(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _held_zones(path: Path, _written_ns: int) -> _Zones:
    return _Zones(files.read(path))
