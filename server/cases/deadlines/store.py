"""Keeping tables of deadlines: check and keep a draft, bring it into force on a day, list and read them.

A table is never changed, and a case keeps the row it was opened by. Runs with the rights of the connection given.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.cases.deadlines.checking import Known, check, check_usable
from server.cases.deadlines.wire import DeadlinesIn
from server.contract import read_cursor, wire_time, write_cursor
from server.places.rules.store import state_on
from server.problems.request import NotFound
from server.problems.times import DeadlineDayRefused, DeadlinesInForce

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def _known(connection: Connection, on: date) -> Known:
    found = SQL["fetch_deadline_references"].run(connection, {"on": on.isoformat()}).scalar_one()
    return Known.from_json(orjson.loads(found))


def keep_draft(connection: Connection, given: DeadlinesIn, *, at: datetime, on: date, rows_max: int) -> int:
    """Check a table and keep it as a draft; returns its id.

    Args:
        at: now. on: the local day of now.
    Raises:
        DataRefused: with every fault; nothing is kept.
    """
    text = orjson.dumps(check(given, _known(connection, on), rows_max=rows_max), option=orjson.OPT_SORT_KEYS)
    values = {
        "name": given.name,
        "jurisdiction": given.jurisdiction,
        "source": given.source,
        "sample": given.sample,
        "list_id": given.code_list.id,
        "list_version": given.code_list.version,
        "digest": sha256(text).hexdigest(),
        "rows": text.decode(),
        "created_at": at,
    }
    return int(SQL["insert_deadline_table"].run(connection, values).scalar_one())


def activate(connection: Connection, table_id: int, valid_from: date, *, at: datetime, today: date) -> None:
    """Bring a draft into force; repeating it changes nothing. Cases that are open keep their deadlines.

    Raises:
        NotFound. DataRefused: it names categories that are not there, or there are no office hours yet.
        DeadlinesInForce: from another day. DeadlineDayRefused: not after the table in force began, or past.
    """
    stored = fetch(connection, table_id)
    if stored["version"] is None:
        rows = orjson.loads(stored["rows"])
        check_usable(stored["list_id"], stored["list_version"], rows, _known(connection, today))
    values = {"id": table_id, "valid_from": valid_from.isoformat(), "today": today.isoformat(), "at": at}
    outcome = SQL["activate_deadlines"].run(connection, values).scalar_one()
    if outcome == "in_force":
        raise DeadlinesInForce(valid_from=stored["valid_from"].isoformat() if stored["valid_from"] else None)
    if outcome in ("early", "past"):
        raise DeadlineDayRefused(reason=outcome)
    if outcome == "missing":
        raise NotFound()


def fetch(connection: Connection, table_id: int) -> Mapping[str, Any]:
    """The row of one table. Raises NotFound."""
    row = SQL["fetch_deadline_table"].run(connection, {"id": table_id}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return dict(row)


def told(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A table with its rows, as it is answered."""
    rows = orjson.loads(stored["rows"])
    return {**_item(stored, today), "rows": [{"category": code, **row} for code, row in sorted(rows.items())]}


def in_force(connection: Connection, category: str, on: date) -> dict[str, Any]:
    """The row that holds for a category on a day, with its table. Raises NotFound."""
    values = {"category": category, "on": on.isoformat()}
    found = SQL["fetch_deadline_on"].run(connection, values).scalar_one()
    if found is None:
        raise NotFound()
    row: dict[str, Any] = orjson.loads(found)
    return row


def list_tables(connection: Connection, today: date, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of tables, newest written first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {"before": before[0] if before else None, "rows": limit + 1}
    rows = SQL["list_deadline_tables"].run(connection, values).mappings().all()
    page = rows[:limit]
    return {
        "items": [_item(dict(row), today) for row in page],
        "next": write_cursor(page[-1]["id"]) if len(rows) > limit else None,
    }


def _item(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    valid_from, valid_to = stored["valid_from"], stored["valid_to"]
    names = ("id", "name", "jurisdiction", "source", "sample", "digest", "version", "row_count")
    return {
        **{name: stored[name] for name in names},
        "code_list": {"id": stored["list_id"], "version": stored["list_version"]},
        "state": state_on(valid_from, valid_to, today),
        "valid_from": valid_from.isoformat() if valid_from else None,
        "valid_to": valid_to.isoformat() if valid_to else None,
        "created_at": wire_time(stored["created_at"]),
    }
