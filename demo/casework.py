"""Walks a few sample cases through the closed loop with the demo accounts, so that lists show more than new cases.

Acts through the public API as people would. A case that somebody has acted on is left alone, so that a second run
changes nothing and disturbs nobody.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from demo.phone import PHOTOS, Answer, NotSent, Phone, Sent

ACCOUNTS = {
    "acceptor": "acceptor01",
    "dispatcher": "dispatcher01",
    "handler": "handler01",
    "checker": "checker06",
}
AFTER_PHOTO = "drawn_12_after.jpg"
WALKS: Mapping[str, Sequence[tuple[str, str]]] = {
    "same_place_wgs84": (
        ("acceptor", "register"),
        ("dispatcher", "dispatch"),
        ("handler", "accept"),
        ("handler", "start"),
        ("handler", "after"),
        ("handler", "reply"),
        ("checker", "pass"),
    ),
    "across_with_bearing": (("acceptor", "register"), ("dispatcher", "dispatch"), ("handler", "accept")),
    "across_without_bearing": (("acceptor", "register"), ("dispatcher", "dispatch")),
}


def walk_all(
    url: str, accounts: Sequence[Mapping[str, Any]], sent: Sequence[Sent]
) -> Iterator[tuple[str, str]]:
    """Take every walk whose case nobody has acted on; yields its number and its state then.

    Raises:
        NotSent: the server refused what the table of casework allows.
    """
    passwords = {one["username"]: one["password"] for one in accounts}
    people = {role: Phone(url, name, passwords.get(name, "")) for role, name in ACCOUNTS.items()}
    try:
        for phone in people.values():
            phone.sign_in()
        for one in sent:
            case = one.receipt["case"]
            if one.sample["name"] in WALKS and case["state"] == "reported":
                yield case["number"], _walk(people, one)
    finally:
        for phone in people.values():
            phone.hang_up()


def _walk(people: Mapping[str, Phone], one: Sent) -> str:
    case: dict[str, Any] = {"version": 1, "state": "reported"}
    number = one.receipt["case"]["number"]
    for role, action in WALKS[one.sample["name"]]:
        if action == "after":
            _photograph(people[role], number, one)
            continue
        body = json.dumps({"version": case["version"]}).encode()
        answer = people[role].ask(
            "POST", f"/api/v1/cases/{number}/actions/{action}", body, "application/json"
        )
        case = _taken(answer)
    return str(case["state"])


def _photograph(phone: Phone, number: str, one: Sent) -> None:
    """The place as it is now, from where it was reported."""
    photo = (PHOTOS / AFTER_PHOTO).read_bytes()
    now, digest = datetime.now(UTC).replace(microsecond=0).isoformat(), hashlib.sha256(photo).hexdigest()
    report = {
        "captured_at": now,
        "position": one.report["position"],
        "category": one.report["category"],
        "note": "已清理",
        "case": number,
        "photos": [{"sha256": digest, "role": "after", "captured_at": now}],
        "app_version": "demo",
    }
    path = f"/api/v1/reports/{uuid.uuid4()}"
    _taken(phone.ask("PUT", path, json.dumps(report).encode(), "application/json"))
    _taken(phone.ask("PUT", f"{path}/photos/{digest}", photo, "image/jpeg"))


def _taken(answer: Answer) -> dict[str, Any]:
    if answer.status not in (200, 201):
        body = answer.body if isinstance(answer.body, dict) else {}
        raise NotSent(
            f"{answer.status} {body.get('code', '')} {body.get('reason', '')} {body.get('reason_en', '')}"
        )
    return dict(answer.body)
