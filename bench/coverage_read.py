"""Coverage of a district week: tiles of how fronts stand, sums and gaps, over HTTP as the district's dispatcher asks.

Each front of the generated ground has up to a dozen visits in three weeks, under plans with hours and periods of every
kind; how they stand is kept for the newest day, as the worker does it. One question at a time: how long one takes.
"""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection

from bench.figures import Findings, Target
from bench.ground import Streets
from bench.load import RoundVoid
from bench.scale import Scale
from bench.stand import Server, Stand, connected
from geo.tile import tiles_over

ASKED_A_ROUND = 20
TILE_MS, SUMMARY_MS = (
    Target(50.0, at_least=False, absolute=True),
    Target(100.0, at_least=False, absolute=True),
)
ZOOMS = (16, 14, 11)
WEEKS = 3
TIME_ZONE = "Asia/Shanghai"
_DATABASE = "frontage"

# A front a strip of eight metres; a street is a side of a block.
_FRONTS = """
INSERT INTO patrol_front (zone_id, kind, code, version, township_code, street, length_m, cells, axis)
SELECT z.id, z.kind, z.code, z.version, z.township_code, '街 ' || CAST(substr(z.code, 2) AS integer) / 64, 8, 8,
  ST_ShortestLine(ST_Centroid(z.geom_m), ST_Translate(ST_Centroid(z.geom_m), 8, 0))
FROM zone z WHERE z.kind = 'frontage' ON CONFLICT DO NOTHING
"""
# Some fronts are looked at every day, some hardly ever, one in twenty never; nobody at night.
_VISITS = """
INSERT INTO visit (account_id, zone_id, day, from_at, to_at, kind, certain, certain_m, probable_m)
SELECT (SELECT a.id FROM account a ORDER BY a.id LIMIT 1), v.zone_id, v.day, v.at, v.at + interval '40 seconds',
  'patrol', v.lot < 0.8, CASE WHEN v.lot < 0.8 THEN 6 ELSE 0 END, 8
FROM (
  SELECT f.zone_id, d.day, random() AS lot,
    (CAST(d.day AS timestamp) + make_interval(secs => 25200 + floor(random() * 50400)))
      AT TIME ZONE 'Asia/Shanghai' AS at
  FROM patrol_front f CROSS JOIN generate_series(0, %(days)s - 1) AS n
  CROSS JOIN LATERAL (SELECT CAST(%(today)s AS date) - n AS day) d
  WHERE f.zone_id %% 20 > 0 AND random() < (f.zone_id %% 20) / 25.0) v
"""
_DAYS = """
INSERT INTO coverage_day (day, zone_id, certain, probable, certain_m, probable_m, visits, officers, first_at, last_at)
SELECT v.day, v.zone_id, bit_or(CASE WHEN v.certain THEN B'01111110' ELSE B'00000000' END), B'11111111',
  max(v.certain_m), 8, count(*), 1, min(v.from_at), max(v.to_at)
FROM visit v GROUP BY v.day, v.zone_id
"""
_WEEKS = """
INSERT INTO coverage_week (week, zone_id, certain, probable, certain_m, probable_m, visits, officers, first_at, last_at)
SELECT d.day - CAST(extract(isodow FROM d.day) AS integer) + 1, d.zone_id, bit_or(d.certain), bit_or(d.probable),
  max(d.certain_m), 8, sum(d.visits), 1, min(d.first_at), max(d.last_at)
FROM coverage_day d GROUP BY 1, 2
"""
_PLANS = """
INSERT INTO patrol_plan_set (name, source, sample, digest, plans, time_zone, created_at)
SELECT 'bench', '', true, repeat('0', 64), json_agg(json_build_object('code', p.code, 'terms', p.code,
  'visits', p.visits, 'per', p.per, 'township', p.township, 'minutes', p.minutes, 'probable', p.probable,
  'share_min', 0, 'visit_kinds', json_build_array('patrol', 'inspection', 'service'))), 'Asia/Shanghai', now()
FROM (
  VALUES ('P0', 1, 'week', NULL, NULL, true)
  UNION ALL
  SELECT 'P' || t.code, 2, 'week', t.code, '{[420,9900)}', false
  FROM zone t WHERE t.kind = 'township' AND right(t.code, 1) < '5'
  UNION ALL
  SELECT 'P' || t.code, 1, 'day', t.code, NULL, false FROM zone t WHERE t.kind = 'township' AND right(t.code, 1) = '9'
) AS p (code, visits, per, township, minutes, probable)
"""
_IN_FORCE = """
UPDATE patrol_plan_set SET version = 1, valid = daterange(CAST(%(today)s AS date) - 60, NULL), activated_at = now()
WHERE version IS NULL
"""


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds of each question in turn, after one that warms up."""
    stand.fill(_DATABASE, zones=scale.zones, township_vertices=scale.township_vertices)
    today = datetime.now(ZoneInfo(TIME_ZONE)).date()
    findings = Findings(f"巡查覆盖 coverage of a district week over HTTP; {scale.zones:,} zones")
    streets = Streets(scale.zones)
    rounds: dict[str, list[float]] = {}
    with stand.serve(1, dispatchers=1) as server:
        with connected(stand.url(_DATABASE)) as connection:
            findings.notes += fill(connection, today)
        for number in range(scale.rounds + 1):
            for name, paths in _questions(streets, number, today).items():
                took = _median_ms(server, paths)
                rounds.setdefault(name, []).extend([took] if number else [])
    for name, figures in rounds.items():
        findings.add(name, "ms", figures, **({"target": found} if (found := _target(name)) else {}))
    return findings


def fill(connection: Connection, today: date) -> list[str]:
    """Fronts, three weeks of visits, plans, and how all stands today; says how long the plans and the day took."""
    monday = today - timedelta(days=today.isoweekday() - 1)
    values = {"today": today, "days": (today - monday).days + 7 * (WEEKS - 1) + 1}
    notes = []
    with connection.cursor() as cursor:
        for statement in (_FRONTS, _VISITS, _DAYS, _WEEKS, _PLANS):
            cursor.execute(statement, values)
        for statement in ("visit", "coverage_day", "coverage_week", "patrol_front"):
            cursor.execute(f"VACUUM (ANALYZE) {statement}")  # noqa: S608 - our own names
        for name, statement in (
            ("a set of plans comes into force, every period counted", _IN_FORCE),
            ("a new day: how every front stands", "SELECT front_standing_day_v1(%(today)s)"),
        ):
            begin = time.perf_counter()
            cursor.execute(statement, values)
            notes.append(f"{name}: {time.perf_counter() - begin:.1f} s")
        cursor.execute("VACUUM (ANALYZE) front_standing")
    return notes


def _questions(streets: Streets, seed: int, today: date) -> dict[str, list[str]]:
    lot, asked = random.Random(seed), {}
    for zoom in ZOOMS:
        spots = [streets.anywhere(lot) for _ in range(ASKED_A_ROUND)]
        tiles = [tiles_over(spot.lon, spot.lat, spot.lon, spot.lat, zoom)[0] for spot in spots]
        asked[f"瓦片 tile z{zoom}"] = [f"/tiles/coverage/{one.z}/{one.x}/{one.y}.mvt" for one in tiles]
    few = ASKED_A_ROUND // 4
    asked["汇总 summary by township"] = ["/coverage/summary"] * few
    asked["汇总 summary by street"] = ["/coverage/summary?by=street"] * few
    asked["七天 summary, seven days of no week"] = [
        f"/coverage/summary?from={today - timedelta(days=10)}&to={today - timedelta(days=4)}"
    ] * 2
    asked["缺口 gaps, first page"] = ["/coverage/gaps?limit=20"] * few
    asked["列表 list, first page"] = ["/coverage?limit=50"] * few
    asked["列表 list, late only"] = ["/coverage?limit=50&status=late"] * few
    return asked


def _target(name: str) -> Target | None:
    if "tile" in name:
        return TILE_MS
    return SUMMARY_MS if name == "汇总 summary by township" else None


def _median_ms(server: Server, paths: Sequence[str]) -> float:
    headers = {"Authorization": f"Bearer {server.dispatchers[0]}"}
    line = http.client.HTTPConnection(server.host, server.port, timeout=60)
    took = []
    try:
        for path in paths:
            begin = time.perf_counter()
            line.request("GET", f"/api/v1{path}", headers=headers)
            reply = line.getresponse()
            body = reply.read()
            took.append(1000 * (time.perf_counter() - begin))
            if reply.status != 200:
                raise RoundVoid(f"{reply.status} {path} {body[:200]!r}")
    finally:
        line.close()
    return sorted(took)[len(took) // 2]
