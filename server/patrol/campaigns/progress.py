"""How far a campaign has come, zone by zone and by township: counted from visits, results, reports and cases."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.csv_text import cell
from server.patrol.campaigns.choosing import SQL
from server.patrol.campaigns.found_wire import CampaignFigures
from server.patrol.campaigns.planning import Now, fetch

COLUMNS = tuple(CampaignFigures.model_fields)
_COUNTS = COLUMNS[2:]
# Spreadsheets take a file without this mark for one of their own country's coding.
_BOM = "\ufeff"


def list_zones(
    connection: Connection,
    campaign_id: UUID,
    wanted: Mapping[str, str | None],
    near: tuple[float, float] | None,
    now: Now,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """One page of zones by code, those the asker's body answers for.

    Args:
        wanted: `township` and `state`, or None for any.
        near: lon and lat, WGS-84 degrees; the nearest are given first then, and no further page.
    Raises:
        NotFound, CursorRefused.
    """
    fetch(connection, campaign_id, now)
    after = read_cursor(cursor, str)
    lon, lat = near or (None, None)
    values = {**wanted, "id": str(campaign_id), "after": after[0] if after else None, "rows": limit + 1}
    values |= {"lon": lon, "lat": lat}
    rows = SQL["list_campaign_zones"].run(connection, values).mappings().all()
    page = rows[:limit]
    items = [
        {
            **{
                name: row[name]
                for name in (
                    "code",
                    "name",
                    "street",
                    "visits",
                    "looks",
                    "state",
                    "found",
                    "fixed",
                    "reoffended",
                )
            },
            "township": row["township_code"],
            "position": {"lon": row["lon"], "lat": row["lat"]},
            "last_visit_at": wire_time(row["last_visit_at"]),
            "last_look_at": wire_time(row["last_look_at"]),
            "open_items": list(row["open_items"]),
        }
        for row in page
    ]
    more = len(rows) > limit and near is None
    return {"items": items, "next": write_cursor(page[-1]["code"]) if more else None}


def figures(connection: Connection, campaign_id: UUID, now: Now) -> dict[str, Any]:
    """The figures of each township the asker's body answers for, and their sum. Raises NotFound."""
    goals = {goal["township"]: goal["zones"] for goal in fetch(connection, campaign_id, now)["goals"]}
    rows = SQL["campaign_progress"].run(connection, {"id": str(campaign_id)}).mappings().all()
    counted = [
        {
            "township": row["township_code"],
            "name": row["name"],
            **{name: row[name] for name in _COUNTS if name != "goal"},
            "goal": goals.get(row["township_code"], row["zones"]),
        }
        for row in rows
    ]
    total = {name: sum(each[name] for each in counted) for name in _COUNTS}
    return {"townships": counted, "total": {"township": None, "name": None, **total}}


def list_pairs(
    connection: Connection, campaign_id: UUID, township: str | None, now: Now, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of cases with how it was and how it is now, what was put in order last first.

    Raises:
        NotFound, CursorRefused.
    """
    fetch(connection, campaign_id, now)
    after = read_cursor(cursor, datetime, UUID)
    values = {
        "id": str(campaign_id),
        "township": township,
        "before_at": after[0] if after else None,
        "before": str(after[1]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_campaign_pairs"].run(connection, values).mappings().all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_pair(row) for row in page],
        "next": write_cursor(wire_time(page[-1]["after_at"]), str(page[-1]["id"])) if more else None,
    }


def _pair(row: Mapping[Any, Any]) -> dict[str, Any]:
    photos = {
        side: {
            "report": str(row[f"{side}_report"]),
            "sha256": row[f"{side}_sha256"],
            "at": wire_time(row[f"{side}_at"]),
        }
        for side in ("before", "after")
    }
    return {
        **{name: row[name] for name in ("number", "category", "state", "zone_name")},
        "zone": row["zone_code"],
        "township": row["township_code"],
        **photos,
    }


def as_csv(told: Mapping[str, Any]) -> str:
    """The figures as a file for spreadsheets: a line a township, the sum last."""
    text = io.StringIO(_BOM)
    text.seek(0, io.SEEK_END)
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for each in (*told["townships"], {**told["total"], "name": "合计 total"}):
        lines.writerow([cell(each[name]) for name in COLUMNS])
    return text.getvalue()
