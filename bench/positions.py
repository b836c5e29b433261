"""W3: batches of fixes at driver level beside COPY, and over HTTP; and how both keep as the table grows.

Driver level is what the server does with a batch once it is read: columns to text, one call, commit. It stores on duty
only, each fix once, tells what arrived, keeps the last position and gives back what lies around; COPY into the same
table with the same rows does none of that. Both put their rows into text within the measured time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import numpy as np
import orjson
from psycopg2.extensions import connection as Connection

from bench import ground, load
from bench.figures import Findings, Target
from bench.ground import Streets
from bench.processes import cpu_spent
from bench.scale import Scale
from bench.stand import Server, Stand, connected
from config import Config
from server import schema
from server.patrol.positions.columns import Columns
from server.patrol.positions.days import DayRules, make_days
from server.patrol.positions.taking import SQL, TakingRules, put_values

BATCHES = (60, 1000)
TARGET = Target(0.7)
CONNECTIONS = 8
DEVICES = 1000
"""So many that the longest run fits into a shift."""
HTTP_FIXES_MAX_PER_S = 100_000
"""More than any machine of two processors takes: so many are made for a round."""
SPEED_MPS = 1.2
DAY_FIXES = 2_000
"""Of one device and day in the table that grows: with 500 devices a million a day."""
DAY_DEVICES = 500
DATABASE = "frontage"
COLUMNS = (
    "device_id, recorded_at, account_id, shift_id, received_at, lon, lat, accuracy_m, speed_mps, bearing_deg, "
    "altitude_m, battery, mock, on_duty, datum, sent_lon, sent_lat"
)
# A shift that holds every moment of a run, for each officer who has none.
START_SHIFTS = """
INSERT INTO shift (id, account_id, organisation_id, outside_roster, started_at, start_received_at, limit_at)
SELECT gen_random_uuid(), a.id, a.organisation_id, false, now() - interval '5 hours', now(), now() + interval '7 hours'
FROM account a
WHERE a.role = 'officer' AND NOT EXISTS (SELECT 1 FROM shift s WHERE s.account_id = a.id)
"""
_CARRY = """
INSERT INTO device (account_id, kind, name, datum)
SELECT s.account_id, 'app', 'bench ' || n, 'wgs84'
FROM (SELECT a.id AS account_id FROM account a WHERE a.username LIKE 'officer.%%' ORDER BY a.username DESC LIMIT 1) s,
  generate_series(1, %(devices)s) n
RETURNING id
"""
_STORED = """
SELECT count(*) FROM position_fix WHERE device_id IN (SELECT id FROM device WHERE name = 'bench http')
"""
_GROW = """
INSERT INTO position_fix (device_id, recorded_at, account_id, shift_id, received_at, lon, lat, accuracy_m, mock,
  on_duty, datum, sent_lon, sent_lat)
SELECT 1000000 + d, t.at, a.id, a.id, t.at, 121 + d * 1e-4 + n * 1e-5, 32, 5, false, true, 'wgs84',
  121 + d * 1e-4 + n * 1e-5, 32
FROM generate_series(1, %(devices)s) d, LATERAL (SELECT CAST(lpad(CAST(d AS text), 32, '0') AS uuid) AS id) a,
  generate_series(1, %(fixes)s) n,
  LATERAL (SELECT CAST(%(day)s AS timestamptz) + n * interval '14 seconds' + d * interval '1 millisecond' AS at) t
"""
_READ_DAY = """
SELECT recorded_at, lon, lat, accuracy_m, mock FROM position_fix
WHERE device_id = %(device)s AND recorded_at >= %(day)s
  AND recorded_at < CAST(%(day)s AS timestamptz) + interval '1 day'
ORDER BY recorded_at
"""


@dataclass
class Walkers:
    """Devices of one officer; each goes on where its last batch ended, a fix a second."""

    devices: list[int]
    begin: datetime
    made: int = field(default=0)

    def batch(self, count: int) -> tuple[int, Columns]:
        """The next device, and its next fixes."""
        device = self.made % len(self.devices)
        first = self.made // len(self.devices) * count
        self.made += 1
        at_us = int(self.begin.timestamp() * 1e6) + (first + np.arange(count)) * 1_000_000
        noise = np.random.default_rng(self.made).normal(scale=2e-5, size=(2, count))
        lon = 121.05 + 1e-3 * device + 1e-5 * np.arange(count) + noise[0]
        lat = 32.06 + noise[1]
        extras = {"accuracy_m": np.full(count, 6.5), "speed_mps": np.full(count, SPEED_MPS)}
        mock = np.zeros(count, dtype=np.bool_)
        return self.devices[device], Columns(at_us, lon, lat, lon, lat, ["wgs84"] * count, mock, extras)


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds of: batches by our call, the same by COPY, taking turns; then batches over HTTP."""
    stand.fill(DATABASE, zones=scale.match_zones[0], township_vertices=scale.township_vertices)
    findings = Findings("W3 定位点 positions")
    with stand.serve(scale.officers) as server:
        begin, devices = _prepare(stand)
        with _as_server(stand) as ours, connected(stand.url(DATABASE)) as copying:
            put = _putting(ours)
            for count in BATCHES:
                half = len(devices) // 2
                walkers = Walkers(devices[:half], begin), Walkers(devices[half:], begin)
                # Rounds take turns batch by batch, so that what the machine does to both cancels out.
                rounds = [
                    _round(put, copying, walkers, count, scale.limit_round_s) for _ in range(scale.rounds + 1)
                ][1:]
                findings.add(
                    f"W3 一批 {count} 点,驱动层 batches of {count} at driver level",
                    "/s",
                    [ours_ for ours_, _ in rounds],
                    limit=[copied for _, copied in rounds],
                    target=TARGET,
                )
                begin += timedelta(hours=2)
        sent = sum(_over_http(findings, server, count, scale) for count in BATCHES)
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute(_STORED)
        stored = cursor.fetchall()[0][0]
    if stored != sent:
        raise load.RoundVoid(f"{sent} fixes were answered for over HTTP, {stored} are there")
    findings.notes += [
        "Limit: COPY of the same rows into the same table (daily partitions, primary key, BRIN), one commit a batch.",
        f"HTTP: {CONNECTIONS} connections, two server processes, JSON with five fields a fix; every fix was accepted.",
    ]
    return findings


