"""Clocks of a proceeding: each begins on a day and is due on a day. Pure.

The day on which a clock begins is not counted, and it is due when its last day is over. Working days are those of the
calendar and hours of the body; without any every day from Monday to Friday is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from server.cases.clocks import Schedule
from server.enforcement.steps_table import ALL
from server.rulebooks.books.procedures import ProcedureClock

Clocks = Sequence[Mapping[str, Any]]
_DAY = timedelta(days=1)


def apply(
    effects: Iterable[tuple[str, str]],
    clocks: Clocks,
    rules: Mapping[str, ProcedureClock],
    *,
    on: date,
    schedule: Schedule | None,
    days: int | None = None,
) -> list[dict[str, Any]]:
    """The clocks after a step that is taken on a day.

    Args:
        rules: rows of `procedures` by clock; one that is not there never runs.
        days: how many days the clock that begins runs, where that was said.
    """
    found = [dict(clock) for clock in clocks]
    for effect, name in effects:
        for clock in found:
            if clock["stopped_on"] is None and (name in (ALL, clock["name"])):
                clock["stopped_on"] = on.isoformat()
        if effect == "begin" and name in rules:
            found.append(_begun(rules[name], on, schedule, days))
    return found


def due_on(clocks: Clocks) -> str | None:
    """The day on which the first of the running clocks is due."""
    return min((clock["due_on"] for clock in clocks if clock["stopped_on"] is None), default=None)


def standing(clock: Mapping[str, Any], today: date) -> str:
    """How a clock stands: `stopped`, `late`, `soon` (to be warned of) or `running`."""
    if clock["stopped_on"] is not None:
        return "stopped"
    if today.isoformat() > clock["due_on"]:
        return "late"
    return "soon" if today.isoformat() >= clock["warn_on"] else "running"


def _begun(rule: ProcedureClock, on: date, schedule: Schedule | None, days: int | None) -> dict[str, Any]:
    due = _after(on, days or rule.amount, rule.unit if days is None else "day", schedule)
    warn = max(due - rule.warn_days * _DAY, on)
    return {
        "name": rule.code,
        "began_on": on.isoformat(),
        "due_on": due.isoformat(),
        "warn_on": warn.isoformat(),
        "stopped_on": None,
    }


def _after(on: date, amount: int, unit: str, schedule: Schedule | None) -> date:
    if unit == "day":
        return on + amount * _DAY
    day = on
    while amount:
        day += _DAY
        amount -= schedule.workday(day) if schedule else day.weekday() < 5
    return day
