"""The ledger of a case in words: what happened, who did it, and what they said to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from server.cases.states import BY_KEY, TABLE
from server.enforcement import steps_table as enforcement
from server.messages import catalogue, say

# What an entry may be besides an action of casework.
OTHERS = (
    "report.received",
    "report.attached",
    "report.rematched",
    "photo.received",
    "complaint.received",
    "complaint.attached",
    "complaint.corrected",
    "clock.begun",
    "clock.escalated",
    "clock.overdue",
    "evidence.exported",
    "leniency.decided",
)
KNOWN = frozenset(OTHERS) | {row.entry for row in TABLE} | {row.entry for row in enforcement.TABLE}
# Members of a body that people wrote or chose, in the order in which they are told; others are in the bundle.
DETAILS = (
    "proceeding",
    "zone",
    "reason",
    "note",
    "body",
    "department",
    "into",
    "clock",
    "until",
    "file",
    "category",
)


def words(action: str) -> str:
    """The Chinese sentence of an entry; one that is not known is named by its code."""
    return say(f"entry.{action}" if action in KNOWN else "entry.other", {"action": action})["text"]


def details(body: Mapping[str, Any], bodies: Mapping[str, str]) -> str:
    """What an entry says further: the state it led to, reasons and notes. `bodies`: code to name."""
    return "；".join(_details(body, bodies))


def _details(body: Mapping[str, Any], bodies: Mapping[str, str]) -> Iterator[str]:
    before, after = body.get("from"), body.get("to")
    if after in BY_KEY and before != after:
        yield f"{_state(before)}→{_state(after)}" if before in BY_KEY else _state(after)
    if isinstance(body.get("routed_to"), str):
        # Why it went there is told by a code, and in full by the trace in the bundle.
        yield f"派向 {bodies.get(body['routed_to'], body['routed_to'])}"
        return
    names = catalogue("zh-CN")
    for key in DETAILS:
        said = body.get(key)
        if key == "zone" and isinstance(said, dict):
            said = f"{said['code']} {said['name']}"
        if isinstance(said, str) and said:
            yield f"{names[f'entry_detail.{key}']}：{bodies.get(said, said) if key == 'body' else said}"


def _state(key: Any) -> str:
    return say(f"state.{key}")["text"]