def _prepare(stand: Stand) -> tuple[datetime, list[int]]:
    """Shifts for everybody, tables of days, and devices of one officer; from when on these may walk."""
    # Somebody who sends nothing over HTTP.
    stand.people("officer", 1)
    make_days(stand.url(DATABASE).replace("+psycopg2", ""), datetime.now(UTC), DayRules())
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute(START_SHIFTS)
        cursor.execute(_CARRY, {"devices": DEVICES})
        devices = [row[0] for row in cursor.fetchall()]
        # Others who carry devices may have begun earlier.
        cursor.execute(
            "SELECT min(s.started_at) FROM shift s JOIN device d USING (account_id) WHERE d.id = ANY (%s)",
            (devices,),
        )
        return cursor.fetchall()[0][0], devices


@contextmanager
def _as_server(stand: Stand) -> Iterator[Connection]:
    with connected(schema.role_url(stand.url(DATABASE), "frontage_app")) as connection:
        connection.autocommit = False
        yield connection


def _putting(connection: Connection) -> Callable[[int, Columns], None]:
    """The call of the server, prepared as it does it."""
    rules = TakingRules.of(Config(metric_srid=ground.SRID))
    statement = SQL["put_positions"]
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
        cursor.execute(statement.prepare.replace("%%", "%"))
    connection.commit()

    def put(device: int, batch: Columns) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement.execute, put_values(device, batch, datetime.now(UTC), rules))
            accepted = cursor.fetchall()[0][1]
        connection.commit()
        if accepted != len(batch):
            raise load.RoundVoid(f"{accepted} of {len(batch)} fixes were accepted")

    return put


def _copy(connection: Connection, device: int, batch: Columns) -> None:
    received = datetime.now(UTC).isoformat()
    uuid = "00000000-0000-4000-8000-000000000001"
    at = np.datetime_as_string(batch.at_us.astype("datetime64[us]"), timezone="UTC").tolist()
    told = zip(
        at,
        batch.lon.tolist(),
        batch.lat.tolist(),
        *(batch.extras[n].tolist() for n in batch.extras),
        strict=True,
    )
    rows = "".join(
        f"{device}\t{when}\t{uuid}\t{uuid}\t{received}\t{lon!r}\t{lat!r}\t{accuracy!r}\t{speed!r}\t\\N\t\\N\t\\N\tf\tt\twgs84\t"
        f"{lon!r}\t{lat!r}\n"
        for when, lon, lat, accuracy, speed in told
    )
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY position_fix ({COLUMNS}) FROM STDIN", StringIO(rows))


def _round(
    put: Callable[[int, Columns], None],
    copying: Connection,
    walkers: tuple[Walkers, Walkers],
    count: int,
    seconds: float,
) -> tuple[float, float]:
    """Fixes a second of our call and of COPY, in batches that take turns."""
    spent = [0.0, 0.0]
    batches = 0
    while sum(spent) < seconds or batches < 2:
        for place, work in enumerate((put, lambda *given: _copy(copying, *given))):
            given = walkers[place].batch(count)
            began = time.perf_counter()
            work(*given)
            spent[place] += time.perf_counter() - began
        batches += 1
    return batches * count / spent[0], batches * count / spent[1]


