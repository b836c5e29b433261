"""Lets a planned month happen: through the server's own application in this process, with its clock set back.

Everything is judged, routed, timed, signed and entered into ledgers by the code that does it for phones and people;
only the clock the application is given tells of the past. What the database notes by its own clock, when an entry
was written, is today, and says so.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from flask import Flask

from demo.bureau import DISTRICT
from demo.month import CASES, HANDLER, Report, Step, plan, walks
from demo.phone import PHOTOS, NotSent
from demo.walking import fixes

API = "/api/v1"
AFTER_PHOTO = "drawn_12_after.jpg"


@dataclass
class Clock:
    """The time the application is told."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Month:
    """One month as it happens.

    Attributes:
        app: of the deployment, over `clock`. accounts: as in the file of the demo's accounts. cases: how many.
    """

    app: Flask
    clock: Clock
    accounts: Sequence[Mapping[str, Any]]
    cases: int = CASES
    _tokens: dict[str, str] = field(default_factory=dict)
    _cases: dict[int, dict[str, Any]] = field(default_factory=dict)

    def happen(self, now: datetime) -> Iterator[int]:
        """Let everything until `now` happen; yields how many steps are done. Raises NotSent."""
        officers = {
            one["username"]: one["township"] or DISTRICT for one in self.accounts if one["role"] == "officer"
        }
        self._sign_in()
        for walk in walks(now, officers):
            self._walk(walk)
        for done, one in enumerate(plan(now, officers, cases=self.cases), start=1):
            self.clock.now = one.at.astimezone(UTC)
            if isinstance(one, Report):
                self._report(one)
            else:
                self._step(one)
            yield done

    def _sign_in(self) -> None:
        def enter(account: Mapping[str, Any]) -> tuple[str, str]:
            typed = {name: account[name] for name in ("username", "password")}
            answer = self.app.test_client().post(f"{API}/auth/login", json=typed)
            return account["username"], _taken(answer)["access_token"]

        wanted = [one for one in self.accounts if one["role"] in _ACTING]
        # Passwords are slow to check on purpose.
        with ThreadPoolExecutor(2) as pool:
            self._tokens = dict(pool.map(enter, wanted))

    def _walk(self, walk: Mapping[str, Any]) -> None:
        """One shift, told when it is over, as a phone does that had no network."""
        began = datetime.fromisoformat(walk["started_at"])
        positions = list(fixes(walk, began))
        ended = datetime.fromisoformat(positions[-1]["recorded_at"])
        self.clock.now = ended.astimezone(UTC) + timedelta(minutes=1)
        shift = str(uuid.uuid4())
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
        receipt = self._send(one.officer, one.photo, dict(one.told), "scene")
        case = receipt["case"]
        self._cases[one.case] = {
            "number": case["number"],
            "version": 1,
            "body": (receipt["township"] or {}).get("code"),
            "position": one.told["position"],
            "category": one.told["category"],
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
        if one.action == "reply":
            self._photograph(who, case)
        inputs = dict(one.inputs)
        if one.action == "suspend":
            inputs["until"] = (self.clock.now + timedelta(days=20)).isoformat()
        path = f"{API}/cases/{case['number']}/actions/{one.action}"
        body = inputs | {"version": case["version"]}
        answer = self.app.test_client().post(path, json=body, headers=self._as(who))
        case["version"] = _taken(answer)["version"]

    def _photograph(self, who: str, case: Mapping[str, Any]) -> None:
        told = {
            "captured_at": (self.clock.now - timedelta(seconds=40)).replace(microsecond=0).isoformat(),
            "position": case["position"],
            "category": case["category"],
            "note": "已清理",
            "case": case["number"],
            "app_version": "demo",
        }
        self._send(who, AFTER_PHOTO, told, "after")

    def _send(self, who: str, photo: str, told: dict[str, Any], role: str) -> dict[str, Any]:
        raw, digest = _photo(photo)
        told["photos"] = [{"sha256": digest, "role": role, "captured_at": told["captured_at"]}]
        answer = self.app.test_client().put(
            f"{API}/reports/{uuid.uuid4()}",
            data={"report": json.dumps(told), "photo": (BytesIO(raw), photo)},
            headers=self._as(who),
        )
        return _taken(answer)

    def _handler(self, body: str | None) -> str | None:
        return next(
            (one["username"] for one in self.accounts if one["role"] == HANDLER and one["township"] == body),
            None,
        )

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[who]}"}


_ACTING = ("officer", "acceptor", "dispatcher", "handler", "checker")


@cache
def _photo(name: str) -> tuple[bytes, str]:
    raw = (PHOTOS / name).read_bytes()
    return raw, hashlib.sha256(raw).hexdigest()


def _taken(answer: Any) -> dict[str, Any]:
    body = answer.get_json(silent=True) or {}
    if answer.status_code not in (200, 201):
        raise NotSent(
            f"{answer.status_code} {body.get('code', '')} {body.get('reason', '')} {body.get('title', '')}"
        )
    return dict(body)
