"""Working out every clock again from the ledger alone, and comparing it with what the entries and case_clock say.

Needs the owner's rights. Cases stream by, so memory holds one at a time, and all schedules, which are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, text

from server.cases import clocks
from server.cases.clocks import Clock, Schedule, Step
from server.cases.deadlines.reading import schedule_of

_CASES = """
SELECT c.number,
  (SELECT json_agg(json_build_object('seq', l.seq, 'body', l.body) ORDER BY l.seq) FROM ledger l
   WHERE l.case_id = c.id AND strpos(l.body, '"clocks":[{') > 0) AS entries,
  (SELECT json_agg(to_json(k) ORDER BY k.name, k.round) FROM case_clock k WHERE k.case_id = c.id) AS kept
FROM case_file c
ORDER BY c.number
"""
# What each kind of difference means, zh-CN and English.
WORDS = {
    "schedule": ("工作日程与其摘要不符", "a schedule does not have its digest"),
    "impossible": ("流水中的计时步骤不可能发生", "the ledger tells of a step no clock can take"),
    "entry": ("流水所记与重算不符", "the ledger does not say what comes out again"),
    "kept": ("现存计时与重算不符", "the clock kept is not what comes out again"),
    "missing": ("流水有此计时,现存中没有", "the ledger tells of a clock that is not kept"),
    "unrecorded": ("现存有此计时,流水中没有", "a clock is kept that no entry tells of"),
}


@dataclass(frozen=True)
class Difference:
    """The first thing of a case that does not come out again."""

    code: str
    where: str
    said: Any = None
    made: Any = None

    def __str__(self) -> str:
        chinese, english = WORDS[self.code]
        values = "" if self.said is None and self.made is None else f": {self.said} ≠ {self.made}"
        return f"{self.where}: {chinese} / {english} ({self.code}){values}"


@dataclass
class Checked:
    """What was looked at. `uncovered`: running clocks on the way of which lies a year without a calendar, by year."""

    cases: int = 0
    states: Counter[str] = field(default_factory=Counter)
    uncovered: Counter[int] = field(default_factory=Counter)


def check(
    connection: Connection, checked: Checked, progress: Callable[[int], None] = lambda done: None
) -> Iterator[Difference]:
    """The first difference of each case that has one; fills `checked` as it goes."""
    schedules: dict[int | None, Schedule] = {}
    for row in connection.execute(
        text("SELECT id, digest, CAST(content AS text) AS content FROM work_schedule")
    ):
        if sha256(row.content.encode()).hexdigest() != row.digest:
            yield Difference("schedule", f"work_schedule {row.id}")
            return
        schedules[row.id] = schedule_of(
            {"id": row.id, "digest": row.digest, "content": orjson.loads(row.content)}
        )
    options = {"stream_results": True, "max_row_buffer": 500}
    for row in connection.execute(text(_CASES), execution_options=options):
        checked.cases += 1
        progress(checked.cases)
        yield from _of_case(row.number, row.entries or [], row.kept or [], schedules, checked)


def _of_case(
    number: str,
    entries: Sequence[Mapping[str, Any]],
    kept: Sequence[Mapping[str, Any]],
    schedules: Mapping[int | None, Schedule],
    checked: Checked,
) -> Iterator[Difference]:
    bodies = [orjson.loads(entry["body"]) for entry in entries]
    made: dict[tuple[str, int], Clock] = {}
    steps = clocks.replay_steps(bodies, schedules)
    place = 0
    try:
        for step in steps:
            place = step.entry
            seq = entries[place]["seq"]
            if step.said != step.made:
                yield _entry(number, seq, step)
                return
            made[step.clock.name, step.round] = step.clock
    except (ValueError, KeyError, TypeError) as error:
        yield Difference("impossible", f"{number} #{entries[place]['seq']}..", said=str(error))
        return
    yield from _compared(number, made, {(row["name"], row["round"]): row for row in kept})
    for clock in made.values():
        checked.states[clocks.state(clock)] += 1
        checked.uncovered.update(clock.uncovered if clock.runs else ())


def _entry(number: str, seq: int, step: Step) -> Difference:
    name = next(key for key in sorted({*step.said, *step.made}) if step.said.get(key) != step.made.get(key))
    where = f"{number} #{seq} {step.clock.name}.{name}"
    return Difference("entry", where, step.said.get(name), step.made.get(name))


def _compared(
    number: str, made: Mapping[tuple[str, int], Clock], kept: Mapping[tuple[str, int], Mapping[str, Any]]
) -> Iterator[Difference]:
    for key in sorted({*made, *kept}):
        where = f"{number} {key[0]} {key[1]}"
        if key not in kept:
            yield Difference("missing", where)
        elif key not in made:
            yield Difference("unrecorded", where)
        else:
            was, now = Clock.from_json(kept[key]).to_json(), made[key].to_json()
            differ = next((name for name in now if was[name] != now[name]), None)
            if differ is None:
                continue
            yield Difference("kept", f"{where}.{differ}", was[differ], now[differ])
        return
