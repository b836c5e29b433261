"""Every state a case can be in, and every way from one to another: the one table of casework. Standard library only.

The seven national steps are first-class (信息收集 … 综合评价); a local state maps onto one. From the table come the
actions the API allows, the words of a refusal, docs/cases.md with its diagram, and the tests. Names for people stand
in the message catalogues (`state.`, `action.`, `guard.`). A row that falls out of use stays, without a source.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Step(IntEnum):
    """The seven steps of the closed loop, in their order."""

    COLLECT = 1
    REGISTER = 2
    DISPATCH = 3
    HANDLE = 4
    REPLY = 5
    CHECK = 6
    EVALUATE = 7


class State(Enum):
    """Stored key, step, and whether the case is at an end."""

    REPORTED = ("reported", Step.COLLECT, False)
    REGISTERED = ("registered", Step.REGISTER, False)
    REFUSED = ("refused", Step.REGISTER, True)
    CANCELLED = ("cancelled", Step.REGISTER, True)
    DISPATCHED = ("dispatched", Step.DISPATCH, False)
    TRANSFERRED = ("transferred", Step.DISPATCH, True)
    ACCEPTED = ("accepted", Step.HANDLE, False)
    HANDLING = ("handling", Step.HANDLE, False)
    SUSPENDED = ("suspended", Step.HANDLE, False)
    REPLIED = ("replied", Step.REPLY, False)
    CHECKED = ("checked", Step.CHECK, False)
    CLOSED = ("closed", Step.EVALUATE, True)
    MERGED = ("merged", Step.REGISTER, True)

    def __init__(self, key: str, step: Step, ended: bool) -> None:
        self.key = key
        self.step = step
        self.ended = ended


BY_KEY = {state.key: state for state in State}
OPEN = tuple(state for state in State if not state.ended)


class Kept(Enum):
    """A target that is no state of its own: the case stays where it is, or goes back to where it was suspended."""

    SAME = "same"
    BEFORE = "before"


class Home(Enum):
    """Whose account may act: of any body that sees the case, of the body the case is at, of the district itself."""

    ANY = "any"
    BODY = "body"
    DISTRICT = "district"


class Told(Enum):
    """Whose inbox hears of it."""

    NOBODY = "nobody"
    BODY = "body"
    DISTRICT = "district"


ALL = "*"
"""Every clock of the case that runs (or, for `resume`, is paused)."""
SUB = "+"
"""The further clocks that the case's deadline row names."""
NAMED = "?"
"""The one that comes with the action."""


@dataclass(frozen=True)
class Transition:
    """One row of the table.

    Attributes:
        action: as in the address of the API; `entry` is the ledger entry it leaves.
        source, target: states it starts from, and where it leads.
        roles, home: who may.
        requires, takes: members of the body that must, and that may, come with it.
        guards: conditions in server.cases.guards; the first that does not hold refuses, in words.
        when: condition that chooses between rows of one action and source.
        clocks: (effect, clock) in order; ALL, SUB and NAMED stand for others.
        told: whose inbox hears of it.
        basis: clause or practice the row stands on.
    """

    action: str
    entry: str
    source: tuple[State, ...]
    target: State | Kept
    roles: tuple[str, ...]
    home: Home = Home.ANY
    requires: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    when: str = ""
    clocks: tuple[tuple[str, str], ...] = ()
    told: Told = Told.NOBODY
    basis: str = ""


LOOP = "闭环七步 seven-step loop"
JOINT = "协同办案 practice 21"
CLOSED_LOOP = "落实办复 practice 8"
HANDOVER = "区镇联动 practice 7"
CUSTOM = "惯用 customary"
OF_PLACE = "责任范围 practice 2"

_HANDED_OVER = (State.DISPATCHED, State.ACCEPTED, State.HANDLING)
_AT_WORK = (State.ACCEPTED, State.HANDLING)
_PLACED_ANEW = (State.REPORTED, State.REGISTERED, *_HANDED_OVER)
_BEGUN = (("stop", "dispatch"), ("begin", "accept"), ("begin", "handle"), ("begin", SUB))
_ANEW = (("stop", ALL), ("begin", "accept"), ("begin", "handle"), ("begin", SUB))

