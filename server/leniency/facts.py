"""Facts that conditions speak of: what the system knows of a case, and what a person says of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from server.leniency.first import SQL, look, subject_of
from server.leniency.wire import LeniencyMatter
from server.messages import say
from server.problems.leniency import LeniencySubjectUnknown
from server.problems.request import InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing
from server.rulebooks.books.leniency_lists import FACTS, Fact

Value = bool | float | str
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """One fact with who says so, and the numbers of the cases that say it."""

    value: Value
    source: Literal["system", "person"]
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class About:
    """What leniency is asked for: a subject, a matter and a day, of a case where there is one."""

    subject: Mapping[str, Any]
    item: str
    on: date
    case_id: UUID | None
    case_number: str | None


def about(connection: Connection, given: LeniencyMatter, today: date) -> About:
    """Who and what is meant.

    Raises:
        NotFound: the case or the subject. LeniencySubjectUnknown: nobody answers for the place of the case.
        InputRefused: a day to come.
    """
    if given.on is not None and given.on > today:
        raise InputRefused(errors=[{"path": "/on", "message": "该日未到 / the day is still to come"}])
    if given.case is None:
        subject = subject_of(connection, given.subject or "")
        return About(subject, given.item or "", given.on or today, None, None)
    row = SQL["find_offence_case"].run(connection, {"number": given.case}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    if row["subject"] is None:
        raise LeniencySubjectUnknown()
    subject = subject_of(connection, row["subject"])
    return About(subject, row["category"], row["on_day"], row["id"], row["number"])


def gather(
    connection: Connection, matter: About, said: Mapping[str, Value], now: datetime, time_zone: ZoneInfo
) -> dict[str, Known]:
    """Every fact that is known, by name: the system's own first.

    Raises:
        InputRefused: a fact that is none, or of another kind.
    """
    _check(said)
    known = {name: Known(value, "person") for name, value in said.items()}
    return known | _of_system(connection, matter, now, time_zone)


def told(known: Mapping[str, Known]) -> list[dict[str, Any]]:
    """All facts there are, with what is known of each."""
    return [_told(name, fact, known.get(name)) for name, fact in FACTS.items()]


def _told(name: str, fact: Fact, known: Known | None) -> dict[str, Any]:
    words = say(f"fact.{name}")
    choices = []
    for choice in fact.choices:
        text = say(f"fact_choice.{name}.{choice}")
        choices.append({"code": choice, "name": text["text"], "name_en": text["text_en"]})
    return {
        "fact": name,
        "name": words["text"],
        "name_en": words["text_en"],
        "kind": fact.kind,
        "choices": choices,
        "value": known.value if known else None,
        "source": known.source if known else None,
        "cases": list(known.cases) if known else [],
    }


def _check(said: Mapping[str, Value]) -> None:
    errors = []
    for name, value in said.items():
        fact = FACTS.get(name)
        if fact is None:
            errors.append({"path": f"/facts/{name}", "message": "没有此项事实 / there is no such fact"})
        elif not _fits(fact, value):
            errors.append({"path": f"/facts/{name}", "message": f"应为 {fact.kind} / {fact.kind} wanted"})
    if errors:
        raise InputRefused(errors=errors)


def _fits(fact: Fact, value: Value) -> bool:
    if fact.kind == "yes_no":
        return isinstance(value, bool)
    if fact.kind == "number":
        return isinstance(value, float | int) and not isinstance(value, bool)
    return value in fact.choices


def _of_system(connection: Connection, matter: About, now: datetime, time_zone: ZoneInfo) -> dict[str, Known]:
    known: dict[str, Known] = {}
    try:
        earlier = look(
            connection, matter.subject["id"], matter.item, matter.on, time_zone, case_id=matter.case_id
        ).earlier
    except RulebookMissing:
        # Without a window nobody can say what is the first: a person has to.
        pass
    else:
        cases = tuple(row["number"] for row in earlier if row["number"] is not None)
        known["first_offence"] = Known(not earlier, "system", cases)
        known["earlier_offences"] = Known(len(earlier), "system", cases)
    if matter.case_id is not None and matter.case_number is not None:
        for name, value in _of_case(connection, matter.case_id, now).items():
            known[name] = Known(value, "system", (matter.case_number,))
    return known


def _of_case(connection: Connection, case_id: UUID, now: datetime) -> dict[str, Value]:
    row = SQL["case_corrected"].run(connection, {"case_id": str(case_id)}).mappings().one_or_none()
    if row is None:
        return {}
    known: dict[str, Value] = {"corrected": row["corrected"]}
    if row["in_time"] is not None:
        known["corrected_in_time"] = row["in_time"]
    elif not row["corrected"] and row["due_at"] is not None and row["due_at"] < now:
        known["corrected_in_time"] = False
    if row["corrected_at"] is not None:
        known["days_to_correct"] = round((row["corrected_at"] - row["opened_at"]) / _DAY, 2)
    return known
