"""From segments to sightings, from sightings to visits: which cells of which zone a device saw, and when it was there.

A sighting is what one device saw of one zone version within one slot of `SLOT_S` seconds, as bits a cell. Union is OR,
first is the least, last the greatest: order, batches, repetition and lateness cannot matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.looking import Seen
from geo.sight import Floats, Fronts, Places
from geo.tracks import Segments

SLOT_S: Final = 300
DayOf: TypeAlias = Callable[[NDArray[np.int64]], NDArray[np.int64]]
"""Slots in POSIX seconds to the day ordinals (date.toordinal) of the district."""


@dataclass(frozen=True, slots=True)
class SightSettings:
    """How far one sees and what makes a visit.

    Args:
        sight_m: how far one sees. visit_gap_s: a longer absence ends a visit; not under `SLOT_S`.
        visit_dwell_s: who is there so long visits. visit_share: or who sees this share of the cells.
    """

    sight_m: float = 25.0
    visit_gap_s: float = 300.0
    visit_dwell_s: float = 10.0
    visit_share: float = 0.5


_DEFAULT: Final = SightSettings()
_DAY_S: Final = 86_400
_EPOCH_DAY: Final = 719_163
_CELLS_AT_ONCE: Final = 500_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one device saw of one zone version in one slot.

    `slot_s`: POSIX second the slot begins. `first_s`, `last_s`: when a cell first came into sight and one last left it,
    to a millisecond. `certain`, `probable`: bit strings, cell 0 first; probable includes certain.
    """

    zone_id: int
    slot_s: int
    first_s: float
    last_s: float
    certain: str
    probable: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody was at a zone for a purpose: a report made there, a service visit."""

    zone_id: int
    at_s: float
    kind: Literal["inspection", "service"]


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody was at a zone, from and to in POSIX seconds; metres of its axis that were seen meanwhile.

    `certain`: what was certainly seen makes it a visit too, or a mark does.
    """

    zone_id: int
    from_s: float
    to_s: float
    kind: Literal["patrol", "inspection", "service"]
    certain: bool
    certain_m: float
    probable_m: float


@dataclass(frozen=True, slots=True)
class Changed:
    """What a new look at a track changes.

    `new`: segments that were not there. `lost_slots`: slots (POSIX seconds, sorted) in which a segment is gone: their
    sightings have to be made again from all segments that start in them.
    """

    new: Segments
    lost_slots: NDArray[np.int64]


def days_in(time_zone: ZoneInfo) -> DayOf:
    """The calendar of a district, for `sight`. Its offset from UTC is whole slots, so a slot lies in one day.

    >>> days_in(ZoneInfo("Asia/Shanghai"))(np.array([57_300, 57_600])).tolist()  # 23:55 and midnight
    [719163, 719164]
    """

    def day_of(slots: NDArray[np.int64]) -> NDArray[np.int64]:
        known, inverse = np.unique(slots, return_inverse=True)
        days = [
            datetime.fromtimestamp(slot, UTC).astimezone(time_zone).toordinal() for slot in known.tolist()
        ]
        return np.array(days, dtype=np.int64)[inverse]

    return day_of


def slot_of(at_s: Floats) -> NDArray[np.int64]:
    """The slots that moments lie in.

    >>> slot_of(np.array([0.0, 299.999999, 300.0])).tolist()
    [0, 0, 300]
    """
    return np.floor(at_s / SLOT_S).astype(np.int64) * SLOT_S


def sight(
    ways: Segments, fronts: Fronts, settings: SightSettings = _DEFAULT, *, day_of: DayOf
) -> list[Sighting]:
    """What one device saw from its segments, sorted by zone and slot; only zone versions valid on the day of the slot.

    A cell is seen when its midpoint lies within `sight_m` of the segment: certainly when also the accuracy is
    granted against it, probably when in its favour. A segment belongs to the slot it starts in. Segments may come in
    any order and more than once, but no two that differ over the same time.
    """
    if len(ways) == 0 or len(fronts) == 0:
        return []
    ways = ways.take(np.argsort(ways.start_s))
    slots = slot_of(ways.start_s)
    way, front = _pairs(ways, fronts, settings, day_of(slots))
    numbers, slot_number = np.unique(slots, return_inverse=True)
    keys, group = np.unique(front * len(numbers) + slot_number[way], return_inverse=True)
    group_front, group_slot = keys // len(numbers), numbers[keys % len(numbers)]
    seen = Seen(fronts.counts[group_front])
    for part in _parts(fronts.counts[front]):
        seen.add(ways, way[part], fronts, front[part], group[part], settings.sight_m)
    found = _sightings(seen, fronts.zone_ids[group_front], group_slot)
    return sorted(found, key=lambda sighting: (sighting.zone_id, sighting.slot_s))


def merge(a: Sighting, b: Sighting) -> Sighting:
    """Two sightings of the same zone and slot as one, whichever comes first.

    >>> a, b = Sighting(7, 0, 5.0, 9.0, "00", "01"), Sighting(7, 0, 7.0, 8.0, "00", "10")
    >>> merge(a, b) == merge(b, a) == Sighting(7, 0, 5.0, 9.0, "00", "11")
    True
    """
    return Sighting(
        a.zone_id,
        a.slot_s,
        min(a.first_s, b.first_s),
        max(a.last_s, b.last_s),
        _either(a.certain, b.certain),
        _either(a.probable, b.probable),
    )


