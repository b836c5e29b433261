"""A bureau at work: people of every role by name, cases from reports on the street, and actions over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import DISTRICT, JINSHA, JINXIN
from tests.server.reports.street import Officer, make_street, spot

SignIn = Callable[..., dict[str, str]]
# Before a shop south of the corner, where the zone F-SOUTH lies.
BEFORE_SOUTH = spot(0, -3)
PEOPLE = {
    "acceptor": ("acceptor", DISTRICT),
    "dispatcher": ("dispatcher", DISTRICT),
    "dispatcher2": ("dispatcher", DISTRICT),
    "handler": ("handler", JINSHA),
    "handler2": ("handler", JINSHA),
    "checker": ("checker", DISTRICT),
    "checker_jinsha": ("checker", JINSHA),
    "officer": ("officer", JINSHA),
    "officer2": ("officer", JINSHA),
    "admin": ("admin", DISTRICT),
    "dispatcher_jinsha": ("dispatcher", JINSHA),
    "handler_jinxin": ("handler", JINXIN),
    "checker_jinxin": ("checker", JINXIN),
    "manager_jinsha": ("zone_manager", JINSHA),
}
_seed = count(1000)


@dataclass
class Desk:
    """Everybody's screen. Each call returns the response as it is; `case` and `did` expect success."""

    client: FlaskClient
    owner: Engine
    sign_in: SignIn
    people: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def headers(self, who: str) -> dict[str, str]:
        if who not in self.people:
            role, organisation = PEOPLE[who]
            self.people[who] = self.sign_in(role, organisation=organisation)
        return self.people[who]

    def account(self, who: str) -> str:
        return str(self.get(who, "/me").json["id"])

    def open(self, at: tuple[float, float] = BEFORE_SOUTH, **others: Any) -> str:
        """The number of a new case."""
        receipt = Officer(self.client, self.headers("officer")).receipt(
            factories.report_json(at=at, accuracy_m=1.0, **others)
        )
        return str(receipt["case"]["number"])

    def after(
        self, number: str, at: tuple[float, float] = BEFORE_SOUTH, who: str = "handler", sent: bool = True
    ) -> str:
        """A report with an after-photo, attached to the case; its id. Unless `sent` the photo stays on the phone."""
        photo, report_id = factories.photo_bytes(seed=next(_seed)), uuid4()
        report = factories.report_json(at=at, accuracy_m=1.0, photos=[photo], case=number)
        report["photos"][0]["role"] = "after"
        receipt = Officer(self.client, self.headers(who)).receipt(
            report, *([photo] if sent else []), report_id=report_id
        )
        assert receipt["case"]["number"] == number
        return str(report_id)

    def get(self, who: str, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query or None, headers=self.headers(who))

    def case(self, number: str, who: str = "dispatcher") -> dict[str, Any]:
        answer = self.get(who, f"/cases/{number}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def act(
        self,
        who: str,
        number: str,
        action: str,
        *,
        version: int | None = None,
        key: str | None = None,
        **inputs: Any,
    ) -> Any:
        """An action; on the version of just now unless another is given."""
        version = version or self.case(number)["version"]
        headers = {**self.headers(who), **({"Idempotency-Key": key} if key else {})}
        path = f"/api/v1/cases/{number}/actions/{action}"
        return self.client.post(path, json={"version": version, **inputs}, headers=headers)

    def did(self, who: str, number: str, action: str, **inputs: Any) -> dict[str, Any]:
        """An action that is expected to be taken; the case as it is then."""
        answer = self.act(who, number, action, **inputs)
        assert answer.status_code == 200, f"{action} by {who}: {answer.text}"
        return dict(answer.json)

    def walk(
        self, number: str, *steps: str | tuple[str, str] | tuple[str, str, dict[str, Any]]
    ) -> dict[str, Any]:
        """Several actions in order: an action by whoever usually takes it, or (who, action, inputs)."""
        case: dict[str, Any] = {}
        for step in steps:
            who, action, inputs = _whole(step)
            if action == "after":
                self.after(number, **inputs)
            else:
                case = self.did(who, number, action, **inputs)
        return case

    def history(self, number: str) -> list[dict[str, Any]]:
        return list(self.get("dispatcher", f"/cases/{number}/history", limit=200).json["items"])

    def to(self, state: str, at: tuple[float, float] = BEFORE_SOUTH) -> str:
        """The number of a new case that was brought into a state by the usual people."""
        number = self.open(at)
        self.walk(number, *WAYS[state])
        return number


USUAL = {
    "register": "acceptor",
    "refuse": "acceptor",
    "accept": "handler",
    "return": "handler",
    "start": "handler",
    "reply": "handler",
    "request_extension": "handler",
    "milestone": "handler",
    "assign": "handler",
    "pass": "checker",
    "rework": "checker",
}
REASON: dict[str, Any] = {"reason": "现场情况"}
_REPLIED = ("register", "dispatch", "accept", "start", "after", "reply")
WAYS: dict[str, Sequence[Any]] = {
    "reported": (),
    "registered": ("register",),
    "refused": (("acceptor", "refuse", REASON),),
    "dispatched": ("register", "dispatch"),
    "accepted": ("register", "dispatch", "accept"),
    "handling": ("register", "dispatch", "accept", "start"),
    "replied": _REPLIED,
    "closed": (*_REPLIED, "pass"),
    "suspended": ("register", "dispatch", ("dispatcher", "suspend", REASON)),
    "cancelled": ("register", ("dispatcher", "cancel", REASON)),
    "transferred": ("register", ("dispatcher", "transfer", {**REASON, "department": "市交通运输局"})),
}


def _whole(step: Any) -> tuple[str, str, dict[str, Any]]:
    if isinstance(step, str):
        return USUAL.get(step, "dispatcher"), step, {}
    return (*step, {})[:3]


def make_desk(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Desk:
    make_street(owner)
    return Desk(client, owner, sign_in)
