"""A second look at closed cases: a sample anybody can draw again from its seed, and what was found.

Drawn are the first `size` numbers of the population by the SHA-256 of seed and number: no generator whose next version
draws differently, and no way to steer it but by the seed, which stands beside the sample for ever.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.assessment.indicators import Asked
from server.cases.transitions import Action, Casework
from server.contract import read_cursor, wire_time, write_cursor
from server.db import Database, Principal
from server.problems.assessment import RecheckRefused
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class Found:
    """What a look found. `version` is that of the case looked at; `note` says why it failed."""

    passed: bool
    note: str
    version: int


RULE = "sort by sha256(seed + '|' + number), take the first"


def draw(population: Sequence[str], seed: str, size: int) -> list[str]:
    """The sample of a population, in the order it is drawn; all of it when it is no larger than `size`.

    >>> draw(["TZ-2026-000001", "TZ-2026-000002", "TZ-2026-000003"], "2026-11-28", 2)
    ['TZ-2026-000003', 'TZ-2026-000002']
    """
    return sorted(population, key=lambda number: sha256(f"{seed}|{number}".encode()).digest())[:size]


def make(connection: Connection, asked: Asked, size: int, seed: str | None, at: datetime) -> UUID:
    """Draw a sample from the cases closed in a period and keep it. Raises NotFound when none was closed."""
    population = list(SQL["closed_between"].run(connection, asked.values()).scalars())
    if not population:
        raise NotFound()
    recheck_id, seed = uuid4(), seed or secrets.token_hex(16)
    SQL["insert_recheck"].run(
        connection,
        {
            "id": str(recheck_id),
            "seed": seed,
            "from_day": asked.first,
            "to_day": asked.last,
            "township": asked.township,
            "category": asked.category,
            "population": population,
            "drawn": draw(population, seed, size),
            "at": at,
        },
    )
    return recheck_id


def fetch(connection: Connection, recheck_id: UUID) -> dict[str, Any]:
    """A sample with its cases in the order they were drawn. Raises NotFound."""
    row = SQL["fetch_recheck"].run(connection, {"id": str(recheck_id)}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    results = orjson.loads(row["results"])
    cases = [_case(number, results.get(number)) for number in row["drawn"]]
    counts = {
        "population": len(row["population"]),
        "drawn": len(cases),
        "checked": len(results),
        "failed": sum(not found["passed"] for found in results.values()),
    }
    return {
        **_item(row, counts),
        "rule": RULE,
        "reproduced": draw(row["population"], row["seed"], len(cases)) == list(row["drawn"]),
        "cases": cases,
    }


def record(
    db: Database,
    casework: Casework,
    asking: Principal,
    recheck_id: UUID,
    number: str,
    found: Found,
    at: datetime,
) -> dict[str, Any]:
    """Note what a second look found; a case that failed is opened again and counts as rework.

    It is opened again under a key made of sample and number, so that asking again after a cut line does no more.

    Raises:
        NotFound: no such sample, or the case is not of it. RecheckRefused: looked at before, or one's own case.
        TransitionRefused: it is not closed any more, or has another version.
    """
    with db.transaction(asking.claim) as (connection, _):
        values = {"id": str(recheck_id), "number": number}
        case = SQL["fetch_recheck_case"].run(connection, values).mappings().one_or_none()
    if case is None:
        raise NotFound()
    if case["own"]:
        raise RecheckRefused(reason="own_case")
    if case["passed"] is not None and case["passed"] != found.passed:
        raise RecheckRefused(reason="looked_at")
    if not found.passed:
        key = uuid5(recheck_id, number)
        casework.act(asking, number, Action("reopen", {"reason": found.note}, found.version, key))
    with db.transaction(asking.claim) as (connection, _):
        result = {"id": str(recheck_id), "case_id": str(case["case_id"]), "passed": found.passed}
        SQL["insert_recheck_result"].run(connection, {**result, "note": found.note, "at": at})
        return fetch(connection, recheck_id)


def list_rechecks(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of samples, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, datetime, UUID)
    values = {
        "before_at": before[0] if before else None,
        "before": str(before[1]) if before else None,
        "rows": limit + 1,
    }
    rows = SQL["list_rechecks"].run(connection, values).mappings().all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_item(row, row) for row in page],
        "next": write_cursor(wire_time(page[-1]["drawn_at"]), str(page[-1]["id"])) if more else None,
    }


def _item(row: Mapping[Any, Any], counts: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "seed": row["seed"],
        "from": row["from_day"].isoformat(),
        "to": row["to_day"].isoformat(),
        "township": row["township_code"],
        "category": row["category"],
        **{name: counts[name] for name in ("population", "drawn", "checked", "failed")},
        "drawn_at": wire_time(row["drawn_at"]),
    }


def _case(number: str, found: Mapping[str, Any] | None) -> dict[str, Any]:
    if found is None:
        return {"number": number, "passed": None, "note": None, "checked_at": None}
    return {
        "number": number,
        "passed": found["passed"],
        "note": found["note"],
        "checked_at": wire_time(found["checked_at"]),
    }