def visits(
    sightings: Iterable[Sighting],
    marks: Iterable[Mark],
    lengths: Mapping[int, float],
    settings: SightSettings = _DEFAULT,
) -> list[Visit]:
    """The visits of one device or one person, sorted by zone and time.

    An island of sightings and marks of one zone, with no absence longer than `visit_gap_s`, is a visit when it holds a
    mark, lasts `visit_dwell_s` or saw `visit_share` of the cells. A mark gives it its kind; an inspection outweighs a
    service visit.

    Args:
        sightings: merged, one a zone and slot. lengths: metres of the axis of every zone that was seen.
    """
    presences = sorted(
        [_Presence(s.zone_id, s.first_s, s.last_s, s.certain, s.probable) for s in sightings]
        + [_Presence(m.zone_id, m.at_s, m.at_s, kind=m.kind) for m in marks],
        key=lambda presence: (presence.zone_id, presence.from_s, presence.to_s),
    )
    return [
        visit
        for zone_id, here in groupby(presences, key=lambda presence: presence.zone_id)
        for island in _islands(here, settings.visit_gap_s)
        if (visit := _visit(zone_id, island, lengths.get(zone_id, 0.0), settings)) is not None
    ]


def changed(before: Segments, after: Segments) -> Changed:
    """Which segments of one device are new, and which slots lost one; both by time."""
    place = np.searchsorted(before.start_s, after.start_s)
    held = np.minimum(place, max(0, len(before) - 1))
    same = np.full(len(after), len(before) > 0)
    if len(before):
        for field in fields(Segments):
            same &= getattr(before, field.name)[held] == getattr(after, field.name)
    lost = np.ones(len(before), dtype=np.bool_)
    lost[held[same]] = False
    return Changed(after.take(~same), np.unique(slot_of(before.start_s[lost])))


def _pairs(
    ways: Segments, fronts: Fronts, settings: SightSettings, days: NDArray[np.int64]
) -> tuple[Places, Places]:
    """Segments, by time, and the fronts that may be seen from them on their days."""
    reach_m = settings.sight_m + ways.accuracy_m
    boxes = shapely.box(
        np.minimum(ways.x0, ways.x1) - reach_m,
        np.minimum(ways.y0, ways.y1) - reach_m,
        np.maximum(ways.x0, ways.x1) + reach_m,
        np.maximum(ways.y0, ways.y1) + reach_m,
    )
    way, front = fronts.near(boxes)
    valid = (fronts.valid_from[front] <= days[way]) & (days[way] < fronts.valid_to[front])
    return way[valid], front[valid]


def _parts(counts: Places) -> Iterator[slice]:
    """Cuts pairs so that no part holds many more than `_CELLS_AT_ONCE` cells."""
    reached = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        done = reached[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(reached, done + _CELLS_AT_ONCE, "right")))
        yield slice(begin, end)
        begin = end


def _sightings(seen: Seen, zone_ids: NDArray[np.int64], slots: NDArray[np.int64]) -> list[Sighting]:
    """Those groups of which anything was seen."""
    certain, probable = (
        (bits + np.uint8(ord("0"))).tobytes().decode() for bits in (seen.certain, seen.probable)
    )
    first_s, last_s, offsets = seen.first_s.tolist(), seen.last_s.tolist(), seen.offsets.tolist()
    return [
        Sighting(zone_id, slot_s, first_s[n], last_s[n], certain[begin:end], probable[begin:end])
        for n, (zone_id, slot_s, begin, end) in enumerate(
            zip(zone_ids.tolist(), slots.tolist(), offsets[:-1], offsets[1:], strict=True)
        )
        if last_s[n] >= first_s[n]
    ]


@dataclass(frozen=True, slots=True)
class _Presence:
    """A sighting or a mark of a zone, whichever."""

    zone_id: int
    from_s: float
    to_s: float
    certain: str = ""
    probable: str = ""
    kind: Literal["inspection", "service"] | None = None


def _islands(presences: Iterable[_Presence], gap_s: float) -> Iterator[list[_Presence]]:
    island: list[_Presence] = []
    until_s = 0.0
    for presence in presences:
        if island and presence.from_s - until_s > gap_s:
            yield island
            island = []
        until_s = max(until_s, presence.to_s) if island else presence.to_s
        island.append(presence)
    yield island


def _visit(zone_id: int, island: list[_Presence], length_m: float, settings: SightSettings) -> Visit | None:
    from_s, to_s = island[0].from_s, max(presence.to_s for presence in island)
    kinds = {presence.kind for presence in island} - {None}
    certain = _share(presence.certain for presence in island)
    probable = _share(presence.probable for presence in island)
    stayed = to_s - from_s >= settings.visit_dwell_s
    if not (kinds or stayed or probable >= settings.visit_share):
        return None
    return Visit(
        zone_id,
        from_s,
        to_s,
        "inspection" if "inspection" in kinds else "service" if kinds else "patrol",
        bool(kinds) or certain >= settings.visit_share or (stayed and certain > 0),
        certain * length_m,
        probable * length_m,
    )


def _share(bits: Iterable[str]) -> float:
    """Cells seen by any of them, of all; marks see none."""
    told = [b for b in bits if b]
    if not told:
        return 0.0
    seen = 0
    for one in told:
        seen |= int(one, 2)
    return seen.bit_count() / len(told[0])


def _either(a: str, b: str) -> str:
    return f"{int(a, 2) | int(b, 2):0{len(a)}b}"
