"""What keeps a rule set from being used: names nobody knows, hours that are none, codes that stand twice, ties.

Every fault is found before anything is told. What may be named comes from the database as it is now; the rest is pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.hours import HoursRefused
from server import dated
from server.places.importing import ImportRefused
from server.places.rules.evaluation import ANSWERS, Rule
from server.places.rules.ties import Tie, find_ties
from server.places.rules.wire import RoutingRuleIn

FAULTS_MAX = 50


@dataclass(frozen=True)
class References:
    """What rules may name. `zones`: code -> its kinds, of the codes that were asked for."""

    bodies: Collection[str]
    townships: Collection[str]
    categories: Collection[str]
    zones: Mapping[str, Collection[str]]

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> References:
        zones: dict[str, list[str]] = {}
        for code, kind in found["zones"]:
            zones.setdefault(code, []).append(kind)
        return cls(frozenset(found["bodies"]), tuple(found["townships"]), tuple(found["categories"]), zones)


class Fault(dated.Fault):
    """One thing wrong with rules."""

    kind = "rule_fault"


class RulesRefused(ImportRefused):
    """A rule set was not taken; `found` are its faults, `ties` the pairs among them with their examples."""

    def __init__(self, found: Sequence[Fault], ties: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__([f"{fault.path}: {fault.message()}" for fault in found])
        self.found = tuple(found)
        self.ties = tuple(ties)


def check(given: Sequence[RoutingRuleIn], known: References, *, on: date, rules_max: int) -> list[Rule]:
    """Rules ready for use.

    Args:
        on: today, the day an example of a tie is put on where rules have no dates.
    Raises:
        RulesRefused: with up to FAULTS_MAX faults; ties are looked for once every rule is good by itself.
    """
    if len(given) > rules_max:
        raise RulesRefused([Fault("too_many", "/rules", {"count": len(given), "limit": rules_max})])
    named = [_with_kind(rule, known) for rule in given]
    faults = [*_twice(named)]
    for place, rule in enumerate(named):
        faults += _unknown(rule, f"/rules/{place}", known)
    rules, unreadable = _made(named)
    faults += unreadable
    if faults:
        raise RulesRefused(faults[:FAULTS_MAX])
    ties = find_ties(rules, on=on, most=FAULTS_MAX)
    if ties:
        places = {rule.code: place for place, rule in enumerate(rules)}
        told = [tie_json(tie, known) for tie in ties]
        raise RulesRefused([_tie_fault(tie, one, places) for tie, one in zip(ties, told, strict=True)], told)
    return rules


def _with_kind(rule: RoutingRuleIn, known: References) -> RoutingRuleIn:
    kinds = known.zones.get(rule.zone or "", ())
    if rule.zone is not None and rule.zone_kind is None and len(kinds) == 1:
        return rule.model_copy(update={"zone_kind": next(iter(kinds))})
    return rule


def _twice(rules: Iterable[RoutingRuleIn]) -> Iterable[Fault]:
    counted = Counter(rule.code for rule in rules)
    return [Fault("code_twice", "/rules", {"rule": code}) for code, times in counted.items() if times > 1]


def _unknown(rule: RoutingRuleIn, path: str, known: References) -> list[Fault]:
    faults = []
    if rule.body != ANSWERS and rule.body not in known.bodies:
        faults.append(Fault("body_unknown", f"{path}/body", {"rule": rule.code, "body": rule.body}))
    if rule.category is not None and rule.category not in known.categories:
        params = {"rule": rule.code, "category": rule.category}
        faults.append(Fault("category_unknown", f"{path}/category", params))
    if rule.township is not None and rule.township not in known.townships:
        params = {"rule": rule.code, "township": rule.township}
        faults.append(Fault("township_unknown", f"{path}/township", params))
    return faults + _zone_unknown(rule, path, known)


def _zone_unknown(rule: RoutingRuleIn, path: str, known: References) -> list[Fault]:
    if rule.zone is None:
        return []
    kinds = known.zones.get(rule.zone, ())
    params = {"rule": rule.code, "zone": rule.zone, "kinds": ", ".join(sorted(kinds))}
    if not kinds:
        return [Fault("zone_unknown", f"{path}/zone", params)]
    if rule.zone_kind is None:
        return [Fault("zone_of_several_kinds", f"{path}/zone_kind", params)]
    if rule.zone_kind not in kinds:
        return [Fault("zone_of_another_kind", f"{path}/zone_kind", params)]
    return []


def _made(given: Sequence[RoutingRuleIn]) -> tuple[list[Rule], list[Fault]]:
    rules, faults = [], []
    for place, rule in enumerate(given):
        try:
            rules.append(_rule(rule))
        except HoursRefused as error:
            params = {"rule": rule.code, "hours": str(error)}
            faults.append(Fault("hours_unreadable", f"/rules/{place}/hours", params))
    return rules, faults


def _rule(given: RoutingRuleIn) -> Rule:
    return Rule(
        code=given.code,
        body=given.body,
        category=given.category,
        zone_kind=given.zone_kind,
        zone=given.zone,
        township=given.township,
        hours=tuple(given.hours or ()),
        valid_from=given.valid_from,
        valid_to=given.valid_to,
    )


def tie_json(tie: Tie, known: References) -> dict[str, Any]:
    """Both rules of a tie, and a report both hold for: what neither names is filled in from what is known."""
    one = tie.first
    example = {
        "category": one.category or next(iter(known.categories), None),
        "zone_kind": one.zone_kind,
        "zone": one.zone,
        "township": one.township or next(iter(known.townships), None),
        "at": tie.at.isoformat(timespec="minutes"),
    }
    return {"rules": [tie.first.code, tie.second.code], "example": example}


def _tie_fault(tie: Tie, told: Mapping[str, Any], places: Mapping[str, int]) -> Fault:
    example = told["example"]
    where = " ".join(filter(None, (example["zone_kind"], example["zone"]))) or "-"
    params = {
        "rule": tie.first.code,
        "other": tie.second.code,
        "category": example["category"],
        "where": where,
        "township": example["township"],
        "at": example["at"],
    }
    return Fault("tie", f"/rules/{places[tie.second.code]}", params)