TABLE: tuple[Transition, ...] = (
    Transition(
        "register", "case.registered", (State.REPORTED,), State.REGISTERED, ("acceptor",),
        takes=("category",), clocks=(("stop", "register"), ("begin", "dispatch")), basis=LOOP,
    ),
    Transition(
        "refuse", "case.refused", (State.REPORTED,), State.REFUSED, ("acceptor",),
        requires=("reason",), clocks=(("stop", ALL),), told=Told.BODY, basis=LOOP,
    ),
    Transition(
        "dispatch", "case.dispatched", (State.REGISTERED,), State.DISPATCHED, ("dispatcher",),
        takes=("body", "assignee", "assisting"),
        guards=("other_body_by_district", "assignee_fits", "assistants_fit"),
        clocks=_BEGUN, told=Told.BODY, basis=HANDOVER,
    ),
    Transition(
        "accept", "case.accepted", (State.DISPATCHED,), State.ACCEPTED, ("handler",), Home.BODY,
        clocks=(("stop", "accept"),), basis=HANDOVER,
    ),
    Transition(
        "return", "case.returned", (State.DISPATCHED, State.ACCEPTED), State.REGISTERED, ("handler",), Home.BODY,
        requires=("reason",), guards=("assisting_done",), clocks=(("stop", ALL), ("begin", "dispatch")),
        told=Told.DISTRICT, basis=CUSTOM,
    ),
    Transition(
        "start", "case.started", (State.ACCEPTED,), State.HANDLING, ("handler",), Home.BODY, basis=LOOP,
    ),
    Transition(
        "reply", "case.replied", _AT_WORK, State.REPLIED, ("handler",), Home.BODY,
        takes=("reports",), guards=("reports_are_of_case",), clocks=(("pause", "handle"), ("begin", "check")),
        told=Told.DISTRICT, basis=CLOSED_LOOP,
    ),
    Transition(
        "pass", "case.passed", (State.REPLIED,), State.CLOSED, ("checker",),
        guards=("checker_is_not_handler", "after_photo", "assisting_done"), when="pass_closes",
        clocks=(("stop", ALL),), told=Told.BODY, basis=CLOSED_LOOP,
    ),
    Transition(
        "pass", "case.passed", (State.REPLIED,), State.CHECKED, ("checker",),
        guards=("checker_is_not_handler", "after_photo"), when="close_is_separate",
        clocks=(("stop", "check"), ("stop", "handle")), told=Told.DISTRICT, basis=CLOSED_LOOP,
    ),
    Transition(
        "rework", "case.reworked", (State.REPLIED,), State.HANDLING, ("checker",),
        requires=("reason",), guards=("checker_is_not_handler",),
        clocks=(("stop", "check"), ("resume", "handle")), told=Told.BODY, basis=CLOSED_LOOP,
    ),
    Transition(
        "close", "case.closed", (State.CHECKED,), State.CLOSED, ("dispatcher",), Home.DISTRICT,
        guards=("assisting_done",), clocks=(("stop", ALL),), told=Told.BODY, basis=LOOP,
    ),
    Transition(
        "reopen", "case.reopened", (State.CLOSED,), State.DISPATCHED, ("dispatcher", "checker"), Home.DISTRICT,
        requires=("reason",), guards=("checker_is_not_handler", "parent_open"),
        clocks=(("begin", "accept"), ("begin", "handle"), ("begin", SUB)), told=Told.BODY,
        basis="督查检查 practice 9",
    ),
    Transition(
        "reopen", "case.reopened", (State.REFUSED, State.CANCELLED, State.TRANSFERRED), State.REGISTERED,
        ("dispatcher",), Home.DISTRICT, requires=("reason",), guards=("parent_open",),
        clocks=(("begin", "dispatch"),), told=Told.DISTRICT, basis=CUSTOM,
    ),
    Transition(
        "request_extension", "case.extension_requested", _AT_WORK, Kept.SAME, ("handler",), Home.BODY,
        requires=("amount", "unit", "reason"), guards=("no_extension_pending", "extension_within_limit"),
        told=Told.DISTRICT, basis=CUSTOM,
    ),
    Transition(
        "approve_extension", "case.extension_approved", _AT_WORK, Kept.SAME, ("dispatcher",), Home.DISTRICT,
        guards=("extension_pending", "extension_by_another"), clocks=(("extend", "handle"),),
        told=Told.BODY, basis=CUSTOM,
    ),
    Transition(
        "refuse_extension", "case.extension_refused", _AT_WORK, Kept.SAME, ("dispatcher",), Home.DISTRICT,
        requires=("reason",), guards=("extension_pending", "extension_by_another"), told=Told.BODY, basis=CUSTOM,
    ),
    Transition(
        "suspend", "case.suspended", (State.REGISTERED, *_HANDED_OVER), State.SUSPENDED, ("dispatcher",),
        Home.DISTRICT, requires=("reason",), takes=("until",), clocks=(("pause", ALL),), told=Told.BODY,
        basis=CUSTOM,
    ),
    Transition(
        "resume", "case.resumed", (State.SUSPENDED,), Kept.BEFORE, ("dispatcher",), Home.DISTRICT,
        clocks=(("resume", ALL),), told=Told.BODY, basis=CUSTOM,
    ),
    Transition(
        "cancel", "case.cancelled", (State.REGISTERED, *_HANDED_OVER, State.SUSPENDED), State.CANCELLED,
        ("dispatcher",), Home.DISTRICT, requires=("reason",), guards=("assisting_done",),
        clocks=(("stop", ALL),), told=Told.BODY, basis=LOOP,
    ),
    Transition(
        "merge", "case.merged", (State.REPORTED, State.REGISTERED, *_HANDED_OVER), State.MERGED, ("dispatcher",),
        requires=("into",), guards=("merge_fits", "assisting_done"), clocks=(("stop", ALL),), told=Told.BODY,
        basis=CUSTOM,
    ),
    Transition(
        "split", "case.split", (State.REGISTERED, *_HANDED_OVER), Kept.SAME, ("dispatcher",),
        requires=("parts",), guards=("not_a_part", "other_body_by_district"), basis=CUSTOM,
    ),
    Transition(
        "transfer", "case.transferred", (State.REGISTERED, *_HANDED_OVER), State.TRANSFERRED, ("dispatcher",),
        Home.DISTRICT, requires=("reason",), takes=("department", "body"), guards=("assisting_done",),
        when="to_department", clocks=(("stop", ALL),), told=Told.BODY, basis="燃气安全 practice 29",
    ),
    Transition(
        "transfer", "case.transferred", (State.REGISTERED, *_HANDED_OVER), State.DISPATCHED, ("dispatcher",),
        Home.DISTRICT, requires=("reason",), takes=("department", "body"), guards=("assisting_done",),
        when="to_body", clocks=_ANEW, told=Told.BODY, basis=HANDOVER,
    ),
    Transition(
        "assist", "case.assisted", _HANDED_OVER, Kept.SAME, ("dispatcher",), Home.DISTRICT,
        requires=("assisting",), guards=("not_a_part", "assistants_fit"), basis=JOINT,
    ),
    Transition(
        "assign", "case.assigned", (*_HANDED_OVER, State.REPLIED), Kept.SAME, ("handler", "dispatcher"), Home.BODY,
        requires=("assignee",), guards=("assignee_fits",), basis=CUSTOM,
    ),
    Transition(
        "choose_zone", "case.zone_chosen", _PLACED_ANEW, Kept.SAME, ("acceptor", "dispatcher"),
        requires=("zone",), takes=("read_as",), guards=("reading_founded", "zone_fits", "zone_keeps_body"),
        basis=OF_PLACE,
    ),
    Transition(
        "release_zone", "case.zone_released", _PLACED_ANEW, Kept.SAME, ("acceptor", "dispatcher"),
        guards=("zone_chosen", "zone_keeps_body"), basis=OF_PLACE,
    ),
    Transition(
        "milestone", "case.milestone_reached", (*_HANDED_OVER, State.REPLIED), Kept.SAME, ("handler",), Home.BODY,
        requires=("clock",), guards=("milestone_runs",), clocks=(("stop", NAMED),), basis="违建治理 practice 28",
    ),
)  # fmt: skip

ACTIONS = tuple(dict.fromkeys(row.action for row in TABLE))
ROLES = tuple(sorted({role for row in TABLE for role in row.roles}))
GUARDS = tuple(dict.fromkeys(guard for row in TABLE for guard in row.guards))


def rows_of(action: str, source: State | None = None) -> tuple[Transition, ...]:
    """The rows of an action, in order of the table; with `source` those that start there."""
    return tuple(row for row in TABLE if row.action == action and (source is None or source in row.source))


def inputs_of(action: str) -> tuple[frozenset[str], frozenset[str]]:
    """Members that must, and that may, come with an action; a note may come with every one."""
    rows = rows_of(action)
    requires = frozenset(name for row in rows for name in row.requires)
    return requires, frozenset(name for row in rows for name in row.takes) | {"note"}
