"""W5: sixty new fixes become visits and coverage, and an officer's day is worked out again.

In process, as the worker does it: one connection of the worker's role, a pass from taking the lock to giving it back,
the commit included. The rival of a day is what one writes first in SQL: the day as one line, buffered, cut with every
front.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from bench import ground
from bench.figures import Findings, Target
from bench.ground import STRIP_WIDTH_M, STRIPS_A_SIDE, Streets
from bench.scale import Scale
from bench.stand import Stand
from config import Config
from server import schema
from server.deployment import WORKER_ROLE
from server.jobs import connect
from server.patrol.covering.covering import Coverer
from server.patrol.covering.fronts import make_missing
from server.patrol.covering.rebuilding import rebuild
from server.patrol.covering.writing import Again
from server.wiring import coverer_of

BATCH_FIXES = 60
DAY_FIXES = 3_600
PHONES = 50
SPEED_MPS = 1.2
NEW, DAY = Target(2.0, at_least=False, absolute=True), Target(1 / 15, at_least=False)

# The middle of each block's street, so that the axis of a strip runs along it.
FILL_STREETS = """
INSERT INTO street (digest, name, valid, geom, source, sample)
SELECT encode(sha256(CAST(CAST(b.cell AS text) AS bytea)), 'hex'), '路 ' || b.cell, daterange(%(valid_from)s, NULL),
  ST_Transform(ST_SetSRID(ST_MakeLine(ST_MakePoint(b.x, b.y), ST_MakePoint(b.x + %(width)s * %(per_block)s / 2, b.y)),
    %(srid)s), 4326), 'generated', true
FROM (
  SELECT i.cell, %(west)s + %(pitch_east)s * (i.cell %% %(columns)s) AS x,
    %(south)s + %(pitch_north)s * (i.cell / %(columns)s + 0.5) AS y
  FROM (
    SELECT DISTINCT CAST(floor((n / %(per_block)s + 0.5) * %(blocks_max)s / %(blocks)s) AS integer) AS cell
    FROM generate_series(0, %(zones)s - 1) AS n) i) b
"""
# One device an account, of officers who are made here.
_DEVICES = """
WITH body AS (
  INSERT INTO organisation (code, kind, name, body_name, body_name_en) VALUES (%(code)s, 'district', 'w5', 'w5', 'w5')
  ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name RETURNING id),
people AS (
  INSERT INTO account (username, display_name, role, organisation_id, password_hash)
  SELECT 'w5.' || n, 'w5', 'officer', body.id, 'none' FROM body, generate_series(1, %(count)s) AS n RETURNING id)
INSERT INTO device (account_id, kind, name, datum) SELECT id, 'app', 'w5', 'wgs84' FROM people RETURNING id, account_id
"""
_ARRIVE = """
WITH put AS (
  INSERT INTO position_fix (device_id, recorded_at, account_id, shift_id, received_at, lon, lat, accuracy_m, mock,
    on_duty, datum, sent_lon, sent_lat)
  SELECT d.id, to_timestamp(u.at), d.account_id, d.account_id, now(), u.lon, u.lat, 6, false, true, 'wgs84', u.lon,
    u.lat
  FROM device d,
    unnest(CAST(%(at)s AS float8[]), CAST(%(lon)s AS float8[]), CAST(%(lat)s AS float8[])) AS u (at, lon, lat)
  WHERE d.id = %(device)s RETURNING device_id, account_id, recorded_at)
INSERT INTO fix_arrival (device_id, account_id, recorded, arrived_at)
SELECT device_id, account_id, array_agg(recorded_at), now() FROM put GROUP BY 1, 2
"""
# How much of each front lies within sight of the day's line; the rows are read, nothing is written.
_ONE_LINE = """
WITH way AS (
  SELECT ST_Buffer(
    ST_MakeLine(to_metric(ST_SetSRID(ST_MakePoint(f.lon, f.lat), 4326)) ORDER BY f.recorded_at), 25) AS seen
  FROM position_fix f
  WHERE f.device_id = %(device)s AND f.recorded_at >= to_timestamp(%(from)s) AND f.recorded_at < to_timestamp(%(to)s))
