"""Which body answers for a matched place. Pure: match, rules and bodies go in, a route with its trace comes out.

The township is nearly always certain and is all that sending needs; an unsure frontage never delays it. What no
township clearly answers for goes to the district's queue, with the reason, whatever rules say; else the most specific
rule that holds decides, and without one the township answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.verdict import Verdict, ZoneVerdict
from server.places.rules.evaluation import ANSWERS, Rule, RuleSet, Spot, trace_of

RULES = "township-answers-1"


@dataclass(frozen=True)
class Body:
    """An organisation that can answer: the district or a township."""

    id: str
    code: str
    name: str
    kind: str


@dataclass(frozen=True)
class Asked:
    """A set of rules and what it is asked about; `missed_max` bounds the rules a trace names that did not hold."""

    rules: RuleSet
    spot: Spot
    missed_max: int


@dataclass(frozen=True)
class Route:
    """Where a case goes. `township` is the one it lies in, or None when the district has to decide."""

    body: Body
    township: Body | None
    reason: str
    trace: tuple[dict[str, Any], ...]

    @property
    def decision(self) -> Mapping[str, Any] | None:
        """What the rules said, when they were asked."""
        return next((step for step in self.trace if step["step"] == "rules"), None)

    def as_json(self) -> dict[str, Any]:
        decision = self.decision
        return {
            "rules": RULES if decision is None else f"{decision['name']}@{decision['version']}",
            "body": self.body.code,
            "township": self.township.code if self.township else None,
            "reason": self.reason,
            "trace": list(self.trace),
        }


class NoDistrict(RuntimeError):
    """The deployment has no district organisation: nothing can be routed."""


def bodies_from_rows(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Body]:
    """Organisations by code."""
    return {code: Body(row["id"], code, row["name"], row["kind"]) for code, row in rows.items()}


def route(township: ZoneVerdict, bodies: Mapping[str, Body], asked: Asked | None = None) -> Route:
    """Pick the responsible body.

    Args:
        township: what the match says of it. asked: the rules in force, or None when there are none.
    Raises:
        NoDistrict: when there is no district to fall back on.
    """
    district = next((body for body in bodies.values() if body.kind == "district"), None)
    if district is None:
        raise NoDistrict("no organisation of kind district")
    seen: dict[str, Any] = {
        "step": "township",
        "code": township.code,
        "verdict": township.verdict.value,
        "probability": township.probability,
    }
    if township.verdict is Verdict.NONE:
        return Route(district, None, "outside_all_townships", (seen,))
    if not township.chosen or township.code is None:
        return Route(district, None, "township_unsure", (seen,))
    answering = bodies.get(township.code)
    if asked is None:
        return _by_default(district, answering, (seen,))
    decision = asked.rules.decide(asked.spot)
    trace = (seen, trace_of(asked.rules, asked.spot, decision, missed_max=asked.missed_max))
    return _by_rule(decision.winner, district, answering, bodies, trace)


def _by_default(district: Body, answering: Body | None, trace: tuple[dict[str, Any], ...]) -> Route:
    if answering is None:
        return Route(district, None, "township_without_body", trace)
    return Route(answering, answering, "township_answers", (*trace, {"step": "body", "code": answering.code}))


def _by_rule(
    rule: Rule | None,
    district: Body,
    answering: Body | None,
    bodies: Mapping[str, Body],
    trace: tuple[dict[str, Any], ...],
) -> Route:
    if rule is None or (rule.body == ANSWERS and answering is None):
        return _by_default(district, answering, trace)
    named = answering if rule.body == ANSWERS else bodies.get(rule.body)
    if named is None:
        return Route(district, answering, "rule_without_body", trace)
    reason = "rule_leaves_township" if rule.body == ANSWERS else "rule_names_body"
    return Route(named, answering, reason, (*trace, {"step": "body", "code": named.code}))
