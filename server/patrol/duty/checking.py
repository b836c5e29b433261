"""What keeps a roster from being used: people, teams, areas and places that are not there, turns that overlap.

Every fault is told with its place in the file; a roster with one is not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from geo.guard import GeometryRefused, GuardSettings, geometry_from_geojson
from server.cases.faults import Fault
from server.patrol.duty.wire import AreaIn, RosterEntryIn, RosterIn


@dataclass(frozen=True)
class Known:
    """What is there that a roster of one body may name.

    Attributes:
        kept: (officer, from, to) of turns that its import leaves in place.
    """

    officers: frozenset[str]
    zones: frozenset[tuple[str, str]]
    streets: frozenset[str]
    teams: frozenset[str]
    areas: frozenset[str]
    kept: tuple[tuple[str, datetime, datetime], ...]

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Known:
        """What roster_known_v1 answers; what it knows nothing of is null there."""
        return cls(
            frozenset(told["officers"] or ()),
            frozenset((kind, code) for kind, code in told["zones"] or ()),
            frozenset(told["streets"] or ()),
            frozenset(told["teams"] or ()),
            frozenset(told["areas"] or ()),
            tuple(
                (officer, datetime.fromisoformat(start), datetime.fromisoformat(stop))
                for officer, start, stop in told["kept"] or ()
            ),
        )


@dataclass(frozen=True)
class Limits:
    """Of one roster. vertices_max: of an area drawn as a polygon."""

    rows_max: int
    vertices_max: int


def day_begins(day: date, time_zone: ZoneInfo) -> datetime:
    """The moment a local day begins."""
    return datetime.combine(day, time(), time_zone)


def turn_of(entry: RosterEntryIn, time_zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a turn begins and ends; one that ends no later than it begins ends the next day."""
    start, stop = time.fromisoformat(entry.from_), time.fromisoformat(entry.to)
    ends_on = entry.day if stop > start else entry.day + timedelta(days=1)
    return datetime.combine(entry.day, start, time_zone), datetime.combine(ends_on, stop, time_zone)


def faults(given: RosterIn, known: Known, limits: Limits, time_zone: ZoneInfo) -> Iterator[Fault]:
    """Every fault of a roster."""
    if len(given.entries) > limits.rows_max:
        yield Fault("too_many_rows", "/entries", {"count": len(given.entries), "limit": limits.rows_max})
        return
    if given.last < given.first:
        yield Fault("roster_days", "/last", {"first": str(given.first), "last": str(given.last)})
    yield from _areas(given, known, limits)
    yield from _teams(given, known)
    yield from _entries(given, known)
    yield from _overlaps(given, known, time_zone)


def _areas(given: RosterIn, known: Known, limits: Limits) -> Iterator[Fault]:
    for place, name in _twice([area.code for area in given.areas]):
        yield Fault("area_twice", f"/areas/{place}/code", {"name": name})
    for place, area in enumerate(given.areas):
        yield from _ground(f"/areas/{place}", area, known, limits)


def _ground(path: str, area: AreaIn, known: Known, limits: Limits) -> Iterator[Fault]:
    if area.polygon is not None:
        try:
            geometry_from_geojson(area.polygon, settings=GuardSettings(max_vertices=limits.vertices_max))
        except GeometryRefused as refused:
            yield Fault("area_shape", f"{path}/polygon", {"area": area.code, "why": refused.message})
    elif area.zones is not None:
        for number, code in enumerate(area.zones.codes):
            if (area.zones.kind, code) not in known.zones:
                told = {"kind": area.zones.kind, "code": code}
                yield Fault("area_zone_unknown", f"{path}/zones/codes/{number}", told)
    else:
        for number, street in enumerate(area.streets or ()):
            if street not in known.streets:
                yield Fault("area_street_unknown", f"{path}/streets/{number}", {"street": street})


def _teams(given: RosterIn, known: Known) -> Iterator[Fault]:
    for place, name in _twice([team.name for team in given.teams]):
        yield Fault("team_twice", f"/teams/{place}/name", {"name": name})
    for place, team in enumerate(given.teams):
        for number, officer in enumerate(team.members):
            if officer not in known.officers:
                yield Fault("officer_unknown", f"/teams/{place}/members/{number}", {"officer": officer})


def _twice(names: list[str]) -> Iterator[tuple[int, str]]:
    """Where a name stands for the second time."""
    seen: Counter[str] = Counter()
    for place, name in enumerate(names):
        seen[name] += 1
        if seen[name] == 2:
            yield place, name


def _entries(given: RosterIn, known: Known) -> Iterator[Fault]:
    teams = known.teams | {team.name for team in given.teams}
    areas = known.areas | {area.code for area in given.areas}
    for place, entry in enumerate(given.entries):
        path = f"/entries/{place}"
        if not given.first <= entry.day <= given.last:
            yield Fault("roster_day_outside", f"{path}/day", {"day": str(entry.day)})
        if entry.officer not in known.officers:
            yield Fault("officer_unknown", f"{path}/officer", {"officer": entry.officer})
        if entry.team is not None and entry.team not in teams:
            yield Fault("team_unknown", f"{path}/team", {"team": entry.team})
        if entry.area is not None and entry.area not in areas:
            yield Fault("area_unknown", f"{path}/area", {"area": entry.area})


def _overlaps(given: RosterIn, known: Known, time_zone: ZoneInfo) -> Iterator[Fault]:
    """Turns of one officer that overlap: each is told at the later one of the file."""
    turns: dict[str, list[tuple[datetime, datetime, int]]] = {}
    for officer, start, stop in known.kept:
        turns.setdefault(officer, []).append((start, stop, -1))
    for place, entry in enumerate(given.entries):
        turns.setdefault(entry.officer, []).append((*turn_of(entry, time_zone), place))
    for officer, listed in turns.items():
        for (_, stop, before), (start, _, place) in pairwise(sorted(listed)):
            if start < stop and max(before, place) >= 0:
                told = {"officer": officer, "day": str(start.astimezone(time_zone).date())}
                yield Fault("turns_overlap", f"/entries/{max(before, place)}", told)
