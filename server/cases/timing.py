"""What a row of the table does to the clocks of a case, by its deadline row and the working hours of its body.

Pure but for the shelf of a few schedules: a schedule never changes under its id, so what is held cannot be stale. Where
no deadline row or no schedule is in force, no clock runs and nothing is due. The clock for registering counts from the
opening of the case; the worker or the first action writes it, so that an intake stays as short as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from server.cases import clocks
from server.cases.clocks import Amount, Clock, ClockRefused, Marks, Schedule
from server.cases.states import ALL, SUB

SCHEDULES_HELD_MAX = 64
"""Each body may have hours of its own, and a change of them or of the calendar makes another."""
STEP_CLOCKS = ("register", "dispatch", "accept", "check")


@dataclass
class ScheduleBook:
    """The schedules a server process has read; serves all threads."""

    _held: dict[int, Schedule] = field(default_factory=dict, repr=False)

    def held(self) -> Mapping[int, Schedule]:
        """Those held just now, by id; a later read does not change what was given."""
        return self._held

    def read(self, sent: Mapping[str, Any] | None, held: Mapping[int, Schedule]) -> Schedule | None:
        """What schedule_on_v1 answered to somebody who holds `held`."""
        if sent is None:
            return None
        known = held.get(sent["id"])
        return known if known is not None else self._keep(sent)

    def _keep(self, sent: Mapping[str, Any]) -> Schedule:
        made = Schedule.from_json({**sent["content"], "id": sent["id"], "digest": sent["digest"]})
        # A new dict each time: other threads may be reading the old one.
        newest = [*self._held.items()][-(SCHEDULES_HELD_MAX - 1) :]
        self._held = {**dict(newest), made.id or 0: made}
        return made


class Stand(NamedTuple):
    """One clock as it stands, and how often a clock of its name began."""

    round: int
    clock: Clock

    def row(self) -> dict[str, Any]:
        return {**self.clock.to_json(), "round": self.round}


@dataclass(frozen=True)
class Timed:
    """What an action did to the clocks: words for the ledger, rows that changed, and all of them as they stand."""

    told: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    stand: Mapping[str, Stand]

    def then(self, later: Timed) -> Timed:
        """This, and what came after it."""
        rows = {(row["name"], row["round"]): row for row in (*self.changed, *later.changed)}
        return Timed([*self.told, *later.told], list(rows.values()), later.stand)


@dataclass(frozen=True)
class Timekeeper:
    """Applies effects at one moment. `deadline` is the row a case is measured by, as case_deadline_v1 tells it."""

    at: datetime
    schedule: Schedule | None
    deadline: Mapping[str, Any] | None
    marks: Marks

    def apply(
        self,
        effects: Sequence[tuple[str, str]],
        stand: Mapping[str, Stand],
        *,
        extension: Amount | None = None,
    ) -> Timed:
        """The effects of one row, in order; what does not run is neither stopped nor paused.

        Args:
            stand: clocks by name. extension: by how much `extend` extends.
        """
        now, told, changed = dict(stand), list[dict[str, Any]](), dict[tuple[str, int], Stand]()
        schedule = self.schedule
        if schedule is None or self.deadline is None:
            return Timed([], [], stand)
        for effect, group in effects:
            for name in self._names(group, now):
                amount = (
                    extension if effect == "extend" else self._amount(name) if effect == "begin" else None
                )
                before = now.get(name)
                clock = self._one(effect, name, before and before.clock, amount)
                if clock is None:
                    continue
                anew = before is None or before.clock.started_at != clock.started_at
                began = (before.round if before else 0) + (effect == "begin" and anew)
                now[name] = changed[name, began] = Stand(began, clock)
                told.append(clocks.told(effect, clock, self.at, schedule, amount))
        return Timed(told, [one.row() for one in changed.values()], now)

    def _one(self, effect: str, name: str, clock: Clock | None, amount: Amount | None) -> Clock | None:
        if self.schedule is None or (effect in ("begin", "extend") and amount is None):
            return None
        try:
            return clocks.act(
                clock, effect, self.at, self.schedule, name=name, amount=amount, marks=self.marks
            )
        except ClockRefused:
            return None

    def _names(self, group: str, now: Mapping[str, Stand]) -> list[str]:
        if group == ALL:
            return list(now)
        return list(further(self.deadline)) if group == SUB else [group]

    def _amount(self, name: str) -> Amount | None:
        row = self.deadline or {}
        given = row.get(name) or further(row).get(name)
        return Amount.from_json(given) if given else None


def further(deadline: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The further clocks of a deadline row, with their amounts."""
    return (deadline or {}).get("clocks") or {}


def clocks_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Stand]:
    """What case_clocks_v1 tells, by name."""
    return {row["name"]: Stand(row["round"], Clock.from_json(row)) for row in rows}


def due_at(stand: Mapping[str, Stand], *, ended: bool) -> datetime | None:
    """When the case is due: handling first, else the step that runs; at its end what it was measured by."""
    handle = stand.get("handle")
    if handle is not None and (handle.clock.runs or ended):
        return handle.clock.due_at
    running = (stand[name].clock for name in STEP_CLOCKS if name in stand)
    return min((clock.due_at for clock in running if clock.runs), default=None)
