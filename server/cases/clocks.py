"""The clocks of a case: begun, paused, resumed, extended, stopped, and worked out again from its ledger alone.

Pure, standard library only: moments, amounts and schedules come in, frozen clocks go out; nothing here reads the time.
Rules, with their reasons in ADR 0017:

- A clock's allowance is the time between its start and when its amount is over, counted as its unit counts. What was
  not used when it is paused is there, to the microsecond, when it is resumed; nothing is rounded up to a day's end.
- An extension is added to the moment the clock was due, not to the moment of its approval.
- Yellow and red come when their shares of the allowance are used. A mark or a due moment that had passed before a
  pause stays where it was.
- Each step is counted by the schedule in force when it happens, and its ledger entry names that schedule: a calendar
  that is published later moves no clock until the clock is resumed or extended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from server.cases.worktime import Amount, Moment, Schedule, Unit

__all__ = [
    "EFFECTS",
    "MARKS",
    "Amount",
    "Clock",
    "ClockRefused",
    "Marks",
    "Moment",
    "Schedule",
    "Step",
    "Unit",
    "act",
    "begin",
    "colour",
    "extend",
    "pause",
    "replay",
    "replay_steps",
    "resume",
    "state",
    "stop",
    "told",
    "used",
    "used_share",
]

EFFECTS: Final = ("begin", "stop", "pause", "resume", "extend")
_NO_TIME: Final = timedelta()
_MICROSECOND: Final = timedelta(microseconds=1)


class ClockRefused(ValueError):
    """A clock cannot do this now: `pause` of one that does not run, `resume` of one that does, and so on."""


@dataclass(frozen=True)
class Marks:
    """Shares of the allowance at which a clock turns yellow and red, 0 < yellow <= red <= 1."""

    yellow: float
    red: float


MARKS: Final = Marks(0.5, 0.8)


@dataclass(frozen=True)
class Clock:
    """One clock as it stands.

    Attributes:
        due_at, yellow_at, red_at: while it is paused, what they were before; they move when it is resumed.
        allowed: the whole allowance, extensions included, in the time its unit counts in.
        running_since: start or last resume.
        used_before_pause: used up to `running_since`, or up to where it stood still.
        uncovered: years on the way to `due_at` that no published calendar covers.
        schedule_id: the schedule its moments were last worked out by.
    """

    name: str
    amount: Amount
    started_at: datetime
    due_at: datetime
    yellow_at: datetime
    red_at: datetime
    allowed: timedelta
    running_since: datetime
    marks: Marks
    used_before_pause: timedelta = _NO_TIME
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    extended: tuple[Amount, ...] = ()
    uncovered: tuple[int, ...] = ()
    schedule_id: int | None = None

    @property
    def runs(self) -> bool:
        return self.paused_at is None and self.stopped_at is None

    def to_json(self) -> dict[str, Any]:
        """What case_clock keeps of it: moments in UTC, times in whole microseconds."""
        return {
            "name": self.name,
            "amount": self.amount.to_json(),
            "started_at": _said(self.started_at),
            "due_at": _said(self.due_at),
            "yellow_at": _said(self.yellow_at),
            "red_at": _said(self.red_at),
            "allowed_us": self.allowed // _MICROSECOND,
            "running_since": _said(self.running_since),
            "marks": {"yellow": self.marks.yellow, "red": self.marks.red},
            "used_us": self.used_before_pause // _MICROSECOND,
            "paused_at": _said(self.paused_at) if self.paused_at else None,
            "stopped_at": _said(self.stopped_at) if self.stopped_at else None,
            "extended": [amount.to_json() for amount in self.extended],
            "uncovered": list(self.uncovered),
            "schedule_id": self.schedule_id,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Clock:
        """The clock `to_json` told of; moments may come as the database writes them."""
        return cls(
            name=given["name"],
            amount=Amount.from_json(given["amount"]),
            started_at=_read(given["started_at"]),
            due_at=_read(given["due_at"]),
            yellow_at=_read(given["yellow_at"]),
            red_at=_read(given["red_at"]),
            allowed=given["allowed_us"] * _MICROSECOND,
            running_since=_read(given["running_since"]),
            marks=Marks(given["marks"]["yellow"], given["marks"]["red"]),
            used_before_pause=given["used_us"] * _MICROSECOND,
            paused_at=_read(given["paused_at"]) if given["paused_at"] else None,
            stopped_at=_read(given["stopped_at"]) if given["stopped_at"] else None,
            extended=tuple(Amount.from_json(amount) for amount in given["extended"]),
            uncovered=tuple(given["uncovered"]),
            schedule_id=given["schedule_id"],
        )


# --- What can happen to a clock -------------------------------------------------------------------------------


def begin(name: str, amount: Amount, at: datetime, schedule: Schedule, marks: Marks = MARKS) -> Clock:
    """A clock that starts at `at`; outside office hours its work time begins when they next do."""
    started = at.astimezone(UTC)
    due = schedule.add(started, amount)
    made = Clock(
        name=name,
        amount=amount,
        started_at=started,
        due_at=due.at,
        yellow_at=started,
        red_at=started,
        allowed=schedule.passed(started, due.at, amount.unit),
        running_since=started,
        marks=marks,
        uncovered=due.uncovered,
        schedule_id=schedule.id,
    )
    return _marked(made, schedule)


def pause(clock: Clock, at: datetime, schedule: Schedule) -> Clock:
    """Stand still. Raises ClockRefused for a clock that does not run."""
    _must(clock.runs, clock, "pause")
    return replace(clock, paused_at=at.astimezone(UTC), used_before_pause=used(clock, at, schedule))


def resume(clock: Clock, at: datetime, schedule: Schedule) -> Clock:
    """Go on with what was left; one that was overdue stays due when it was. Raises ClockRefused unless paused."""
    _must(clock.paused_at is not None and clock.stopped_at is None, clock, "resume")
    going = replace(clock, paused_at=None, running_since=at.astimezone(UTC), schedule_id=schedule.id)
    left = clock.allowed - clock.used_before_pause
    if left > _NO_TIME:
        due = schedule.after(going.running_since, left, clock.amount.unit)
        going = replace(going, due_at=due.at, uncovered=due.uncovered)
    return _marked(going, schedule)


def extend(clock: Clock, amount: Amount, schedule: Schedule) -> Clock:
    """Add an amount to the moment it is due, paused or not. Raises ClockRefused for a stopped clock.

    The amount counts as its own unit does; what it adds to the allowance is counted as the clock's unit does.
    """
    _must(clock.stopped_at is None, clock, "extend")
    due = schedule.add(clock.due_at, amount)
    allowed = clock.allowed + schedule.passed(clock.due_at, due.at, clock.amount.unit)
    left = allowed - clock.used_before_pause
    if clock.runs and clock.due_at < clock.running_since and left > _NO_TIME:
        # It was overdue before it stood still: the pause is no time used, as in any other clock.
        due = schedule.after(clock.running_since, left, clock.amount.unit)
    longer = replace(
        clock,
        due_at=due.at,
        allowed=allowed,
        extended=(*clock.extended, amount),
        uncovered=tuple(sorted({*clock.uncovered, *due.uncovered})),
        schedule_id=schedule.id,
    )
    return _marked(longer, schedule)


def stop(clock: Clock, at: datetime, schedule: Schedule) -> Clock:
    """End, from running or from paused. Raises ClockRefused for one that ended before."""
    _must(clock.stopped_at is None, clock, "stop")
    return replace(clock, stopped_at=at.astimezone(UTC), used_before_pause=used(clock, at, schedule))


def _marked(clock: Clock, schedule: Schedule) -> Clock:
    """With yellow and red where their shares will be used; one used up before stays where it was."""

    def when(share: float, before: datetime) -> datetime:
        left = clock.allowed * share - clock.used_before_pause
        if left <= _NO_TIME and clock.allowed:
            return before
        return schedule.after(clock.running_since, left, clock.amount.unit).at

    yellow_at, red_at = when(clock.marks.yellow, clock.yellow_at), when(clock.marks.red, clock.red_at)
    return replace(clock, yellow_at=yellow_at, red_at=red_at)


def _must(possible: bool, clock: Clock | None, effect: str) -> None:
    if clock is not None and not possible:
        raise ClockRefused(f"{effect}: {clock.name} is {state(clock)}")


# --- What a clock shows ---------------------------------------------------------------------------------------


def state(clock: Clock) -> str:
    """`running`, `paused` or `stopped`."""
    if clock.stopped_at is not None:
        return "stopped"
    return "running" if clock.paused_at is None else "paused"


def colour(clock: Clock, now: datetime) -> str:
    """`green`, `yellow`, `red` or `overdue`, as of now or of when it last ran; due at noon, noon is still in time."""
    moment = clock.stopped_at if clock.stopped_at and not clock.paused_at else clock.paused_at or now
    for name, since in (("overdue", clock.due_at), ("red", clock.red_at), ("yellow", clock.yellow_at)):
        if moment > since:
            return name
    return "green"


def used(clock: Clock, at: datetime, schedule: Schedule) -> timedelta:
    """What is used of the allowance at a moment; more than it once the clock is overdue."""
    if not clock.runs:
        return clock.used_before_pause
    return clock.used_before_pause + schedule.passed(clock.running_since, at, clock.amount.unit)


def used_share(clock: Clock, at: datetime, schedule: Schedule) -> float:
    """`used` over the allowance, 1.0 when it is used up; an allowance of nothing always is."""
    return used(clock, at, schedule) / clock.allowed if clock.allowed else 1.0


# --- The ledger -----------------------------------------------------------------------------------------------


def act(
    clock: Clock | None,
    effect: str,
    at: datetime,
    schedule: Schedule,
    *,
    name: str = "",
    amount: Amount | None = None,
    marks: Marks = MARKS,
) -> Clock:
    """One effect of the table of transitions on one clock: what casework does, and what `replay` does again.

    Args:
        clock: as it stands; `begin` needs none. name, marks: for `begin`. amount: for `begin` and `extend`.
    Raises:
        ClockRefused: the clock cannot do this now; one that began may begin again only when it was stopped. The same
            beginning told twice is one: who registers a case may be as quick as who starts its first clock.
        ValueError: an effect that is none, or one without its amount.
    """
    if effect in ("begin", "extend") and amount is None:
        raise ValueError(f"{effect} without an amount")
    if effect == "begin" and amount is not None:
        again = clock is None or clock.stopped_at is not None or clock.started_at == at
        _must(again, clock, "begin")
        return begin(name, amount, at, schedule, marks)
    if clock is None:
        raise ClockRefused(f"{effect}: {name} never began")
    if effect == "extend" and amount is not None:
        return extend(clock, amount, schedule)
    steps = {"stop": stop, "pause": pause, "resume": resume}
    if effect not in steps:
        raise ValueError(f"{effect!r} is no effect on a clock")
    return steps[effect](clock, at, schedule)


def told(
    effect: str, clock: Clock, at: datetime, schedule: Schedule, amount: Amount | None = None
) -> dict[str, Any]:
    """What a ledger entry says of one effect: `clock` as it stands after it, by `schedule`.

    With the schedules themselves, which never change, these are all `replay` needs.
    """
    said: dict[str, Any] = {
        "name": clock.name,
        "effect": effect,
        "at": _said(at),
        "schedule": {"id": schedule.id, "digest": schedule.digest},
    }
    if amount is not None:
        said["amount"] = amount.to_json()
    if effect == "begin":
        said["marks"] = {"yellow": clock.marks.yellow, "red": clock.marks.red}
    if effect in ("begin", "resume", "extend"):
        said |= {key: _said(getattr(clock, key)) for key in ("due_at", "yellow_at", "red_at")}
        said["uncovered"] = list(clock.uncovered)
    return said


@dataclass(frozen=True)
class Step:
    """One effect worked out again. `round` counts the times a clock of this name began; `said` is what the entry says
    and `made` what it should say."""

    entry: int
    round: int
    clock: Clock
    said: Mapping[str, Any]
    made: Mapping[str, Any]


def replay_steps(
    entries: Iterable[Mapping[str, Any]], schedules: Mapping[int | None, Schedule]
) -> Iterator[Step]:
    """Every effect that the entries of one case tell of, worked out again in their order.

    Args:
        entries: bodies of its ledger, oldest first; those without `clocks` count along.
        schedules: at least those the entries name, by id.
    Raises:
        ClockRefused, KeyError, ValueError: for an entry that no clock could have led to.
    """
    clocks: dict[str, Clock] = {}
    rounds: dict[str, int] = {}
    for place, entry in enumerate(entries):
        for said in entry.get("clocks", ()):
            name, effect, at = said["name"], said["effect"], _read(said["at"])
            schedule = schedules[said["schedule"]["id"]]
            amount = Amount.from_json(said["amount"]) if "amount" in said else None
            marks = Marks(**said["marks"]) if "marks" in said else MARKS
            clock = act(clocks.get(name), effect, at, schedule, name=name, amount=amount, marks=marks)
            if effect == "begin" and (name not in clocks or clocks[name].started_at != clock.started_at):
                rounds[name] = rounds.get(name, 0) + 1
            clocks[name] = clock
            yield Step(place, rounds[name], clock, said, told(effect, clock, at, schedule, amount))


def replay(
    entries: Iterable[Mapping[str, Any]], schedules: Mapping[int | None, Schedule]
) -> dict[str, Clock]:
    """The clocks of one case, worked out from its ledger alone; of clocks that began again, the newest."""
    return {step.clock.name: step.clock for step in replay_steps(entries, schedules)}


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _read(said: str) -> datetime:
    return datetime.fromisoformat(said).astimezone(UTC)
