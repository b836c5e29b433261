"""What a step writes: columns of the proceeding, the step with its entry of the ledger, a decision. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from server.cases.clocks import Schedule
from server.contract import wire_time
from server.enforcement import clocks
from server.enforcement.guards import Asked, rests_on
from server.enforcement.steps_table import REVIEWERS, Row, State
from server.evidence.canonical import canonical, digest

# Kept apart from what was said: officers with their numbers, and the party with the proceeding.
_APART = ("officers", "subject", "party_kind", "party_name")


@dataclass(frozen=True)
class Paper:
    """A document that a step made, and what it says."""

    id: UUID
    says: Mapping[str, Any]


@dataclass(frozen=True)
class Planned:
    """A step that may be taken.

    Attributes:
        after: the proceeding as it then is, with `takers` and `steps`.
        step: for proceeding_act_v1. decision: likewise, None without one.
    """

    after: dict[str, Any]
    step: dict[str, Any]
    decision: dict[str, Any] | None


def plan(asked: Asked, row: Row, *, at: datetime, schedule: Schedule | None) -> Planned:
    """What a row writes at a moment."""
    after = _changed(asked, row, at, schedule)
    officers = [
        {
            "account": account,
            "name": asked.people[account]["name"],
            "certificate": asked.people[account]["number"],
        }
        for account in dict.fromkeys(asked.inputs.get("officers", ()))
    ]
    said = {name: value for name, value in asked.inputs.items() if name not in _APART}
    step = {
        "step": row.step,
        "means": row.means,
        "state": row.target.key,
        "at": wire_time(at),
        "officers": officers,
        "said": said,
        "entry": row.entry,
        "document": None,
    }
    decision = _decision(asked, after, at) if row.paper == "decision" else None
    return Planned(after, step, decision)


def entry(planned: Planned, asked: Asked, paper: Paper | None) -> dict[str, Any]:
    """The step with its body for the ledger, with what its paper says.

    People stand in it by account and certificate, never by name: a bundle of the case goes to others.
    """
    after, step = planned.after, planned.step
    body = {
        "proceeding": after["number"],
        "step": step["step"],
        "came_from": asked.state.key if asked.state else None,
        "state": after["state"],
        "version": after["version"],
        "procedure": after["procedure"],
        "item": {"code": after["item"], "rulebook": after["items_id"]},
        "officers": [
            {"account": one["account"], "certificate": one["certificate"]} for one in step["officers"]
        ],
        "means": step["means"],
        "said": step["said"],
        # Not `clocks`: those of the case are counted again from its ledger by that name.
        "terms": after["clocks"],
        "document": {"id": str(paper.id), "digest": digest(paper.says)} if paper else None,
        "actor_role": asked.asking.role,
        "at": step["at"],
        **{name: step["said"][name] for name in ("note",) if name in step["said"]},
    }
    return {**step, "document": str(paper.id) if paper else None, "body": canonical(body).decode()}


def opening(asked: Asked, *, number: str) -> dict[str, Any]:
    """A proceeding that is not opened yet, as far as it is known before its first step."""
    subject = asked.inputs.get("subject_row") or {}
    return {
        "id": str(uuid4()),
        "number": number,
        "subject_id": subject.get("id"),
        "subject_kind": subject.get("kind"),
        "subject": subject or None,
        "party_kind": asked.inputs.get("party_kind") or "unit",
        "party_name": asked.inputs.get("party_name") or subject.get("name"),
        "organisation_id": str(asked.asking.organisation_id),
        "body": {"code": asked.asking.organisation_code, "name": asked.asking.organisation_name},
        "procedure": asked.procedure,
        "item": asked.inputs["item"],
        "items_id": asked.books.items.id if asked.books.items else None,
        "version": 0,
        "outcome": None,
        "amount_yuan": None,
        "heard": False,
        "clocks": [],
        "due_on": None,
        "ended_at": None,
    }


def following(asked: Asked, planned: Planned, inputs: Mapping[str, Any]) -> Asked:
    """The same asker with the next step of the same request."""
    return replace(asked, proceeding=planned.after, inputs=inputs)


def columns(after: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the table."""
    names = (
        "subject_id", "party_kind", "party_name", "procedure", "item", "items_id", "state", "version", "outcome",
        "amount_yuan", "heard", "clocks", "due_on", "opened_at", "ended_at",
    )  # fmt: skip
    return {name: after.get(name) for name in names}


def told_of(row: Row, asked: Asked, district: str) -> dict[str, str] | None:
    """Whose inbox hears of it: a review that is asked for, and what came of it."""
    kind = row.entry
    if row.target is State.REVIEWING:
        return {"organisation": district, "kind": kind, "reason": row.step}
    if row.roles == REVIEWERS and asked.proceeding:
        return {"organisation": asked.proceeding["organisation_id"], "kind": kind, "reason": row.step}
    return None


def _changed(asked: Asked, row: Row, at: datetime, schedule: Schedule | None) -> dict[str, Any]:
    before = asked.proceeding or {}
    rules = asked.books.procedures.rows if asked.books.procedures else {}
    stand = clocks.apply(
        row.clocks,
        before["clocks"],
        rules,
        on=asked.today,
        schedule=schedule,
        days=asked.inputs.get("days"),
    )
    takers = {*before.get("takers", ()), *asked.inputs.get("officers", ())}
    if row.roles != REVIEWERS:
        takers.add(str(asked.asking.account_id))
    after = {
        **before,
        "state": row.target.key,
        "version": before["version"] + 1,
        "clocks": stand,
        "due_on": clocks.due_on(stand),
        "heard": before["heard"] or row.step == "hearing",
        "ended_at": wire_time(at) if row.target.ended else None,
        "takers": sorted(takers),
        "steps": [*before.get("steps", ()), {"step": row.step, "said": dict(asked.inputs)}],
    }
    after.setdefault("opened_at", wire_time(at))
    if "outcome" in asked.inputs:
        after |= {"outcome": asked.inputs["outcome"], "amount_yuan": f"{asked.amount:.2f}"}
    if row.step == "decide_on_spot":
        after["decided_on_spot"] = {
            "officers": list(asked.inputs["officers"]),
            "by": str(asked.asking.account_id),
        }
    return after


def _decision(asked: Asked, after: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    lighter = rests_on(asked) or {}
    return {
        "id": str(uuid4()),
        "outcome": after["outcome"],
        "amount_yuan": after["amount_yuan"],
        "waived_yuan": asked.inputs.get("waived_yuan") or lighter.get("waived_yuan") or "0.00",
        "document_id": None,
        "leniency_id": lighter.get("id"),
        "decided_at": wire_time(at),
    }
