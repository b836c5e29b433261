"""Whether an offence is the first within the window: closed cases of the subject in the same matters, or let off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from server import sqltext
from server.contract import wire_time
from server.messages import say
from server.problems.request import NotFound
from server.problems.rulebooks import RulebookMissing
from server.rulebooks import store
from server.rulebooks.books.first_offence import FirstOffence
from server.rulebooks.store import InForce

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
KIND = "first_offence"


@dataclass(frozen=True)
class Looked:
    """What was found when somebody looked back: the rule, from which day on, and the earlier offences."""

    book: InForce
    rule: FirstOffence
    since: date
    earlier: tuple[Mapping[str, Any], ...]


def subject_of(connection: Connection, code: str) -> Mapping[str, Any]:
    """The subject that a code counts under, as far as the asker sees it. Raises NotFound."""
    row = SQL["find_offender"].run(connection, {"code": code}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return dict(row)


def case_of(connection: Connection, number: str) -> UUID:
    """The id of a case the asker sees. Raises NotFound."""
    row = SQL["find_offence_case"].run(connection, {"number": number}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    found: UUID = row["id"]
    return found


def look(
    connection: Connection,
    subject: UUID,
    item: str,
    on: date,
    time_zone: ZoneInfo,
    *,
    case_id: UUID | None = None,
) -> Looked:
    """Look back from a day, that day not counted unless by another case. Raises RulebookMissing."""
    book = store.in_force(connection, KIND, on)
    rule = next((row for row in book.rows.values() if item in row.items), None) if book else None
    if book is None or rule is None:
        raise RulebookMissing(kind=KIND, row=item)
    since = months_before(on, rule.window_months)
    values = {
        "subject": str(subject),
        "items": rule.items,
        "begin": datetime.combine(since, time(), time_zone),
        "end": datetime.combine(on + timedelta(days=1), time(), time_zone),
        "case_id": case_id and str(case_id),
    }
    rows = SQL["list_offences"].run(connection, values).mappings()
    return Looked(book, rule, since, tuple(dict(row) for row in rows))


def months_before(day: date, months: int) -> date:
    """The same day so many months before; the last of a month that is shorter.

    >>> months_before(date(2026, 3, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in range(day.day, day.day - 4, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(day)


def told(looked: Looked, subject: Mapping[str, Any], item: str, on: date) -> dict[str, Any]:
    """What was found, as it is answered."""
    decision = "case" if looked.earlier else "warn"
    words = say(
        f"first_offence.{decision}", {"months": looked.rule.window_months, "count": len(looked.earlier)}
    )
    return {
        "subject": subject["code"],
        "item": item,
        "on": on,
        "since": looked.since,
        "items": looked.rule.items,
        "basis": looked.rule.basis.model_dump(),
        "rulebook": told_book(looked.book),
        "earlier": [
            {
                "case": row["number"],
                "item": row["item"],
                "at": wire_time(row["at"]),
                "outcomes": row["outcomes"],
            }
            for row in looked.earlier
        ],
        "decision": decision,
        "reason": words["text"],
        "reason_en": words["text_en"],
    }


def told_book(book: InForce) -> dict[str, Any]:
    return {"id": book.id, "name": book.name, "version": book.version, "sample": book.sample}
