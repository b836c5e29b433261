"""What an action writes: the steps of case_act_v1, each with its columns, ledger entry, messages and clocks.

Pure: a row of the table and what was read go in, plain values come out. An entry says enough to work the clocks out
again; messages hold codes and numbers only, no words of people and no names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from server.cases import placing, timing
from server.cases.clocks import Amount, Marks, Schedule
from server.cases.guards import HANDLED, Asked
from server.cases.states import BY_KEY, NAMED, Kept, State, Told, Transition, rows_of
from server.cases.timing import Stand, Timed, Timekeeper
from server.cases.worktime import UNITS
from server.evidence.canonical import canonical

_BEGINS_WITH_DISPATCH = rows_of("dispatch")[0].clocks
_BEGINS_WITH_REGISTER = rows_of("register")[0].clocks


def case_clock(name: str, inputs: Mapping[str, Any]) -> str:
    """A clock of the table, or the one that comes with the action."""
    return str(inputs["clock"]) if name == NAMED else name


def wire_time(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Planner:
    """One action on one case at one moment.

    Attributes:
        schedules: working hours by code of body, None where there are none.
    """

    asked: Asked
    row: Transition
    at: datetime
    schedules: Mapping[str, Schedule | None]
    marks: Marks
    _steps: list[dict[str, Any]] = field(default_factory=list)

    def plan(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The steps, and the case as it is told once they are taken."""
        case, children = self._case(), self._children()
        if self.row.action == "merge":
            self._steps.append(self._survivor())
        family = {**case["family"], "children": [*case["family"]["children"], *children]}
        return self._steps, {**case, "family": family}

    # --- The case itself ------------------------------------------------------------------------------------

    def _case(self) -> dict[str, Any]:
        before = self.asked.case
        changes = self._state_columns() | _COLUMNS.get(self.row.action, _nothing)(self)
        deadline = self._deadline(changes.get("category"))
        if not before["frozen"] and deadline is not None:
            changes |= {"deadline": deadline, "emergency": bool(deadline.get("emergency"))}
        body = _code_of(before["bodies"], changes.get("organisation_id")) or before["body"]["code"]
        timed = self._timed(body, deadline)
        ended = BY_KEY[changes["state"]].ended
        due = timing.due_at(timed.stand, ended=ended)
        changes["due_at"] = wire_time(due) if due else None
        after = {**before, **changes, "version": before["version"] + 1}
        if "organisation_id" in changes:
            after["body"] = {"code": body, "name": before["bodies"][body]["name"]}
        after |= _DECIDED.get(self.row.action, _nothing)(self)
        if "assignee_id" in changes:
            person = before["person"] if changes["assignee_id"] else None
            after["assignee"] = person and {"id": person["id"], "name": person["name"]}
        if self.row.action == "merge":
            after["family"] = {**before["family"], "merged_into": before["into"]["number"]}
        if self.row.entry in HANDLED:
            after["handlers"] = sorted({*before["handlers"], str(self.asked.asking.account_id)})
        after["clocks"] = [one.row() for one in timed.stand.values()]
        step = {
            "case": before["id"],
            "version": before["version"],
            "states": [before["state"]],
            "set": changes,
            **self._written(before["number"], before["state"], after, timed, self._said()),
        }
        after["placing"] = None
        if self.row.action in _DECIDED:
            step["choice"] = placing.choice(before) | {"at": wire_time(self.at)}
        self._steps.append(step)
        return after

    def _state_columns(self) -> dict[str, Any]:
        before, target = self.asked.case, self.row.target
        if target is Kept.SAME:
            key = before["state"]
        elif target is Kept.BEFORE:
            key = before["suspended_from"]
        else:
            key = target.key
        suspended = {"suspended_from": None, "suspended_until": None} if key != State.SUSPENDED.key else {}
        closed_at = before["closed_at"] or wire_time(self.at) if BY_KEY[key].ended else None
        return {"state": key, "closed_at": closed_at, **suspended}

    def _deadline(self, corrected: str | None) -> Mapping[str, Any] | None:
        case = self.asked.case
        deadline = case["categories"][corrected]["deadline"] if corrected else case["deadline"]
        return deadline  # type: ignore[no-any-return]

    def _keeper(self, body: str, deadline: Mapping[str, Any] | None) -> Timekeeper:
        return Timekeeper(self.at, self.schedules.get(body), deadline, self.marks)

    def _timed(self, body: str, deadline: Mapping[str, Any] | None) -> Timed:
        case, extension = self.asked.case, self.asked.case["extension"]
        keeper = self._keeper(body, deadline)
        begun = Timed([], [], timing.clocks_of(case["clocks"]))
        if case["state"] == State.REPORTED.key and not begun.stand:
            # Its first clock counts from the opening, by the hours that are known now.
            opened_at = datetime.fromisoformat(case["opened_at"])
            begun = replace(keeper, at=opened_at).apply((("begin", "register"),), begun.stand)
        more = Amount(extension["amount"], UNITS[extension["unit"]]) if extension else None
        effects = [(effect, case_clock(name, self.asked.inputs)) for effect, name in self.row.clocks]
        return begun.then(keeper.apply(effects, begun.stand, extension=more))

    def _said(self) -> dict[str, Any]:
        """What came with it, and what it is about."""
        said = {
            name: [str(item) for item in value] if name == "reports" else value
            for name, value in self.asked.inputs.items()
        }
        extension = self.asked.case["extension"]
        if extension and self.row.action in ("approve_extension", "refuse_extension"):
            said["extension"] = {"amount": extension["amount"], "unit": extension["unit"]}
        if self.row.action in ("dispatch", "reopen"):
            said.setdefault("body", self.asked.case["body"]["code"])
        if self.row.action in _DECIDED:
            said |= placing.said(self.asked.case)
        if children := self._child_numbers():
            said["children"] = children
        return said

    # --- Other cases ----------------------------------------------------------------------------------------

    def _child_numbers(self) -> list[str]:
        made = len(self.asked.inputs.get("assisting") or self.asked.inputs.get("parts") or ())
        before = len(self.asked.case["family"]["children"])
        return [f"{self.asked.case['number']}-{n}" for n in range(before + 1, before + 1 + made)]

    def _children(self) -> list[dict[str, Any]]:
        """Parts of the case that begin with it: assisting bodies, or what was split off."""
        inputs, case = self.asked.inputs, self.asked.case
        numbers = self._child_numbers()
        own = inputs.get("body", case["body"]["code"])
        if "assisting" in inputs:
            parts = [{"body": code, "category": case["category"]} for code in inputs["assisting"]]
            kind = ("assists", "case.assisted", State.DISPATCHED, _BEGINS_WITH_DISPATCH)
        else:
            parts = [{"body": own, **part} for part in inputs.get("parts", ())]
            kind = ("split", "case.split", State.REGISTERED, _BEGINS_WITH_REGISTER)
        return [self._child(number, part, *kind) for number, part in zip(numbers, parts, strict=True)]

    def _child(
        self,
        number: str,
        part: Mapping[str, Any],
        relation: str,
        entry: str,
        state: State,
        effects: tuple[tuple[str, str], ...],
    ) -> dict[str, Any]:
        case, body = self.asked.case, part["body"]
        # Another category has another row; the same one keeps the row that is frozen already.
        deadline = self._deadline(part["category"] if part["category"] != case["category"] else None)
        timed = self._keeper(body, deadline).apply(effects, {})
        due = timing.due_at(timed.stand, ended=False)
        columns = {
            "number": number,
            "state": state.key,
            "organisation_id": case["bodies"][body]["id"],
            "category": part["category"],
            "opened_at": wire_time(self.at),
            "due_at": wire_time(due) if due else None,
            "deadline": deadline,
            "emergency": bool((deadline or {}).get("emergency")),
            "parent_relation": relation,
        }
        after = {
            **columns,
            "version": 1,
            "township": case["township"],
            "body": {"code": body, "name": case["bodies"][body]["name"]},
        }
        said = {"parent": case["number"], "body": body, "category": part["category"]}
        if "note" in part:
            said["note"] = part["note"]
        child = Transition(self.row.action, entry, (), state, (), told=Told.BODY)
        self._steps.append(
            {
                "case": str(uuid4()),
                "parent": case["id"],
                "set": columns,
                **self._written(number, None, after, timed, said, child),
            }
        )
        return {"number": number, "relation": relation, "state": state.key, "body": after["body"]}

    def _survivor(self) -> dict[str, Any]:
        """The case that goes on takes the earlier start, of itself and of each clock that both have running."""
        into, case = self.asked.case["into"], self.asked.case
        opened_at = min(into["opened_at"], case["opened_at"], key=datetime.fromisoformat)
        keeper = self._keeper(into["body"]["code"], into["deadline"])
        stand = timing.clocks_of(into["clocks"])
        timed = _earlier(keeper, stand, timing.clocks_of(case["clocks"]))
        due = timing.due_at(timed.stand, ended=False)
        changes: dict[str, Any] = {"opened_at": opened_at}
        if timed.told:
            changes["due_at"] = wire_time(due) if due else None
        after = {**into, **changes, "version": into["version"] + 1}
        said = {"merged": case["number"], "opened_at": wire_time(datetime.fromisoformat(opened_at))}
        return {
            "case": into["id"],
            "version": into["version"],
            "states": [into["state"]],
            "set": changes,
            "gathers": True,
            **self._written(into["number"], into["state"], after, timed, said),
        }

    # --- What every step leaves -----------------------------------------------------------------------------

    def _written(
        self,
        number: str,
        came_from: str | None,
        after: Mapping[str, Any],
        timed: Timed,
        said: Mapping[str, Any],
        row: Transition | None = None,
    ) -> dict[str, Any]:
        row = row or self.row
        township = after["township"]
        moved = {"action": row.action, "from": came_from, "to": after["state"], "version": after["version"]}
        body = {
            **said,
            **moved,
            "actor_role": self.asked.asking.role,
            "at": wire_time(self.at),
            "clocks": timed.told,
        }
        district = next(one for one in self.asked.case["bodies"].values() if one["kind"] == "district")
        told = district["id"] if row.told is Told.DISTRICT else after["organisation_id"]
        due = after["due_at"]
        payload = {
            "case": number,
            **moved,
            "due_at": wire_time(datetime.fromisoformat(due)) if due else None,
            "category": after["category"],
            "township": township["code"] if isinstance(township, dict) else township,
            "reason": row.action,
        }
        step: dict[str, Any] = {
            "entry": row.entry,
            "body": canonical(body).decode(),
            "outbox": {"organisation": told, "payload": payload},
        }
        if row.told is not Told.NOBODY:
            step["inbox"] = {"organisation": told, "reason": row.action}
        if timed.changed:
            step["clocks"] = timed.changed
        return step


