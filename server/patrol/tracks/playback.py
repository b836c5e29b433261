"""A track for the eye: thinned points that still turn, stop and doubt where the track did, and one timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.tracks import wire
from server.contract import wire_time
from server.patrol.tracks.figures import Way, figures_of, runs, way_of
from server.patrol.tracks.reading import Recorded
from server.patrol.tracks.viewing import Viewing

_MINUTE_S = 60


@dataclass(frozen=True)
class Walked:
    """What was read of somebody's time: who, what they did (as `day_of_v1` tells), where they went."""

    account: str
    name: str
    body_code: str
    body_name: str
    from_at: datetime
    to_at: datetime
    day: Mapping[str, Any]
    coarse_days: Sequence[date]
    tracks: Sequence[Recorded]


def play(walked: Walked, viewing: Viewing) -> dict[str, Any]:
    """The answer of playback."""
    ways = [way_of(track, viewing.plane, viewing.settings) for track in walked.tracks]
    return {
        "officer": {
            "account": walked.account,
            "name": walked.name,
            "body": {"code": walked.body_code, "name": walked.body_name},
        },
        "from": wire_time(walked.from_at),
        "to": wire_time(walked.to_at),
        "coarse_days": [day.isoformat() for day in walked.coarse_days],
        "thinned_m": viewing.thinned_m,
        "tracks": [_track(track, way, viewing) for track, way in zip(walked.tracks, ways, strict=True)],
        "timeline": timeline(walked, ways),
    }


def _track(track: Recorded, way: Way, viewing: Viewing) -> dict[str, Any]:
    figures = figures_of(track, way, viewing.step_m)
    return {
        "device": {"kind": track.device_kind, "name": track.device_name},
        "shift": track.shift_id,
        "from": at_text(track.fixes.at_s[0]),
        "to": at_text(track.fixes.at_s[-1]),
        "fixes": len(track),
        "flagged": figures.flagged,
        "distance_m": figures.distance_m,
        "points": _points(track, way, viewing),
    }


def _points(track: Recorded, way: Way, viewing: Viewing) -> list[dict[str, Any]]:
    """Fixes that stay: corners, ends, what is not on the line, and one a minute, so that a pause stays a pause."""
    at_s, on_line, joined = track.fixes.at_s, fixes_on_line(track, way), joined_fixes(track, way)
    shown = ~on_line
    shown[[0, -1]] = True
    shown[1:] |= np.diff(np.floor(at_s / _MINUTE_S)) > 0
    for stop in way.stops:
        shown |= (at_s == stop.from_s) | (at_s == stop.to_s)
    for begin, end in runs(way.segments):
        s = way.segments
        places = np.searchsorted(at_s, [*s.start_s[begin:end], s.end_s[end - 1]])
        x, y = [*s.x0[begin:end], s.x1[end - 1]], [*s.y0[begin:end], s.y1[end - 1]]
        shown[places[[0, -1]]] = True
        fixed = np.flatnonzero(shown[places])
        corners = _corners(np.column_stack([x, y]), fixed.tolist(), viewing.thinned_m)
        shown[places[corners]] = True
    return [_point(track, n, bool(on_line[n]), bool(joined[n])) for n in np.flatnonzero(shown).tolist()]


def _corners(vertices: NDArray[np.float64], fixed: Sequence[int], thinned_m: float) -> list[int]:
    """Places of vertices that the simplified line still has; each stretch between fixed ones by itself.

    A fixed vertex put onto a line that was simplified whole would bend it away from what was left out.
    """
    places = []
    for begin, end in pairwise(fixed):
        stretch = vertices[begin : end + 1]
        at = 0
        for x, y in shapely.get_coordinates(shapely.simplify(shapely.linestrings(stretch), thinned_m)):
            while at < len(stretch) - 1 and (stretch[at, 0] != x or stretch[at, 1] != y):
                at += 1
            places.append(begin + at)
            at = min(at + 1, len(stretch) - 1)
    return places


def fixes_on_line(track: Recorded, way: Way) -> NDArray[np.bool_]:
    """Which fixes a segment begins or ends at, a lone one too."""
    return np.isin(track.fixes.at_s, np.concatenate([way.segments.start_s, way.segments.end_s]))


def joined_fixes(track: Recorded, way: Way) -> NDArray[np.bool_]:
    """Whether a segment leads to a fix from the usable one before it."""
    joined = np.zeros(len(track), dtype=np.bool_)
    lines = way.segments.end_s > way.segments.start_s
    joined[np.searchsorted(track.fixes.at_s, way.segments.end_s[lines])] = True
    return joined


def _point(track: Recorded, n: int, on_line: bool, joined: bool) -> dict[str, Any]:
    fixes = track.fixes
    return {
        "at": at_text(fixes.at_s[n]),
        "lon": float(fixes.lon[n]),
        "lat": float(fixes.lat[n]),
        "accuracy_m": number(fixes.accuracy_m[n]),
        "on_line": on_line,
        "joined": joined,
        "flags": wire(int(track.flags[n])),
    }


def timeline(walked: Walked, ways: Sequence[Way]) -> list[dict[str, Any]]:
    """What happened, by time: shifts, stops, visits, reports with their photos, calls for help, assists."""
    events = [*_told(walked), *_stops(walked, ways)]
    return sorted(events, key=lambda one: (one["at"], one["kind"], one.get("id", "")))


def _stops(walked: Walked, ways: Iterable[Way]) -> Iterator[dict[str, Any]]:
    for track, way in zip(walked.tracks, ways, strict=True):
        for stop in way.stops:
            yield {
                "at": at_text(stop.from_s),
                "until": at_text(stop.to_s),
                "kind": "stop",
                "lon": round(stop.lon, 7),
                "lat": round(stop.lat, 7),
                "device": track.device_name,
            }


def _told(walked: Walked) -> Iterator[dict[str, Any]]:
    lists: dict[str, list[dict[str, Any]]] = {name: found or [] for name, found in walked.day.items()}
    for shift in lists["shifts"]:
        yield {
            "at": wire_time(shift["starts"]),
            "kind": "shift_started",
            "id": shift["id"],
            "outside_roster": shift["outside_roster"],
        }
        if shift["ends"]:
            yield {
                "at": wire_time(shift["ends"]),
                "kind": "shift_ended",
                "id": shift["id"],
                "ended_by": shift["ended_by"],
            }
    for visit in lists["visits"]:
        yield {
            "at": wire_time(visit["from"]),
            "until": wire_time(visit["to"]),
            "kind": "visit",
            "visit": visit["kind"],
            "zone": {"kind": visit["zone_kind"], "code": visit["zone_code"], "name": visit["zone_name"]},
            "certain": visit["certain"],
            "certain_m": round(visit["certain_m"], 1),
            "probable_m": round(visit["probable_m"], 1),
        }
    for kind, name in (("report", "reports"), ("sos", "sos"), ("assist", "assists")):
        for event in lists[name]:
            yield {**event, "at": wire_time(event["at"]), "kind": kind}


def at_text(at_s: float) -> str:
    """POSIX seconds as RFC 3339 in UTC, to the microsecond that was recorded."""
    text = wire_time(datetime.fromtimestamp(round(float(at_s) * 1e6) / 1e6, UTC))
    return text or ""


def number(value: float) -> float | None:
    """A measured value as it was told to a float of four bytes; None when it was not told."""
    return None if np.isnan(value) else round(float(value), 3)
