"""Which rows of the lists apply, which of their conditions hold and why. It offers, and never decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from server.leniency import facts
from server.leniency.facts import About, Known
from server.leniency.first import told_book
from server.leniency.wire import LeniencyMatter
from server.messages import say
from server.problems.rulebooks import RulebookMissing
from server.rulebooks import store
from server.rulebooks.books.leniency_lists import FACTS, LenientRow
from server.rulebooks.expressions import Expression, NoValue
from server.rulebooks.store import InForce

KIND = "leniency_lists"


@dataclass(frozen=True)
class Weighed:
    """A row against what is known: each condition holds, does not, or None where something is not known."""

    row: LenientRow
    holds: Mapping[str, bool | None]
    facts: Mapping[str, tuple[str, ...]]

    @property
    def failing(self) -> list[str]:
        return [code for code, held in self.holds.items() if held is False]

    @property
    def unknown(self) -> list[str]:
        return [code for code, held in self.holds.items() if held is None]

    @property
    def offered(self) -> bool | None:
        """Every condition holds; False as soon as one does not."""
        return False if self.failing else None if self.unknown else True


def weigh(row: LenientRow, known: Mapping[str, Any]) -> Weighed:
    """A row of a list against values of facts."""
    holds: dict[str, bool | None] = {}
    speaks: dict[str, tuple[str, ...]] = {}
    for condition in row.conditions:
        formula = Expression(condition.holds, FACTS)
        speaks[condition.code] = tuple(name for name in FACTS if name in formula.names)
        try:
            holds[condition.code] = bool(formula.value(known))
        except NoValue:
            holds[condition.code] = None
    return Weighed(row, holds, speaks)


def lists_on(connection: Connection, matter: About) -> InForce:
    """The lists that count on the day of the offence. Raises RulebookMissing."""
    book = store.in_force(connection, KIND, matter.on)
    if book is None:
        raise RulebookMissing(kind=KIND)
    return book


def help_with(
    connection: Connection, given: LeniencyMatter, now: datetime, time_zone: ZoneInfo
) -> dict[str, Any]:
    """Every row for the matter with its conditions, and every fact with its source.

    Raises:
        NotFound, LeniencySubjectUnknown, InputRefused, RulebookMissing.
    """
    matter = facts.about(connection, given, now.astimezone(time_zone).date())
    book = lists_on(connection, matter)
    known = facts.gather(connection, matter, given.facts, now, time_zone)
    values = values_of(known)
    return {
        "case": matter.case_number,
        "subject": matter.subject["code"],
        "subject_name": matter.subject["name"],
        "item": matter.item,
        "on": matter.on,
        "rulebook": told_book(book),
        "facts": facts.told(known),
        "offers": [_told(weigh(row, values)) for row in _rows_for(book, matter.item)],
    }


def values_of(known: Mapping[str, Known]) -> dict[str, Any]:
    """The values alone."""
    return {name: one.value for name, one in known.items()}


def told_conditions(weighed: Weighed) -> list[dict[str, Any]]:
    return [
        {
            "code": condition.code,
            "text": condition.text,
            "text_en": condition.text_en,
            "holds": weighed.holds[condition.code],
            "facts": list(weighed.facts[condition.code]),
        }
        for condition in weighed.row.conditions
    ]


def reason_of(weighed: Weighed) -> dict[str, str]:
    """Why a row is offered, is not, or what has to be answered first; in both languages."""
    row = weighed.row
    which = {True: "offered", False: "refused", None: "open"}[weighed.offered]
    codes = {"offered": list(weighed.holds), "refused": weighed.failing, "open": weighed.unknown}[which]
    named = [condition for condition in row.conditions if condition.code in codes]
    article = " ".join(filter(None, (row.legal_basis.title, row.legal_basis.clause)))
    key = f"leniency.{row.branch}.offered" if which == "offered" else f"leniency.{which}"
    chinese = say(key, {"conditions": "、".join(one.text for one in named), "basis": article})
    english = say(key, {"conditions": "; ".join(one.text_en for one in named), "basis": article})
    return {"reason": chinese["text"], "reason_en": english["text_en"]}


def _rows_for(book: InForce, item: str) -> Iterable[LenientRow]:
    return (row for row in book.rows.values() if item in row.items)


def _told(weighed: Weighed) -> dict[str, Any]:
    row, words = weighed.row, say(f"leniency.{weighed.row.branch}")
    return {
        "code": row.code,
        "branch": row.branch,
        "branch_name": words["text"],
        "branch_name_en": words["text_en"],
        "behaviour": row.behaviour,
        "behaviour_en": row.behaviour_en,
        "offered": weighed.offered,
        "least_share": row.least_share,
        "legal_basis": row.legal_basis.model_dump(),
        "conditions": told_conditions(weighed),
        **reason_of(weighed),
    }
