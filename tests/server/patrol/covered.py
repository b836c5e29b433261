"""Streets of fronts, fixes that arrive as a phone's batches do, and what covering makes of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import Engine, text

from geo.metric import MetricPlane
from geo.tracks import TrackSettings
from geo.visits import SightSettings, days_in
from server import schema
from server.jobs import connect
from server.patrol.covering.covering import Coverer, CoveringRules
from server.patrol.covering.rebuilding import Rebuilt, rebuild
from server.patrol.covering.seeing import Eyes
from tests import factories
from tests.factories import CORNER
from tests.postgres import METRIC_SRID

TIME_ZONE = "Asia/Shanghai"
M_LON = 1 / (111_320 * math.cos(math.radians(CORNER[1])))
M_LAT = 1 / 110_900
Row = tuple[float, float, float, float | None, bool]  # at_s, lon, lat, accuracy_m, mock

_MAKE_DEVICE = text(
    "INSERT INTO device (account_id, kind, name, datum) VALUES (:account, 'app', :name, 'wgs84') RETURNING id"
)
_ARRIVE = text("""
WITH put AS (
  INSERT INTO position_fix AS f (device_id, recorded_at, account_id, shift_id, received_at, lon, lat, accuracy_m, mock,
    on_duty, datum, sent_lon, sent_lat)
  SELECT d.id, to_timestamp(u.at), d.account_id, gen_random_uuid(), now(), u.lon, u.lat, u.accuracy, u.mock, true,
    'wgs84', u.lon, u.lat
  FROM device d, unnest(CAST(:at AS float8[]), CAST(:lon AS float8[]), CAST(:lat AS float8[]),
    CAST(:accuracy AS real[]), CAST(:mock AS boolean[])) AS u (at, lon, lat, accuracy, mock)
  WHERE d.id = :device
  ON CONFLICT DO NOTHING
  RETURNING f.recorded_at),
told AS (
  INSERT INTO fix_arrival (device_id, account_id, recorded, arrived_at)
  SELECT d.id, d.account_id, (SELECT array_agg(p.recorded_at) FROM put p), clock_timestamp() FROM device d
  WHERE d.id = :device AND EXISTS (SELECT 1 FROM put))
SELECT count(*) FROM put
""")
TABLES = {
    "sighting": "device_id, zone_id, slot_at",
    "zone_mark": "account_id, zone_id, at, kind",
    "visit": "account_id, zone_id, from_at, kind",
    "coverage_day": "day, zone_id",
    "coverage_week": "week, zone_id",
}


def at_metres(east_m: float, north_m: float) -> tuple[float, float]:
    """Lon and lat so far from the corner; good to a decimetre over a street."""
    return CORNER[0] + east_m * M_LON, CORNER[1] + north_m * M_LAT


def make_street(owner: Engine, count: int = 12, *, width_m: float = 8.0, gap_m: float = 0.5) -> list[str]:
    """Shop fronts side by side along the north of a street that runs east from the corner."""
    return [
        factories.make_zone(owner, at=at_metres(n * (width_m + gap_m) + width_m / 2, 9.0), width_m=width_m)
        for n in range(count)
    ]


def make_device(owner: Engine, account_id: UUID, name: str = "phone") -> int:
    with owner.begin() as connection:
        return connection.execute(_MAKE_DEVICE, {"account": account_id, "name": name}).scalar_one()


def along(
    at: datetime,
    *,
    seconds: int,
    from_m: float = 0.0,
    speed_mps: float = 1.2,
    every_s: int = 1,
    north_m: float = 0.0,
) -> list[Row]:
    """Fixes of somebody who walks east along the street, to the microsecond."""
    begin_s = at.timestamp()
    return [
        (begin_s + n, *at_metres(from_m + n * speed_mps, north_m), 5.0, False)
        for n in range(0, seconds, every_s)
    ]


def arrive(owner: Engine, device: int, rows: Iterable[Row]) -> int:
    """One batch: what is new of it is stored and waits to be covered, as positions_put_v1 leaves it."""
    columns = map(list, zip(*rows, strict=True))
    values = dict(zip(("at", "lon", "lat", "accuracy", "mock"), columns, strict=True))
    with owner.begin() as connection:
        return connection.execute(_ARRIVE, {"device": device, **values}).scalar_one()


def coverer(reach: Callable[[str], None] = lambda _: None, **rules: Any) -> Coverer:
    """As a worker of the district has it."""
    told: dict[str, Any] = {
        "fixes_max": 50_000,
        "batches_max": 2_000,
        "street_within_m": 60.0,
        "wait_s": 10.0,
        "time_zone": TIME_ZONE,
    }
    eyes = Eyes(MetricPlane(METRIC_SRID), TrackSettings(), SightSettings(), days_in(ZoneInfo(TIME_ZONE)))
    return Coverer(eyes, CoveringRules(**(told | rules)), reach)


@contextmanager
def as_worker(owner: Engine) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the worker's role."""
    with connect(
        schema.role_url(owner.url.render_as_string(hide_password=False), "frontage_worker")
    ) as connection:
        yield connection


def cover_all(owner: Engine, one: Coverer | None = None) -> None:
    """Passes until nothing waits."""
    one = one or coverer()
    with as_worker(owner) as connection:
        while (done := one.cover(connection)) is None or done.batches or done.marks:
            pass


def rebuild_all(owner: Engine, first: date, last: date, officer: UUID | None = None) -> list[Rebuilt]:
    with as_worker(owner) as connection:
        return list(rebuild(connection, coverer(), first, last, officer))


def covered(owner: Engine, tables: Sequence[str] = tuple(TABLES)) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of what covering made, in order; bits as text."""
    with owner.connect() as connection:
        return {
            table: [
                tuple(row)
                for row in connection.exec_driver_sql(f"SELECT t.* FROM {table} t ORDER BY {TABLES[table]}")
            ]
            for table in tables
        }


def visits_of(owner: Engine) -> list[tuple[str, str, float, float]]:
    """Zone code, kind, and from and to in POSIX seconds of every visit."""
    with owner.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT z.code, v.kind, date_part('epoch', v.from_at), date_part('epoch', v.to_at) "
            "FROM visit v JOIN zone z ON z.id = v.zone_id ORDER BY v.from_at, z.code"
        )
        return [tuple(row) for row in rows]


def utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
