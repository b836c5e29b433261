"""A second look at closed cases: a sample anybody can draw again from its seed, and what was found.

Drawn are the first `size` numbers of the population by the SHA-256 of seed and number: no generator whose next version
draws differently, and no way to steer it but by the seed, which stands beside the sample for ever.
"""

from __future__ import annotations

import csv
import io
import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection, Row

from server import sqltext
from server.assessment.indicators import Asked
from server.assessment.intervals import held_between
from server.assessment.recheck_wire import SIZE_MAX, RecheckIn
from server.cases.transitions import Action, Casework
from server.contract import read_cursor, wire_time, write_cursor
from server.csv_text import cell
from server.db import Database, Principal
from server.problems.assessment import RecheckRefused
from server.problems.request import InputRefused, NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class Found:
    """What a look found: `version` is that of the case, `note` says why it failed, `report` has the photos."""

    passed: bool
    note: str
    version: int
    report: UUID | None = None


RULE = "sort by sha256(seed + '|' + number), take the first"


def draw(population: Sequence[str], seed: str, size: int) -> list[str]:
    """The sample of a population, in the order it is drawn; all of it when it is no larger than `size`.

    >>> draw(["TZ-2026-000001", "TZ-2026-000002", "TZ-2026-000003"], "2026-11-28", 2)
    ['TZ-2026-000003', 'TZ-2026-000002']
    """
    return sorted(population, key=lambda number: sha256(f"{seed}|{number}".encode()).digest())[:size]


def kept_samples(connection: Connection) -> Iterable[Row[Any]]:
    """Every sample with its seed, population and the numbers drawn, oldest first."""
    return SQL["kept_rechecks"].run(connection)


def population(connection: Connection, asked: Asked) -> list[str]:
    """Numbers of the cases that closed in a period and still are, in order."""
    return list(SQL["closed_between"].run(connection, asked.values()).scalars())


def make(connection: Connection, asked: Asked, wanted: RecheckIn, at: datetime) -> UUID:
    """Draw a sample from the cases closed in a period and keep it.

    Raises:
        NotFound: none was closed. InputRefused: such a share is more than one sample holds.
    """
    numbers = population(connection, asked)
    if not numbers:
        raise NotFound()
    size = wanted.size or math.ceil(len(numbers) * (wanted.share_percent or 0) / 100)
    if size > SIZE_MAX:
        message = f"{size} 件,一次至多 {SIZE_MAX} 件 / {size} cases, {SIZE_MAX} at most"
        raise InputRefused(errors=[{"path": "/share_percent", "message": message}])
    recheck_id, seed = uuid4(), wanted.seed or secrets.token_hex(16)
    SQL["insert_recheck"].run(
        connection,
        {
            "id": str(recheck_id),
            "seed": seed,
            "from_day": asked.first,
            "to_day": asked.last,
            "township": asked.township,
            "category": asked.category,
            "population": numbers,
            "drawn": draw(numbers, seed, size),
            "at": at,
        },
    )
    return recheck_id


def drawn_from(connection: Connection, recheck_id: UUID) -> list[str]:
    """Numbers of the cases a sample was drawn from, in order. Raises NotFound."""
    return list(_sample(connection, recheck_id)["population"])


def _sample(connection: Connection, recheck_id: UUID) -> Mapping[Any, Any]:
    row = SQL["fetch_recheck"].run(connection, {"id": str(recheck_id)}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return row


def fetch(connection: Connection, recheck_id: UUID) -> dict[str, Any]:
    """A sample with its cases in the order they were drawn, and what they say of each township. Raises NotFound."""
    row = _sample(connection, recheck_id)
    values = {"id": str(recheck_id)}
    cases = [_case(one) for one in SQL["recheck_rows"].run(connection, values).mappings()]
    looked = [case for case in cases if case["passed"] is not None]
    counts = {
        "population": len(row["population"]),
        "drawn": len(cases),
        "checked": len(looked),
        "failed": sum(not case["passed"] for case in looked),
    }
    return {
        **_item(row, counts),
        "rule": RULE,
        "reproduced": draw(row["population"], row["seed"], len(cases)) == list(row["drawn"]),
        "cases": cases,
        "figures": [
            _figure(one["township_code"], one["name"], one["population"], cases)
            for one in SQL["recheck_population"].run(connection, values).mappings()
        ],
        "total": _figure(None, None, len(row["population"]), cases, of_all=True),
    }


def _figure(
    township: str | None,
    name: str | None,
    population: int,
    cases: list[dict[str, Any]],
    *,
    of_all: bool = False,
) -> dict[str, Any]:
    here = [case for case in cases if of_all or case["township"] == township]
    looked = [case["passed"] for case in here if case["passed"] is not None]
    low, high = held_between(population, len(looked), sum(looked)) if looked else (None, None)
    return {
        "township": township,
        "name": name,
        "population": population,
        "drawn": len(here),
        "checked": len(looked),
        "held": sum(looked),
        "rate": sum(looked) / len(looked) if looked else None,
        "low": low,
        "high": high,
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
        InputRefused: the report is none of the asker's on this case. TransitionRefused: it is not closed any more, or
        has another version.
    """
    with db.transaction(asking.claim) as (connection, _):
        report = str(found.report) if found.report else None
        values = {"id": str(recheck_id), "number": number, "report": report}
        case = SQL["fetch_recheck_case"].run(connection, values).mappings().one_or_none()
    if case is None:
        raise NotFound()
    if case["own"]:
        raise RecheckRefused(reason="own_case")
    if case["passed"] is not None and case["passed"] != found.passed:
        raise RecheckRefused(reason="looked_at")
    if not case["photographed"]:
        message = "不是本人附在本案的上报 / no report of yours on this case"
        raise InputRefused(errors=[{"path": "/report", "message": message}])
    if not found.passed:
        key = uuid5(recheck_id, number)
        casework.act(asking, number, Action("reopen", {"reason": found.note}, found.version, key))
    with db.transaction(asking.claim) as (connection, _):
        result = {"id": str(recheck_id), "case_id": str(case["case_id"]), "passed": found.passed}
        SQL["insert_recheck_result"].run(
            connection, {**result, "note": found.note, "report": report, "at": at}
        )
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


def _case(row: Mapping[Any, Any]) -> dict[str, Any]:
    checker = row["checker_id"] and {"id": str(row["checker_id"]), "name": row["checker_name"]}
    return {
        **{name: row[name] for name in ("number", "category", "state", "passed", "note", "checked_by")},
        "township": row["township_code"],
        "checker": checker,
        "checked_at": wire_time(row["checked_at"]),
        "report": row["report_id"] and str(row["report_id"]),
        "seen_at": wire_time(row["seen_at"]),
    }


COLUMNS = (
    "number",
    "township",
    "category",
    "state",
    "checker",
    "result",
    "note",
    "checked_by",
    "seen_at",
    "checked_at",
)
_RESULT = {None: "未复核 open", True: "合格 holds", False: "不合格 does not hold"}


def as_csv(told: Mapping[str, Any]) -> str:
    """The cases of a sample as a file for spreadsheets, in the order they were drawn."""
    text = io.StringIO()
    # Spreadsheets take a file without this mark for one of their own country's coding.
    text.write("\ufeff")
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for case in told["cases"]:
        checker = case["checker"]["name"] if case["checker"] else None
        line = {**case, "checker": checker, "result": _RESULT[case["passed"]]}
        lines.writerow([cell(line[name]) for name in COLUMNS])
    return text.getvalue()
