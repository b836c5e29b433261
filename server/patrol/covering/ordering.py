"""Orders to work days out again, and how far each got."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from server import sqltext
from server.problems.request import NotFound

_SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def order_rebuild(
    connection: Connection, first: date, last: date, officer: UUID | None, at: datetime
) -> UUID:
    """Order local days `first` to `last`, both inclusive, of one officer or of everybody; returns the order's id.

    Raises:
        NotFound: there is no such officer.
    """
    made = uuid4()
    values = {"id": str(made), "from": first, "to": last, "officer": officer and str(officer), "at": at}
    if not _SQL["order_rebuild"].run(connection, values).scalar_one():
        raise NotFound()
    return made


def read_rebuild(connection: Connection, rebuild_id: UUID, time_zone: str) -> dict[str, Any]:
    """An order as the API tells it. Raises NotFound."""
    values = {"id": str(rebuild_id), "time_zone": time_zone}
    row = _SQL["read_rebuild"].run(connection, values).one_or_none()
    if row is None:
        raise NotFound()
    return {
        "id": row.id,
        "from": row.from_day,
        "to": row.to_day,
        "officer": row.officer_id,
        "state": row.state,
        "done_day": row.done_day,
        "closed": row.closed,
        "asked_at": row.asked_at,
        "ended_at": row.ended_at,
    }
