"""Matters of court as people read them: lists, one with its terms and documents, figures with what goes into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.litigation.keeping import CLOCKS, SQL
from server.messages import say
from server.problems.request import NotFound
from server.rulebooks import store

_ITEM = ("kind", "reference", "case", "source", "state", "outcome")
_COUNTED = (
    "penalties",
    "penalties_decided",
    "reconsiderations",
    "reconsiderations_lost",
    "lawsuits",
    "lawsuits_lost",
    "lawsuits_open",
)


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to. `due_by`: a term that runs ends by this day."""

    kind: str | None = None
    case: str | None = None
    due_by: date | None = None


def list_matters(connection: Connection, wanted: Wanted, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of matters, newest first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    values = {
        "id": None,
        "kind": wanted.kind,
        "case": wanted.case,
        "due_by": wanted.due_by.isoformat() if wanted.due_by else None,
        "after_at": after[0] if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_matters"].run(connection, values).mappings().all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_item(row) for row in page],
        "next": write_cursor(page[-1]["created_at"].isoformat(), str(page[-1]["id"])) if more else None,
    }


def fetch_matter(connection: Connection, matter_id: UUID, today: date) -> dict[str, Any]:
    """One matter with its entries, terms and documents. Raises NotFound."""
    asked = dict.fromkeys(("kind", "case", "due_by", "after_at", "after_id"))
    values = {**asked, "id": str(matter_id), "rows": 1}
    row = SQL["list_matters"].run(connection, values).mappings().one_or_none()
    if row is None:
        raise NotFound()
    one = {"id": str(matter_id)}
    entries = [_entry(found) for found in SQL["list_entries"].run(connection, one).mappings()]
    clocks = SQL["list_clocks"].run(connection, one).mappings().all()
    return {
        **_item(row),
        "entries": entries,
        "clocks": _clocks(connection, clocks, today),
        "documents": _checklist(connection, row["kind"], clocks, entries, today),
    }


def count_rates(
    connection: Connection, first: date | None, last: date | None, time_zone: ZoneInfo
) -> dict[str, Any]:
    """Figures of all bodies one may see; both days are counted in, in the calendar of the district."""
    values = {
        "time_zone": time_zone.key,
        "first": first.isoformat() if first else None,
        "last": last.isoformat() if last else None,
    }
    rows = SQL["count_rates"].run(connection, values).mappings().all()
    total = {name: sum(row[name] for row in rows) for name in _COUNTED}
    words = say("litigation.rate", {"lost": total["lawsuits_lost"], "of": total["lawsuits"]})
    return {
        "first": values["first"],
        "last": values["last"],
        "total": _shares(total),
        **words,
        "townships": [{"code": row["code"], "name": row["name"], **_shares(row)} for row in rows],
    }


def _shares(row: Mapping[Any, Any]) -> dict[str, Any]:
    counted = {name: row[name] for name in _COUNTED}
    return {
        **counted,
        "lost_share": _share(row["lawsuits_lost"], row["lawsuits"]),
        "sued_share": _share(row["lawsuits"], row["penalties"]),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _item(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in _ITEM},
        "body": {"code": row["body_code"], "name": row["body_name"]},
        "created_at": wire_time(row["created_at"]),
        "on": row["on"] and row["on"].isoformat(),
        "next_due_on": row["next_due_on"] and row["next_due_on"].isoformat(),
    }


def _entry(row: Mapping[Any, Any]) -> dict[str, Any]:
    told = {
        name: row[name]
        for name in ("seq", "kind", "outcome", "document", "attachment", "note", "recorded_by", "ledger_seq")
    }
    return {
        **told,
        "id": str(row["id"]),
        "on": row["on"].isoformat(),
        "recorded_at": wire_time(row["recorded_at"]),
    }


def _clocks(connection: Connection, rows: Sequence[Mapping[Any, Any]], today: date) -> list[dict[str, Any]]:
    books = {row["rulebook_id"]: store.one(connection, row["rulebook_id"]) for row in rows}
    return [_clock(row, books[row["rulebook_id"]], today) for row in rows]


def _clock(row: Mapping[Any, Any], rules: store.InForce, today: date) -> dict[str, Any]:
    rule = rules.rows[row["code"]]
    basis = " ".join(part for part in (rule.legal_basis.title, rule.legal_basis.clause) if part)
    return {
        "code": row["code"],
        "name": rule.name,
        "due_on": row["due_on"].isoformat(),
        "warn_on": row["warn_on"].isoformat(),
        "state": _state(row, today),
        "days_left": (row["due_on"] - today).days if row["runs"] else None,
        "rulebook": rules.id,
        "sample": rules.sample,
        "legal_basis": basis,
        "told_at": [wire_time(at) for at in row["told_at"]],
    }


def _state(row: Mapping[Any, Any], today: date) -> str:
    if not row["runs"]:
        return "ended"
    if row["due_on"] < today:
        return "overdue"
    return "soon" if row["warn_on"] <= today else "running"


def _checklist(
    connection: Connection,
    kind: str,
    clocks: Sequence[Mapping[Any, Any]],
    entries: Sequence[Mapping[str, Any]],
    today: date,
) -> list[dict[str, Any]]:
    """What has to be handed in: by the sets its terms were counted by, else by the one in force."""
    sets = [store.one(connection, found) for found in dict.fromkeys(row["rulebook_id"] for row in clocks)]
    rules = sets or [found for found in [store.in_force(connection, CLOCKS, today)] if found]
    wanted = {
        paper.code: paper.name
        for one in rules
        for row in one.rows.values()
        if row.matter == kind
        for paper in row.documents
    }
    there = {entry["document"] for entry in entries}
    return [{"code": code, "name": name, "there": code in there} for code, name in wanted.items()]
