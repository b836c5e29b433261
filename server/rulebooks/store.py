"""Keeping rulebooks, bringing them into force on a day, and reading those that count.

Runs with the rights of the connection given. What a practice goes by is `in_force(connection, kind, day)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.dated import DatedSets, digest_of
from server.problems.request import NotFound
from server.problems.rulebooks import RulebookDayRefused, RulebookInForce
from server.rulebooks.book import Book
from server.rulebooks.books import all_books
from server.rulebooks.wire import RulebookIn

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
BOOKS: Mapping[str, Book] = all_books()
SETS = DatedSets(
    insert=SQL["insert_rulebook"],
    one=SQL["fetch_rulebook"],
    page=SQL["list_rulebooks"],
    activation=SQL["activate_rulebook"],
    withdrawal=SQL["withdraw_rulebook"],
    in_force=RulebookInForce,
    day_refused=RulebookDayRefused,
    own=lambda stored: {
        "row_count": stored["row_count"],
        "source_date": stored["source_date"].isoformat() if stored["source_date"] else None,
    },
)


@dataclass(frozen=True)
class InForce:
    """The set of a kind that counts on a day: what a decision names beside the code of a row."""

    id: int
    version: int
    name: str
    source: str
    sample: bool
    valid_from: date
    rows: Mapping[str, Any]
    """Row by code, in order of the set."""


def book(kind: str) -> Book:
    """A kind by its name. Raises NotFound."""
    found = BOOKS.get(kind)
    if found is None:
        raise NotFound()
    return found


def in_force(connection: Connection, kind: str, on: date) -> InForce | None:
    """The set of a kind that counts on a day, in the district's calendar; None before the first one."""
    found = SQL["rulebook_on"].run(connection, {"kind": kind, "on": on.isoformat()}).scalar_one_or_none()
    return None if found is None else one(connection, found)


def one(connection: Connection, set_id: int) -> InForce:
    """A set that came into force, as something that was decided by it reads it again. Raises NotFound."""
    stored = SETS.fetch(connection, set_id)
    if stored["version"] is None:
        raise NotFound()
    rows = book(stored["kind"]).rows_of(orjson.loads(stored["rows"]))
    about = {name: stored[name] for name in ("id", "version", "name", "source", "sample")}
    since = stored["valid_from"] or stored["withdrawn_from"]
    return InForce(**about, valid_from=since, rows={row.code: row for row in rows})


def keep_draft(connection: Connection, kind: str, given: RulebookIn, *, at: datetime, rows_max: int) -> int:
    """Check a set and keep it as a draft; returns its id.

    Raises:
        NotFound: no such kind. BookRefused: with every fault.
    """
    return SETS.keep(
        connection,
        _checked(connection, kind, given, rows_max),
        at=at,
        kind=kind,
        name=given.name,
        source=given.source,
        source_date=given.source_date.isoformat() if given.source_date else None,
        sample=given.sample,
    )


def activate(
    connection: Connection, kind: str, set_id: int, valid_from: date, *, at: datetime, today: date
) -> None:
    """Bring a draft into force; repeating it changes nothing.

    Raises:
        NotFound. RulebookInForce: from another day. RulebookDayRefused: not after the set in force began, or past.
    """
    SETS.activate(connection, fetch(connection, kind, set_id), valid_from, at=at, today=today)


def withdraw(connection: Connection, kind: str, set_id: int, *, at: datetime, today: date) -> None:
    """Take a set back before its first day. Raises NotFound, RulebookDayRefused."""
    fetch(connection, kind, set_id)
    SETS.withdraw(connection, set_id, at=at, today=today)


def fetch(connection: Connection, kind: str, set_id: int) -> Mapping[str, Any]:
    """The row of a set of this kind. Raises NotFound."""
    stored = SETS.fetch(connection, set_id)
    if stored["kind"] != book(kind).name:
        raise NotFound()
    return stored


def apply_document(
    connection: Connection, document: Mapping[str, Any], *, at: datetime, today: date, rows_max: int
) -> int:
    """Bring a set of a file into force that is not there yet; returns its rows, 0 when it is there.

    The file has `kind` and `valid_from` beside the members of RulebookIn.
    Raises:
        KeyError, TypeError, ValueError: of a file that is no rulebook. As `keep_draft`, `activate`.
    """
    given = RulebookIn.model_validate(
        {name: value for name, value in document.items() if name not in ("kind", "valid_from")}
    )
    kind, valid_from = document["kind"], date.fromisoformat(document["valid_from"])
    content = _checked(connection, kind, given, rows_max)
    same = {"kind": kind, "digest": digest_of(content), "valid_from": valid_from.isoformat()}
    if SQL["rulebook_is_there"].run(connection, same).scalar_one():
        return 0
    set_id = keep_draft(connection, kind, given, at=at, rows_max=rows_max)
    activate(connection, kind, set_id, valid_from, at=at, today=today)
    return len(content)


def told(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A set with its rows, as it is answered."""
    return {**SETS.item(stored, today), "rows": orjson.loads(stored["rows"])}


def counting(connection: Connection, today: date) -> dict[str, dict[str, Any]]:
    """The sets that count today, by kind, without their rows."""
    rows = SQL["rulebooks_on"].run(connection, {"on": today.isoformat()}).mappings()
    return {row["kind"]: SETS.item(dict(row), today) for row in rows}


def _checked(connection: Connection, kind: str, given: RulebookIn, rows_max: int) -> list[dict[str, Any]]:
    of = book(kind)
    wanted = SQL["category_leaves"].run(connection, {}).scalars() if of.every_category else ()
    read = of.read(
        given.rows, lambda named: _newest_rows(connection, named), wanted=wanted, rows_max=rows_max
    )
    return [row.model_dump(mode="json", exclude_none=True) for row in read]


def _newest_rows(connection: Connection, kind: str) -> dict[str, Any]:
    rows = map(orjson.loads, SQL["newest_rows"].run(connection, {"kind": kind}).scalars())
    return {row["code"]: row for row in rows}
