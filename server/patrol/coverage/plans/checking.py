"""What keeps a set of plans from being used: names nobody knows, hours that are none, codes that stand twice, ties.

Every fault is found before anything is told. What may be named comes from the database as it is now; the rest is pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.hours import HoursRefused, read_windows
from server import dated
from server.patrol.coverage.plans.evaluation import EVERY_VISIT, Front, Plan, find_ties
from server.patrol.coverage.plans.wire import PatrolPlanIn
from server.places.importing import ImportRefused

FAULTS_MAX = 50


@dataclass(frozen=True)
class References:
    """What plans may name. `teams`: name -> its bodies' codes with the team's id, of the names that were asked for."""

    townships: Collection[str]
    streets: Collection[str]
    codes: Collection[str]
    teams: Mapping[str, Mapping[str, int]]

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> References:
        teams: dict[str, dict[str, int]] = {}
        for name, body, team_id in found["teams"]:
            teams.setdefault(name, {})[body] = team_id
        return cls(
            frozenset(found["townships"]), frozenset(found["streets"]), frozenset(found["codes"]), teams
        )


class Fault(dated.Fault):
    """One thing wrong with plans."""

    kind = "plan_fault"


class PlansRefused(ImportRefused):
    """A set of plans was not taken; `found` are its faults."""

    def __init__(self, found: Sequence[Fault]) -> None:
        super().__init__([f"{fault.path}: {fault.message()}" for fault in found])
        self.found = tuple(found)


def check(given: Sequence[PatrolPlanIn], known: References, *, plans_max: int) -> list[Plan]:
    """Plans ready for use.

    Raises:
        PlansRefused: with up to FAULTS_MAX faults; ties are looked for once every plan is good by itself.
    """
    if len(given) > plans_max:
        raise PlansRefused([Fault("too_many", "/plans", {"count": len(given), "limit": plans_max})])
    faults = _twice(given)
    plans = []
    for place, one in enumerate(given):
        path = f"/plans/{place}"
        found = [*_unknown(one, path, known), *_hours(one, path)]
        faults += found
        if not found:
            plans.append(_plan(one, known))
    if faults:
        raise PlansRefused(faults[:FAULTS_MAX])
    ties = find_ties(plans, FAULTS_MAX)
    if ties:
        places = {plan.code: place for place, plan in enumerate(plans)}
        raise PlansRefused(
            [
                Fault(
                    "tie",
                    f"/plans/{places[tie.second.code]}",
                    {"plan": tie.first.code, "other": tie.second.code, "where": tie.where},
                )
                for tie in ties
            ]
        )
    return plans


def check_reach(plans: Sequence[Plan], fronts: Sequence[tuple[Front, float]]) -> None:
    """Whether each plan holds for a front at all, be it shadowed by a more specific one. Raises PlansRefused.

    Before the worker's first pass no front is known of any zone: then nothing is said.
    """
    if not fronts:
        return
    idle = [
        place for place, plan in enumerate(plans) if not any(plan.holds_for(front) for front, _ in fronts)
    ]
    if idle:
        raise PlansRefused(
            [
                Fault("no_fronts", f"/plans/{place}", {"plan": plans[place].code})
                for place in idle[:FAULTS_MAX]
            ]
        )


def _twice(given: Iterable[PatrolPlanIn]) -> list[Fault]:
    counted = Counter(plan.code for plan in given)
    return [Fault("code_twice", "/plans", {"plan": code}) for code, times in counted.items() if times > 1]


def _unknown(plan: PatrolPlanIn, path: str, known: References) -> list[Fault]:
    faults = []
    if plan.township is not None and plan.township not in known.townships:
        params = {"plan": plan.code, "township": plan.township}
        faults.append(Fault("township_unknown", f"{path}/township", params))
    for place, street in enumerate(plan.streets or ()):
        if street not in known.streets:
            faults.append(
                Fault("street_unknown", f"{path}/streets/{place}", {"plan": plan.code, "street": street})
            )
    for place, code in enumerate(plan.codes or ()):
        if code not in known.codes:
            faults.append(Fault("zone_unknown", f"{path}/codes/{place}", {"plan": plan.code, "zone": code}))
    return faults + _team_unknown(plan, path, known)


def _team_unknown(plan: PatrolPlanIn, path: str, known: References) -> list[Fault]:
    if plan.team is None:
        return []
    bodies = known.teams.get(plan.team, {})
    params = {"plan": plan.code, "team": plan.team, "bodies": ", ".join(sorted(bodies))}
    if not bodies or plan.team_body not in (None, *bodies):
        return [Fault("team_unknown", f"{path}/team", params)]
    if plan.team_body is None and len(bodies) > 1:
        return [Fault("team_of_several_bodies", f"{path}/team_body", params)]
    return []


def _hours(plan: PatrolPlanIn, path: str) -> list[Fault]:
    try:
        read_windows(plan.hours or ())
    except HoursRefused as error:
        return [Fault("hours_unreadable", f"{path}/hours", {"plan": plan.code, "hours": str(error)})]
    return []


def _plan(given: PatrolPlanIn, known: References) -> Plan:
    bodies = known.teams.get(given.team or "", {})
    body = given.team_body or next(iter(bodies), None)
    open_hours = read_windows(given.hours) if given.hours else None
    return Plan(
        code=given.code,
        visits=given.visits,
        per=given.per,
        zone_kind=given.zone_kind,
        township=given.township,
        streets=frozenset(given.streets) if given.streets else None,
        codes=frozenset(given.codes) if given.codes else None,
        hours=tuple(given.hours) if given.hours else None,
        minutes=None if open_hours is None or open_hours.always else open_hours.stretches,
        team=given.team,
        team_body=body if given.team else None,
        team_id=bodies[body] if given.team and body else None,
        visit_kinds=tuple(sorted(set(given.visit_kinds or EVERY_VISIT))),
        probable=given.probable,
        share_min=given.share_min,
    )
