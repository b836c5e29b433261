"""One's own record of looks: who was shown where one was, when, why, in which words, and which period."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.messages import say

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
Why = Literal[
    "case_suggestion",
    "live_map",
    "track_playback",
    "track_export",
    "shift_summary",
    "coverage_of_officer",
    "sos",
]
WHYS: tuple[str, ...] = get_args(Why)
REASON_MAX_CHARS = 500


def list_looks(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of who looked at where the asker was, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {"before": before[0] if before else None, "rows": limit + 1}
    rows = SQL["list_looks"].run(connection, values).all()
    page = rows[:limit]
    following = write_cursor(page[-1].id) if len(rows) > limit else None
    return {"items": [_look(row) for row in page], "next": following}


def _look(row: Row[Any]) -> dict[str, Any]:
    words = say(f"look.{row.why}")
    return {
        "account": str(row.looked_by),
        "name": row.display_name,
        "role": row.role,
        "body": {"code": row.body_code, "name": row.body_name},
        "looked_at": wire_time(row.looked_at),
        "why": row.why,
        "why_name": words["text"],
        "why_name_en": words["text_en"],
        "reason": row.reason,
        "case": row.case_number,
        "from": wire_time(row.from_at),
        "to": wire_time(row.to_at),
    }
