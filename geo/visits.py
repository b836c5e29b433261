"""From segments to sightings, from sightings to visits: which cells of which zone a device saw, and when it was there.

A sighting is what one device saw of one zone version within one slot of `SLOT_S` seconds, as bits a cell. Union is OR,
first is the least, last the greatest: order, batches, repetition and lateness cannot matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from geo.sight import Fronts
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


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one device saw of one zone version in one slot.

    `slot_s`: POSIX second the slot begins. `first_s`, `last_s`: to a millisecond. `certain`, `probable`: bit strings, cell 0
    first; probable includes certain.
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
    """Somebody was at a zone. `certain`: also by what was certainly seen alone. Metres are of the axis."""

    zone_id: int
    from_s: float
    to_s: float
    kind: Literal["patrol", "inspection", "service"]
    certain: bool
    certain_m: float
    probable_m: float


@dataclass(frozen=True, slots=True)
class Changed:
    """What a new look at a track changes. `new`: segments that were not there. `lost_slots`: slots (POSIX seconds, sorted)
    in which a segment is gone: their sightings have to be made again from all segments that start in them."""

    new: Segments
    lost_slots: NDArray[np.int64]


def days_in(time_zone: ZoneInfo) -> DayOf:
    """The calendar of a district, for `sight`."""
    raise NotImplementedError


def slot_of(at_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """The slots that moments lie in."""
    return np.floor(at_s / SLOT_S).astype(np.int64) * SLOT_S


def sight(
    ways: Segments, fronts: Fronts, settings: SightSettings = _DEFAULT, *, day_of: DayOf
) -> list[Sighting]:
    """What one device saw from its segments, sorted by zone and slot; only zone versions valid on the day of the slot."""
    raise NotImplementedError


def merge(a: Sighting, b: Sighting) -> Sighting:
    """Two sightings of the same zone and slot as one."""
    raise NotImplementedError


def visits(
    sightings: Iterable[Sighting],
    marks: Iterable[Mark],
    lengths: Mapping[int, float],
    settings: SightSettings = _DEFAULT,
) -> list[Visit]:
    """The visits of one device: islands of sightings and marks of one zone, sorted by zone and time.

    Args:
        lengths: metres of the axis of every zone that occurs.
    """
    raise NotImplementedError


def changed(before: Segments, after: Segments) -> Changed:
    """Which segments of `after` are new, and which slots lost one."""
    raise NotImplementedError
