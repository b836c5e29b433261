"""How far a campaign has come, zone by zone and by township: counted from visits, results, reports and cases."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.csv_text import cell
from server.patrol.campaigns.planning import SQL, Now, fetch
from server.patrol.campaigns.wire import CampaignFigures

COLUMNS = tuple(CampaignFigures.model_fields)
_COUNTS = COLUMNS[2:]
# Spreadsheets take a file without this mark for one of their own country's coding.
_BOM = "\ufeff"


def list_zones(
    connection: Connection,
    campaign_id: UUID,
    wanted: Mapping[str, str | None],
    now: Now,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """One page of zones by code, those the asker's body answers for.

    Args:
        wanted: `township` and `state`, or None for any.
    Raises:
        NotFound, CursorRefused.
    """
    fetch(connection, campaign_id, now)
    after = read_cursor(cursor, str)
    values = {**wanted, "id": str(campaign_id), "after": after[0] if after else None, "rows": limit + 1}
    rows = SQL["list_campaign_zones"].run(connection, values).mappings().all()
    page = rows[:limit]
    items = [
        {
            **{
                name: row[name]
                for name in ("code", "visits", "looks", "state", "found", "fixed", "reoffended")
            },
            "township": row["township_code"],
            "last_visit_at": wire_time(row["last_visit_at"]),
            "last_look_at": wire_time(row["last_look_at"]),
            "open_items": list(row["open_items"]),
        }
        for row in page
    ]
    return {"items": items, "next": write_cursor(page[-1]["code"]) if len(rows) > limit else None}


def figures(connection: Connection, campaign_id: UUID, now: Now) -> dict[str, Any]:
    """The figures of each township the asker's body answers for, and their sum. Raises NotFound."""
    fetch(connection, campaign_id, now)
    rows = SQL["campaign_progress"].run(connection, {"id": str(campaign_id)}).mappings().all()
    counted = [
        {"township": row["township_code"], "name": row["name"], **{name: row[name] for name in _COUNTS}}
        for row in rows
    ]
    total = {name: sum(each[name] for each in counted) for name in _COUNTS}
    return {"townships": counted, "total": {"township": None, "name": None, **total}}


def as_csv(told: Mapping[str, Any]) -> str:
    """The figures as a file for spreadsheets: a line a township, the sum last."""
    text = io.StringIO(_BOM)
    text.seek(0, io.SEEK_END)
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for each in (*told["townships"], {**told["total"], "name": "合计 total"}):
        lines.writerow([cell(each[name]) for name in COLUMNS])
    return text.getvalue()
