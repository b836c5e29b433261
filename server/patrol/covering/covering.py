"""One pass of covering: what phones sent since the last one becomes sightings, visits and coverage.

Everything a pass does is one transaction under one lock of the deployment, so a pass that was killed did nothing and N
workers never count twice. Invariant: sightings are what is seen from exactly those fixes whose batch no longer waits.
That is why fixes of batches that still wait are left out, and why a snapshot is taken only after the lock is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
import psycopg
from psycopg import IsolationLevel

from geo.legs import Floats
from geo.sight import Fronts
from geo.tracks import ZERO_DEG, Fixes, seeing_context
from geo.visits import SLOT_S, Sighting
from server.patrol.covering import fronts as making
from server.patrol.covering.seeing import Eyes, believable, leaving_out
from server.patrol.covering.wire import fixes, literal, moments
from server.patrol.covering.writing import Again, Seen, write

T = TypeVar("T")

_LOCK = 0x434F564552
"""One covers at a time, of all workers and commands on this database."""


@dataclass(frozen=True)
class CoveringRules:
    """How much a pass takes up, and what a front is made of.

    Attributes:
        fixes_max, batches_max: taken up by one pass; a batch is never cut.
        street_within_m: a street farther from a zone is not its street.
        wait_s: how long to wait for the lock before leaving it to whoever has it.
        time_zone: of the district, whose local days are the days of coverage.
    """

    fixes_max: int
    batches_max: int
    street_within_m: float
    wait_s: float
    time_zone: str


@dataclass(frozen=True)
class Covered:
    """What one pass did. `left_over`: more waits than one pass takes up."""

    batches: int
    marks: int
    sightings: int
    left_over: bool


class FrontsChanged(Exception):
    """The layers changed since fronts were read; nothing was done yet."""


class Coverer:
    """Covers and rebuilds; holds the fronts of the deployment. For one thread."""

    def __init__(
        self, eyes: Eyes, rules: CoveringRules, reach: Callable[[str], None] = lambda _: None
    ) -> None:
        """
        Args:
            reach: listens at named points, in tests.
        """
        self.eyes = eyes
        self.rules = rules
        self.reach = reach
        self._held: making.HeldFronts | None = None

    def cover(self, connection: psycopg.Connection[Any]) -> Covered | None:
        """One pass; None when another held the lock for longer than the rules say.

        Args:
            connection: of the worker's role or the owner's, in autocommit.

        Raises:
            psycopg.Error: nothing was done; SerializationFailure when somebody else wrote what this pass writes.
        """
        with alone(connection, self.rules.wait_s) as held:
            return self.with_fronts(connection, self._pass) if held else None

    def with_fronts(
        self,
        connection: psycopg.Connection[Any],
        work: Callable[[psycopg.Connection[Any], making.HeldFronts], T],
    ) -> T:
        """Do `work` in a transaction of its own, with the fronts of the layers as that transaction sees them."""
        while True:
            if self._held is None:
                making.make_missing(connection, self.rules.street_within_m)
                self._held = making.load(connection)
            try:
                with connection.transaction():
                    return work(connection, self._held)
            except FrontsChanged:
                self._held = None

    def _pass(self, connection: psycopg.Connection[Any], held: making.HeldFronts) -> Covered:
        taken = _take(connection, self.rules)
        if not taken.batches and not taken.marks:
            return Covered(0, 0, 0, False)
        if taken.fronts_version != held.version:
            raise FrontsChanged
        self.reach("covering.taken")
        seen = self._see(connection, taken, held.fronts)
        write(connection, seen, self.rules.time_zone, self.eyes.sight, held.lengths_m, self.reach)
        return Covered(len(taken.batches), len(taken.marks), len(seen.sightings), taken.left_over)

    def _see(self, connection: psycopg.Connection[Any], taken: _Taken, fronts: Fronts) -> Seen:
        pending = pending_of(connection, list(taken.fresh), taken.batches) if taken.left_over else {}
        gained: list[tuple[int, Sighting]] = []
        lost: dict[int, set[int]] = {}
        for device, around in self._around(connection, taken):
            known = leaving_out(around.fixes, pending.get(device, _NONE))
            fresh = np.isin(known.at_s, taken.fresh[device])
            sightings, slots = self.eyes.gained(known, fresh, around.inner_s, fronts)
            gained += [(device, sighting) for sighting in sightings]
            lost.setdefault(device, set()).update(slots)
        again = [
            Again(device, slot, slot + SLOT_S, taken.accounts[device])
            for device, slots in lost.items()
            for slot in sorted(slots)
            if self._open(slot, taken)
        ]
        replaced = {(one.device, one.begin_s) for one in again}
        kept = [
            (device, sighting)
            for device, sighting in gained
            if (device, sighting.slot_s) not in replaced and self._open(sighting.slot_s, taken)
        ]
        kept += self.seen_again(connection, again, pending, fronts)
        return Seen(kept, taken.accounts, again, taken.batches, taken.marks, sorted(taken.closed))

    def seen_again(
        self,
        connection: psycopg.Connection[Any],
        again: Sequence[Again],
        pending: dict[int, Floats],
        fronts: Fronts,
    ) -> list[tuple[int, Sighting]]:
        """All that devices saw in whole stretches, each from all fixes but those of batches that still wait."""
        if not again:
            return []
        track = self.eyes.track
        reach_s = seeing_context(track).reach_s + track.segment_max_gap_s
        rows = connection.execute(
            "SELECT at, lon, lat, accuracy, mock FROM covering_fixes_v1(%s, %s, %s)",
            (
                literal(one.device for one in again),
                literal(float(one.begin_s - reach_s) for one in again),
                literal(float(one.end_s + reach_s) for one in again),
            ),
            binary=True,
        ).fetchall()
        return [
            (one.device, sighting)
            for one, row in zip(again, rows, strict=True)
            for sighting in self.eyes.seen(
                leaving_out(fixes(*row), pending.get(one.device, _NONE)), one.begin_s, one.end_s, fronts
            )
        ]

    def _around(self, connection: psycopg.Connection[Any], taken: _Taken) -> Iterator[tuple[int, _Around]]:
        track = self.eyes.track
        context = seeing_context(track)
        stretches = [
            (device, *ends)
            for device, fresh in taken.fresh.items()
            for ends in _stretches(fresh, 2 * context.reach_s)
        ]
        devices, starts, ends = zip(*stretches, strict=True) if stretches else ((), (), ())
        rows = connection.execute(
            "SELECT inner_from, inner_to, at, lon, lat, accuracy, mock "
            "FROM covering_around_v1(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                literal(devices), literal(starts), literal(ends), context.within_s, context.fixes + 1, context.reach_s,
                track.accuracy_poor_m, track.accuracy_unknown_m, ZERO_DEG,
            ),
            binary=True,
        )  # fmt: skip
        for device, (inner_from, inner_to, *columns) in zip(devices, rows, strict=True):
            yield device, _Around((inner_from, inner_to), fixes(*columns))

    def _open(self, slot_s: int, taken: _Taken) -> bool:
        """Whether the local day of a slot still has its precise fixes."""
        return not taken.closed or self._day(slot_s) not in taken.closed

    def _day(self, slot_s: int) -> date:
        return date.fromordinal(int(self.eyes.day_of(np.array([slot_s]))[0]))


_NONE: Floats = np.empty(0)


@dataclass(frozen=True)
class _Around:
    inner_s: tuple[float, float]
    fixes: Fixes


@dataclass
class _Taken:
    """What a pass takes up. `fresh`: moments of the new fixes of each device."""

    batches: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    accounts: dict[int, UUID] = field(default_factory=dict)
    fresh: dict[int, Floats] = field(default_factory=dict)
    closed: set[date] = field(default_factory=set)
    fronts_version: int = 0
    left_over: bool = False


def _take(connection: psycopg.Connection[Any], rules: CoveringRules) -> _Taken:
    taken = _Taken()
    parts: dict[int, list[Floats]] = {}
    rows = connection.execute(
        "SELECT what, id, device_id, account_id, recorded, day FROM covering_taken_v1(%s, %s, %s)",
        (rules.fixes_max, rules.batches_max, rules.time_zone),
        binary=True,
    )
    for what, number, device, account, recorded, day in rows:
        match what:
            case "fixes":
                taken.batches.append(number)
                taken.accounts[device] = account
                parts.setdefault(device, []).append(moments(recorded))
            case "mark":
                taken.marks.append(number)
            case "closed":
                taken.closed.add(day)
            case "fronts":
                taken.fronts_version = number
            case _:
                taken.left_over = True
    for device, moments_of in parts.items():
        at_s = np.sort(np.concatenate(moments_of))
        taken.fresh[device] = at_s[believable(at_s)]
    return taken


def pending_of(
    connection: psycopg.Connection[Any], devices: Sequence[int], taken: Sequence[int] = ()
) -> dict[int, Floats]:
    """Moments of fixes of these devices whose batches still wait, but for those of `taken`."""
    rows = connection.execute(
        "SELECT id, device_id, recorded FROM covering_pending_v1(%s)", (literal(devices),), binary=True
    )
    parts: dict[int, list[Floats]] = {}
    for number, device, recorded in rows:
        if number not in taken:
            parts.setdefault(device, []).append(moments(recorded))
    return {device: np.concatenate(found) for device, found in parts.items()}


def _stretches(at_s: Floats, apart_s: float) -> list[tuple[float, float]]:
    """First and last moment of every run of moments that are no farther apart than that."""
    if len(at_s) == 0:
        return []
    runs = np.split(at_s, np.flatnonzero(np.diff(at_s) > apart_s) + 1)
    return [(float(run[0]), float(run[-1])) for run in runs]


@contextmanager
def alone(connection: psycopg.Connection[Any], wait_s: float | None) -> Iterator[bool]:
    """Hold the lock of covering, in turn with others who wait for it; False when it took longer than `wait_s`.

    A connection that dies lets go. Transactions begun inside see all that was committed under the lock before.
    """
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    patience = f"{round((wait_s or 0) * 1000)}ms"
    try:
        connection.execute(
            "SELECT set_config('lock_timeout', %s, false), pg_advisory_lock(%s)", (patience, _LOCK)
        )
    except psycopg.errors.LockNotAvailable:
        yield False
        return
    try:
        yield True
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
