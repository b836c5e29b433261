"""Where a made-up officer's phone was: a walk along demo streets as fixes, with the faults that real phones have.

The same seed gives the same walk. Noise wanders as that of a phone does instead of jumping from fix to fix; now and
then a fix is poor and says so, and once one is far away, which the server flags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from shapely import LineString
from shapely.ops import substring

from demo.load import read_json
from geo.datum import Datum, Position, convert
from geo.metric import MetricPlane

PLANE = MetricPlane(4549)
PACE_MPS = 1.25
EVERY_S = 10
# How much of its error a fix has from the one before: phones drift for a minute or so.
MEMORY = 0.9
STANDS_S = 120
POOR_EVERY, POOR_ACCURACY_M = 40, 70.0
JUMP_M = 1500.0


@cache
def _streets() -> dict[tuple[str | None, str], LineString]:
    """Centre lines in metres of the plane."""
    return {
        (feature["properties"]["township"], feature["properties"]["name"]): LineString(
            [PLANE.forward(lon, lat) for lon, lat in feature["geometry"]["coordinates"]]
        )
        for feature in read_json("streets.geojson")["features"]
    }


def way_of(township: str, parts: Sequence[tuple[str, float, float]]) -> LineString:
    """One line over stretches of streets: each from a share of its length to another."""
    points: list[tuple[float, float]] = []
    for street, start, stop in parts:
        stretch = substring(_streets()[township, street], start, stop, normalized=True)
        points += [(x, y) for x, y in stretch.coords]
    return LineString(points)


def length_m(walk: Mapping[str, Any]) -> float:
    """How long the way of a walk is on the ground."""
    return float(way_of(walk["township"], walk["way"]).length)


def duration_of(walk: Mapping[str, Any]) -> timedelta:
    """How long a walk takes, standing about included."""
    return timedelta(seconds=round(length_m(walk) / PACE_MPS) + STANDS_S)


def fixes(walk: Mapping[str, Any], started_at: datetime) -> Iterator[dict[str, Any]]:
    """The positions of a walk as its phone sends them, in order of time."""
    way, chance = way_of(walk["township"], walk["way"]), Random(walk["seed"])
    steps = int(duration_of(walk).total_seconds()) // EVERY_S
    stands_from = steps // 2
    east = north = walked = 0.0
    for step in range(steps):
        standing = stands_from <= step < stands_from + STANDS_S // EVERY_S
        walked += 0 if standing else PACE_MPS * EVERY_S
        spot = way.interpolate(walked)
        accuracy = POOR_ACCURACY_M if step % POOR_EVERY == POOR_EVERY - 1 else chance.uniform(3, 7)
        spread = accuracy / 2.5 * (1 - MEMORY**2) ** 0.5
        east, north = (MEMORY * one + chance.gauss(0, spread) for one in (east, north))
        away = JUMP_M if step == stands_from // 2 else 0.0
        lon, lat = PLANE.inverse(spot.x + east + away, spot.y + north)
        told = convert(Position(lon, lat, Datum.WGS84), Datum(walk["datum"]))
        yield {
            "lon": round(told.lon, 7),
            "lat": round(told.lat, 7),
            "datum": walk["datum"],
            "accuracy_m": round(accuracy, 1),
            "recorded_at": (started_at + timedelta(seconds=step * EVERY_S)).isoformat(),
            "speed_mps": 0.0 if standing else PACE_MPS,
            "battery": round(0.9 - step * 0.001, 3),
        }
