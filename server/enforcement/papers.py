"""Papers of enforcement: what each says, kept as a document with its digest, and printed as every document is.

The wording is a sample of what such papers say; a deployment replaces these sentences by its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from server.enforcement.guards import Asked
from server.enforcement.planning import Planned
from server.enforcement.steps_table import SIMPLE, Row
from server.messages import say


@dataclass(frozen=True)
class Papers:
    """Makes the papers of steps."""

    time_zone: ZoneInfo

    def told(self, asked: Asked, row: Row, planned: Planned, *, at: datetime) -> dict[str, Any]:
        """What the paper of a step says: words only, none of them markup."""
        after, item = planned.after, asked.item
        on = at.astimezone(self.time_zone).date()
        kind = _kind(row, after)
        paragraphs = _PARAGRAPHS[row.paper](asked, after)
        facts = [
            ["当事人", after["party_name"]],
            ["案由", item.name if item else after["item"]],
            ["依据", _basis(asked)],
            *([["事实", found]] if (found := _found(after)) else []),
        ]
        return {
            "title": say(f"enforcement_paper.{kind}")["text"],
            "number": f"{after['number']} 第{after['version']}号",
            "body": after["body"]["name"],
            "case": asked.case["number"],
            "facts": facts,
            "paragraphs": paragraphs,
            "officers": [f"{one['name']}(证号 {one['certificate']})" for one in planned.step["officers"]],
            "text": "\n".join(paragraphs),
            "date": f"{on.year}年{on.month}月{on.day}日",
        }


def _kind(row: Row, after: Mapping[str, Any]) -> str:
    if row.paper != "decision":
        return row.paper
    if after["outcome"].startswith("no_penalty"):
        return "decision_without_penalty"
    return "decision_on_spot" if after["procedure"] == SIMPLE else "decision"


def _basis(asked: Asked) -> str:
    if asked.item is None:
        return "—"
    basis = asked.item.basis
    return f"《{basis.title}》{basis.clause or ''}"


def _found(after: Mapping[str, Any]) -> str | None:
    """What the last inquiry found."""
    notes = [step["said"].get("note") for step in after.get("steps", ()) if step["step"] == "inquire"]
    found: str | None = next((note for note in reversed(notes) if note), None)
    return found


def _due(after: Mapping[str, Any], clock: str) -> str:
    running = [one["due_on"] for one in after["clocks"] if one["name"] == clock and one["stopped_on"] is None]
    return running[-1] if running else "规定期限内"


def _correction(asked: Asked, after: Mapping[str, Any]) -> list[str]:
    wanted = asked.inputs.get("correction") or (asked.item.correction if asked.item else "")
    return [
        f"经查,你(单位)有上述行为。现责令你(单位)于 {_due(after, 'correct')} 前改正:{wanted}。",
        "逾期不改正的,本机关将依法处理。",
    ]


def _notice(asked: Asked, after: Mapping[str, Any]) -> list[str]:
    return [
        f"本机关拟对你(单位)作出如下处理:{_outcome(after)}。",
        f"你(单位)可在 {_due(after, 'statement')} 前陈述、申辩;逾期视为放弃。陈述申辩不会使处理加重。",
    ]


def _decision(asked: Asked, after: Mapping[str, Any]) -> list[str]:
    waived = asked.inputs.get("waived_yuan")
    return [
        f"本机关决定:{_outcome(after)}。",
        *([f"依法免予罚款 {waived} 元,并已对你(单位)进行教育。"] if waived else []),
        "如不服本决定,可依法申请行政复议或者提起行政诉讼,期限以法律规定为准。",
    ]


def _outcome(after: Mapping[str, Any]) -> str:
    words = say(f"enforcement_outcome.{after['outcome']}")["text"]
    amount = after["amount_yuan"]
    return f"{words},罚款 {amount} 元" if amount and amount != "0.00" else words


_PARAGRAPHS: Mapping[str, Callable[[Asked, Mapping[str, Any]], list[str]]] = {
    "order_correct": _correction,
    "advance_notice": _notice,
    "decision": _decision,
}
