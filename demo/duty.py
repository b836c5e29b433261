"""The sample rosters, from the day they are loaded on, and the sample patrol plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server.patrol.coverage.plans import store as plan_store
from server.patrol.coverage.plans.files import read_json as read_plans
from server.patrol.duty import rosters
from server.patrol.duty.wire import RosterIn

TONGZHOU = Path(__file__).parent / "tongzhou"
DAYS = 7
TURN = ("08:00", "17:00")
# Whenever the demo is started, those who are on the roster of that day are on it now.
AROUND_NOW = (timedelta(hours=-4), timedelta(hours=8))
PLANS_SINCE = timedelta(days=7)


@dataclass(frozen=True)
class _Limits:
    """As the defaults of the settings; the demo's own files are far below them."""

    roster_rows_max_count: int = 10_000
    roster_max_bytes: int = 4_194_304
    duty_street_side_m: float = 25.0
    zone_vertices_max: int = 10_000


def load_duty(connection: Connection, now: datetime, time_zone: str) -> None:
    """Keep the rosters of a week and bring the plans into force, a week ago."""
    sample, zone = _read("patrol.json"), ZoneInfo(time_zone)
    for roster in sample["rosters"]:
        given = RosterIn.model_validate(dated(roster, sample, now.astimezone(zone)))
        rosters.keep(connection, given, _Limits(), at=now, time_zone=zone)
    plans = read_plans((TONGZHOU / "patrol_plans.json").read_bytes())
    many, today = len(plans.plans), now.astimezone(zone).date()
    made = plan_store.keep_draft(connection, plans, at=now, time_zone=time_zone, plans_max=many)
    plan_store.activate(connection, made, today - PLANS_SINCE, at=now, today=today, plans_max=many)


def _read(name: str) -> Any:
    return orjson.loads((TONGZHOU / name).read_bytes())


def dated(roster: Mapping[str, Any], sample: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A roster for a week: turns around now today, and office hours on the days after."""
    begins, ends = (now + away for away in AROUND_NOW)
    today = {"day": begins.date().isoformat(), "from": f"{begins:%H:00}", "to": f"{ends:%H:00}"}
    entries = [{**turn, **today} for turn in roster["turns"]]
    for after in range(1, DAYS):
        day = (ends.date() + timedelta(days=after)).isoformat()
        entries += [{**turn, "day": day, "from": TURN[0], "to": TURN[1]} for turn in roster["turns"]]
    return {
        **{name: sample[name] for name in ("name", "source", "sample")},
        **{name: roster[name] for name in ("body", "areas", "teams")},
        "first": today["day"],
        "last": entries[-1]["day"],
        "entries": entries,
    }