def _earlier(keeper: Timekeeper, own: Mapping[str, Stand], other: Mapping[str, Stand]) -> Timed:
    """Begin anew, from the earlier start, what runs in both."""
    timed = Timed([], [], own)
    for name, (_, clock) in own.items():
        sooner = other[name].clock if name in other else clock
        if clock.runs and sooner.runs and sooner.started_at < clock.started_at:
            since = replace(keeper, at=sooner.started_at)
            timed = timed.then(keeper.apply((("stop", name),), timed.stand))
            timed = timed.then(since.apply((("begin", name),), timed.stand))
    return timed


# --- Columns that single actions change -----------------------------------------------------------------------


def _nothing(_: Planner) -> dict[str, Any]:
    return {}


def _code_of(bodies: Mapping[str, Mapping[str, Any]], organisation_id: str | None) -> str | None:
    return next((code for code, one in bodies.items() if one["id"] == organisation_id), None)


def _me(planner: Planner) -> str:
    return str(planner.asked.asking.account_id)


def _register(planner: Planner) -> dict[str, Any]:
    corrected = planner.asked.inputs.get("category")
    return {"category": corrected} if corrected else {}


def _to_body(planner: Planner) -> dict[str, Any]:
    """Going to another body; the map is counted anew only when it really is another."""
    case, code = planner.asked.case, planner.asked.inputs.get("body")
    if code is None or code == case["body"]["code"]:
        return {}
    return {
        "organisation_id": case["bodies"][code]["id"],
        "handler_id": None,
        "extension": None,
        "assignee_id": None,
    }


