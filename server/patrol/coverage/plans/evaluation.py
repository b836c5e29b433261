"""Which plan holds for a front: pure, so that a trial, a test and the database can be compared.

The database assigns plans itself, for a hundred thousand fronts at once (plan_runs_v1); a test holds both together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

EVERY_VISIT = ("inspection", "patrol", "service")


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan of a set; None stands for any.

    `hours` are windows as geo.hours reads them; `minutes` the same as half-open stretches since Monday 00:00.
    `team_id` belongs to `team` of `team_body`.
    """

    code: str
    visits: int
    per: str
    zone_kind: str | None = None
    township: str | None = None
    streets: frozenset[str] | None = None
    codes: frozenset[str] | None = None
    hours: tuple[str, ...] | None = None
    minutes: tuple[tuple[int, int], ...] | None = None
    team: str | None = None
    team_body: str | None = None
    team_id: int | None = None
    visit_kinds: tuple[str, ...] = EVERY_VISIT
    probable: bool = False
    share_min: float = 0.0

    @property
    def rank(self) -> int:
        """How specific: codes before streets before a township before a kind.."""
        return (
            8 * (self.codes is not None)
            + 4 * (self.streets is not None)
            + 2 * (self.township is not None)
            + (self.zone_kind is not None)
        )

    def holds_for(self, front: Front) -> bool:
        return (
            self.zone_kind in (None, front.kind)
            and self.township in (None, front.township)
            and (self.streets is None or front.street in self.streets)
            and (self.codes is None or front.code in self.codes)
        )


@dataclass(frozen=True, slots=True)
class Front:
    """What plans choose by."""

    kind: str
    code: str
    township: str | None
    street: str | None


def plan_of(plans: Iterable[Plan], front: Front) -> Plan | None:
    """The most specific plan that holds for a front; an accepted set has no two of one rank that do."""
    held = [plan for plan in plans if plan.holds_for(front)]
    return max(held, key=lambda plan: plan.rank, default=None)


@dataclass(frozen=True)
class Tie:
    """Two plans that could hold for one front and are equally specific; `where` is what both name."""

    first: Plan
    second: Plan
    where: str


def find_ties(plans: Sequence[Plan], most: int) -> list[Tie]:
    """Up to `most` ties. Exact: plans of one rank tie when all that they name has something in common."""
    found = []
    for first, second in combinations(plans, 2):
        if first.rank == second.rank and (where := _common(first, second)) is not None:
            found.append(Tie(first, second, where))
            if len(found) == most:
                break
    return found


def _common(first: Plan, second: Plan) -> str | None:
    if first.zone_kind != second.zone_kind or first.township != second.township:
        return None
    shared = []
    for one, other in ((first.codes, second.codes), (first.streets, second.streets)):
        if one is not None and other is not None:
            if not one & other:
                return None
            shared.append(min(one & other))
    return " ".join(filter(None, (first.zone_kind, first.township, *shared))) or "*"
