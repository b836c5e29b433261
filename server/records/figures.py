"""What records come to: rankings, sub-scores, rounds that were missed, and where people have something to say.

All of it is counted from the stored scores; nothing is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server.contract import wire_time
from server.problems.records import RecordsTooMany
from server.problems.request import InputRefused
from server.records.keeping import SQL, form_on
from server.records.periods import period, round_of
from server.rulebooks.expressions import rounded, written

RoundState = Literal["done", "due", "missed"]


def ranking(
    connection: Connection, code: str, wanted: str, *, today: date, is_district: bool
) -> dict[str, Any]:
    """Things compared by the mean of their records of a period, the best first.

    Args:
        wanted: `2026-09`, `2026-Q3` or `2026`. is_district: whether the asker sees all there is to be ranked.
    Raises:
        RulebookMissing: no such form on the last day of the period, or today if that comes first.
    """
    first, last = period(wanted)
    _, form = form_on(connection, code, min(last, today))
    flag = form.flagged_by
    values = {
        "form": code,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "flag_form": flag and flag.form,
        "flag_field": flag and flag.field,
    }
    rows = SQL["rank_records"].run(connection, values).mappings().all()
    ranks = _ranks([row["score"] for row in rows]) if is_district else [None] * len(rows)
    items = [
        {
            "rank": rank,
            "code": row["code"],
            "name": row["name"],
            "township": row["township_code"],
            "score": _mean(row["score"]),
            "flagged": row["flagged"] if flag else None,
            "records": row["records"],
            "unscored": row["unscored"],
        }
        for rank, row in zip(ranks, rows, strict=True)
    ]
    return {
        "form": code,
        **_days(first, last),
        "items": items,
        "flagged_mean": _mean_of(row["score"] for row in rows if flag and row["flagged"]),
        "other_mean": _mean_of(row["score"] for row in rows if not (flag and row["flagged"])),
        "next": None,
    }


def heads(connection: Connection, code: str, wanted: str, *, today: date) -> dict[str, Any]:
    """The sub-scores of everything that records of a form and period are about. Args and Raises: as `ranking`."""
    first, last = period(wanted)
    _, form = form_on(connection, code, min(last, today))
    values = {"form": code, "first": first.isoformat(), "last": last.isoformat()}
    items = []
    for row in SQL["head_scores"].run(connection, values).mappings():
        scores = orjson.loads(row["heads"])
        items.append(
            {
                **{name: row[name] for name in ("code", "name", "records")},
                "score": _mean(row["score"]),
                "heads": [
                    {
                        **{name: getattr(head, name) for name in ("code", "name", "name_en")},
                        "score": _mean(Decimal(scores[head.code]) if scores.get(head.code) else None),
                    }
                    for head in form.heads
                ],
            }
        )
    return {"form": code, **_days(first, last), "items": items, "next": None}


def missed(
    connection: Connection,
    code: str,
    on: date,
    state: RoundState | None,
    *,
    now: datetime,
    time_zone: ZoneInfo,
) -> dict[str, Any]:
    """How the round of a form that a day lies in stands, zone by zone.

    Raises:
        RulebookMissing. InputRefused: the form has no schedule.
    """
    _, form = form_on(connection, code, on)
    if form.schedule is None:
        raise InputRefused(
            errors=[{"path": "/form", "message": "此表单没有周期 / this form has no schedule"}]
        )
    first, until = round_of(form.schedule.every, on)
    begins = datetime.combine(first, time(), time_zone)
    ends = datetime.combine(until, time(), time_zone)
    hours = form.schedule.due_hours
    due_at = ends if hours is None else min(ends, begins + timedelta(hours=hours))
    values = {
        "form": code,
        "kind": form.schedule.zone_kind,
        "on": on.isoformat(),
        "first": first.isoformat(),
        "until": until.isoformat(),
    }
    rows = SQL["records_of_round"].run(connection, values).mappings()
    items = [_zone_of_round(row, "due" if now < due_at else "missed") for row in rows]
    counts = {one: sum(item["state"] == one for item in items) for one in ("done", "due", "missed")}
    return {
        "form": code,
        **_days(first, until - timedelta(days=1)),
        "due_at": wire_time(due_at),
        **counts,
        "items": [item for item in items if state in (None, item["state"])],
        "next": None,
    }


def grid(
    connection: Connection, first: date, last: date, cell_m: int, *, time_zone: ZoneInfo, cells_max: int
) -> dict[str, Any]:
    """Cases and notes of a period by cells, as GeoJSON in WGS-84, most first. Raises RecordsTooMany."""
    values = {
        "from_at": datetime.combine(first, time(), time_zone),
        "until_at": datetime.combine(last + timedelta(days=1), time(), time_zone),
        "cell_m": cell_m,
        "rows": cells_max + 1,
    }
    rows = SQL["listening_grid"].run(connection, values).mappings().all()
    if len(rows) > cells_max:
        raise RecordsTooMany(rows=len(rows), limit=cells_max)
    return {
        "type": "FeatureCollection",
        "features": [_cell(row) for row in rows],
        "cases": sum(row["cases"] for row in rows),
        "notes": sum(row["notes"] for row in rows),
    }


def _cell(row: Mapping[Any, Any]) -> dict[str, Any]:
    counted = {name: row[name] for name in ("east", "north", "cases", "notes")}
    return {
        "type": "Feature",
        "geometry": orjson.loads(row["outline"]),
        "properties": {**counted, "count": row["cases"] + row["notes"]},
    }


def _zone_of_round(row: Mapping[Any, Any], without: RoundState) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name": row["name"],
        "township": row["township_code"],
        "state": "done" if row["record_id"] else without,
        "record": row["record_id"] and str(row["record_id"]),
        "at": wire_time(row["at"]),
    }


def _days(first: date, last: date) -> dict[str, str]:
    return {"first": first.isoformat(), "last": last.isoformat()}


def _ranks(scores: Sequence[Decimal | None]) -> list[int | None]:
    """Equal scores share a rank; what has none has no rank."""
    return [None if score is None else scores.index(score) + 1 for score in scores]


def _mean(value: Decimal | Fraction | None) -> float | None:
    """A mean as it is told: to hundredths, halves away from nought."""
    return None if value is None else float(written(rounded(Fraction(value), 2)))


def _mean_of(scores: Iterable[Decimal | None]) -> float | None:
    known = [Fraction(score) for score in scores if score is not None]
    return _mean(sum(known, Fraction(0)) / len(known)) if known else None
