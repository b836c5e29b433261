"""A proceeding as it is answered: its steps and clocks in words, and what the asker can do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from server.contract import wire_time
from server.enforcement import clocks
from server.enforcement.guards import Asked, delegated, major, possible
from server.messages import say
from server.problems.base import Problem
from server.problems.enforcement import StepRefused
from server.rulebooks.books.penalty_items import PenaltyItem

_REVIEWS = ("approve", "object")


def named(prefix: str, key: str, name: str) -> dict[str, str]:
    """A key with its words: `{name: key, name_name: …, name_name_en: …}`."""
    words = say(f"{prefix}.{key}")
    return {name: key, f"{name}_name": words["text"], f"{name}_name_en": words["text_en"]}


def with_takers(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A proceeding as it was read, with who has taken steps of it: none of them reviews it."""
    takers: set[str] = set()
    spot = None
    for step in stored["steps"]:
        officers = [one["account"] for one in step["officers"]]
        takers |= {*officers}
        if step["step"] not in _REVIEWS:
            takers.add(step["by"])
        if step["step"] == "decide_on_spot":
            spot = {"officers": officers, "by": step["by"]}
    subject = stored["subject"]
    return {
        **stored,
        "takers": sorted(takers),
        "decided_on_spot": spot,
        "subject_kind": subject and subject["kind"],
    }


def clock(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    """One clock in words, with how it stands; days left are calendar days, below 0 once it is over."""
    left = None if stored["stopped_on"] else (date.fromisoformat(stored["due_on"]) - today).days
    return {
        **named("enforcement_clock", stored["name"], "clock"),
        **{name: stored[name] for name in ("began_on", "due_on", "stopped_on")},
        "days_left": left,
        "standing": clocks.standing(stored, today),
    }


def steps(asked: Asked) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Steps that are possible now, and those that a condition forbids, with why."""
    allowed, blocked = [], []
    for row, problem in possible(asked):
        told = {
            **named("enforcement_step", row.step, "step"),
            "requires": list(row.requires),
            "takes": [*row.takes, "note"] if "note" not in row.requires else list(row.takes),
            "paper": row.paper or None,
        }
        if problem is None:
            allowed.append(told)
        else:
            blocked.append({**told, **reason(problem)})
    return allowed, blocked


def reason(problem: Problem) -> dict[str, str]:
    """Why not, in both languages."""
    if isinstance(problem, StepRefused):
        told = problem.members
        return {"code": told["guard"], "reason": told["reason"], "reason_en": told["reason_en"]}
    words = say(f"problem.{problem.code}")
    return {"code": problem.code, "reason": words["text"], "reason_en": words["text_en"]}


def item(row: PenaltyItem, rulebook: int) -> dict[str, Any]:
    """An item with its range, as people choose it."""
    return {
        "code": row.code,
        "rulebook": rulebook,
        **{name: getattr(row, name) for name in ("name", "name_en", "correction")},
        "basis": row.basis.model_dump(mode="json"),
        "amount_min_yuan": f"{row.amount_min_yuan:.2f}",
        "amount_max_yuan": f"{row.amount_max_yuan:.2f}",
        "simple_max_yuan": None if row.simple_max_yuan is None else f"{row.simple_max_yuan:.2f}",
    }


def proceeding(asked: Asked) -> dict[str, Any]:
    """One proceeding with what the asker can do."""
    stored = asked.proceeding or {}
    allowed, blocked = steps(asked)
    book = asked.books.items
    row: PenaltyItem | None = asked.item
    decision = stored["decision"]
    return {
        "number": stored["number"],
        "case": asked.case["number"],
        **named("enforcement_state", stored["state"], "state"),
        "version": stored["version"],
        "procedure": stored["procedure"],
        "party": {
            "kind": stored["party_kind"],
            "name": stored["party_name"],
            "subject": stored["subject"] and stored["subject"]["code"],
        },
        "body": stored["body"],
        "item": item(row, book.id) if row and book else None,
        "outcome": stored["outcome"],
        "amount_yuan": stored["amount_yuan"],
        "major": [{name: rule[name] for name in ("code", "name", "name_en")} for rule in major(asked)]
        if stored["outcome"]
        else [],
        "clocks": [clock(one, asked.today) for one in stored["clocks"]],
        "due_on": stored["due_on"],
        "opened_at": wire_time(stored["opened_at"]),
        "ended_at": wire_time(stored["ended_at"]),
        "steps": [_step(step) for step in stored["steps"]],
        "decision": decision
        and {
            **{
                name: decision[name]
                for name in ("outcome", "amount_yuan", "waived_yuan", "document", "leniency")
            },
            "decided_at": wire_time(decision["decided_at"]),
            "decided_by_name": decision["decided_by_name"],
        },
        "officers": next((step["officers"] for step in reversed(stored["steps"]) if step["officers"]), []),
        "allowed_steps": allowed,
        "blocked_steps": blocked,
    }


def prefill(asked: Asked) -> dict[str, Any]:
    """What a proceeding on the case would begin with: who answers, and the items whose category fits first."""
    book, case = asked.books.items, asked.case
    rows = list(book.rows.values()) if book else []
    fitting = [row for row in rows if case["category"] in row.categories]
    others = [row for row in rows if row not in fitting]
    subject = case["subject"] if case["subject"] and case["subject"]["id"] else None
    place = case["subject"]
    return {
        "case": case["number"],
        "category": case["category"],
        "subject": subject
        and {name: subject[name] for name in ("id", "code", "name", "kind", "responsible")},
        "zone": place
        and place["zone_code"]
        and {"kind": place["zone_kind"], "code": place["zone_code"], "name": place["zone_name"]},
        "items": [
            {**item(row, book.id if book else 0), "fits": row in fitting, "possible": _power(asked, row)}
            for row in (*fitting, *others)
        ],
    }


def _power(asked: Asked, row: PenaltyItem) -> dict[str, Any]:
    """Whether the asker's body may act on an item today, and why not."""
    problem = delegated(replace(asked, proceeding=None, inputs={"item": row.code}))
    return {"allowed": problem is None, "code": None, "reason": None, "reason_en": None} | (
        reason(problem) if problem else {}
    )


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "nth": step["nth"],
        **named("enforcement_step", step["step"], "step"),
        "means": step["means"],
        **named("enforcement_state", step["state"], "state"),
        "at": wire_time(step["at"]),
        "by_name": step["by_name"],
        "officers": step["officers"],
        "said": step["said"],
        "paper": step["paper"],
        "document": step["document"],
        "ledger_seq": step["ledger_seq"],
    }
