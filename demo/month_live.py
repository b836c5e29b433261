"""Lets a planned month happen: through the server's own application in this process, with its clock set back.

Everything is judged, routed, timed, signed and entered into ledgers by the code that does it for phones and people;
only the clock the application is given tells of the past. What the database notes by its own clock, when an entry
was written, is today, and says so. Neither server nor worker may run beside it: their clock would find every case of
the month late.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from io import BytesIO
from typing import Any

from flask import Flask

from demo.assessing import assess
from demo.bureau import DISTRICT
from demo.calls import INTAKE, call_back, help_called
from demo.enforcement import enforce
from demo.letters import sign_letters
from demo.litigation import REVIEWER, go_to_court, history
from demo.managing import manage
from demo.month import CASES, HANDLER, Complaint, Report, Step, after, before, plan, walks
from demo.openness import publish_some
from demo.phone import PHOTOS, NotSent
from demo.ratings import rate
from demo.records import keep_records
from demo.walking import fixes

API = "/api/v1"
NAMESPACE = uuid.UUID("5f3c2f0e-7d5b-4c0a-9a35-2c1c5c0d6e11")
# Marks of clocks are told within this of when they pass; in a deployment the worker looks each minute.
TICKS_EVERY = timedelta(minutes=20)
HISTORY_KEPT = timedelta(days=20)


@dataclass
class Clock:
    """The time the application is told."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Month:
    """One month as it happens.

    What is sent has ids made from when the month ends and what it is: sent again it is the same, so a month that was
    interrupted goes on when it happens again until the same moment.

    Attributes:
        app: of the deployment, over `clock`. accounts: as in the file of the demo's accounts. until: its end, in the
            district's zone. cases: how many.
        again: it was begun before: a case that somebody has acted on since is left alone.
        tick: what the worker does each minute, done at the given time.
    """

    app: Flask
    clock: Clock
    accounts: Sequence[Mapping[str, Any]]
    until: datetime
    cases: int = CASES
    again: bool = False
    tick: Callable[[datetime], object] = lambda now: None
    _ticked_at: datetime = datetime.min.replace(tzinfo=UTC)
    _tokens: dict[str, str] = field(default_factory=dict)
    _cases: dict[int, dict[str, Any]] = field(default_factory=dict)

    def happen(self) -> Generator[tuple[int, int]]:
        """Let everything until the end happen; yields how much is done, and of how much. Raises NotSent."""
        officers = {
            one["username"]: one["township"] or DISTRICT for one in self.accounts if one["role"] == "officer"
        }
        walked, planned = walks(self.until, officers), plan(self.until, officers, cases=self.cases)
        many = len(walked) + len(planned)
        yield 0, many
        self.clock.now = self.until.astimezone(UTC)
        self._sign_in()
        for done, walk in enumerate(walked, start=1):
            self._walk(walk)
            yield done, many
        for done, one in enumerate(planned, start=len(walked) + 1):
            self._pass_to(one.at.astimezone(UTC))
            match one:
                case Report():
                    self._report(one)
                case Complaint():
                    self._ask(INTAKE, "PUT", f"/complaints/{self._id(f'complaint/{one.case}')}", one.said)
                case Step():
                    self._step(one)
            yield done, many
        self._move(self.until)
        call_back(self._ask)
        help_called(self._ask, self._move, self.until, self._id)
        self._move(self.until)
        manage(self._ask, officers, self.until, self._id)
        sign_letters(self._ask, self._put, self.until, self._id)
        enforce(self._ask, self.accounts, self.until, self.cases)
        rate(self._ask, self._move, self.until, self._id)
        assess(self._ask, self.until)
        keep_records(self._ask, officers, self.until, self._move, self._id)
        self._court()
        publish_some(self._ask, self._id)
        self.tick(self.until)

    def _move(self, at: datetime) -> None:
        self.clock.now = at.astimezone(UTC)

    def _ask(self, who: str, method: str, path: str, body: object) -> dict[str, Any]:
        client = self.app.test_client()
        return _taken(client.open(API + path, method=method, json=body, headers=self._as(who)))

    def _court(self) -> None:
        # What is over was kept before what goes on: the newest stand first.
        self._move(self.until - HISTORY_KEPT)
        _taken(
            self.app.test_client().post(
                f"{API}/litigation/imports?apply=true&source=据 2022 年报道的数字 / figures of an article of 2022",
                data="\n".join(history()),
                content_type="text/csv",
                headers=self._as(REVIEWER),
            )
        )
        self._move(self.until)
        go_to_court(self._ask, self.until, self._id)

    def _put(self, who: str, path: str, data: bytes) -> dict[str, Any]:
        return _taken(self.app.test_client().put(API + path, data=data, headers=self._as(who)))

    def _pass_to(self, at: datetime) -> None:
        self.clock.now = at
        if at - self._ticked_at >= TICKS_EVERY:
            self.tick(at)
            self._ticked_at = at

    def _sign_in(self) -> None:
        def enter(account: Mapping[str, Any]) -> tuple[str, str]:
            typed = {name: account[name] for name in ("username", "password")}
            answer = self.app.test_client().post(f"{API}/auth/login", json=typed)
            return account["username"], _taken(answer)["access_token"]

        # Passwords are slow to check on purpose.
        with ThreadPoolExecutor(2) as pool:
            self._tokens = dict(pool.map(enter, self.accounts))

    def _walk(self, walk: Mapping[str, Any]) -> None:
        """One shift, told when it is over, as a phone does that had no network."""
        began = datetime.fromisoformat(walk["started_at"])
        positions = list(fixes(walk, began))
        ended = datetime.fromisoformat(positions[-1]["recorded_at"])
        self.clock.now = ended.astimezone(UTC) + timedelta(minutes=1)
        shift = self._id(f"{walk['officer']}/{walk['started_at']}")
        first = {name: positions[0][name] for name in ("lon", "lat", "datum", "accuracy_m")}
        begin = {"shift": shift, "started_at": walk["started_at"], "position": first}
        for path, body in (
            ("/shifts/start", begin),
            ("/positions", {"positions": positions}),
            ("/shifts/end", {"shift": shift, "ended_at": ended.isoformat()}),
        ):
            client = self.app.test_client()
            _taken(client.post(API + path, json=body, headers=self._as(walk["officer"])))

    def _report(self, one: Report) -> None:
        receipt = self._send(self._id(f"{one.case}"), one.officer, before(one.scene), dict(one.told), "scene")
        self._cases[one.case] = {
            "number": receipt["case"]["number"],
            "version": 1,
            "body": (receipt["township"] or {}).get("code"),
            "told": {name: one.told[name] for name in _OF_THE_PLACE if name in one.told},
            "scene": one.scene,
        }

    def _step(self, one: Step) -> None:
        case = self._cases.get(one.case)
        if case is None:
            return
        who = self._handler(case["body"]) if one.who == HANDLER else one.who
        if who is None:
            # Outside every township: it stays with the district.
            del self._cases[one.case]
            return
        step = f"{one.case}/{one.nth}"
        if one.action == "reply":
            self._photograph(self._id(f"{step}/after"), who, case)
        body = {**one.inputs, "version": case["version"], "key": self._id(step)}
        path = f"{API}/cases/{case['number']}/actions/{one.action}"
        answer = self.app.test_client().post(path, json=body, headers=self._as(who))
        if answer.status_code == HTTPStatus.CONFLICT and self.again:
            del self._cases[one.case]
            return
        case["version"] = _taken(answer)["version"]

    def _photograph(self, report: str, who: str, case: Mapping[str, Any]) -> None:
        told = {
            "captured_at": (self.clock.now - timedelta(seconds=40)).replace(microsecond=0).isoformat(),
            **case["told"],
            "note": "已清理",
            "case": case["number"],
            "app_version": "demo",
        }
        self._send(report, who, after(case["scene"]), told, "after")

    def _send(self, report: str, who: str, photo: str, told: dict[str, Any], role: str) -> dict[str, Any]:
        raw = _taken_for(photo, report)
        digest = hashlib.sha256(raw).hexdigest()
        told["photos"] = [{"sha256": digest, "role": role, "captured_at": told["captured_at"]}]
        answer = self.app.test_client().put(
            f"{API}/reports/{report}",
            data={"report": json.dumps(told), "photo": (BytesIO(raw), photo)},
            headers=self._as(who),
        )
        return _taken(answer)

    def _handler(self, body: str | None) -> str | None:
        return next(
            (one["username"] for one in self.accounts if one["role"] == HANDLER and one["township"] == body),
            None,
        )

    def _id(self, what: str) -> str:
        return str(uuid.uuid5(NAMESPACE, f"{self.until.isoformat()}/{what}"))

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[who]}"}


# What an after-photo tells as the report before it did.
_OF_THE_PLACE = ("position", "category", "zone_hint")


@cache
def _photo(name: str) -> bytes:
    return (PHOTOS / name).read_bytes()


def _taken_for(name: str, report: str) -> bytes:
    """The picture as it was taken for one report: a comment in it makes it that report's own, as photos are.

    Else every report but the first would be found to show a photo that was used before.
    """
    raw, said = _photo(name), f"made up for the demo: {report}".encode()
    return raw[:2] + b"\xff\xfe" + (len(said) + 2).to_bytes(2, "big") + said + raw[2:]


def _taken(answer: Any) -> dict[str, Any]:
    body = answer.get_json(silent=True) or {}
    if answer.status_code not in (200, 201):
        raise NotSent(
            f"{answer.status_code} {body.get('code', '')} {body.get('reason', '')} {body.get('title', '')}"
        )
    return dict(body)
