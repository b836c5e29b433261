"""Lists of proceedings and of decisions, as the asker sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, column, func, literal, literal_column, select, table

from server.cases.tables import case_file
from server.contract import wire_time
from server.enforcement.proceedings import SQL
from server.enforcement.steps_table import BY_KEY
from server.enforcement.tables import proceeding
from server.enforcement.telling import clock, named
from server.lists import newest_first, soonest_first
from server.people.tables import organisation
from server.rulebooks import store

_DECISION = table(
    "decision_v1",
    *(
        column(name)
        for name in (
            "id", "proceeding_number", "case_number", "party_name", "organisation_id", "procedure", "outcome", "item",
            "item_name", "amount_yuan", "waived_yuan", "decided_at",
        )
    ),
)  # fmt: skip


def list_proceedings(
    connection: Connection,
    wanted: Mapping[str, Any],
    account: str,
    today: date,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """One page, the newest first, or by `order` those whose terms end first. Raises CursorRefused."""
    ends = func.coalesce(proceeding.c.due_on, literal(date.max)).label("ends")
    query = (
        select(
            ends,
            *(proceeding.c[name] for name in (
                "id", "number", "state", "procedure", "party_name", "item", "items_id", "outcome", "amount_yuan",
                "clocks", "opened_at", "ended_at",
            )),
            case_file.c.number.label("case_number"),
            organisation.c.code.label("body_code"),
            organisation.c.body_name,
        )
        .join(case_file, case_file.c.id == proceeding.c.case_id)
        .join(organisation, organisation.c.id == proceeding.c.organisation_id)
    )  # fmt: skip
    if wanted.get("case"):
        query = query.where(case_file.c.number == wanted["case"])
    if wanted.get("state"):
        query = query.where(proceeding.c.state == wanted["state"])
    if wanted.get("open") is not None:
        query = query.where(proceeding.c.ended_at.is_(None) == literal(wanted["open"]))
    if wanted.get("late"):
        query = query.where(proceeding.c.ended_at.is_(None), proceeding.c.due_on < today)
    if wanted.get("mine"):
        query = query.where(proceeding.c.officer_id == account)
    at, key = proceeding.c.opened_at, proceeding.c.id
    if wanted.get("order") == "due":
        page, following = soonest_first(connection, query, on=ends, key=key, cursor=cursor, limit=limit)
    else:
        page, following = newest_first(connection, query, at=at, key=key, cursor=cursor, limit=limit)
    names = _names(connection, {row["items_id"] for row in page})
    return {"items": [_item(row, names, today) for row in page], "next": following}


def count_proceedings(connection: Connection, today: date) -> dict[str, Any]:
    """How many open ones stand where, by the order of steps; how many are late, of how many a term ends soon."""
    rows = SQL["count_proceedings"].run(connection, {"today": today}).mappings()
    way = list(BY_KEY)
    items = [
        {
            **named("enforcement_state", row["state"], "state"),
            **{name: row[name] for name in ("count", "late", "soon")},
        }
        for row in rows
    ]
    return {"items": sorted(items, key=lambda one: way.index(one["state"])), "next": None}


def list_decisions(
    connection: Connection, wanted: Mapping[str, Any], time_zone: ZoneInfo, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page, the newest first, with sums over all pages. Raises CursorRefused."""
    local = func.timezone(time_zone.key, _DECISION.c.decided_at)
    found = [
        *([local >= wanted["since"]] if wanted.get("since") else []),
        *([local < wanted["until"] + timedelta(days=1)] if wanted.get("until") else []),
        *([_DECISION.c.outcome == wanted["outcome"]] if wanted.get("outcome") else []),
    ]
    query = (
        select(_DECISION, organisation.c.code.label("body_code"), organisation.c.body_name)
        .join(organisation, organisation.c.id == _DECISION.c.organisation_id)
        .where(*found)
    )
    sums = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(_DECISION.c.amount_yuan), literal_column("0.00")),
            func.coalesce(func.sum(_DECISION.c.waived_yuan), literal_column("0.00")),
        ).where(*found)
    ).one()
    at, key = _DECISION.c.decided_at, _DECISION.c.id
    page, following = newest_first(connection, query, at=at, key=key, cursor=cursor, limit=limit)
    return {
        "items": [_decided(row) for row in page],
        "sums": {"count": sums[0], "amount_yuan": f"{sums[1]:.2f}", "waived_yuan": f"{sums[2]:.2f}"},
        "next": following,
    }


def _names(connection: Connection, books: set[int]) -> dict[tuple[int, str], str]:
    """Names of items, by rulebook and code."""
    return {
        (book, row.code): row.name
        for book in sorted(books)
        for row in store.one(connection, book).rows.values()
    }


def _body(row: Mapping[Any, Any]) -> dict[str, str]:
    return {"code": row["body_code"], "name": row["body_name"]}


def _item(row: Mapping[Any, Any], names: Mapping[tuple[int, str], str], today: date) -> dict[str, Any]:
    running = [one for one in row["clocks"] if one["stopped_on"] is None and row["ended_at"] is None]
    term = min(running, key=lambda one: one["due_on"], default=None)
    return {
        "number": row["number"],
        "case": row["case_number"],
        **named("enforcement_state", row["state"], "state"),
        **{name: row[name] for name in ("procedure", "party_name", "item", "outcome")},
        "item_name": names.get((row["items_id"], row["item"])),
        "body": _body(row),
        "amount_yuan": None if row["amount_yuan"] is None else f"{row['amount_yuan']:.2f}",
        "term": term and clock(term, today),
        "opened_at": wire_time(row["opened_at"]),
        "ended_at": wire_time(row["ended_at"]),
    }


def _decided(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "proceeding": row["proceeding_number"],
        "case": row["case_number"],
        **{name: row[name] for name in ("party_name", "item", "item_name", "procedure")},
        **named("enforcement_outcome", row["outcome"], "outcome"),
        "body": _body(row),
        "amount_yuan": f"{row['amount_yuan']:.2f}",
        "waived_yuan": f"{row['waived_yuan']:.2f}",
        "decided_at": wire_time(row["decided_at"]),
    }
