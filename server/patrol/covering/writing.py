"""Writing what was seen: sightings merged, the visits of what that touches worked out again, coverage counted.

Two calls of the database: the first merges and says what is known of every account, zone and local day that was
touched, geo makes visits of it, the second puts those in place of the old ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from geo.visits import Mark, Sighting, SightSettings, Visit, merge, visits
from server.patrol.covering.wire import literal


@dataclass(frozen=True)
class Again:
    """A stretch of one device that is worked out from all its fixes: POSIX seconds, whole slots, the end exclusive."""

    device: int
    begin_s: int
    end_s: int
    account: UUID


@dataclass(frozen=True)
class Seen:
    """What is to be written.

    Attributes:
        sightings: device and sighting; of a stretch in `again` all there are, else what is new.
        accounts: of the devices. again: stretches whose sightings of before go.
        batches, marks: what is used up by this. closed: local days that stay as they are.
        day_of_account: a whole local day of one account that is worked out again, marks too.
    """

    sightings: Sequence[tuple[int, Sighting]]
    accounts: Mapping[int, UUID]
    again: Sequence[Again] = ()
    batches: Sequence[int] = ()
    marks: Sequence[int] = ()
    closed: Sequence[date] = ()
    day_of_account: tuple[UUID, date] | None = None


@dataclass
class _Known:
    """What is known of one account on one local day, of the zones that were touched."""

    zones: set[int] = field(default_factory=set)
    sightings: dict[tuple[int, int], Sighting] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)

    def add(self, sighting: Sighting) -> None:
        # Two phones of one person see together.
        key = (sighting.zone_id, sighting.slot_s)
        held = self.sightings.get(key)
        self.sightings[key] = merge(held, sighting) if held else sighting


def write(
    connection: psycopg.Connection[Any],
    seen: Seen,
    time_zone: str,
    settings: SightSettings,
    lengths_m: Mapping[int, float],
    reach: Callable[[str], None],
) -> None:
    """Write what was seen, and all that follows from it, in the transaction of `connection`.

    Args:
        lengths_m: metres of the axis of every zone. reach: listens at named points, in tests.
    """
    known = _merge(connection, seen, time_zone)
    reach("covering.merged")
    made = [
        (account, day, visit)
        for (account, day), one in known.items()
        for visit in visits(one.sightings.values(), one.marks, lengths_m, settings)
    ]
    _put(connection, seen, time_zone, known, made)
    reach("covering.put")


def _merge(connection: psycopg.Connection[Any], seen: Seen, time_zone: str) -> dict[tuple[str, str], _Known]:
    account, day = seen.day_of_account or (None, None)
    devices = [device for device, _ in seen.sightings]
    found = [sighting for _, sighting in seen.sightings]
    rows = connection.execute(
        "SELECT account, day, zone_id, what, slot_s, first_s, last_s, certain, probable "
        "FROM covering_merge_v1(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            time_zone,
            literal(devices),
            literal(seen.accounts[device] for device in devices),
            literal(one.zone_id for one in found),
            literal(one.slot_s for one in found),
            literal(one.first_s for one in found),
            literal(one.last_s for one in found),
            literal(one.certain for one in found),
            literal(one.probable for one in found),
            literal(one.device for one in seen.again),
            literal(one.begin_s for one in seen.again),
            literal(one.end_s for one in seen.again),
            literal(seen.marks),
            literal(seen.closed),
            account,
            day,
        ),
    )
    known: dict[tuple[str, str], _Known] = {}
    for of_account, of_day, zone, what, slot_s, first_s, last_s, certain, probable in rows:
        one = known.setdefault((of_account, of_day), _Known())
        if what == "touched":
            one.zones.add(zone)
        elif what == "sighting":
            one.add(Sighting(zone, int(slot_s), first_s, last_s, certain, probable))
        else:
            one.marks.append(Mark(zone, first_s, what))
    return known


def _put(
    connection: psycopg.Connection[Any],
    seen: Seen,
    time_zone: str,
    known: Mapping[tuple[str, str], _Known],
    made: Sequence[tuple[str, str, Visit]],
) -> None:
    touched = [(account, zone, day) for (account, day), one in known.items() for zone in sorted(one.zones)]
    stays = [visit for _, _, visit in made]
    connection.execute(
        "SELECT covering_put_v1(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            time_zone,
            *_columns(touched),
            literal(account for account, _, _ in made),
            literal(visit.zone_id for visit in stays),
            literal(day for _, day, _ in made),
            literal(visit.from_s for visit in stays),
            literal(visit.to_s for visit in stays),
            literal(visit.kind for visit in stays),
            literal(visit.certain for visit in stays),
            literal(visit.certain_m for visit in stays),
            literal(visit.probable_m for visit in stays),
            literal(seen.batches),
            literal(seen.marks),
        ),
    )


def _columns(rows: Iterable[tuple[object, object, object]]) -> list[str]:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return [literal(column) for column in columns]
