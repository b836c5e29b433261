"""Looks at where somebody was and at who complained, newest first: who, at whom, why, in which words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.csv_text import cell
from server.db import Claim, Database
from server.messages import say

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
COLUMNS = {
    "时间 time": "looked_at",
    "查看人 by": "by_name",
    "角色 role": "by_role",
    "单位 body": "by_body",
    "被查看人 of": "of_name",
    "其单位 body of": "of_body",
    "事由 why": "why_name",
    "理由 reason": "reason",
    "所看时段起 from": "from_at",
    "所看时段止 to": "to_at",
    "案卷 case": "case_number",
    "投诉 complaint": "complaint",
}
_PAGE_ROWS = 2000


@dataclass(frozen=True)
class Asked:
    """Which looks: in a half-open period, by and of people whose names hold a text, for one purpose."""

    from_at: datetime
    to_at: datetime
    by: str | None
    of: str | None
    why: str | None


def list_reads(connection: Connection, asked: Asked, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page, newest first. Raises CursorRefused."""
    rows = _rows(connection, asked, read_cursor(cursor, datetime, str), limit + 1)
    page = rows[:limit]
    following = write_cursor(wire_time(page[-1].looked_at), page[-1].key) if len(rows) > limit else None
    return {"items": [_told(row) for row in page], "next": following}


def csv_of(db: Database, claim: Claim, asked: Asked, time_zone: tzinfo) -> Iterator[str]:
    """All of them as CSV with a byte order mark, a page at a time, in the district's time."""
    yield "\ufeff" + _line(COLUMNS)
    after: tuple[Any, ...] | None = None
    while True:
        with db.transaction(claim) as (connection, _):
            rows = _rows(connection, asked, after, _PAGE_ROWS)
        for row in rows:
            why = say(_word(row))
            values = {**row._mapping, "why_name": f"{why['text']} {why['text_en']}"}
            yield _line(_written(values[name], time_zone) for name in COLUMNS.values())
        if len(rows) < _PAGE_ROWS:
            return
        after = (rows[-1].looked_at, rows[-1].key)


def _rows(connection: Connection, asked: Asked, before: tuple[Any, ...] | None, rows: int) -> list[Row[Any]]:
    values = {
        **vars(asked),
        "before": before[0] if before else None,
        "before_key": before[1] if before else None,
        "rows": rows,
    }
    return list(SQL["list_reads"].run(connection, values))


def _word(row: Row[Any]) -> str:
    return f"look.{row.why}" if row.kind == "position" else f"access.{row.why}"


def _told(row: Row[Any]) -> dict[str, Any]:
    words = say(_word(row))
    return {
        "kind": row.kind,
        "looked_at": wire_time(row.looked_at),
        "by": {"account": str(row.by_id), "name": row.by_name, "role": row.by_role, "body": row.by_body},
        "of": row.of_id and {"account": str(row.of_id), "name": row.of_name, "body": row.of_body},
        "why": row.why,
        "why_name": words["text"],
        "why_name_en": words["text_en"],
        "reason": row.reason,
        "from": wire_time(row.from_at),
        "to": wire_time(row.to_at),
        "case": row.case_number,
        "complaint": str(row.complaint) if row.complaint else None,
    }


def _line(values: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([cell(value) for value in values])
    return line.getvalue()


def _written(value: Any, time_zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(time_zone).strftime("%Y-%m-%d %H:%M:%S")
    return "" if value is None else str(value)
