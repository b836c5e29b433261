"""What strangers read: figures of a month, decisions, photos. Asked on the public page's own connection only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server.contract import API, read_cursor, write_cursor
from server.openness.publishing import SQL
from server.problems.request import NotFound

_COUNTED = ("registered", "due", "closed", "closed_on_time", "answers", "satisfied")


def statistics(connection: Connection, month: date, time_zone: ZoneInfo, answers_min: int) -> dict[str, Any]:
    """Figures of the month that begins on a day, by township."""
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    begin, end = (datetime.combine(day, time(0), time_zone) for day in (month, after))
    values = {"begin": begin, "end": end, "answers_min": answers_min}
    rows = SQL["open_statistics"].run(connection, values).mappings()
    return {
        "month": f"{month:%Y-%m}",
        "answers_min": answers_min,
        "townships": [_township(row) for row in rows],
    }


def decisions(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of decisions that are public now, newest first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    values = {
        "before_on": after[0].date().isoformat() if after else None,
        "before_id": str(after[1]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["open_decisions"].run(connection, values).mappings().all()
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    return {
        "items": [_decision(row) for row in page],
        "next": last and write_cursor(f"{last['published_on']}T00:00:00Z", str(last["id"])),
    }


def photo(connection: Connection, photo_id: UUID) -> tuple[str, list[list[float]]]:
    """Digest of a photo that is public now, and what is blurred in it. Raises NotFound."""
    row = SQL["open_photo"].run(connection, {"photo": str(photo_id)}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return row["sha256"], orjson.loads(row["regions"])


def _township(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "code": row["township_code"],
        "name": row["township"],
        **{name: row[name] for name in _COUNTED},
        "on_time_share": _share(row["closed_on_time"], row["due"]),
        "satisfied_share": _share(row["satisfied"], row["answers"]),
    }


def _share(part: int | None, whole: int | None) -> float | None:
    return round(part / whole, 4) if whole and part is not None else None


def _decision(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "published_on": row["published_on"].isoformat(),
        "decided_on": row["decided_on"].isoformat(),
        **{name: row[name] for name in ("township", "outcome", "text", "text_en")},
        "photos": [f"{API}/open/photos/{found}" for found in row["photos"]],
    }
