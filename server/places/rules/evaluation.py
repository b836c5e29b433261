"""Which rule holds for a spot, and why: pure, so that a report, a dry run and a test cannot disagree.

The order of specificity stands in `Specificity` and is published in docs/routing.md. Of the rules that hold the most
specific one wins; that no two can be equal is proved when a set is imported (server.places.rules.ties). Nothing here
knows the database or the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from geo.hours import ALWAYS, WeekHours, read_windows

KIND_ORDER = ("community", "grid", "frontage", "site", "parking", "service_point")
"""Kinds of zone a rule may name, the widest first: of two that hold, the later one is the more particular."""

ANSWERS = "township"
"""The body of a rule that leaves a case with the township it lies in."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a rule set; None stands for any.

    `valid_from` is the first local day it holds, `valid_to` the first one it no longer does. `hours` are windows as
    geo.hours reads them, none for every hour. `body` is an organisation's code, or `ANSWERS`.
    """

    code: str
    body: str
    category: str | None = None
    zone_kind: str | None = None
    zone: str | None = None
    township: str | None = None
    hours: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    open: WeekHours = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "open", read_windows(self.hours) if self.hours else ALWAYS)

    @property
    def dated(self) -> bool:
        return self.valid_from is not None or self.valid_to is not None

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


class Specificity(NamedTuple):
    """How specific a rule is for a spot it holds for: compared from the first member to the last, larger wins."""

    zone: int
    """1: it names one zone."""
    category: int
    """How deep its category lies in the tree, the roots at 1; 0: any category."""
    zone_kind: int
    """Place of its kind in KIND_ORDER, from 1; 0: any place."""
    township: int
    """1: it names a township."""
    hours: int
    """1: it has hours."""
    dates: int
    """1: it has a first or a last day."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What rules are asked about.

    Attributes:
        category_path: codes from the root of the tree to the report's category; empty for an unknown one.
        zones: kind -> code of each zone the match is certain or likely of, townships left out.
        township: 9-digit code.
        at: local wall-clock time of capture.
    """

    category_path: tuple[str, ...]
    zones: Mapping[str, str]
    township: str
    at: datetime


def missed(rule: Rule, spot: Spot) -> str | None:
    """The first condition of a rule that does not hold for a spot; None when it holds."""
    if rule.category is not None and rule.category not in spot.category_path:
        return "category"
    if rule.township is not None and rule.township != spot.township:
        return "township"
    if rule.zone_kind is not None and rule.zone_kind not in spot.zones:
        return "zone_kind"
    if rule.zone is not None and spot.zones.get(rule.zone_kind or "") != rule.zone:
        return "zone"
    if not rule.holds_on(spot.at.date()):
        return "dates"
    return None if rule.open.holds(spot.at) else "hours"


def specificity(rule: Rule, category_path: Sequence[str]) -> Specificity:
    """How specific a rule is for a report of a category; the rule has to hold for it.

    >>> specificity(Rule("R1", "320612", category="waste", hours=("1-5 08:00-18:00",)), ("cleanliness", "waste"))
    Specificity(zone=0, category=2, zone_kind=0, township=0, hours=1, dates=0)
    """
    return Specificity(
        zone=int(rule.zone is not None),
        category=0 if rule.category is None else category_path.index(rule.category) + 1,
        zone_kind=0 if rule.zone_kind is None else KIND_ORDER.index(rule.zone_kind) + 1,
        township=int(rule.township is not None),
        hours=int(bool(rule.hours)),
        dates=int(rule.dated),
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """What a set says of a spot.

    Attributes:
        held: rules that hold with their specificity, the winner first.
        missed: code of every other rule that was looked at closely, and the condition that did not hold.
        elsewhere: how many rules are of other categories.
    """

    held: tuple[tuple[Rule, Specificity], ...]
    missed: tuple[tuple[str, str], ...]
    elsewhere: int

    @property
    def winner(self) -> Rule | None:
        return self.held[0][0] if self.held else None

    @property
    def because(self) -> str:
        """Why the winner won: the first member of Specificity in which it beats the next, or that it was alone."""
        if len(self.held) < 2:
            return "only_one" if self.held else "none"
        first, second = self.held[0][1], self.held[1][1]
        return next(
            (name for name in Specificity._fields if getattr(first, name) != getattr(second, name)), "code"
        )


@dataclass(frozen=True)
class RuleSet:
    """One version of the rules. `version` is None for a draft."""

    id: int
    name: str
    version: int | None
    rules: tuple[Rule, ...]
    by_category: Mapping[str | None, tuple[Rule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        grouped: dict[str | None, list[Rule]] = {}
        for rule in self.rules:
            grouped.setdefault(rule.category, []).append(rule)
        object.__setattr__(self, "by_category", {key: tuple(rules) for key, rules in grouped.items()})

    def decide(self, spot: Spot) -> Decision:
        """Every rule that holds for a spot, the most specific first."""
        held, others = [], []
        looked_at = [rule for key in (None, *spot.category_path) for rule in self.by_category.get(key, ())]
        for rule in looked_at:
            condition = missed(rule, spot)
            if condition is None:
                held.append((rule, specificity(rule, spot.category_path)))
            else:
                others.append((rule.code, condition))
        # The code only makes the order whole: an accepted set has no two rules of one specificity that hold together.
        held.sort(key=lambda one: (*(-number for number in one[1]), one[0].code))
        return Decision(tuple(held), tuple(sorted(others)), len(self.rules) - len(looked_at))


def trace_of(rules: RuleSet, spot: Spot, decision: Decision, *, missed_max: int) -> dict[str, Any]:
    """A decision as it is kept with a match: rules that held, those that did not and why, and what decided."""
    return {
        "step": "rules",
        "set": rules.id,
        "name": rules.name,
        "version": rules.version,
        "at": spot.at.replace(tzinfo=None).isoformat(timespec="minutes"),
        "category_path": list(spot.category_path),
        "zones": dict(spot.zones),
        "held": [
            {"rule": rule.code, "body": rule.body, "specificity": number._asdict()}
            for rule, number in decision.held
        ],
        "missed": [{"rule": code, "by": condition} for code, condition in decision.missed[:missed_max]],
        "missed_more": max(0, len(decision.missed) - missed_max),
        "of_other_categories": decision.elsewhere,
        "won": decision.winner.code if decision.winner else None,
        "because": decision.because,
    }


def rules_from_json(rows: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules as they are stored; members that are left out stand for any."""
    return tuple(
        Rule(
            code=row["code"],
            body=row["body"],
            category=row.get("category"),
            zone_kind=row.get("zone_kind"),
            zone=row.get("zone"),
            township=row.get("township"),
            hours=tuple(row.get("hours") or ()),
            valid_from=date.fromisoformat(row["valid_from"]) if row.get("valid_from") else None,
            valid_to=date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None,
        )
        for row in rows
    )
