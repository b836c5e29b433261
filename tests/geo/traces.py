"""A real trace as rows of fixes, and streets of fronts to look at from it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from geo.metric import MetricPlane
from geo.sight import FOREVER, Fronts
from geo.tracks import Fixes, Row

GPX = Path(__file__).parent / "data" / "cerknicko-jezero.gpx"
GPX_PLANE = MetricPlane(32633)
"""UTM 33 N, where Lake Cerknica lies."""
_NAMES = {"g": "http://www.topografix.com/GPX/1/0"}


def lake_rows(accuracy_m: float | None = 5.0) -> list[Row]:
    """The 296 fixes of the trace, received a second after they were recorded, on duty."""
    rows: list[Row] = []
    for point in ElementTree.parse(GPX).iterfind(".//g:trkpt", _NAMES):
        at_s = seconds(str(point.findtext("g:time", namespaces=_NAMES)))
        rows.append(
            (at_s, float(point.attrib["lon"]), float(point.attrib["lat"]), accuracy_m, False, at_s + 1, True)
        )
    return rows


def seconds(told: str) -> float:
    """POSIX seconds of a moment; a bare time of day is one of the trace's day."""
    whole = told if "T" in told else f"2010-08-05T{told}Z"
    return datetime.fromisoformat(whole.replace("Z", "+00:00")).timestamp()


def clock(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M:%S")


def taken(fixes: Fixes, which: Iterable[int] | np.ndarray) -> Fixes:
    """Some of the fixes, in order."""
    place = np.asarray(list(which), dtype=np.intp)
    return Fixes(*(getattr(fixes, name)[place] for name in Fixes.__slots__))


def strip(rows: Sequence[Row], begin: str, end: str, from_m: float, to_m: float) -> Polygon:
    """The area beside the way from the fix of one moment to that of another, so far to its right (left: negative)."""
    place = {row[0]: GPX_PLANE.forward(row[1], row[2]) for row in rows}
    way = LineString([place[seconds(begin)], place[seconds(end)]])
    near, far = (way.parallel_offset(abs(m), "right" if m > 0 else "left") for m in (from_m, to_m))
    return Polygon([*near.coords, *reversed(far.coords)])


def fronts(axes: Sequence[LineString], valid: Sequence[tuple[date, date | None]] | None = None) -> Fronts:
    """Fronts numbered from 1, valid always unless said otherwise."""
    spans = valid or [(date.min, None)] * len(axes)
    return Fronts(
        np.arange(1, len(axes) + 1),
        shapely.from_wkb(shapely.to_wkb(np.array(axes, dtype=object))),
        np.array([begin.toordinal() for begin, _ in spans]),
        np.array([FOREVER if end is None else end.toordinal() for _, end in spans]),
    )
