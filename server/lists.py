"""What filtered lists share: pages by keyset, newest or soonest first, and a rectangle found by an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, tuple_

from geo.tile import ranges_over
from server.contract import read_cursor, write_cursor

Rows = Sequence[Mapping[Any, Any]]


def newest_first(
    connection: Connection,
    query: Select[Any],
    *,
    at: ColumnElement[datetime],
    key: ColumnElement[UUID],
    cursor: str | None,
    limit: int,
) -> tuple[Rows, str | None]:
    """One page of a query, and the cursor of the next one or None.

    Args:
        at, key: columns of the query by which it is put in order; together no two rows have the same.
    Raises:
        CursorRefused: for a cursor of no such list.
    """
    after = read_cursor(cursor, datetime, UUID)
    if after:
        query = query.where(tuple_(at, key) < tuple_(literal(after[0]), literal(after[1])))
    return _page(connection, query.order_by(at.desc(), key.desc()), at, key, limit)


def soonest_first(
    connection: Connection,
    query: Select[Any],
    *,
    on: ColumnElement[date],
    key: ColumnElement[UUID],
    cursor: str | None,
    limit: int,
) -> tuple[Rows, str | None]:
    """The same of a list by days to come, the nearest first."""
    after = read_cursor(cursor, date, UUID)
    if after:
        query = query.where(tuple_(on, key) > tuple_(literal(after[0]), literal(after[1])))
    return _page(connection, query.order_by(on, key), on, key, limit)


def _page(
    connection: Connection, query: Select[Any], at: ColumnElement[Any], key: ColumnElement[UUID], limit: int
) -> tuple[Rows, str | None]:
    rows = connection.execute(query.limit(limit + 1)).mappings().all()
    page = rows[:limit]
    if len(rows) <= limit:
        return page, None
    last = page[-1]
    return page, write_cursor(last[at].isoformat(), str(last[key]))


def within(
    bbox: tuple[float, float, float, float], place: ColumnElement[Any], tile_key: ColumnElement[int]
) -> ColumnElement[bool]:
    """Whether a point lies in a rectangle of degrees, its border counted.

    A policy lets no index be used for what is not leakproof, and `&&` is not; keys are numbers, whose comparing is.
    Ranges of them find the rows, the coordinates then decide.
    """
    west, south, east, north = bbox
    return and_(
        or_(*(and_(tile_key >= first, tile_key < last) for first, last in ranges_over(*bbox))),
        func.ST_X(place).between(west, east),
        func.ST_Y(place).between(south, north),
    )
