"""Keeping tables of deadlines: check and keep a draft, bring it into force on a day, read them.

A case keeps the row it was opened by. Runs with the rights of the connection given.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.cases.deadlines.checking import HANDLE, Known, check, check_usable
from server.cases.deadlines.wire import DeadlinesIn
from server.dated import DatedSets
from server.problems.request import NotFound
from server.problems.times import DeadlineDayRefused, DeadlinesInForce

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
RECENT_DAYS = 30
SETS = DatedSets(
    insert=SQL["insert_deadline_table"],
    one=SQL["fetch_deadline_table"],
    page=SQL["list_deadline_tables"],
    activation=SQL["activate_deadlines"],
    withdrawal=SQL["withdraw_deadlines"],
    in_force=DeadlinesInForce,
    day_refused=DeadlineDayRefused,
    own=lambda stored: {
        **{name: stored[name] for name in ("jurisdiction", "row_count")},
        "code_list": {"id": stored["list_id"], "version": stored["list_version"]},
    },
)


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
    return SETS.keep(
        connection,
        check(given, _known(connection, on), rows_max=rows_max),
        at=at,
        name=given.name,
        jurisdiction=given.jurisdiction,
        source=given.source,
        sample=given.sample,
        list_id=given.code_list.id,
        list_version=given.code_list.version,
    )


def activate(connection: Connection, table_id: int, valid_from: date, *, at: datetime, today: date) -> None:
    """Bring a draft into force; repeating it changes nothing. Cases that are open keep their deadlines.

    Raises:
        NotFound. DataRefused: it names categories that are not there, or there are no office hours yet.
        DeadlinesInForce: from another day. DeadlineDayRefused: not after the table in force began, or past.
    """
    stored = SETS.fetch(connection, table_id)
    if stored["version"] is None:
        rows = orjson.loads(stored["rows"])
        check_usable(stored["list_id"], stored["list_version"], rows, _known(connection, today))
    SETS.activate(connection, stored, valid_from, at=at, today=today)


def told(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A table with its rows, as it is answered."""
    rows = orjson.loads(stored["rows"])
    return {
        **SETS.item(stored, today),
        "rows": [{"category": code, **row} for code, row in sorted(rows.items())],
    }


def trial(connection: Connection, table_id: int, day: date, *, now: datetime) -> dict[str, Any]:
    """What a table would mean for the categories of recent and open cases: its handling, and that in force on a day.

    Raises:
        NotFound.
    """
    rows = orjson.loads(SETS.fetch(connection, table_id)["rows"])
    since = now - timedelta(days=RECENT_DAYS)
    items = []
    for seen in SQL["fetch_cases_timed"].run(connection, {"since": since}).all():
        values = {"category": seen.category, "on": day.isoformat()}
        found = SQL["fetch_deadline_on"].run(connection, values).scalar_one()
        path = SQL["fetch_category_path"].run(connection, values).scalar_one()
        then = next((rows[code] for code in reversed(path) if code in rows), None)
        items.append(
            {
                "category": seen.category,
                "before": orjson.loads(found)[HANDLE] if found else None,
                "after": then[HANDLE] if then else None,
                "running": seen.running,
                "recent": seen.recent,
            }
        )
    return {"table": table_id, "day": day.isoformat(), "items": items}


def in_force(connection: Connection, category: str, on: date) -> dict[str, Any]:
    """The row that holds for a category on a day, with its table. Raises NotFound."""
    values = {"category": category, "on": on.isoformat()}
    found = SQL["fetch_deadline_on"].run(connection, values).scalar_one()
    if found is None:
        raise NotFound()
    row: dict[str, Any] = orjson.loads(found)
    return row
