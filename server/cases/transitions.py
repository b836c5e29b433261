"""What happens to a case, as verbs: a report opens it, and people act on it, each action in one transaction.

An action is entered, read in one statement, decided in Python by the one table, and written in one statement that does
nothing when somebody was first. The same key with the same content gives the same answer for ever: phones ask again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson
from pydantic import BaseModel
from sqlalchemy import Connection

from server.cases import placing, reading
from server.cases.clocks import Marks, Schedule
from server.cases.guards import Asked, Refusal, choose
from server.cases.reading import SQL
from server.cases.states import Transition, inputs_of
from server.cases.steps import Planner, wire_time
from server.cases.timing import ScheduleBook
from server.cases.worktime import UNITS
from server.db import Database, Principal
from server.evidence.canonical import canonical
from server.messages import say
from server.places.routing import Route
from server.places.rules.book import RuleBook
from server.problems.base import Problem
from server.problems.cases import ActionKeyConflict, TransitionRefused
from server.problems.request import InputRefused, NotFound, Unavailable

TRIES_MAX = 3
PLACING = ("choose_zone", "release_zone")


def opening(
    going: Route, named: Mapping[str, Any] | None, prefix: str, local_year: int, ledger_body: str
) -> dict[str, Any]:
    """Parameters with which a report opens its case, or joins the case it names.

    Args:
        going: the responsible body. named: the visible case the report names, if any.
        prefix, local_year: first parts of a case number, as in TZ-2026-000123.
        ledger_body: canonical JSON of the entry.
    """
    return {
        "case_prefix": f"{prefix}-{local_year}",
        "organisation_id": named["organisation_id"] if named else going.body.id,
        "township_code": going.township.code if going.township else None,
        "reason": going.reason,
        "ledger_body": ledger_body,
        "attach_to": named["id"] if named else None,
    }


@dataclass(frozen=True)
class Action:
    """What somebody wants: the members that came, without those that say nothing."""

    name: str
    inputs: Mapping[str, Any]
    version: int
    key: UUID | None

    def digest(self, number: str) -> str:
        """Of all that makes a retry the same request."""
        whole = {"case": number, "action": self.name, "version": self.version, "inputs": dict(self.inputs)}
        return sha256(canonical(whole)).hexdigest()


def check_inputs(action: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Members of the body as plain values.

    Raises:
        InputRefused: naming each that is missing, and each that this action does not take.
    """
    inputs = {name: value for name, value in given.items() if value is not None}
    requires, takes = inputs_of(action)
    errors = [
        {"path": f"/{name}", "message": "wanted for this action"} for name in sorted(requires - set(inputs))
    ]
    errors += [
        {"path": f"/{name}", "message": "this action does not take it"}
        for name in sorted(set(inputs) - requires - takes)
    ]
    if action == "transfer" and ("department" in inputs) == ("body" in inputs):
        errors.append({"path": "/department", "message": "either a department or a body of ours"})
    if "amount" in inputs and inputs.get("unit") in UNITS and inputs["amount"] > UNITS[inputs["unit"]].most:
        errors.append({"path": "/amount", "message": f"at most {UNITS[inputs['unit']].most} of this unit"})
    if errors:
        raise InputRefused(errors=errors)
    return {name: _plain(value) for name, value in inputs.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return wire_time(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    return str(value) if isinstance(value, UUID) else value


_LOOKING = Action("", {}, 0, None)


@dataclass(frozen=True)
class Casework:
    """Reads cases and acts on them. One instance serves all threads.

    Attributes:
        within_m: how far from the place an after-photo may be where the case lies in no zone.
        near_m: how far from the place a zone may be that a person chooses.
        rulebook: the rules by which a case follows its zone.
    """

    db: Database
    clock: Callable[[], datetime]
    time_zone: ZoneInfo
    within_m: float
    near_m: float
    marks: Marks
    rulebook: RuleBook
    schedules: ScheduleBook = field(default_factory=ScheduleBook)

    def fetch(self, asking: Principal, number: str) -> dict[str, Any]:
        """One case, with what the asker can do. Raises NotFound."""
        with self.db.transaction(asking.claim) as (connection, _):
            case, _ = self._read(connection, number, _LOOKING)
        return reading.told_case(self._asked(case, asking))

    def act(self, asking: Principal, number: str, action: Action) -> bytes:
        """Take one action; the case as it is then, as JSON.

        Raises:
            NotFound: nothing of that number that the asker may see. TransitionRefused: with the reason.
            InputRefused: it names what is not there. ActionKeyConflict: the key is another action's.
        """
        for _ in range(TRIES_MAX):
            # Whoever was first may have been this very request, sent twice; else the version tells that it is late.
            answer = self._once(asking, number, action)
            if answer is not None:
                return answer
        raise Unavailable()

    def act_on_each(
        self,
        asking: Principal,
        items: Mapping[str, int],
        name: str,
        inputs: Mapping[str, Any],
        key: UUID | None,
    ) -> list[tuple[str, bytes | Problem]]:
        """The same action on several cases, each by itself, in the order given; a problem is given, not raised."""
        answers: list[tuple[str, bytes | Problem]] = []
        for number, version in items.items():
            own_key = uuid5(key, number) if key else None
            try:
                answers.append((number, self.act(asking, number, Action(name, inputs, version, own_key))))
            except (NotFound, TransitionRefused, InputRefused, ActionKeyConflict) as problem:
                answers.append((number, problem))
        return answers

    def _once(self, asking: Principal, number: str, action: Action) -> bytes | None:
        """The answer, or None when somebody was first between reading and writing."""
        digest = action.digest(number)
        with self.db.transaction(asking.claim) as (connection, principal):
            case, schedules = self._read(connection, number, action)
            if case["replay"] is not None:
                return _again(case["replay"], digest)
            asked = self._asked(case, principal, action.inputs)
            row = self._row(asked, action)
            steps, after = Planner(asked, row, self.clock(), schedules, self.marks).plan()
            answer = orjson.dumps(reading.told_case(self._asked(after, principal)))
            values = {
                "steps": orjson.dumps(steps).decode(),
                "key": str(action.key) if action.key else None,
                "digest": digest,
                "answer": answer.decode(),
            }
            if not SQL["act_on_case"].run(connection, values).scalar_one():
                # What came before the step that found the case changed must not stay.
                connection.rollback()
                return None
        return answer

    def _asked(
        self, case: Mapping[str, Any], asking: Principal, inputs: Mapping[str, Any] = MappingProxyType({})
    ) -> Asked:
        return Asked(case, asking, self.within_m, self.near_m, inputs)

    def _read(
        self, connection: Connection, number: str, action: Action
    ) -> tuple[dict[str, Any], dict[str, Schedule | None]]:
        """The case, and the working hours of each body it concerns by code. Raises NotFound."""
        held, held_rules = self.schedules.held(), self.rulebook.held()
        values = self._values(action.inputs) | {
            "key": str(action.key) if action.key else None,
            "placing": action.name in PLACING,
            "held": list(held),
            "held_rule_sets": list(held_rules),
        }
        case = reading.fetch_casework(connection, number, values)
        case["read_at"] = placing.read_at(case, action.inputs.get("read_as"))
        if case["read_at"]:
            # Where the numbers lie when they are read so is known only now; zones are measured from there.
            moved = {"read_lon": case["read_at"]["lon"], "read_lat": case["read_at"]["lat"]}
            case |= {"named_zone": reading.fetch_casework(connection, number, values | moved)["named_zone"]}
        if action.name in PLACING and (case["named_zone"] or "zone" not in action.inputs):
            in_force = self.rulebook.read(case["rules"], held_rules)
            case["placing"] = placing.proposed(case, in_force, self.rulebook, self.time_zone)
        hours = {code: self.schedules.read(body["schedule"], held) for code, body in case["bodies"].items()}
        return case, hours

    def _values(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        parts = inputs.get("parts", ())
        bodies = [inputs.get("body"), *inputs.get("assisting", ()), *(part.get("body") for part in parts)]
        categories = [inputs.get("category"), *(part["category"] for part in parts)]
        return {
            "into": inputs.get("into"),
            "zone_kind": inputs.get("zone", {}).get("kind"),
            "zone_code": inputs.get("zone", {}).get("code"),
            "read_lon": None,
            "read_lat": None,
            "assignee": inputs.get("assignee"),
            "bodies": sorted({code for code in bodies if code}),
            "categories": sorted({code for code in categories if code}),
            "on": self.clock().astimezone(self.time_zone).date().isoformat(),
            "time_zone": self.time_zone.key,
        }

    def _row(self, asked: Asked, action: Action) -> Transition:
        """The row that is taken. Raises TransitionRefused, InputRefused."""
        if asked.case["version"] != action.version:
            raise self._refused(asked, Refusal("version", "version", {"version": asked.case["version"]}))
        chosen = choose(action.name, asked)
        if isinstance(chosen, Refusal):
            raise self._refused(asked, chosen)
        _refuse_unknown(asked)
        return chosen

    def _refused(self, asked: Asked, refusal: Refusal) -> TransitionRefused:
        words = say(f"guard.{refusal.words}", refusal.params)
        told = reading.told_case(self._asked(asked.case, asked.asking))
        return TransitionRefused(
            guard=refusal.guard,
            reason=words["text"],
            reason_en=words["text_en"],
            state=asked.case["state"],
            current_version=asked.case["version"],
            allowed_actions=told["allowed_actions"],
        )


def _again(replay: Mapping[str, Any], digest: str) -> bytes:
    if replay["digest"] != digest:
        raise ActionKeyConflict()
    answer: str = replay["answer"]
    return answer.encode()


def _refuse_unknown(asked: Asked) -> None:
    """Raises InputRefused for bodies, categories and cases that are named and not there."""
    case, inputs = asked.case, asked.inputs
    errors = []
    named = {"/body": inputs.get("body"), "/category": inputs.get("category")}
    named |= {f"/assisting/{place}": code for place, code in enumerate(inputs.get("assisting", ()))}
    for place, part in enumerate(inputs.get("parts", ())):
        named |= {f"/parts/{place}/body": part.get("body"), f"/parts/{place}/category": part["category"]}
    for path, code in named.items():
        if code is None:
            continue
        if path.endswith("category"):
            known = case["categories"][code]["known"]
        else:
            known = code in case["bodies"]
        if not known:
            errors.append({"path": path, "message": "there is none of this code"})
    if "into" in inputs and case["into"] is None:
        errors.append({"path": "/into", "message": "there is no such case that you may see"})
    if errors:
        raise InputRefused(errors=errors)
