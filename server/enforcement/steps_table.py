"""Every step of enforcement and every way from one to another: the one table of proceedings.

From the table come the steps the API offers, the words of a refusal and the tests. Names for people stand in the
catalogues (`enforcement_state.`, `enforcement_step.`); how long a clock runs is data, see the rulebook `procedures`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """Stored key, and whether the proceeding is at an end."""

    FILED = ("filed", False)
    INQUIRED = ("inquired", False)
    ORDERED = ("ordered", False)
    NOTICED = ("noticed", False)
    HEARD = ("heard", False)
    REVIEWING = ("reviewing", False)
    REVIEWED = ("reviewed", False)
    CONFIRMING = ("confirming", False)
    DECIDED = ("decided", False)
    SERVED = ("served", False)
    COMPLIED = ("complied", False)
    ENDED = ("ended", True)
    DROPPED = ("dropped", True)

    def __init__(self, key: str, ended: bool) -> None:
        self.key = key
        self.ended = ended


BY_KEY = {state.key: state for state in State}

ORDINARY, SIMPLE = "ordinary", "simple"
ENFORCERS = ("handler", "officer")
REVIEWERS = ("reviewer",)
SERVICE, MANAGEMENT, ENFORCEMENT = "service", "management", "enforcement"
OUTCOMES = ("warning", "no_penalty_shall", "no_penalty_may", "mitigated", "penalty")
FINES = ("mitigated", "penalty")
"""Outcomes with an amount."""


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes:
        step: as in the address of the API; its ledger entry is `enforcement.<step>`.
        source: states it starts from; none where it opens the proceeding.
        roles: who may.
        procedure: of which procedure it is a step; empty: of both.
        requires, takes: members of the body that must, and that may, come with it; a note may come with every one.
        guards: conditions in server.enforcement.guards; the first that does not hold refuses.
        when: condition that chooses between rows of one step and source.
        clocks: (effect, clock) in order; `*` stands for every clock that runs.
        paper: kind of the document it makes.
        means: service, management or enforcement, of the shares of means.
        basis: practice or rule the row stands on.
    """

    step: str
    source: tuple[State, ...]
    target: State
    roles: tuple[str, ...]
    procedure: str = ""
    requires: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    when: str = ""
    clocks: tuple[tuple[str, str], ...] = ()
    paper: str = ""
    means: str = ENFORCEMENT
    basis: str = ""

    @property
    def entry(self) -> str:
        return f"enforcement.{self.step}"


CONDUCT = ("two_officers", "certified")
POWER = (*CONDUCT, "delegated")
ALL = "*"
RULES = "执法流程 practice 25"
DELEGATED = "委托执法 practice 20"
REVIEW = "法制审核 practice 18"
SMALL = "小微执法 practice 23"
CUSTOM = "惯用 customary"

