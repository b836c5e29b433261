"""From the entries of ledgers and the rules they name to scores and lists. Pure, and exact.

The same entries give the same list, byte for byte, in whatever order they are read and on whatever machine. A score is
the base, and every entry that was not taken out, faded by the rule it was entered by. A subject that was
merged into another counts with that one.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any
from uuid import UUID

from server.evidence.canonical import canonical
from server.rulebooks.books.rating_rules import DECAY, LISTING, SCORE, RatingRule
from server.rulebooks.expressions import Expression, written

PLUS, MINUS = "rating.plus", "rating.minus"
ACTIONS = (
    "rating.opened",
    PLUS,
    MINUS,
    "rating.noticed",
    "rating.published",
    "rating.appeal_opened",
    "rating.appeal_upheld",
    "rating.appeal_rejected",
    "rating.corrected",
    "rating.record_corrected",
    "rating.reopened",
)
VOIDING = ("rating.appeal_upheld", "rating.record_corrected", "rating.reopened")
STARS = 5


@dataclass(frozen=True)
class Entry:
    """One entry of a ledger. `subject` is the record it was made for; `id` says in which order entries came."""

    id: int
    subject: UUID
    seq: int
    action: str
    body: Mapping[str, Any]

    @property
    def on(self) -> date:
        """The day it counts from."""
        return date.fromisoformat(self.body["on"])

    @property
    def points(self) -> Fraction:
        return Fraction(self.body["points"])


@dataclass(frozen=True)
class Scheme:
    """A set of rules with its formulas read."""

    id: int
    rule: RatingRule

    @cached_property
    def score(self) -> Expression:
        return Expression(self.rule.score, SCORE)

    @cached_property
    def red(self) -> Expression:
        return Expression(self.rule.red, LISTING)

    @cached_property
    def black(self) -> Expression:
        return Expression(self.rule.black, LISTING)

    @cached_property
    def five_star(self) -> Expression | None:
        return Expression(self.rule.five_star, LISTING) if self.rule.five_star else None

    @cached_property
    def decays(self) -> Mapping[str, Expression | None]:
        """How the points of each event fade."""
        return {
            event.code: Expression(event.decay, DECAY) if event.decay else None for event in self.rule.events
        }


Schemes = Mapping[int, Scheme]


@dataclass(frozen=True)
class Left:
    """An entry that counts on a day, and what is left of its points."""

    entry: Entry
    points: Fraction


@dataclass(frozen=True)
class Rated:
    """How a subject stands on a day. `colour`: the list it belongs to, if any."""

    base: Fraction
    plus: Fraction
    minus: Fraction
    score: Fraction
    counted: tuple[Left, ...]
    good_months: int
    colour: str | None
    stars: int | None


def voided(entries: Iterable[Entry]) -> frozenset[int]:
    """Ids of entries that an upheld appeal, a correction of their record, or their case opened again took out."""
    return frozenset(one for entry in entries if entry.action in VOIDING for one in entry.body["voids"])


def rate(entries: Sequence[Entry], schemes: Schemes, scheme: Scheme, on: date) -> Rated:
    """How the subject of these entries stands on a day, by the thresholds of `scheme`. Raises NoValue."""
    out = voided(entries)
    ordered = sorted(
        (entry for entry in entries if entry.action in (PLUS, MINUS) and entry.id not in out),
        key=lambda entry: entry.id,
    )
    base = _base(entries, scheme)
    plus, minus, counted = _sums(ordered, schemes, on)
    score = _score(scheme, base, plus, minus)
    good_months = _good_months(ordered, schemes, scheme, base, on)
    fields = {
        "score": score,
        "base": base,
        "plus": plus,
        "minus": minus,
        "events": len(counted),
        "minus_events": sum(one.entry.action == MINUS for one in counted),
        "good_months": good_months,
    }
    colour = "black" if scheme.black.value(fields) else "red" if scheme.red.value(fields) else None
    stars = STARS if scheme.five_star is not None and scheme.five_star.value(fields) else None
    return Rated(base, plus, minus, score, tuple(counted), good_months, colour, stars)


def by_root(entries: Iterable[Entry], merged: Mapping[UUID, UUID]) -> dict[UUID, list[Entry]]:
    """Entries by the record they count for."""
    found: dict[UUID, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[merged.get(entry.subject, entry.subject)].append(entry)
    return found


def content_of(standing: Mapping[UUID, Rated], codes: Mapping[UUID, str], scheme: Scheme, on: date) -> bytes:
    """The lists of a day as canonical JSON: who is on them, with which score, and the entries that made it."""
    entries = [
        {
            "subject": codes[subject],
            "colour": rated.colour,
            "score": written(rated.score),
            "stars": rated.stars,
            "entries": [{"id": one.entry.id, "left": written(one.points)} for one in rated.counted],
        }
        for subject, rated in standing.items()
        if rated.colour
    ]
    entries.sort(key=lambda entry: (entry["colour"], entry["subject"]))
    return canonical({"on": on.isoformat(), "rules": scheme.id, "entries": entries})


def _base(entries: Iterable[Entry], scheme: Scheme) -> Fraction:
    """What the ledger began with; of merged records the one that began first."""
    opened = [entry for entry in entries if entry.action == "rating.opened"]
    first = min(opened, key=lambda entry: entry.id, default=None)
    return Fraction(first.body["base"]) if first else Fraction(scheme.rule.base)


def _sums(ordered: Iterable[Entry], schemes: Schemes, on: date) -> tuple[Fraction, Fraction, list[Left]]:
    counted = []
    for entry in ordered:
        if entry.on <= on and (points := _left(entry, schemes, on)) > 0:
            counted.append(Left(entry, points))
    plus = sum((one.points for one in counted if one.entry.action == PLUS), Fraction())
    minus = sum((one.points for one in counted if one.entry.action == MINUS), Fraction())
    return plus, minus, counted


def _left(entry: Entry, schemes: Schemes, on: date) -> Fraction:
    """What is left of the points on a day, never less than nothing."""
    decay = schemes[entry.body["rules"]].decays[entry.body["event"]]
    if decay is None:
        return entry.points
    return max(decay.number({"points": entry.points, "age_days": (on - entry.on).days}), Fraction())


def _score(scheme: Scheme, base: Fraction, plus: Fraction, minus: Fraction) -> Fraction:
    return scheme.score.number({"base": base, "plus": plus, "minus": minus})


def _good_months(ordered: Sequence[Entry], schemes: Schemes, scheme: Scheme, base: Fraction, on: date) -> int:
    """Months of the year that were over by this day and ended with a good score."""
    good = 0
    for month in range(1, on.month + 1):
        last = date(on.year, month, calendar.monthrange(on.year, month)[1])
        if last <= on:
            plus, minus, _ = _sums(ordered, schemes, last)
            good += _score(scheme, base, plus, minus) >= scheme.rule.month_score
    return good
