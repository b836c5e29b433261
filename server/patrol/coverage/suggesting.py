"""From the gaps list to a suggested round: fronts are put on street lines, and what lies between is walked.

Nothing is kept: a suggestion is asked for and walked, or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import shapely
from sqlalchemy import Connection

from geo.metric import MetricPlane, MetricPlaneRefused
from geo.streetnet import StreetNet
from server.patrol.coverage.asked import Area
from server.patrol.coverage.reading import SQL, Coverage
from server.patrol.coverage.rounds import Leg, Rounds, Target, Tour, line_of
from server.patrol.coverage.walking import Node, Stretch, WalkGraph, nearest_spot
from server.patrol.coverage.wire import RoundIn, RoundStart
from server.problems.coverage import CoverageTooMuch
from server.problems.request import InputRefused

_LOOKED_AT = 2
"""Streets looked at for each that a round may have: some of the most overdue lie too far away."""
_REACH_M = 60.0
"""A front farther from every street line stands on none."""
_AROUND_M = 1000.0
"""Streets around the gaps that a way between them may use."""
_DEGREES = 7


class RoundSettings(Protocol):
    """How rounds are looked for; read-only, so that a frozen configuration fits."""

    @property
    def metric_srid(self) -> int: ...
    @property
    def round_walk_mps(self) -> float: ...
    @property
    def round_look_s_per_m(self) -> float: ...
    @property
    def round_streets_max(self) -> int: ...
    @property
    def round_lines_max(self) -> int: ...
    @property
    def round_search_steps(self) -> int: ...


@dataclass(frozen=True)
class _Front:
    """A front that is late or was never visited."""

    zone_id: int
    length_m: float
    axis: Any


def area_of(wanted: RoundIn) -> Area:
    """Where to look for gaps. Raises InputRefused when nothing says so, or a rectangle is none."""
    if wanted.township is None and wanted.bbox is None:
        raise InputRefused(errors=[{"path": "/township", "message": "township or bbox wanted"}])
    if wanted.bbox and (wanted.bbox[0] > wanted.bbox[2] or wanted.bbox[1] > wanted.bbox[3]):
        raise InputRefused(errors=[{"path": "/bbox", "message": "west <= east and south <= north wanted"}])
    return Area(township=wanted.township, street=wanted.street, bbox=wanted.bbox)


def suggest(
    connection: Connection, coverage: Coverage, wanted: RoundIn, settings: RoundSettings, plane: MetricPlane
) -> dict[str, Any]:
    """A round over the most overdue streets.

    Raises:
        InputRefused: there is no such team. CoverageTooMuch: more streets than a round may have, or too many lines.
    """
    if wanted.max_streets > settings.round_streets_max:
        raise CoverageTooMuch(limit=settings.round_streets_max)
    team_id = _team(connection, wanted)
    looked_at = _LOOKED_AT * wanted.max_streets
    found = coverage.gap_streets(None, looked_at + len(wanted.without), team_id)
    streets = [row for row in found if row["street"] not in wanted.without][:looked_at]
    zones = coverage.gap_fronts(streets, team_id)
    gaps = [{**row, "zones": found} for row, found in zip(streets, zones, strict=True)]
    fronts = _fronts(connection, gaps)
    if not fronts:
        return {"streets": [], "length_m": 0.0, "minutes": 0.0, "line": None, "left": []}
    net = _net(connection, coverage.day, fronts, settings.round_lines_max)
    targets, without = _targets(net, gaps, fronts)
    start, away_m = None, 0.0
    if wanted.start and net.lines:
        start, away_m = nearest_spot(net, *_in_plane(plane, wanted.start))
        if 2 * away_m >= wanted.max_m:
            message = "farther from any street than the round may be long"
            raise InputRefused(errors=[{"path": "/start", "message": message}])
    stretches = [stretch for target in targets for stretch in target.stretches]
    graph = WalkGraph(net, stretches, [start] if start else [])
    rounds = Rounds(graph, start, wanted.max_m - 2 * away_m, wanted.max_streets, settings.round_search_steps)
    tour = rounds.suggest(targets)
    return _told(_Telling(plane, graph, coverage, settings, start, away_m), gaps, tour, without, fronts)


def _in_plane(plane: MetricPlane, start: RoundStart) -> tuple[float, float]:
    try:
        return plane.forward(start.lon, start.lat)
    except MetricPlaneRefused as error:
        raise InputRefused(errors=[{"path": "/start", "message": "far from this district"}]) from error


def _team(connection: Connection, wanted: RoundIn) -> int | None:
    if wanted.team is None:
        return None
    rows = SQL["find_team"].run(connection, {"team": wanted.team, "body": wanted.team_body}).all()
    if len(rows) != 1:
        message = f"{len(rows)} teams of that name: " + ", ".join(sorted(row.body for row in rows))
        raise InputRefused(errors=[{"path": "/team", "message": message}])
    return int(rows[0].id)


def _fronts(connection: Connection, gaps: Sequence[Mapping[Any, Any]]) -> dict[int, _Front]:
    zones = [zone for gap in gaps for zone in gap["zones"]]
    rows = SQL["list_round_fronts"].run(connection, {"zones": zones}) if zones else ()
    return {row.zone_id: _Front(row.zone_id, row.length_m, shapely.from_wkb(bytes(row.axis))) for row in rows}


def _net(connection: Connection, day: str, fronts: Mapping[int, _Front], lines_max: int) -> StreetNet:
    low_x, low_y, high_x, high_y = shapely.total_bounds([front.axis for front in fronts.values()])
    values = {
        "day": day,
        "low_x": float(low_x) - _AROUND_M,
        "low_y": float(low_y) - _AROUND_M,
        "high_x": float(high_x) + _AROUND_M,
        "high_y": float(high_y) + _AROUND_M,
        "rows": lines_max + 1,
    }
    rows = SQL["list_round_lines"].run(connection, values).all()
    if len(rows) > lines_max:
        raise CoverageTooMuch(limit=lines_max)
    lines: list[Any] = [shapely.from_wkb(bytes(row.shape)) for row in rows]
    return StreetNet(lines, [row.name for row in rows])


def _targets(
    net: StreetNet, gaps: Sequence[Mapping[Any, Any]], fronts: Mapping[int, _Front]
) -> tuple[list[Target], list[int]]:
    """What is to be walked of each street, by its place in the list; and the places of those near no line."""
    targets, without = [], []
    for place, gap in enumerate(gaps):
        known = [fronts[zone] for zone in gap["zones"] if zone in fronts]
        names = [gap["street"] or None] * len(known)
        spans: dict[int, list[float]] = defaultdict(list)
        for placed in net.place([front.axis for front in known], _REACH_M, names):
            if placed is not None:
                spans[placed.street] += placed.span
        if spans:
            walked = [Stretch(street, min(span), max(span)) for street, span in sorted(spans.items())]
            targets.append(Target(place, tuple(walked)))
        else:
            without.append(place)
    return targets, without


@dataclass(frozen=True)
class _Telling:
    """What an answer is worded with."""

    plane: MetricPlane
    graph: WalkGraph
    coverage: Coverage
    settings: RoundSettings
    start: Node | None
    away_m: float

    def minutes(self, walked_m: float, looked_m: float) -> float:
        seconds = walked_m / self.settings.round_walk_mps + looked_m * self.settings.round_look_s_per_m
        return round(seconds / 60, 1)

    def line(self, tour: Tour) -> dict[str, Any] | None:
        met = line_of(self.graph, tour, self.start)
        if len(met) < 2:
            return None
        spots = (self.plane.inverse(x, y) for x, y in met)
        return {
            "type": "LineString",
            "coordinates": [[round(lon, _DEGREES), round(lat, _DEGREES)] for lon, lat in spots],
        }


def _told(
    telling: _Telling,
    gaps: Sequence[Mapping[Any, Any]],
    tour: Tour,
    without: Sequence[int],
    fronts: Mapping[int, _Front],
) -> dict[str, Any]:
    names = telling.coverage.codes_of(list(fronts))
    streets: list[dict[str, Any]] = []
    walked_m, looked_m, told = telling.away_m, 0.0, set()
    for n, leg in enumerate(tour.legs):
        gap = gaps[leg.key]
        walked_m += leg.way_m + leg.stretch.length_m
        # A street of several lines is met several times; its fronts are looked at once.
        zones = [] if leg.key in told else [zone for zone in gap["zones"] if zone in fronts]
        told.add(leg.key)
        looked_m += sum(fronts[zone].length_m for zone in zones)
        streets.append(_street(gap, leg, [names[zone] for zone in zones], telling, n, walked_m, looked_m))
    left = [(place, "no_line") for place in without] + list(tour.left)
    length_m = tour.length_m + 2 * telling.away_m if tour.legs else 0.0
    return {
        "streets": streets,
        "length_m": round(length_m, 1),
        "minutes": telling.minutes(length_m, looked_m),
        "line": telling.line(tour),
        "left": [
            {
                "street": gaps[place]["street"] or None,
                "township": gaps[place]["township"] or None,
                "why": why,
            }
            for place, why in sorted(left)
        ],
    }


def _street(
    gap: Mapping[Any, Any],
    leg: Leg,
    zones: list[str],
    telling: _Telling,
    place: int,
    walked_m: float,
    looked_m: float,
) -> dict[str, Any]:
    return {
        "street": gap["street"] or None,
        "zones": zones,
        "never": gap["never"] if zones else 0,
        "late": gap["late"] if zones else 0,
        "way_m": round(leg.way_m + (telling.away_m if place == 0 else 0.0), 1),
        "walk_m": round(leg.stretch.length_m, 1),
        "minutes": telling.minutes(walked_m, looked_m),
    }