TABLE: tuple[Row, ...] = (
    Row(
        "file", (), State.FILED, ENFORCERS,
        requires=("officers", "item"), takes=("subject", "party_kind", "party_name"),
        guards=(*POWER, "case_stands", "party_known"), clocks=(("begin", "decide"),), basis=DELEGATED,
    ),
    Row(
        "inquire", (State.FILED, State.INQUIRED), State.INQUIRED, ENFORCERS,
        requires=("officers", "note"), takes=("attachments",), guards=POWER, basis=RULES,
    ),
    Row(
        "order_correction", (State.FILED, State.INQUIRED), State.ORDERED, ENFORCERS, ORDINARY,
        requires=("officers",), takes=("correction", "days"), guards=POWER,
        clocks=(("begin", "correct"),), paper="order_correct", means=MANAGEMENT, basis=RULES,
    ),
    Row(
        "recheck", (State.ORDERED,), State.INQUIRED, ENFORCERS, ORDINARY,
        requires=("officers", "corrected"), takes=("attachments",), guards=CONDUCT,
        clocks=(("stop", "correct"),), means=MANAGEMENT, basis=RULES,
    ),
    Row(
        "advance_notice", (State.INQUIRED,), State.NOTICED, ENFORCERS, ORDINARY,
        requires=("officers", "outcome"), takes=("amount_yuan",),
        guards=(*POWER, "notice_is_of_penalty", "amount_fits"),
        clocks=(("begin", "statement"),), paper="advance_notice", basis=RULES,
    ),
    Row(
        "statement", (State.NOTICED,), State.HEARD, ENFORCERS, ORDINARY,
        requires=("note",), clocks=(("stop", "statement"),), basis=RULES,
    ),
    Row(
        "hearing", (State.NOTICED,), State.HEARD, ENFORCERS, ORDINARY,
        requires=("officers", "note"), guards=CONDUCT, clocks=(("stop", "statement"),), basis=RULES,
    ),
    Row(
        "submit_review", (State.HEARD,), State.REVIEWING, ENFORCERS, ORDINARY, basis=REVIEW,
    ),
    Row(
        "approve", (State.REVIEWING,), State.REVIEWED, REVIEWERS, ORDINARY,
        requires=("note",), guards=("reviewer_is_another",), basis=REVIEW,
    ),
    Row(
        "object", (State.REVIEWING,), State.INQUIRED, REVIEWERS, ORDINARY,
        requires=("note",), guards=("reviewer_is_another",), basis=REVIEW,
    ),
    Row(
        "decide", (State.HEARD, State.REVIEWED), State.DECIDED, ENFORCERS, ORDINARY,
        requires=("officers", "outcome"), takes=("amount_yuan", "waived_yuan", "leniency"),
        guards=(*POWER, "amount_fits", "leniency_fits", "not_heavier_than_noticed", "reviewed_when_major"),
        clocks=(("stop", "decide"), ("begin", "serve")), paper="decision", basis=REVIEW,
    ),
    Row(
        "decide", (State.INQUIRED,), State.DECIDED, ENFORCERS, ORDINARY,
        requires=("officers", "outcome"), takes=("amount_yuan", "waived_yuan", "leniency"),
        guards=(*POWER, "noticed_before_penalty", "amount_fits", "leniency_fits"),
        clocks=(("stop", "decide"), ("begin", "serve")), paper="decision", means=MANAGEMENT, basis=RULES,
    ),
    Row(
        "hear_on_spot", (State.INQUIRED,), State.HEARD, ENFORCERS, SIMPLE,
        requires=("note",), basis=SMALL,
    ),
    Row(
        "decide_on_spot", (State.HEARD,), State.CONFIRMING, ENFORCERS, SIMPLE,
        requires=("officers", "outcome"), takes=("amount_yuan",),
        guards=(*POWER, "simple_allowed", "amount_fits", "reviewed_when_major"),
        clocks=(("stop", "decide"),), paper="decision", basis=SMALL,
    ),
    Row(
        "confirm", (State.CONFIRMING,), State.SERVED, ENFORCERS, SIMPLE,
        takes=("paid",), guards=("confirmed_by_second",), when="to_be_paid",
        clocks=(("begin", "perform"),), basis=SMALL,
    ),
    Row(
        "confirm", (State.CONFIRMING,), State.ENDED, ENFORCERS, SIMPLE,
        takes=("paid",), guards=("confirmed_by_second",), when="nothing_to_pay",
        clocks=(("stop", ALL),), basis=SMALL,
    ),
    Row(
        "serve", (State.DECIDED,), State.SERVED, ENFORCERS, ORDINARY,
        requires=("officers", "how"), guards=(*CONDUCT, "served_electronically"),
        clocks=(("stop", "serve"), ("begin", "perform")), means=SERVICE, basis=RULES,
    ),
    Row(
        "comply", (State.SERVED,), State.COMPLIED, ENFORCERS,
        guards=("something_to_pay",), clocks=(("stop", "perform"),), basis=RULES,
    ),
    Row(
        "end", (State.COMPLIED,), State.ENDED, ENFORCERS, clocks=(("stop", ALL),), basis=CUSTOM,
    ),
    Row(
        "end", (State.SERVED,), State.ENDED, ENFORCERS, guards=("nothing_owed",), clocks=(("stop", ALL),), basis=CUSTOM,
    ),
    Row(
        "drop", (State.FILED, State.INQUIRED, State.ORDERED, State.CONFIRMING), State.DROPPED, ENFORCERS,
        requires=("note",), clocks=(("stop", ALL),), basis=CUSTOM,
    ),
)  # fmt: skip

STEPS = tuple(dict.fromkeys(row.step for row in TABLE))
OPENING = ("file",)
ON_THE_SPOT = ("file", "inquire", "hear_on_spot", "decide_on_spot")
"""Steps of the simple procedure that are taken in one request."""
PAPERS = tuple(dict.fromkeys(row.paper for row in TABLE if row.paper))
ROLES = tuple(sorted({role for row in TABLE for role in row.roles}))


def rows_of(step: str, source: State | None, procedure: str) -> tuple[Row, ...]:
    """The rows of a step that start in a state (None: before there is a proceeding), of a procedure."""
    return tuple(
        row
        for row in TABLE
        if row.step == step
        and (source in row.source if source else not row.source)
        and row.procedure in ("", procedure)
    )


def inputs_of(step: str) -> tuple[frozenset[str], frozenset[str]]:
    """Members that must, and that may, come with a step."""
    rows = [row for row in TABLE if row.step == step]
    requires = frozenset(name for row in rows for name in row.requires)
    return requires, frozenset(name for row in rows for name in row.takes) | {"note"}
