"""What strangers read: figures, decisions, photos, ratings, law. On the public page's own connection only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server.contract import API, read_cursor, wire_time, write_cursor
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


def ratings(connection: Connection, corrections_max: int) -> dict[str, Any]:
    """The newest published list as corrected since, and corrections of all lists, newest first."""
    of = SQL["open_rating_list"].run(connection).mappings().one_or_none()
    corrections = SQL["open_rating_corrections"].run(connection, {"rows": corrections_max}).mappings()
    return {
        "on": of and of["on_day"],
        "published_at": of and wire_time(of["published_at"]),
        "appeal_until": of and of["appeal_until"],
        "items": [dict(row) for row in SQL["open_ratings"].run(connection).mappings()],
        "corrections": [_correction(dict(row)) for row in corrections],
        "next": None,
    }


def laws(connection: Connection, on: date) -> dict[str, Any]:
    """The articles in force on a day."""
    rows = SQL["open_legal_texts"].run(connection, {"on": on.isoformat()}).mappings().all()
    told = ("code", "title", "clause", "text", "abridged", "issued_on", "source")
    return {
        "valid_from": rows[0]["valid_from"] if rows else None,
        "sample": rows[0]["sample"] if rows else None,
        "items": [{name: row[name] for name in told} for row in rows],
        "next": None,
    }


def _correction(row: dict[str, Any]) -> dict[str, Any]:
    return {"on": row.pop("on_day"), **row, "corrected_at": wire_time(row["corrected_at"])}


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
