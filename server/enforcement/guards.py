"""Whether a step may be taken now: who asks, who takes it, by which power, and the conditions its row names.

Pure: what was read in one statement goes in, the first refusal comes out as the problem that is answered. A condition
about something that did not come with the request holds, so that the same functions tell beforehand what is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from server.db import Principal
from server.enforcement.steps_table import (
    BY_KEY,
    FINES,
    REVIEWERS,
    SIMPLE,
    TABLE,
    Row,
    State,
    rows_of,
)
from server.messages import say
from server.problems.base import Problem
from server.problems.enforcement import (
    AmountRefused,
    CertificateRefused,
    DelegationMissing,
    LegalReviewNeeded,
    ReviewByOwnOfficer,
    StepRefused,
    TwoOfficersNeeded,
)
from server.problems.rulebooks import RulebookMissing
from server.rulebooks.books.major_rules import FIELDS
from server.rulebooks.books.penalty_items import PenaltyItem
from server.rulebooks.expressions import Expression, NoValue
from server.rulebooks.store import InForce

OFFICERS_LEAST = 2
BRANCHES = {
    "no_penalty_shall": "shall_not_punish",
    "no_penalty_may": "may_not_punish",
    "mitigated": "mitigate",
}
"""Outcomes that are lighter, and the branch of server.leniency that each rests on."""
PAPER_WAYS = ("in_person", "left", "post", "public_notice")
"""Codes of service_methods by which a paper is handed over, left, or hung out."""
NOT_STANDING = ("refused", "cancelled", "merged")
"""States of a case whose matter is no matter."""


@dataclass(frozen=True)
class Books:
    """The rulebooks that count on the day of the step; None: none is in force."""

    items: InForce | None
    delegations: InForce | None
    major_rules: InForce | None
    procedures: InForce | None


@dataclass(frozen=True)
class Asked:
    """Everything a decision is made from.

    Attributes:
        today: in the district. case: as fetch_case tells it. proceeding: as it stands; None before it is opened.
        people: accounts that were named as officers, by id: {name, number, ended_on}.
        leniency: the record of the case, the one that was named: {id, branch, waived_yuan}; None: there is none.
        books: those that count today; `items` the set that the proceeding was opened by.
        inputs: what came with the step, absent members left out.
    """

    today: date
    asking: Principal
    case: Mapping[str, Any]
    proceeding: Mapping[str, Any] | None
    people: Mapping[str, Mapping[str, Any]]
    leniency: Mapping[str, Any] | None
    books: Books
    procedure: str
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> State | None:
        return BY_KEY[self.proceeding["state"]] if self.proceeding else None

    @property
    def item(self) -> PenaltyItem | None:
        code = self.proceeding["item"] if self.proceeding else self.inputs.get("item")
        return self.books.items.rows.get(code) if self.books.items and code else None

    @property
    def outcome(self) -> str | None:
        proposed = self.proceeding["outcome"] if self.proceeding else None
        return self.inputs.get("outcome") or proposed

    @property
    def amount(self) -> Decimal:
        """In yuan: as it comes with the step, else as it was proposed; 0 without a fine."""
        if "outcome" in self.inputs:
            return Decimal(self.inputs.get("amount_yuan") or 0)
        return self.proposed

    @property
    def proposed(self) -> Decimal:
        return Decimal((self.proceeding or {}).get("amount_yuan") or 0)


def choose(step: str, asked: Asked) -> Row | Problem:
    """The row a step takes now, or why it cannot."""
    rows = [
        row
        for row in rows_of(step, asked.state, asked.procedure)
        if not row.when or CONDITIONS[row.when](asked)
    ]
    if not rows:
        return refused("state")
    return judge(rows[0], asked) or rows[0]


def judge(row: Row, asked: Asked) -> Problem | None:
    """The first refusal: who asks comes first."""
    for name in row.guards:
        if name in _OF_THE_PERSON and (problem := GUARDS[name](asked)):
            return problem
    if asked.asking.role not in row.roles:
        return refused("role", roles=", ".join(row.roles))
    if row.roles != REVIEWERS and asked.proceeding and not _at_home(asked):
        return refused("home", body=asked.proceeding["body"]["name"])
    return next((problem for name in row.guards if (problem := GUARDS[name](asked))), None)


def possible(asked: Asked) -> Iterator[tuple[Row, Problem | None]]:
    """Every step that state, role and home allow, with what still forbids it; one row a step."""
    if asked.state is None:
        return
    for step in dict.fromkeys(row.step for row in TABLE if asked.state in row.source):
        rows = rows_of(step, asked.state, asked.procedure)
        row = next((row for row in rows if not row.when or CONDITIONS[row.when](asked)), None)
        if row is None:
            continue
        problem = judge(row, asked)
        if problem is None or not (
            isinstance(problem, StepRefused) and problem.members["guard"] in ("role", "home")
        ):
            yield row, problem


def refused(guard: str, **params: Any) -> StepRefused:
    """A refusal by its guard, in words of both languages."""
    words = say(f"enforcement_guard.{guard}", params)
    return StepRefused(guard=guard, reason=words["text"], reason_en=words["text_en"])


def _at_home(asked: Asked) -> bool:
    return bool(asked.proceeding and str(asked.asking.organisation_id) == asked.proceeding["organisation_id"])


# --- Conditions that choose between rows ----------------------------------------------------------------------


def _owes(asked: Asked) -> bool:
    return asked.proposed > 0 and not asked.inputs.get("paid", False)


CONDITIONS: Mapping[str, Callable[[Asked], bool]] = {
    "to_be_paid": _owes,
    "nothing_to_pay": lambda asked: not _owes(asked),
}


# --- Guards ---------------------------------------------------------------------------------------------------


def two_officers(asked: Asked) -> Problem | None:
    named = asked.inputs.get("officers")
    if named is None or len({*named}) >= OFFICERS_LEAST:
        return None
    return TwoOfficersNeeded(
        given=len({*named}), errors=[{"path": "/officers", "message": "two officers at least are wanted"}]
    )


def certified(asked: Asked) -> Problem | None:
    """Every one of them, on the day of the step."""
    errors, told = [], []
    for place, account in enumerate(asked.inputs.get("officers", ())):
        person = asked.people.get(account)
        if person is not None and person["number"] is not None:
            continue
        ended = person and person["ended_on"]
        name = person["name"] if person else account
        why = "there is no such account" if person is None else "no certificate was ever in force"
        message = f"{name}: the certificate ended on {ended}" if ended else f"{name}: {why}"
        errors.append({"path": f"/officers/{place}", "message": message})
        told.append({"account": account, "name": name, "ended_on": ended})
    return CertificateRefused(officers=told, errors=errors) if told else None


def delegated(asked: Asked) -> Problem | None:
    """A township acts by a delegation in force for the item; the district by its own power."""
    if asked.asking.organisation_kind == "district" or asked.item is None:
        return None
    body, item = asked.asking.organisation_code, asked.item
    if asked.books.delegations is None:
        return RulebookMissing(kind="delegations", row=None)
    own = [
        row for row in asked.books.delegations.rows.values() if row.body == body and item.code in row.items
    ]
    if any(row.holds_on(asked.today) for row in own):
        return None
    over = [row.last_day for row in own if row.last_day is not None and row.last_day < asked.today]
    return DelegationMissing(
        item=item.code,
        item_name=item.name,
        item_name_en=item.name_en,
        body=body,
        ended_on=max(over).isoformat() if over else None,
    )


def case_stands(asked: Asked) -> Problem | None:
    return refused("case_stands") if asked.case["state"] in NOT_STANDING else None


def party_known(asked: Asked) -> Problem | None:
    """A subject that is registered, or a name."""
    given = asked.inputs.get("subject") is None and asked.inputs.get("party_name") is None
    return refused("party_known") if given else None


def notice_is_of_penalty(asked: Asked) -> Problem | None:
    light = asked.inputs.get("outcome", "penalty").startswith("no_penalty")
    return refused("notice_is_of_penalty") if light else None


def noticed_before_penalty(asked: Asked) -> Problem | None:
    """Whatever burdens somebody is announced first."""
    outcome = asked.inputs.get("outcome")
    return refused("noticed_before_penalty") if outcome and not outcome.startswith("no_penalty") else None


def amount_fits(asked: Asked) -> Problem | None:
    """A fine lies within the item's range, a mitigated one below it; nothing else has an amount.

    Only what is lighter waives something, and no more than could have been fined.
    """
    if "outcome" not in asked.inputs or asked.item is None:
        return None
    least, most = asked.item.amount_min_yuan, asked.item.amount_max_yuan
    outcome = asked.inputs["outcome"]
    if outcome not in FINES:
        least = most = Decimal(0)
    elif outcome == "mitigated":
        least, most = Decimal("0.01"), max(least - Decimal("0.01"), Decimal("0.01"))
    if asked.procedure == SIMPLE and asked.item.simple_max_yuan is not None:
        most = min(most, asked.item.simple_max_yuan)
    if not least <= asked.amount <= most:
        return _out_of("amount_yuan", least, most)
    waivable = asked.item.amount_max_yuan - asked.amount if outcome in BRANCHES else Decimal(0)
    if Decimal(asked.inputs.get("waived_yuan") or 0) > waivable:
        return _out_of("waived_yuan", Decimal(0), waivable)
    return None


def _out_of(member: str, least: Decimal, most: Decimal) -> Problem:
    message = f"{least:.2f} to {most:.2f} yuan"
    return AmountRefused(
        least=f"{least:.2f}", most=f"{most:.2f}", errors=[{"path": f"/{member}", "message": message}]
    )


def not_heavier_than_noticed(asked: Asked) -> Problem | None:
    """What somebody says in their defence never makes it heavier."""
    if "outcome" in asked.inputs and asked.amount > asked.proposed:
        return refused("not_heavier_than_noticed", most=f"{asked.proposed:.2f}")
    return None


def reviewed_when_major(asked: Asked) -> Problem | None:
    """A rule that cannot be worked out counts as one that holds, and says so."""
    if asked.state is State.REVIEWED or asked.outcome is None:
        return None
    if asked.books.major_rules is None:
        return RulebookMissing(kind="major_rules", row=None)
    rules = major(asked)
    return LegalReviewNeeded(rules=rules) if rules else None


def reviewer_is_another(asked: Asked) -> Problem | None:
    me = str(asked.asking.account_id)
    own = {*(asked.proceeding or {}).get("takers", ()), *asked.case["handlers"]}
    if me not in own:
        return None
    return ReviewByOwnOfficer(proceeding=(asked.proceeding or {}).get("number"))


def simple_allowed(asked: Asked) -> Problem | None:
    if asked.item is not None and asked.item.simple_max_yuan is None:
        return refused("simple_item", item=asked.item.name)
    if asked.inputs.get("outcome", "warning") not in ("warning", "penalty"):
        return refused("simple_outcome")
    return None


def confirmed_by_second(asked: Asked) -> Problem | None:
    """One of the officers who took it, and not who wrote it."""
    decided = (asked.proceeding or {}).get("decided_on_spot") or {}
    me = str(asked.asking.account_id)
    if me in decided.get("officers", ()) and me != decided.get("by"):
        return None
    return refused("confirmed_by_second")


def served_electronically(asked: Asked) -> Problem | None:
    """What is no paper way counts once the document arrived by it; consents are asked for there."""
    how = asked.inputs.get("how")
    if how is None or how in PAPER_WAYS or how in (asked.proceeding or {}).get("delivered", ()):
        return None
    return refused("served_electronically")


def leniency_fits(asked: Asked) -> Problem | None:
    """A record of leniency is one of this case, and of the branch by which it is decided."""
    if "leniency" not in asked.inputs:
        return None
    return None if rests_on(asked) else refused("leniency_fits")


def rests_on(asked: Asked) -> Mapping[str, Any] | None:
    """The record of leniency that an outcome rests on, where there is one."""
    record, branch = asked.leniency, BRANCHES.get(asked.inputs.get("outcome", ""))
    return record if record and record["branch"] == branch else None


def something_to_pay(asked: Asked) -> Problem | None:
    return None if asked.proposed > 0 else refused("something_to_pay")


def nothing_owed(asked: Asked) -> Problem | None:
    return refused("nothing_owed") if asked.proposed > 0 else None


def major(asked: Asked) -> list[dict[str, Any]]:
    """The rules by which a decision as it is proposed is major."""
    values = {
        "amount_yuan": asked.amount,
        "outcome": asked.outcome or "",
        "party_kind": _party(asked, "party_kind") or "unit",
        "subject_kind": _party(asked, "subject_kind") or "",
        "item": asked.item.code if asked.item else "",
        "procedure": asked.procedure,
        "heard": bool((asked.proceeding or {}).get("heard")),
    }
    found = []
    for rule in asked.books.major_rules.rows.values() if asked.books.major_rules else ():
        try:
            holds, unsure = bool(Expression(rule.condition, FIELDS).value(values)), None
        except NoValue as error:
            holds, unsure = True, str(error)
        if holds:
            found.append({"code": rule.code, "name": rule.name, "name_en": rule.name_en, "no_value": unsure})
    return found


def _party(asked: Asked, name: str) -> str | None:
    said = asked.proceeding or asked.inputs
    found: str | None = said.get(name)
    return found


Guard = Callable[[Asked], Problem | None]
GUARDS: Mapping[str, Guard] = {
    guard.__name__: guard
    for guard in (
        amount_fits,
        case_stands,
        certified,
        confirmed_by_second,
        delegated,
        leniency_fits,
        not_heavier_than_noticed,
        notice_is_of_penalty,
        noticed_before_penalty,
        nothing_owed,
        party_known,
        reviewed_when_major,
        reviewer_is_another,
        served_electronically,
        simple_allowed,
        something_to_pay,
        two_officers,
    )
}
_OF_THE_PERSON = frozenset({"reviewer_is_another"})