def _over_http(findings: Findings, server: Server, count: int, scale: Scale) -> int:
    """Rounds of batches over HTTP; how many fixes they held together."""
    rates: list[float] = []
    cpu_us: dict[str, list[float]] = {}
    sent = 0
    streets = Streets(scale.match_zones[0])
    for number in range(scale.rounds):
        # Made before the clock starts. Rounds lie between each other's moments, so that no fix comes twice.
        begin = datetime.now(UTC) - timedelta(hours=4)
        begin = begin.replace(microsecond=1000 * (number + scale.rounds * BATCHES.index(count)))
        most = int(scale.round_s * HTTP_FIXES_MAX_PER_S / count) + CONNECTIONS
        made = list(_messages(streets, begin, count, most, len(server.tokens)))
        with cpu_spent(server.families) as spent:
            told = load.send_with_threads(server, iter(made), connections=CONNECTIONS, seconds=scale.round_s)
        sent += told.replies * count
        rates.append(told.per_s * count)
        for name in ("server", "postgres"):
            cpu_us.setdefault(name, []).append(spent[name] / told.replies / count * 1e6)
    findings.add(f"一批 {count} 点 batches of {count} over HTTP", "/s", rates)
    for name, rounds in cpu_us.items():
        findings.add(f"每点处理器时间 CPU per fix, batches of {count}: {name}", "µs", rounds)
    return sent


def _messages(
    streets: Streets, begin: datetime, count: int, most: int, officers: int
) -> Iterator[load.Message]:
    for number in range(most):
        step, officer = divmod(number, officers)
        body = walk_body(streets, officer, begin, step * count, count, every_s=0.1, device="bench http")
        yield load.Message("/api/v1/positions", officer, "application/json", (body,), "POST", 200)


def walk_body(
    streets: Streets, officer: int, begin: datetime, first: int, count: int, *, every_s: float, device: str
) -> bytes:
    """Fixes number `first` on of an officer who walks up and down a block, as a phone sends them."""
    length_m = ground.STRIPS_A_SIDE * ground.STRIP_WIDTH_M
    told = []
    for number in range(first, first + count):
        along_m = number * every_s * SPEED_MPS % (2 * length_m)
        spot = streets.at(officer * 37, min(along_m, 2 * length_m - along_m), 4.0)
        at = begin + timedelta(seconds=number * every_s)
        told.append(
            {
                "lon": round(spot.lon, 7),
                "lat": round(spot.lat, 7),
                "datum": "wgs84",
                "accuracy_m": 6.0,
                "recorded_at": at.isoformat(timespec="milliseconds"),
            }
        )
    return orjson.dumps({"device": device, "positions": told})


def measure_growth(stand: Stand, scale: Scale) -> Findings:
    """Batches and an officer's day in a table of each size, the smallest first."""
    stand.fill(DATABASE, zones=scale.match_zones[0], township_vertices=scale.township_vertices)
    findings = Findings("定位点增长 growth of positions")
    begin, devices = _prepare(stand)
    walkers = Walkers(devices, begin)
    held: dict[int, tuple[list[float], list[float]]] = {}
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    fixes = min(DAY_FIXES, max(2, scale.fixes_kept[0] // DAY_DEVICES))
    days = 0
    for kept in scale.fixes_kept:
        with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
            while days * DAY_DEVICES * fixes < kept:
                days += 1
                _one_more_day(cursor, today - timedelta(days=days), fixes)
            cursor.execute("ANALYZE position_fix")
            with _as_server(stand) as ours:
                put = _putting(ours)
                held[kept] = (
                    [_put_ms(put, walkers, scale.limit_round_s) for _ in range(scale.rounds + 1)][1:],
                    [_read_ms(cursor, today, days, fixes) for _ in range(scale.rounds + 1)][1:],
                )
    smallest = scale.fixes_kept[0]
    for row, name in enumerate(("60 点入库 a batch of 60", "一人一日 an officer's day")):
        for kept in scale.fixes_kept:
            beside = {} if kept == smallest else {"limit": held[smallest][row]}
            findings.add(f"{name}, {kept:,}", "ms", held[kept][row], **beside)
    findings.notes += [
        f"Days of {DAY_DEVICES} devices with {fixes:,} fixes each: {days} tables of days at the largest size.",
        "Limit: the same at the smallest size; a batch as in W3, a day read by its device.",
    ]
    return findings


def _one_more_day(cursor: Any, day: datetime, fixes: int) -> None:
    cursor.execute("SELECT day_partitions_v1('position_fix', %(day)s, %(day)s)", {"day": day.date()})
    cursor.execute(_GROW, {"devices": DAY_DEVICES, "fixes": fixes, "day": day})


def _put_ms(put: Callable[[int, Columns], None], walkers: Walkers, seconds: float) -> float:
    spent, batches = 0.0, 0
    while spent < seconds or batches < 2:
        given = walkers.batch(60)
        began = time.perf_counter()
        put(*given)
        spent += time.perf_counter() - began
        batches += 1
    return spent / batches * 1000


def _read_ms(cursor: Any, today: datetime, days: int, fixes: int) -> float:
    rng = random.Random(days)
    times_ms = []
    for _ in range(20):
        device = 1_000_000 + rng.randint(1, DAY_DEVICES)
        day = today - timedelta(days=rng.randint(1, days))
        began = time.perf_counter()
        cursor.execute(_READ_DAY, {"device": device, "day": day})
        rows = cursor.fetchall()
        times_ms.append((time.perf_counter() - began) * 1000)
        if len(rows) != fixes:
            raise load.RoundVoid(f"{len(rows)} fixes of {fixes} in a day")
    return float(np.median(times_ms))
