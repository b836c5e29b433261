"""Keeping lists of categories: check and keep a draft, try it, bring it into force on a day, read them.

A list in force stands in `category` too, one category a row; there a report finds its own. Runs with the rights of
the connection given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.dated import DatedSets
from server.places.categories.checking import check
from server.places.categories.files import of_document
from server.places.categories.wire import CategorySetIn, listed
from server.problems.categories import CategoriesInForce, CategoryDayRefused

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
RECENT_DAYS = 30
SETS = DatedSets(
    insert=SQL["insert_category_list"],
    one=SQL["fetch_category_list"],
    page=SQL["list_category_lists"],
    activation=SQL["activate_categories"],
    withdrawal=SQL["withdraw_categories"],
    in_force=CategoriesInForce,
    day_refused=CategoryDayRefused,
    own=lambda stored: {
        **{name: stored[name] for name in ("list_id", "list_version", "category_count")},
        "source_date": stored["source_date"].isoformat() if stored["source_date"] else None,
    },
)


def keep_draft(
    connection: Connection, given: CategorySetIn, *, at: datetime, categories_max: int | None = None
) -> int:
    """Check a list and keep it as a draft; returns its id. Raises CategoriesRefused with every fault."""
    check(given.categories, categories_max=categories_max or len(given.categories))
    content = [one.model_dump(exclude_none=True) for one in given.categories]
    return SETS.keep(
        connection,
        content,
        at=at,
        name=given.name,
        source=given.source,
        source_date=given.source_date.isoformat() if given.source_date else None,
        sample=given.sample,
        list_id=given.list_id,
        list_version=given.list_version,
    )


def activate(connection: Connection, set_id: int, valid_from: date, *, at: datetime, today: date) -> None:
    """Bring a draft into force; repeating it changes nothing.

    Raises:
        NotFound. CategoriesInForce: from another day, or its list and version are there already. CategoryDayRefused:
        not after the list in force began, or reports were judged on that day or since.
    """
    stored = SETS.fetch(connection, set_id)
    names = {"list_id": stored["list_id"], "list_version": stored["list_version"]}
    if stored["version"] is None and SQL["list_is_there"].run(connection, names).scalar_one():
        raise CategoriesInForce(valid_from=None, **names)
    SETS.activate(connection, stored, valid_from, at=at, today=today)


def apply_document(connection: Connection, document: Mapping[str, Any], *, at: datetime) -> int:
    """Bring a list of a file into force that is not there yet, by list id and version; returns how many categories.

    Raises:
        KeyError, TypeError, ValueError: of a file that is no list. As `activate`.
    """
    given = of_document(document)
    names = {"list_id": given.list_id, "list_version": given.list_version}
    if SQL["list_is_there"].run(connection, names).scalar_one():
        return 0
    valid_from = date.fromisoformat(document["valid_from"])
    activate(connection, keep_draft(connection, given, at=at), valid_from, at=at, today=at.date())
    return len(given.categories)


def told(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A list with its categories, as it is answered."""
    rows = orjson.loads(stored["categories"])
    return {**SETS.item(stored, today), "categories": [listed(row) for row in rows]}


def trial(connection: Connection, set_id: int, day: date, *, now: datetime) -> dict[str, Any]:
    """What a list would change on a day: codes, and the cases, rules and deadlines that name them. Raises NotFound."""
    then = {row["code"]: listed(row) for row in orjson.loads(SETS.fetch(connection, set_id)["categories"])}
    on = {"on": day.isoformat()}
    before = {row.code: row for row in SQL["fetch_categories_on"].run(connection, on)}
    values = {**on, "since": now - timedelta(days=RECENT_DAYS)}
    used = orjson.loads(SQL["fetch_categories_used"].run(connection, values).scalar_one())
    cases = {code: (still_open, recent) for code, still_open, recent in used["cases"]}
    changes = []
    for code, change, was, becomes in _changes(before, then):
        still_open, recent = cases.get(code, (0, 0))
        named = [rule for category, rule in used["rules"] if category == code]
        about = {"open_cases": still_open, "recent_cases": recent, "rules": named}
        changes.append({"code": code, "change": change, "before": was, "after": becomes, **about})
    rows = set(used["deadlines"])
    return {
        "category_set": set_id,
        "day": day.isoformat(),
        "changes": changes,
        "without_deadline": [code for code in then if not rows.intersection(_path(code, then))],
    }


def _changes(
    before: Mapping[str, Any], then: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str, str | None, str | None]]:
    for code in sorted(before.keys() | then.keys()):
        was, becomes = before.get(code), then.get(code)
        if was is None or becomes is None:
            yield (
                code,
                "added" if was is None else "gone",
                was.name if was else None,
                becomes["name"] if becomes else None,
            )
            continue
        if was.name != becomes["name"]:
            yield code, "renamed", was.name, becomes["name"]
        if was.parent != becomes["parent"]:
            yield code, "moved", was.parent, becomes["parent"]


def _path(code: str, then: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    here: str | None = code
    while here is not None:
        yield here
        here = then[here]["parent"]
