"""The ledger of a case in words: what happened, who did it, and what they said to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, get_args

from server.cases.states import BY_KEY, TABLE
from server.enforcement import steps_table as enforcement
from server.enforcement.guards import PAPER_WAYS
from server.litigation.wire import Step
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
    "litigation.begun",
    *(f"litigation.{step}" for step in get_args(Step)),
)
FILES = ("bundle", "case_file")
"""What leaves about a case."""
KNOWN = frozenset(OTHERS) | {row.entry for row in TABLE} | {row.entry for row in enforcement.TABLE}
# Members of a body that people wrote or chose, in the order in which they are told; others are in the bundle.
DETAILS = (
    "proceeding",
    "matter",
    "on",
    "outcome",
    "how",
    "correction",
    "paper",
    "officers",
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


def details(body: Mapping[str, Any], bodies: Mapping[str, str], without: Collection[str] = ()) -> str:
    """What an entry says further: the state it led to, reasons and notes.

    Args:
        bodies: code to name. without: members that are told elsewhere.
    """
    return "；".join(_details(body, bodies, without))


def _details(body: Mapping[str, Any], bodies: Mapping[str, str], without: Collection[str]) -> Iterator[str]:
    before, after = body.get("from"), body.get("to")
    if after in BY_KEY and before != after:
        yield f"{_state(before)}→{_state(after)}" if before in BY_KEY else _state(after)
    if isinstance(body.get("routed_to"), str):
        # Why it went there is told by a code, and in full by the trace in the bundle.
        yield f"派向 {bodies.get(body['routed_to'], body['routed_to'])}"
        return
    names, told = catalogue("zh-CN"), {**body, **_in_words(body)}
    for key in (key for key in DETAILS if key not in without):
        said = told.get(key)
        if isinstance(said, str) and said:
            yield f"{names[f'entry_detail.{key}']}：{bodies.get(said, said) if key == 'body' else said}"


def _in_words(body: Mapping[str, Any]) -> dict[str, str | None]:
    """Members of a body that hold more than a text, as they are told."""
    zone, matter, said = body.get("zone"), body.get("matter"), body.get("said") or {}
    practice = "litigation" if matter else "enforcement"
    return {
        "zone": f"{zone['code']} {zone['name']}" if isinstance(zone, dict) else None,
        "matter": matter_named(matter) if matter else None,
        "officers": "、".join(f"证号 {one['certificate']}" for one in body.get("officers", ())),
        "outcome": outcome(practice, said),
        "how": way(said["how"]) if "how" in said else None,
        "correction": said.get("correction"),
        "file": say(f"entry_file.{body['file']}")["text"] if body.get("file") in FILES else None,
    }


def matter_named(matter: Mapping[str, Any]) -> str:
    """What a matter of court is called: its kind and number."""
    return f"{say('litigation_kind.' + matter['kind'])['text']} {matter['reference']}"


def outcome(practice: str, said: Mapping[str, Any]) -> str | None:
    """What was decided, or how it ended: with the fine where there is one."""
    if "outcome" not in said:
        return None
    words = say(f"{practice}_outcome.{said['outcome']}")["text"]
    fine = said.get("amount_yuan", "0.00")
    return words if fine == "0.00" else f"{words} {fine} 元"


def way(how: str) -> str:
    """How something was served; whatever is no paper is electronic."""
    return say(f"enforcement_how.{how if how in PAPER_WAYS else 'electronic'}")["text"]


def _state(key: Any) -> str:
    return say(f"state.{key}")["text"]
