"""Fronts, visits and what was seen of them, put into the database as covering leaves them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories

LOCAL = ZoneInfo("Asia/Shanghai")
SignIn = Callable[..., dict[str, str]]
CELLS = 10


def at_local(day: date, clock: str = "10:00") -> datetime:
    """A moment on the clocks of the district."""
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}").replace(tzinfo=LOCAL).astimezone(UTC)


def make_front(owner: Engine, *, street: str | None = None, cells: int = CELLS, **zone: Any) -> int:
    """A zone with its front of `cells` metres; returns the zone's id."""
    kind = zone.get("kind", "frontage")
    code = factories.make_zone(owner, properties={"street": street} if street else {}, **zone)
    with owner.begin() as connection:
        return int(
            connection.execute(
                text(
                    "INSERT INTO patrol_front "
                    "(zone_id, kind, code, version, township_code, street, length_m, cells, axis) "
                    "SELECT z.id, z.kind, z.code, z.version, z.township_code, :street, :cells, :cells, "
                    "ST_ShortestLine(ST_Centroid(z.geom_m), ST_Translate(ST_Centroid(z.geom_m), :cells, 0)) "
                    "FROM zone z WHERE z.kind = :kind AND z.code = :code "
                    "ORDER BY z.version DESC LIMIT 1 RETURNING zone_id"
                ),
                {"street": street, "cells": cells, "kind": kind, "code": code},
            ).scalar_one()
        )


def visit(
    owner: Engine,
    zone_id: int,
    account: UUID | str,
    day: date,
    clock: str = "10:00",
    *,
    seconds: int = 60,
    kind: str = "patrol",
    certain: bool = True,
    cells: str = "1" * CELLS,
    shift_id: UUID | str | None = None,
) -> None:
    """One visit, counted for its day and week and told to the plans, as a pass of covering does."""
    begins = at_local(day, clock)
    seen = cells if certain else "0" * len(cells)
    values = {
        "account": account,
        "zone": zone_id,
        "day": day,
        "week": day - timedelta(days=day.isoweekday() - 1),
        "from_at": begins,
        "to_at": begins + timedelta(seconds=seconds),
        "kind": kind,
        "certain": certain,
        "bits": seen,
        "maybe": cells,
        "seen_m": seen.count("1"),
        "maybe_m": cells.count("1"),
        "shift": shift_id,
    }
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO visit "
                "(account_id, zone_id, day, from_at, to_at, kind, certain, certain_m, probable_m, shift_id) "
                "VALUES (:account, :zone, :day, :from_at, :to_at, :kind, :certain, :seen_m, :maybe_m, :shift)"
            ),
            values,
        )
        for table, column in (("coverage_day", "day"), ("coverage_week", "week")):
            connection.execute(
                text(
                    f"INSERT INTO {table} AS c ({column}, zone_id, certain, probable, certain_m, probable_m, "
                    f"visits, officers, first_at, last_at) VALUES (:{column}, :zone, CAST(:bits AS varbit), "
                    "CAST(:maybe AS varbit), :seen_m, :maybe_m, 1, 1, :from_at, :to_at) "
                    f"ON CONFLICT ({column}, zone_id) DO UPDATE SET certain = c.certain | EXCLUDED.certain, "
                    "probable = c.probable | EXCLUDED.probable, certain_m = bit_count(c.certain | EXCLUDED.certain), "
                    "probable_m = bit_count(c.probable | EXCLUDED.probable), visits = c.visits + 1, "
                    "last_at = greatest(c.last_at, EXCLUDED.last_at)"
                ),
                values,
            )
        connection.execute(
            text("SELECT plan_progress_v1(ARRAY[CAST(:zone AS bigint)], ARRAY[CAST(:day AS date)])"), values
        )


def keep_standing(owner: Engine, day: date) -> None:
    """What the worker does at the beginning of a day."""
    with owner.begin() as connection:
        connection.execute(text("SELECT front_standing_day_v1(:day)"), {"day": day})


def plan(code: str = "P1", visits: int = 1, per: str = "day", **more: Any) -> dict[str, Any]:
    return {"code": code, "visits": visits, "per": per, **more}


def put_plans(
    client: FlaskClient, headers: dict[str, str], valid_from: date, *plans: dict[str, Any]
) -> dict[str, Any]:
    """A set of plans sent as a draft and brought into force on a day."""
    made = client.post(
        "/api/v1/patrol-plans/drafts", json={"name": "计划", "plans": list(plans)}, headers=headers
    )
    assert made.status_code == 201, made.text
    answer = client.post(
        f"/api/v1/patrol-plans/drafts/{made.get_json()['id']}/activate",
        json={"valid_from": valid_from.isoformat()},
        headers=headers,
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told
