"""The gap finder over the map of a day: rows of the database in, stretches, places and totals out.

Streets and bays around the area asked for count as well, since a bay across its border serves what lies inside. The
judging is geo.gaps'; what an area may hold is limited, for the whole of it is worked out at every call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from sqlalchemy import Connection

from geo.gaps import GapReport, GapSettings, Sides, Standing, Stretch, Total, find_gaps
from geo.metric import MetricPlane
from geo.streetnet import StreetNet
from server import sqltext
from server.contract import read_cursor, write_cursor
from server.places.parking.attributes import Vehicle
from server.places.parking.reading import Bbox
from server.problems.places import ParkingAreaTooLarge
from server.sqltext import Statement

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class GapRules:
    """The gap finder as a deployment sets it; lengths in metres, `attractors` are words of `service` or `site_kind`."""

    plane: MetricPlane
    within_m: float
    sides: Sides
    reach_m: float
    things_max: int
    attractors: tuple[str, ...]


@dataclass(frozen=True)
class GapQuestion:
    """What is asked: the map of a day, an area of it, a vehicle, and the rule."""

    on: date
    vehicle: Vehicle
    within_m: float
    sides: Sides
    bbox: Bbox | None = None
    township: str | None = None


@dataclass(frozen=True)
class Found:
    """A report of the gap finder with the streets it ran on (digest, name) and how many bays counted."""

    report: GapReport
    streets: tuple[tuple[str, str | None], ...]
    bays: int


def find(connection: Connection, rules: GapRules, asked: GapQuestion) -> Found:
    """Run the gap finder. Raises ParkingAreaTooLarge."""
    west, south, east, north = asked.bbox or (None, None, None, None)
    values: dict[str, Any] = {
        "on": asked.on.isoformat(),
        "township": asked.township,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "attractors": list(rules.attractors),
        "vehicle": asked.vehicle,
        "rows": rules.things_max + 1,
    }
    fronts = _standing(_rows(connection, rules, SQL["list_gap_fronts"], values))
    attractors = _standing(_rows(connection, rules, SQL["list_gap_attractors"], values))
    values |= _box([*fronts, *attractors], asked.within_m + 2 * rules.reach_m)
    streets = _rows(connection, rules, SQL["list_gap_streets"], values)
    bays = _standing(_rows(connection, rules, SQL["list_gap_bays"], values))
    lines = shapely.from_wkb([bytes(row["shape"]) for row in streets]).tolist() if streets else []
    net = StreetNet(lines, [row["name"] for row in streets])
    settings = GapSettings(asked.within_m, asked.sides, rules.reach_m)
    report = find_gaps(net, fronts, bays, attractors, settings)
    return Found(report, tuple((row["digest"], row["name"]) for row in streets), len(bays))


def _rows(
    connection: Connection, rules: GapRules, statement: Statement, values: Mapping[str, Any]
) -> Sequence[Mapping[Any, Any]]:
    rows = statement.run(connection, values).mappings().all()
    if len(rows) > rules.things_max:
        raise ParkingAreaTooLarge(limit=rules.things_max)
    return rows


def _standing(rows: Sequence[Mapping[Any, Any]]) -> list[Standing]:
    shapes: list[Any] = shapely.from_wkb([bytes(row["shape"]) for row in rows]).tolist() if rows else []
    return [
        Standing(row["code"], row["township_code"], shape, row["street"])
        for row, shape in zip(rows, shapes, strict=True)
    ]


def _box(things: Sequence[Standing], margin_m: float) -> dict[str, float]:
    if not things:
        return {"low_x": 0.0, "low_y": 0.0, "high_x": 0.0, "high_y": 0.0}
    low_x, low_y, high_x, high_y = shapely.total_bounds(np.array([one.shape for one in things], dtype=object))
    return {
        "low_x": float(low_x) - margin_m,
        "low_y": float(low_y) - margin_m,
        "high_x": float(high_x) + margin_m,
        "high_y": float(high_y) + margin_m,
    }


def gap_features(found: Found, plane: MetricPlane, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of the gaps as GeoJSON, in order of their ids. Raises CursorRefused."""
    after = read_cursor(cursor, str)
    features = {_stretch_id(one, found): one for one in found.report.stretches}
    everything: dict[str, Stretch | Standing] = {
        **{f"attractor:{one.code}": one for one in found.report.attractors},
        **features,
    }
    ids = sorted(one for one in everything if after is None or one > after[0])
    page = ids[:limit]
    return {
        "type": "FeatureCollection",
        "features": [_feature(one, everything[one], found, plane) for one in page],
        "next": write_cursor(page[-1]) if len(ids) > limit else None,
    }


def _stretch_id(one: Stretch, found: Found) -> str:
    digest = found.streets[one.street][0]
    return f"stretch:{one.township or ''}:{digest[:16]}:{one.side}:{one.from_m:010.2f}"


def _feature(name: str, one: Stretch | Standing, found: Found, plane: MetricPlane) -> dict[str, Any]:
    if isinstance(one, Stretch):
        shape, zones = one.line, list(one.fronts)
        told = {
            "what": "stretch",
            "street": found.streets[one.street][1],
            "side": one.side,
            "length_m": round(one.length_m, 2),
        }
    else:
        shape, zones = one.shape, [one.code]
        told = {"what": "attractor", "street": None, "side": None, "length_m": None}
    placed = shapely.transform(shape, lambda places: _degrees(places, plane))
    return {
        "type": "Feature",
        "id": name,
        "geometry": mapping(placed),
        "properties": {**told, "township": one.township, "zones": zones},
    }


def _degrees(places: Any, plane: MetricPlane) -> Any:
    return np.array([[round(value, 9) for value in plane.inverse(x, y)] for x, y in places.tolist()])


def gap_totals(found: Found, asked: GapQuestion) -> dict[str, Any]:
    """Totals per township in order of their codes, with the rule they were worked out by."""
    return {
        "items": [_total(township, total) for township, total in found.report.totals.items()],
        "next": None,
        "vehicle": asked.vehicle,
        "within_m": asked.within_m,
        "sides": asked.sides.value,
        "streets": len(found.streets),
        "bays": found.bays,
        "unplaced": len(found.report.unplaced),
    }


def _total(township: str | None, total: Total) -> dict[str, Any]:
    share = round(1.0 - total.gap_m / total.front_m, 4) if total.front_m > 0 else None
    return {
        "township": township,
        "front_m": round(total.front_m, 2),
        "gap_m": round(total.gap_m, 2),
        "covered_share": share,
        "stretches": total.stretches,
        "attractors": total.attractors,
        "attractors_without": total.attractors_without,
    }
