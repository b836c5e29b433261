"""Figures over HTTP and their files: 721, handovers, a scorecard; the workbook and the CSV of a period's cases, and
what a server process holds meanwhile.

The cases are written by the database itself: handed over and acknowledged, most of them closed, each with its report,
its zone and six to eight entries of its ledger, in the month that is asked for.
"""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import create_engine

from bench.figures import Findings, Target
from bench.load import RoundVoid
from bench.processes import MemoryWatch
from bench.scale import Scale
from bench.stand import Server, Stand, connected
from demo.load import TONGZHOU
from server import schema
from server.assessment.indicators import keep_set, sample_set
from server.rulebooks.files import apply_files
from settings.rulebooks import Rulebooks

WORKBOOK_S = Target(15.0, at_least=False, absolute=True)
FIGURE_S = Target(1.0, at_least=False, absolute=True)
RSS_MB = Target(300.0, at_least=False, absolute=True)
FIRST = date(2025, 3, 1)
LAST = FIRST + timedelta(days=30)
MB = 1_000_000
_DATABASE = "frontage"
_PIECE = 1 << 16

_FILL = """
SET session_replication_role = replica;
INSERT INTO case_file (number, state, organisation_id, township_code, category, place, reporter_id, opened_at,
  closed_at, due_at, version)
SELECT 'F-' || lpad(CAST(n AS text), 7, '0'), CASE WHEN n %% 10 < 8 THEN 'closed' ELSE 'handling' END, o.id, o.code,
  (SELECT code FROM category ORDER BY code LIMIT 1),
  ST_SetSRID(ST_MakePoint(121.05 + (n %% 1000) * 1e-5, 32.06 + (n / 1000) * 1e-5), 4326),
  (SELECT id FROM account ORDER BY username LIMIT 1), t.at,
  CASE WHEN n %% 10 < 8 THEN t.at + interval '1 day' END, t.at + interval '2 days', 2
FROM generate_series(1, %(cases)s) n
JOIN (SELECT id, code, row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS many
  FROM organisation WHERE kind = 'township') o ON o.place = n %% o.many
CROSS JOIN LATERAL (SELECT CAST(%(first)s AS timestamptz) + n * (interval '28 days' / %(cases)s) AS at) t;
INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash)
SELECT c.id, e.seq, c.opened_at + e.seq * interval '1 hour',
  CASE WHEN e.action NOT LIKE 'clock.%%' THEN c.reporter_id END, e.action,
  json_build_object('to', 'dispatched', 'note', repeat('a', 300)), repeat('a', 64), repeat('a', 64)
FROM case_file c CROSS JOIN (VALUES (1, 'report.received'), (2, 'case.registered'), (3, 'case.dispatched'),
  (4, 'clock.begun'), (5, 'case.accepted'), (6, 'case.started'), (7, 'case.replied'),
  (8, 'case.passed')) AS e (seq, action)
WHERE c.number LIKE 'F-%%' AND (e.seq < 7 OR c.state = 'closed')
ORDER BY 3;
INSERT INTO case_clock (case_id, name, round, started_at, due_at, yellow_at, red_at, paused_at, stopped_at,
  running_since, allowed_us, used_us, amount, marks, extended, uncovered)
SELECT id, 'handle', 1, opened_at, due_at, due_at, due_at, closed_at, closed_at, opened_at, 0, 0, '{}', '{}', '[]', '{}'
FROM case_file WHERE number LIKE 'F-%%';
INSERT INTO report (id, officer_id, organisation_id, digest, payload, captured_at, received_at, judged_on, place,
  sent_lon, sent_lat, datum, accuracy_m, source, category, zone_codes)
SELECT id, reporter_id, organisation_id, repeat('a', 64), json_build_object('note', '店外堆放货物 ' || number),
  opened_at, opened_at, CAST(opened_at AS date), place, 121, 32, 'wgs84', 5, 'device', category, '{}'
FROM case_file WHERE number LIKE 'F-%%';
INSERT INTO case_glance (case_id, report_id, zone_kind, zone_code, zone_name, zone_verdict, zone_share, unsure, reports,
  words, attached_words)
SELECT id, id, 'frontage', 'F0000001', '新金路12号 果鲜生', 'certain', 0.9, false, 1, '', ''
FROM case_file WHERE number LIKE 'F-%%';
SET session_replication_role = origin;
"""
FIGURES = {
    "721 占比 shares of means": "means?by=township",
    "721 背后的步骤 steps behind one": "means/steps?means=service",
    "交办统计 handovers": "handovers/figures?",
    "交办背后的案卷 cases behind one": "handovers/figures/cases?figure=acknowledged",
    "镇街评分 a scorecard": "scorecards/township_month?",
    "指标 indicators": "indicators?by=township",
}
"""What is asked for by name; the period comes with it."""


