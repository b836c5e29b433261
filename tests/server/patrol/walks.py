"""Officers on duty and where they walk: a shift, a walk along a line as fixes, and sending it as a phone does."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from pyproj import Geod
from sqlalchemy import Engine, text

POSITIONS = "/api/v1/positions"
GEOD = Geod(ellps="WGS84")
Fix = dict[str, Any]


@dataclass(frozen=True)
class Officer:
    """Somebody who may send positions, with the headers of their session."""

    username: str
    account_id: UUID
    headers: dict[str, str]


def start_shift(
    owner: Engine, account_id: UUID, starts: datetime, ends: datetime | None = None, *, limit_h: int = 12
) -> UUID:
    """A shift as the phone told it in time; without an end it lasts until its limit."""
    shift_id = uuid4()
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO shift (id, account_id, organisation_id, outside_roster, started_at, start_received_at, "
                "limit_at, ended_at, end_received_at, ended_by) "
                "SELECT :id, a.id, a.organisation_id, false, :starts, :starts, :limit, :ends, :ends, :by "
                "FROM account a WHERE a.id = :account"
            ),
            {
                "id": shift_id,
                "account": account_id,
                "starts": starts,
                "limit": starts + timedelta(hours=limit_h),
                "ends": ends,
                "by": "officer" if ends else None,
            },
        )
    return shift_id


def walk(
    line: Sequence[tuple[float, float]],
    at: datetime,
    *,
    speed_mps: float = 1.4,
    every_s: float = 1.0,
    accuracy_m: float = 5.0,
) -> list[Fix]:
    """Fixes along a line of lon, lat (WGS-84) from its first to behind its last point, by time."""
    legs = [(*GEOD.inv(*a, *b)[::2], a) for a, b in itertools.pairwise(line)]
    length_m = sum(leg_m for _, leg_m, _ in legs)
    count = int(length_m / speed_mps / every_s) + 1
    return [
        fix(_place(legs, n * every_s * speed_mps), at + timedelta(seconds=n * every_s), accuracy_m=accuracy_m)
        for n in range(count)
    ]


def _place(legs: Sequence[tuple[float, float, tuple[float, float]]], along_m: float) -> tuple[float, float]:
    for bearing_deg, leg_m, begin in legs[:-1]:
        if along_m <= leg_m:
            return _moved(begin, bearing_deg, along_m)
        along_m -= leg_m
    return _moved(legs[-1][2], legs[-1][0], along_m)


def _moved(begin: tuple[float, float], bearing_deg: float, by_m: float) -> tuple[float, float]:
    lon, lat, _ = GEOD.fwd(*begin, bearing_deg, by_m)
    return float(lon), float(lat)


def fix(at: tuple[float, float], recorded_at: datetime, **others: Any) -> Fix:
    """One fix as JSON, WGS-84 unless said otherwise."""
    told = {"lon": at[0], "lat": at[1], "datum": "wgs84", "recorded_at": recorded_at.isoformat()}
    return {**told, "accuracy_m": 5.0, **others}


def send(client: FlaskClient, officer: Officer, fixes: Iterable[Fix], **body: Any) -> Any:
    """The answer to one batch."""
    return client.post(POSITIONS, json={"positions": list(fixes), **body}, headers=officer.headers)


def stored(owner: Engine) -> list[dict[str, Any]]:
    """Every fix that is kept, by device and time."""
    with owner.connect() as connection:
        rows = connection.execute(text("SELECT * FROM position_fix ORDER BY device_id, recorded_at"))
        return [dict(row._mapping) for row in rows]
