"""From a fix and candidate rows to the match of the HTTP contract, with its reasons in words.

The judging is geo.match's; here stand what the deployment sets, how rows become candidates, and which sentence
belongs to which reason. Nothing here touches the database: rows come in, a match goes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely import Point

from geo.datum import Datum, Position, convert, distance_m
from geo.match import Match, match
from geo.metric import MetricPlane
from geo.observation import (
    Candidate,
    CategoryWeights,
    HintHow,
    Kind,
    MatchSettings,
    Observation,
    ZoneHint,
    geometries_from_wkb,
)
from geo.samples import reach_m
from server.messages import say

_UNREACHED = Point()
# A lookup in a dict costs a fifth of one by calling the class, and there are dozens of rows in a match.
_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True)
class Fix:
    """A position as a phone sends it, and the same place in WGS-84 and in the metric plane.

    Lengths in metres, bearing in degrees from true north; `moved_m` is how far the conversion moved it.
    """

    sent: Position
    place: Position
    moved_m: float
    x_m: float
    y_m: float
    accuracy_m: float
    bearing_deg: float | None


@dataclass(frozen=True)
class Judged:
    """A match as geo says it, and as it is sent and kept."""

    match: Match
    wire: dict[str, Any]
    zone_codes: tuple[str, ...]


@dataclass(frozen=True)
class Matcher:
    """Matching as one deployment sets it."""

    plane: MetricPlane
    settings: MatchSettings
    radius_max_m: float
    candidates_max: int

    def fix(self, sent: Position, accuracy_m: float, bearing_deg: float | None) -> Fix:
        """Convert once, at the door."""
        place = convert(sent, Datum.WGS84)
        moved_m = 0.0 if (place.lon, place.lat) == (sent.lon, sent.lat) else _moved_m(sent, place)
        x_m, y_m = self.plane.forward(place.lon, place.lat)
        return Fix(sent, place, moved_m, x_m, y_m, accuracy_m, bearing_deg)

    def candidate_values(self, fix: Fix, on: date, hint: str | None) -> dict[str, Any]:
        """Parameters of zone_candidates_v1."""
        radius_m = min(self.settings.near_m(fix.accuracy_m), self.radius_max_m)
        return {
            "x": fix.x_m,
            "y": fix.y_m,
            "radius_m": radius_m,
            "on": on.isoformat(),
            "hint": hint,
            "candidates_max": self.candidates_max,
        }

    def judge(
        self,
        fix: Fix,
        rows: Sequence[Mapping[str, Any]],
        *,
        none_weights: Mapping[str, float] | None = None,
        hint: tuple[str, str] | None = None,
    ) -> Judged:
        """Match one fix against the rows of zone_candidates_v1.

        Args:
            none_weights: zone kind -> weight of "in none", from the category; unknown kinds are ignored.
            hint: code and how ("qr" or "picked") of the zone the officer named.
        """
        bearing = fix.bearing_deg
        if bearing is not None:
            bearing = self.plane.grid_bearing_deg(fix.place.lon, fix.place.lat, bearing)
        observation = Observation(
            fix.x_m, fix.y_m, fix.accuracy_m, bearing, ZoneHint(hint[0], HintHow(hint[1])) if hint else None
        )
        candidates = _candidates(rows, reach_m(observation, self.settings))
        found = match(observation, candidates, _weights(none_weights), self.settings)
        return Judged(
            found, _wire(found, fix, {row["code"]: row["name"] for row in rows}), _sure_codes(found)
        )


def _wire(found: Match, fix: Fix, names: Mapping[str, str]) -> dict[str, Any]:
    wire = found.as_dict()
    wire["why"] = [_reason(reason["code"], reason["params"], names) for reason in wire["why"]]
    wire["position"] = {"lon": round(fix.place.lon, 9), "lat": round(fix.place.lat, 9)}
    wire["datum"] = fix.sent.datum.value
    wire["moved_m"] = round(fix.moved_m, 3)
    return wire


def _reason(code: str, params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    # People know a zone by its name; the code stays beside it in the parameters.
    named = {
        f"{key}_name": names.get(params[key], params[key]) for key in ("zone", "township") if params.get(key)
    }
    return {"code": code, "params": dict(params), **say(f"why.{code}", {**params, **named})}


def _moved_m(sent: Position, place: Position) -> float:
    # The same numbers read as WGS-84: how far a map without the conversion would have been off.
    return distance_m(Position(sent.lon, sent.lat, Datum.WGS84), place)


def _candidates(rows: Sequence[Mapping[str, Any]], within_m: float) -> list[Candidate]:
    # An outline that no sample can reach is not read: it is most of them, and reading them is half of a match.
    reached = geometries_from_wkb([row["wkb"] for row in rows if row["distance_m"] <= within_m])
    outlines = iter(reached)
    geometries = [next(outlines) if row["distance_m"] <= within_m else _UNREACHED for row in rows]
    return [
        Candidate(
            _KINDS[row["kind"]],
            row["code"],
            row["name"],
            row["version"],
            row["township"],
            row["distance_m"],
            geometry,
        )
        for row, geometry in zip(rows, geometries, strict=True)
    ]


def _weights(none_weights: Mapping[str, float] | None) -> CategoryWeights | None:
    if not none_weights:
        return None
    return CategoryWeights({_KINDS[kind]: weight for kind, weight in none_weights.items() if kind in _KINDS})


def _sure_codes(found: Match) -> tuple[str, ...]:
    verdicts = (found.township, found.frontage, found.parking, found.grid, *found.others)
    return tuple(verdict.code for verdict in verdicts if verdict.chosen and verdict.code)
