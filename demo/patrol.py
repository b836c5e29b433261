"""Sends the sample patrols through the public API as officers' phones would: shift, positions, a door visit, end.

What is sent is fixed on the first run and kept in a file, so that sending it again is the same patrol and changes
nothing. After a day another one is made: the demo of tomorrow shows who walked tomorrow.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from demo.load import read_json
from demo.phone import Answer, NotSent, Phone
from demo.walking import duration_of, fixes

# Longer than any shift and any walk together, so that those of tomorrow touch none of today.
FRESH_FOR = timedelta(hours=20)
BATCH = 60
COUNTED_WITHIN_S, LOOK_EVERY_S = 3.0, 0.25


@dataclass(frozen=True)
class Patrolled:
    """What one officer's patrol came to, as the server tells the officer."""

    officer: str
    summary: Mapping[str, Any]
    accepted: int
    duplicate: int
    flags: Mapping[str, int]


@dataclass(frozen=True)
class StreetCovered:
    """How one street stands after the patrols."""

    street: str
    told: Mapping[str, Any]


def patrol_all(
    url: str, accounts: Sequence[Mapping[str, Any]], queue_file: Path, time_zone: ZoneInfo
) -> tuple[list[Patrolled], list[StreetCovered]]:
    """Send every walk, wait a moment until the server has counted it, and ask what it came to.

    A walk of an officer who is on another shift by now is left out: somebody plays with that account.

    Raises:
        NotSent: refused otherwise.
    """
    passwords = {one["username"]: one["password"] for one in accounts}
    queue = fixed_walks(queue_file, time_zone)
    phones = {
        item["officer"]: Phone(url, item["officer"], passwords.get(item["officer"], "")) for item in queue
    }
    try:
        for phone in phones.values():
            phone.sign_in()
        sent = [(item, got) for item in queue if (got := send(phones[item["officer"]], item)) is not None]
        summaries = _counted(phones, [item for item, _ in sent])
        done = [
            Patrolled(item["officer"], summary, got["accepted"], got["duplicate"], got["flags"])
            for (item, got), summary in zip(sent, summaries, strict=True)
        ]
        return done, list(_streets(phones, queue))
    finally:
        for phone in phones.values():
            phone.hang_up()


def fixed_walks(path: Path, time_zone: ZoneInfo) -> list[dict[str, Any]]:
    """The walks as they are sent; the same at every call of one day."""
    now = datetime.now(time_zone).replace(microsecond=0)
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    if kept and now - datetime.fromisoformat(kept["made_at"]) < FRESH_FOR:
        return list(kept["walks"])
    walks = [_fixed(walk, now) for walk in read_json("patrol.json")["walks"]]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"made_at": now.isoformat(), "walks": walks}, ensure_ascii=False), "utf-8")
    draft.rename(path)
    return walks


def _fixed(walk: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    ended_at = now - timedelta(minutes=walk["ended_before_min"])
    started_at = ended_at - duration_of(walk)
    return {
        "officer": walk["officer"],
        "township": walk["township"],
        "streets": [street for street, _, _ in walk["way"]],
        "shift": str(uuid.uuid4()),
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat() if walk["ends"] else None,
        "positions": list(fixes(walk, started_at)),
        "mark": str(uuid.uuid4()),
        # In the middle of the way, where the officer stands.
        "visit": {**walk["visit"], "at": (started_at + duration_of(walk) / 2).isoformat()}
        if "visit" in walk
        else None,
    }


def send(phone: Phone, item: Mapping[str, Any]) -> dict[str, Any] | None:
    """Send one walk; the counts of its positions, or None when its officer is on another shift."""
    positions: list[dict[str, Any]] = item["positions"]
    first = {name: positions[0][name] for name in ("lon", "lat", "datum", "accuracy_m")}
    start = {"shift": item["shift"], "started_at": item["started_at"], "position": first}
    begun = _ask(phone, "POST", "/shifts/start", start)
    if begun.status == 409:
        return None
    _taken(begun)
    got: dict[str, Any] = {"accepted": 0, "duplicate": 0, "flags": {}}
    # Newest first, as a phone does that wants to be seen on the map before its past is.
    for last in range(len(positions), 0, -BATCH):
        batch = {"positions": positions[max(0, last - BATCH) : last]}
        told = _taken(_ask(phone, "POST", "/positions", batch))
        got["accepted"] += told["accepted"]
        got["duplicate"] += told["duplicate"]
        for flag, count in told["flags"].items():
            got["flags"][flag] = got["flags"].get(flag, 0) + count
    if item["visit"]:
        _taken(_ask(phone, "PUT", f"/visit-marks/{item['mark']}", item["visit"]))
    if item["ended_at"]:
        _taken(_ask(phone, "POST", "/shifts/end", {"shift": item["shift"], "ended_at": item["ended_at"]}))
    return got


def _counted(phones: Mapping[str, Phone], walks: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """What each walk came to, once it no longer changes: covering runs beside the server."""
    deadline = time.monotonic() + COUNTED_WITHIN_S
    before: Sequence[Mapping[str, Any]] = ()
    while True:
        now = [
            _taken(_ask(phones[one["officer"]], "GET", f"/shifts/{one['shift']}/summary")) for one in walks
        ]
        if (now == before and all(one["visits"] for one in now)) or time.monotonic() > deadline:
            return now
        before = now
        time.sleep(LOOK_EVERY_S)


def _streets(phones: Mapping[str, Phone], queue: Sequence[Mapping[str, Any]]) -> Iterator[StreetCovered]:
    """The streets that were walked, each asked for by somebody who works there."""
    for township, officer in {item["township"]: item["officer"] for item in queue}.items():
        walked = {street for item in queue if item["township"] == township for street in item["streets"]}
        phone = phones[officer]
        told = _taken(_ask(phone, "GET", f"/coverage/summary?by=street&area={quote(township)}&kind=frontage"))
        for one in told["items"]:
            if one["street"] in walked:
                yield StreetCovered(one["street"], one)


def _ask(phone: Phone, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
    raw = None if body is None else json.dumps(body).encode()
    return phone.ask(method, f"/api/v1{path}", raw, "application/json")


def _taken(answer: Answer) -> dict[str, Any]:
    if answer.status not in (200, 201):
        body = answer.body if isinstance(answer.body, dict) else {}
        raise NotSent(
            f"{answer.status} {body.get('code', '')} {body.get('title', '')} / {body.get('title_en', '')}"
        )
    return dict(answer.body)
