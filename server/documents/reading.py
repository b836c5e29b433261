"""Reading documents, how they were served, and what is to be served on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.documents.making import KINDS, SQL
from server.documents.wire import DocumentsQuery, TasksQuery
from server.messages import say
from server.problems.request import NotFound
from server.rulebooks import store as rulebooks


def list_documents(connection: Connection, query: DocumentsQuery, on: date) -> dict[str, Any]:
    """One page, newest first. Raises CursorRefused."""
    after = read_cursor(query.cursor, datetime, UUID)
    values = {
        **query.model_dump(include={"subject", "case", "kind"}),
        "id": None,
        "after_at": after[0] if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": query.limit + 1,
    }
    rows = SQL["list_documents"].run(connection, values).mappings().all()
    page = rows[: query.limit]
    more = len(rows) > query.limit
    names = _names(connection, on)
    return {
        "items": [_item(row, names) for row in page],
        "next": write_cursor(page[-1]["made_at"].isoformat(), str(page[-1]["id"])) if more else None,
    }


def fetch_document(connection: Connection, document_id: UUID, on: date) -> dict[str, Any]:
    """One document with what it says and every attempt to serve it. Raises NotFound."""
    values = {
        **dict.fromkeys(("subject", "case", "kind", "after_at", "after_id")),
        "id": str(document_id),
        "rows": 1,
    }
    row = SQL["list_documents"].run(connection, values).mappings().one_or_none()
    if row is None:
        raise NotFound()
    attempts = SQL["list_attempts"].run(connection, values).mappings().all()
    books = {book: rulebooks.one(connection, book) for book in {one["rulebook_id"] for one in attempts}}
    return {
        **_item(row, _names(connection, on)),
        "content": orjson.loads(row["content"]),
        "services": [_attempt(one, books[one["rulebook_id"]].rows[one["how"]]) for one in attempts],
    }


def list_tasks(connection: Connection, query: TasksQuery, now: datetime, on: date) -> dict[str, Any]:
    """One page of what is to be served on paper, the most urgent first. Raises CursorRefused."""
    after = read_cursor(query.cursor, datetime, UUID)
    values = {
        "open": query.open,
        "township": query.township,
        "on": on.isoformat(),
        "after_at": after[0] if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": query.limit + 1,
    }
    rows = SQL["list_tasks"].run(connection, values).mappings().all()
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return {
        "items": [_task(row, now) for row in page],
        "next": write_cursor(page[-1]["due_at"].isoformat(), str(page[-1]["id"])) if more else None,
    }


def _names(connection: Connection, on: date) -> Mapping[str, Any]:
    book = rulebooks.in_force(connection, KINDS, on)
    return book.rows if book else {}


def _item(row: Mapping[Any, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    kind = names.get(row["kind"])
    plain = ("code", "kind", "title", "body", "subject", "made_by", "digest", "attachments", "served")
    return {
        **{name: row[name] for name in plain},
        "id": str(row["id"]),
        "case": row["case_number"],
        "kind_name": kind.name if kind else row["kind"],
        "kind_name_en": kind.name_en if kind else row["kind"],
        "made_at": wire_time(row["made_at"]),
        **{name: row[name].isoformat() if row[name] else None for name in ("valid_from", "valid_to")},
        **{name: str(row[name]) if row[name] else None for name in ("replaces", "replaced_by")},
    }


def _attempt(row: Mapping[Any, Any], method: Any) -> dict[str, Any]:
    plain = ("how", "electronic", "by", "outcome", "receipt", "note")
    return {
        **{name: row[name] for name in plain},
        "id": str(row["id"]),
        "how_name": method.name,
        "how_name_en": method.name_en,
        "served_at": wire_time(row["served_at"]),
        "outcome_at": wire_time(row["outcome_at"]),
        **_trouble(row["trouble"]),
    }


def _task(row: Mapping[Any, Any], now: datetime) -> dict[str, Any]:
    plain = ("code", "title", "subject", "subject_name", "body", "failed_how")
    return {
        **{name: row[name] for name in plain},
        "id": str(row["id"]),
        "document": str(row["document_id"]),
        **{name: wire_time(row[name]) for name in ("opened_at", "due_at", "closed_at")},
        "late": row["closed_at"] is None and row["due_at"] < now,
        **_trouble(row["trouble"]),
    }


def _trouble(code: str | None) -> dict[str, str | None]:
    words = say(f"delivery.{code}") if code else {"text": None, "text_en": None}
    return {"trouble": code, "trouble_text": words["text"], "trouble_text_en": words["text_en"]}
