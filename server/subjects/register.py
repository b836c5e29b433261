"""Reading the register: lists, one subject with its history, and who answers for a zone or a case on a day.

Runs with the rights of the connection given: townships see their own, and the database keeps telephone numbers from
those who do not call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.problems.request import NotFound
from server.subjects.wire import AtQuery, SubjectsQuery

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_FILTERS = ("township", "kind", "trade", "state", "zone", "signed", "responsible", "q")
_ANYTHING: Mapping[str, None] = dict.fromkeys((*_FILTERS, "code", "after"))


def list_subjects(connection: Connection, query: SubjectsQuery, today: date) -> dict[str, Any]:
    """One page of subjects by number. Raises CursorRefused."""
    after = read_cursor(query.cursor, int)
    values = {**_ANYTHING, **{name: getattr(query, name) for name in _FILTERS}}
    values |= {"after": after and after[0], "today": today, "rows": query.limit + 1}
    rows = _listed(connection, values)
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return {"items": [_item(row) for row in page], "next": write_cursor(page[-1]["number"]) if more else None}


def fetch_subject(connection: Connection, code: str, today: date) -> dict[str, Any]:
    """One subject with all its history. Raises NotFound."""
    values = {**_ANYTHING, "code": code, "today": today, "rows": 1}
    rows = _listed(connection, values)
    if not rows:
        raise NotFound()
    row = rows[0]
    history = SQL["fetch_subject_history"].run(connection, {"id": row["id"]}).mappings().one()
    changes = [{**one, "at": wire_time(one["at"])} for one in history["changes"]]
    created_at = wire_time(history["created_at"])
    return {**_item(row), **history, "created_at": created_at, "changes": changes}


def answerable(connection: Connection, query: AtQuery, today: date) -> dict[str, Any]:
    """Who answers for a zone on a day, as it was then."""
    on = query.on or today
    values = {"zone_kind": query.zone_kind, "zone": query.zone, "on": on}
    row = SQL["subject_at"].run(connection, values).mappings().one_or_none()
    told = {"zone_kind": query.zone_kind, "zone": query.zone, "on": on.isoformat()}
    return {**told, "subject": row and _answerable(row)}


def of_case(connection: Connection, number: str) -> dict[str, Any]:
    """Who answers for the zone of a case on the day its first report was taken. Raises NotFound."""
    row = SQL["subject_of_case"].run(connection, {"number": number}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    told = {name: row[name] for name in ("zone_kind", "zone", "zone_name", "verdict")}
    return {**told, "on": row["on"] and row["on"].isoformat(), "subject": _answerable(row)}


def _listed(connection: Connection, values: Mapping[str, Any]) -> Sequence[Mapping[Any, Any]]:
    # Never prepared: a plan for every filter at once reads the whole register, one for those asked for stops at a page.
    return connection.exec_driver_sql(SQL["list_subjects"].bound, dict(values)).mappings().all()


def _item(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "number")}


def _answerable(row: Mapping[Any, Any]) -> dict[str, Any] | None:
    if row["code"] is None:
        return None
    person = {"rank": row["rank"], "name": row["person"], "capacity": row["capacity"], "phone": row["phone"]}
    said = {name: row[name] for name in ("code", "name", "kind", "trade")}
    return {**said, "responsible": person if row["rank"] else None}