SELECT p.zone_id, ST_Length(ST_Intersection(p.axis, w.seen))
FROM patrol_front p JOIN way w ON ST_Intersects(p.axis, w.seen)
"""
# Else the rival looks at every front there is.
_INDEX = "CREATE INDEX IF NOT EXISTS bench_front_axis ON patrol_front USING gist (axis)"


@dataclass(frozen=True)
class _Phone:
    device: int
    account: UUID
    block: int


class _Patrol:
    """Phones that walk along streets, an hour apart from each other's, and the worker that covers them."""

    def __init__(
        self, owner: psycopg.Connection, worker: psycopg.Connection, coverer: Coverer, zones: int
    ) -> None:
        self.owner, self.worker, self.coverer = owner, worker, coverer
        self.streets = Streets(zones)
        rows = owner.execute(_DEVICES, {"code": ground.DISTRICT_CODE, "count": PHONES + 1}).fetchall()
        self.phones = [_Phone(device, account, 16 * n) for n, (device, account) in enumerate(rows)]
        self.day = (datetime.now(UTC) - timedelta(days=1)).astimezone(ZoneInfo("Asia/Shanghai")).date()
        self.begin_s = datetime(self.day.year, self.day.month, self.day.day, 1, tzinfo=UTC).timestamp()

    def walk(self, phone: _Phone, from_s: int, fixes: int) -> None:
        """A batch of a fix a second, `from_s` seconds into the day; it waits to be covered."""
        at, lon, lat = [], [], []
        for n in range(from_s, from_s + fixes):
            block, along_m = divmod(n * SPEED_MPS, STRIPS_A_SIDE * STRIP_WIDTH_M)
            spot = self.streets.at(phone.block + int(block), along_m, 0.0)
            at.append(self.begin_s + n)
            lon.append(spot.lon)
            lat.append(spot.lat)
        self.owner.execute(_ARRIVE, {"at": at, "lon": lon, "lat": lat, "device": phone.device})

    def pass_ms(self, phones: Sequence[_Phone], from_s: int) -> float:
        """Milliseconds of a pass for each of these phones' next sixty fixes."""
        for phone in phones:
            self.walk(phone, from_s, BATCH_FIXES)
        begin = time.perf_counter()
        done = self.coverer.cover(self.worker)
        took_ms = (time.perf_counter() - begin) * 1e3
        if done is None or done.batches != len(phones):
            raise RuntimeError(f"a pass took up {done}")
        return took_ms / len(phones)


def measure(stand: Stand, scale: Scale) -> Findings:
    """Passes of one phone and of many in turn, then a day worked out in two ways in turn."""
    findings = Findings("W5 到访 visits: sixty new fixes, and a day")
    # `visits`: its streets would be in the way of what else is measured on this ground.
    stand.fill("visits", zones=scale.zones, township_vertices=scale.township_vertices)
    url = stand.url("visits")
    with connect(url) as owner, connect(schema.role_url(url, WORKER_ROLE)) as worker:
        owner.execute(FILL_STREETS, ground.values(scale.zones))
        owner.execute("ANALYZE street")
        coverer = coverer_of(Config(metric_srid=ground.SRID))
        begin = time.monotonic()
        made = make_missing(worker, coverer.rules.street_within_m)
        findings.notes.append(f"{made:,} fronts made in {time.monotonic() - begin:.0f} s.")
        owner.execute(_INDEX)
        patrol = _Patrol(owner, worker, coverer, scale.zones)
        _batches(findings, patrol, scale)
        _day(findings, patrol, scale)
    findings.notes += [
        f"A batch: {BATCH_FIXES} fixes, one a second along a street with strips of 8 m on each side, after ten "
        "minutes of the same; lock, reading, working out, writing, commit. About 34 fronts in sight, 18 of them new.",
        f"A day: {DAY_FIXES:,} fixes. Limit: ST_MakeLine, ST_Buffer, ST_Intersection with each front, nothing written. "
        "A day worked out: fixes read, judged, joined, seen, nothing written either.",
    ]
    return findings


def _batches(findings: Findings, patrol: _Patrol, scale: Scale) -> None:
    for phone in patrol.phones:
        patrol.walk(phone, 0, 10 * BATCH_FIXES)
    patrol.coverer.cover(patrol.worker)
    patrol.owner.execute("VACUUM (ANALYZE)")
    count, rounds = (10, 2) if scale.rounds == 1 else (60, 10)
    alone_ms = [patrol.pass_ms(patrol.phones[:1], (10 + n) * BATCH_FIXES) for n in range(count)]
    many_ms = [patrol.pass_ms(patrol.phones[1:], (10 + n) * BATCH_FIXES) for n in range(rounds)]
    findings.add(f"{BATCH_FIXES} 个新定位 new fixes, {PHONES} phones in a pass", "ms", many_ms, target=NEW)
    findings.add(f"{BATCH_FIXES} 个新定位 new fixes, one phone in a pass", "ms", alone_ms)


def _day(findings: Findings, patrol: _Patrol, scale: Scale) -> None:
    phone = patrol.phones[0]
    from_s = 4 * 3_600
    patrol.walk(phone, from_s, DAY_FIXES)
    patrol.coverer.cover(patrol.worker)
    begin_s = int(patrol.begin_s) + from_s
    values = {"device": phone.device, "from": begin_s, "to": begin_s + DAY_FIXES}
    again = [Again(phone.device, begin_s, begin_s + DAY_FIXES, phone.account)]
    ways: list[Callable[[], object]] = [
        lambda: patrol.owner.execute(_ONE_LINE, values).fetchall(),
        lambda: patrol.coverer.with_fronts(
            patrol.worker, lambda line, held: patrol.coverer.seen_again(line, again, {}, held.fronts)
        ),
        lambda: list(rebuild(patrol.worker, patrol.coverer, patrol.day, patrol.day, phone.account)),
    ]
    took_ms: list[list[float]] = [[] for _ in ways]
    for number in range(scale.rounds + 1):
        for way, figures in zip(ways, took_ms, strict=True):
            begin = time.perf_counter()
            way()
            if number:  # the first round warms up
                figures.append((time.perf_counter() - begin) * 1e3)
    one_line, seen, whole = took_ms
    findings.add("一天所见 a day worked out", "ms", seen, limit=one_line, target=DAY)
    findings.add("整日重算 whole rebuild, written", "ms", whole, limit=one_line)