def _dispatch(planner: Planner) -> dict[str, Any]:
    return _to_body(planner) | {"assignee_id": planner.asked.inputs.get("assignee")}


def _chosen(planner: Planner) -> dict[str, Any]:
    name = planner.asked.asking.display_name
    return placing.chosen(planner.asked.case, by_name=name, at=wire_time(planner.at))


def _transfer(planner: Planner) -> dict[str, Any]:
    return _to_body(planner) | {"department": planner.asked.inputs.get("department"), "extension": None}


def _again(planner: Planner) -> dict[str, Any]:
    return {
        "round": planner.asked.case["round"] + 1,
        "round_began_at": wire_time(planner.at),
        "checker_id": _me(planner) if planner.row.action == "rework" else None,
    }


def _reopen(planner: Planner) -> dict[str, Any]:
    fresh = {"department": None, "handler_id": None, "assignee_id": None}
    return {**fresh, **_again(planner)} if planner.asked.state is State.CLOSED else fresh


def _request_extension(planner: Planner) -> dict[str, Any]:
    given = {name: planner.asked.inputs[name] for name in ("amount", "unit", "reason")}
    return {"extension": {**given, "by": _me(planner), "requested_at": wire_time(planner.at)}}


def _suspend(planner: Planner) -> dict[str, Any]:
    until = planner.asked.inputs.get("until")
    return {"suspended_from": planner.asked.case["state"], "suspended_until": until, "extension": None}


_COLUMNS: Mapping[str, Callable[[Planner], dict[str, Any]]] = {
    "register": _register,
    "assign": lambda planner: {"assignee_id": planner.asked.inputs["assignee"]},
    "choose_zone": lambda planner: placing.columns(planner.asked.case),
    "release_zone": lambda planner: placing.columns(planner.asked.case),
    "dispatch": _dispatch,
    "accept": lambda planner: {"handler_id": _me(planner)},
    "start": lambda planner: {"handler_id": _me(planner)},
    "reply": lambda planner: {"handler_id": _me(planner), "extension": None},
    "return": lambda planner: {"handler_id": None, "extension": None, "assignee_id": None},
    "pass": lambda planner: {"checker_id": _me(planner)},
    "rework": _again,
    "reopen": _reopen,
    "request_extension": _request_extension,
    "approve_extension": lambda planner: {"extension": None},
    "refuse_extension": lambda planner: {"extension": None},
    "suspend": _suspend,
    "cancel": lambda planner: {"extension": None},
    "merge": lambda planner: {"merged_into": planner.asked.case["into"]["id"], "extension": None},
    "transfer": _transfer,
}

# What is told of a case after a decision about its zone.
_DECIDED: Mapping[str, Callable[[Planner], dict[str, Any]]] = {
    "choose_zone": _chosen,
    "release_zone": _chosen,
}