@dataclass(frozen=True)
class Taken:
    """One file as it came: seconds to its first byte and to its last, bytes, rows it says it has."""

    first_s: float
    whole_s: float
    size: int
    rows: int


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds of each file in turn."""
    stand.fill(_DATABASE, zones=scale.zones, township_vertices=scale.township_vertices)
    findings = Findings(f"指标与文件 figures and their files; {scale.cases:,} cases of one month")
    taken: dict[str, list[Taken]] = {"indicators.xlsx": [], "indicators/cases.csv": []}
    with stand.serve(1, dispatchers=1) as server:
        with connected(stand.url(_DATABASE)) as connection, connection.cursor() as cursor:
            cursor.execute(_FILL, {"cases": scale.cases, "first": FIRST.isoformat()})
            cursor.execute("VACUUM ANALYZE case_file, ledger, case_clock, report, case_glance")
        _formulas(stand)
        for name, path in FIGURES.items():
            findings.add(name, "s", [_ask(server, path) for _ in range(scale.rounds)], target=FIGURE_S)
        with MemoryWatch(server.families) as watch:
            for _ in range(scale.rounds):
                for name, rounds in taken.items():
                    rounds.append(_take(server, name))
    for name, rounds in taken.items():
        few = min(one.rows for one in rounds)
        if few < scale.cases:
            raise RoundVoid(f"{name} has {few} rows of {scale.cases}")
        target = {"target": WORKBOOK_S} if name.endswith("xlsx") else {}
        findings.add(f"{name}, {rounds[0].size / MB:.1f} MB", "s", [one.whole_s for one in rounds], **target)
        findings.add(f"{name}, 首字节 first byte", "s", [one.first_s for one in rounds])
    peak = max(watch.workers.values()) / MB
    findings.add("服务进程 server process, peak", "MB", [peak], target=RSS_MB)
    return findings


def _formulas(stand: Stand) -> None:
    engine = create_engine(schema.owner_engine_url(stand.url(_DATABASE)))
    now = datetime.now(UTC)
    with engine.begin() as connection:
        keep_set(connection, sample_set(), now)
        files = (TONGZHOU / "rulebooks").glob("*.json")
        apply_files(connection, files, at=now, today=now.date(), rows_max=Rulebooks().rulebook_rows_max_count)
    engine.dispose()


def _ask(server: Server, path: str) -> float:
    """Seconds until a figure is there. Raises RoundVoid when it is refused."""
    begun = time.perf_counter()
    asking, came = _get(server, f"{path}&from={FIRST}&to={LAST}")
    came.read()
    asking.close()
    return time.perf_counter() - begun


def _get(server: Server, path: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    asking = http.client.HTTPConnection(server.host, server.port, timeout=600)
    asking.request("GET", f"/api/v1/{path}", headers={"Authorization": f"Bearer {server.dispatchers[0]}"})
    came = asking.getresponse()
    if came.status != http.client.OK:
        raise RoundVoid(f"{came.status} {came.read()!r} for {path}")
    return asking, came


def _take(server: Server, name: str) -> Taken:
    """Reads a whole file as a person's page does. Raises RoundVoid when it is refused."""
    begun = time.perf_counter()
    asking, came = _get(server, f"{name}?from={FIRST}&to={LAST}")
    size, first_s = len(came.read(1)), time.perf_counter() - begun
    while piece := came.read(_PIECE):
        size += len(piece)
    whole_s = time.perf_counter() - begun
    asking.close()
    return Taken(first_s, whole_s, size, int(came.headers["X-Rows"]))
