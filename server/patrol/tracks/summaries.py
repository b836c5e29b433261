"""What a shift comes to: way, time, doubts, fronts and reports. The worker keeps figures of shifts that are over; where
fixes came since, those of one shift are worked out anew for who asks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import shapely

from geo.tracks import judge_reach_s
from server.contract import wire_time
from server.csv_text import cell
from server.patrol.tracks.figures import Figures, figures_of, of_shift, way_of
from server.patrol.tracks.reading import judged
from server.patrol.tracks.viewing import Viewing

_COLUMNS = (
    "shift",
    "username",
    "name",
    "body",
    "team",
    "started_at",
    "ended_at",
    "ended_by",
    "outside_roster",
    "hours",
    "distance_km",
    "moving_min",
    "standing_min",
    "fixes",
    "flagged_fixes",
    "largest_gap_min",
    "outside_area_share",
    "visits",
    "zones_visited",
    "seen_m",
    "seen_certain_m",
    "reports",
    "worked_out_at",
)


def around(viewing: Viewing) -> timedelta:
    """How far beyond a time fixes have to be read, so that flags within it are final."""
    return timedelta(seconds=judge_reach_s(viewing.settings))


def work_out(shift_id: str, rows: Iterable[Mapping[Any, Any]], viewing: Viewing) -> Figures | None:
    """Figures of a shift from the rows of `shift_track_v1`; None when nothing was recorded, or too much to read."""
    head, *others = rows
    area = shapely.from_wkb(bytes(head["area"])) if head["area"] is not None else None
    tracks = [one for one in judged(others, viewing.settings) if one.shift_id == shift_id]
    return of_shift(
        [
            figures_of(one, way_of(one, viewing.plane, viewing.settings), viewing.step_m, area)
            for one in tracks
        ]
    )


def summary(row: Mapping[Any, Any], figures: Mapping[str, Any] | None) -> dict[str, Any]:
    """The answer for one shift: a row of `shift_summaries_v1` with its figures."""
    return {
        "shift": str(row["id"]),
        "officer": {
            "account": str(row["account_id"]),
            "name": row["display_name"],
            "body": {"code": row["body_code"], "name": row["body_name"]},
        },
        "team": row["team"],
        "started_at": wire_time(row["started_at"]),
        "ended_at": wire_time(row["ended_at"]),
        "ended_by": row["ended_by"],
        "outside_roster": row["outside_roster"],
        "rostered_from": wire_time(row["rostered_from"]),
        "rostered_to": wire_time(row["rostered_to"]),
        "visits": row["visits"],
        "zones_visited": row["zones"],
        "seen_m": round(row["probable_m"], 1),
        "seen_certain_m": round(row["certain_m"], 1),
        "reports": row["reports"],
        "figures": dict(figures) if figures else None,
        "final": row["final"],
    }


def as_csv(rows: Iterable[Mapping[Any, Any]]) -> Iterator[str]:
    """A file of shifts, a line each. Figures that are still to be worked out are empty, and so is `worked_out_at`."""
    # With its mark, spreadsheets read Chinese names as what they are.
    yield "\ufeff"
    page = io.StringIO()
    lines = csv.writer(page)
    lines.writerow(_COLUMNS)
    for row in rows:
        told = _line(row)
        lines.writerow([cell(told[name]) for name in _COLUMNS])
        yield page.getvalue()
        page.seek(0)
        page.truncate()
    yield page.getvalue()


def _line(row: Mapping[Any, Any]) -> dict[str, Any]:
    figures = row["figures"] or {}
    ends = row["ended_at"]
    return {
        "shift": str(row["id"]),
        "username": row["username"],
        "name": row["display_name"],
        "body": row["body_name"],
        "team": row["team"],
        "started_at": wire_time(row["started_at"]),
        "ended_at": wire_time(ends),
        "ended_by": row["ended_by"],
        "outside_roster": str(row["outside_roster"]).lower(),
        "hours": _share((ends - row["started_at"]).total_seconds() if ends else None, 3600),
        "distance_km": _share(figures.get("distance_m"), 1000),
        "moving_min": _share(figures.get("moving_s"), 60),
        "standing_min": _share(figures.get("standing_s"), 60),
        "fixes": figures.get("fixes"),
        "flagged_fixes": figures.get("flagged_fixes"),
        "largest_gap_min": _share(figures.get("largest_gap_s"), 60),
        "outside_area_share": figures.get("outside_area_share"),
        "visits": row["visits"],
        "zones_visited": row["zones"],
        "seen_m": round(row["probable_m"], 1),
        "seen_certain_m": round(row["certain_m"], 1),
        "reports": row["reports"],
        "worked_out_at": wire_time(row["worked_out_at"]),
    }


def _share(value: float | None, of: int) -> float | None:
    return None if value is None else round(value / of, 2)
