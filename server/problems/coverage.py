"""What can go wrong with patrol plans, and with asking what was looked at."""

from __future__ import annotations

from server.problems.base import Problem


class PatrolPlansRefused(Problem):
    """A set of plans cannot be used: `errors` names every fault, and nothing was kept."""

    status, code = 422, "patrol_plans_refused"


class PatrolPlansInForce(Problem):
    """This set came into force already, from another day; a set is never changed."""

    status, code = 409, "patrol_plans_in_force"


class PatrolPlanDayRefused(Problem):
    """A set begins after the one before it, and only the first one on a past day: what was judged stays judged."""

    status, code = 422, "patrol_plan_day_refused"


class CoverageTooMuch(Problem):
    """More than `limit` at once: narrow the area, the period or the round."""

    status, code = 422, "coverage_too_much"
