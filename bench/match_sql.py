"""W2: matching in SQL, one point and a batch, over tables of ten thousand to a million zones.

`zone_candidates_v1` gives every zone near a point with its outline, as an intake needs them; beside it, in the same
tables, what finds the nearest one and no more: KNN and ST_DWithin. Only the number of zones differs between tables.
Connections are the server's own, with all their settings.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection

from bench.figures import Findings, Target
from bench.ground import Spot, Streets
from bench.scale import Scale
from bench.stand import Stand
from server.db import Database

RADIUS_M = 50.0
ON = "2026-01-01"
CANDIDATES_MAX = 64
SINGLE, SINGLE_STRETCH = Target(2.0, at_least=False), Target(1.3, at_least=False)
BATCH = Target(2.0, at_least=False)

CANDIDATES = "zone_candidates_v1 单点 single"
CANDIDATES_BATCH = "zone_candidates_v1 批量 batch, per point"
_PREPARED = {
    CANDIDATES: """
SELECT c.kind, c.code, c.name, c.version, c.township, c.distance_m, c.wkb
FROM zone_candidates_v1($1, $2, $3, DATE '2026-01-01', NULL, 64) c""",
    "KNN 最近一个 nearest one, 单点 single": """
SELECT z.code FROM zone_piece p JOIN zone z ON z.id = p.zone_id
WHERE z.kind = 'frontage' AND $3 > 0 ORDER BY p.piece <-> ST_SetSRID(ST_MakePoint($1, $2), metric_srid()) LIMIT 1""",
    # The spot in a WITH: as a constant of the statement it would be planned anew at every call.
    "ST_DWithin 最近一个 nearest one, 单点 single": """
WITH spot AS (SELECT ST_SetSRID(ST_MakePoint($1, $2), metric_srid()) AS here)
SELECT z.code FROM spot JOIN zone_piece p ON ST_DWithin(p.piece, spot.here, $3) JOIN zone z ON z.id = p.zone_id
WHERE z.kind = 'frontage' ORDER BY ST_Distance(p.piece, spot.here) LIMIT 1""",
}
# count(wkb) keeps the outlines in the plan; sending them for a whole batch would measure the socket.
_BATCHES = {
    CANDIDATES_BATCH: """
SELECT count(c.wkb) FROM unnest(CAST(%(xs)s AS double precision[]), CAST(%(ys)s AS double precision[])) AS s (x, y)
CROSS JOIN LATERAL zone_candidates_v1(s.x, s.y, %(radius_m)s, CAST(%(on)s AS date), NULL, %(candidates_max)s) c""",
    "ST_DWithin 批量 batch, pieces near, per point": """
SELECT count(p.zone_id) FROM unnest(CAST(%(xs)s AS double precision[]), CAST(%(ys)s AS double precision[])) AS s (x, y)
JOIN zone_piece p ON ST_DWithin(p.piece, ST_SetSRID(ST_MakePoint(s.x, s.y), metric_srid()), %(radius_m)s)""",
}


@dataclass(frozen=True)
class _Table:
    zones: int
    line: Connection
    streets: Streets


def measure(stand: Stand, scale: Scale) -> Findings:
    """Every way over every table size in turn, at other places in each round."""
    findings = Findings("W2 匹配 matching in SQL, by number of zones")
    times_us: dict[tuple[str, int], list[float]] = {}
    filling_s = []
    with ExitStack() as open_:
        tables = []
        for zones in scale.match_zones:
            database, begin = f"zones_{zones}", time.monotonic()
            stand.fill(database, zones=zones, township_vertices=scale.township_vertices)
            filling_s.append(time.monotonic() - begin)
            line = open_.enter_context(_as_the_server(stand.url(database)))
            tables.append(_Table(zones, line, Streets(zones)))
            _prepare(line)
        for number in range(scale.rounds + 1):
            for name, way in _ways(scale).items():
                for table in tables:
                    took_us = way(table, number)
                    if number:  # the first round warms up
                        times_us.setdefault((name, table.zones), []).append(took_us)
        candidates = [_candidates(table, scale) for table in tables]
    _tell(findings, scale, times_us)
    sizes = ", ".join(
        f"{zones:,} in {took_s:.0f} s" for zones, took_s in zip(scale.match_zones, filling_s, strict=True)
    )
    findings.notes += [
        f"Tables filled by INSERT ... SELECT along a Hilbert curve: {sizes}; 49 townships of "
        f"{scale.township_vertices:,} vertices and 1,600 grid cells in each.",
        f"Single: mean of {scale.match_points} points over one psycopg2 connection, prepared, rows fetched. Batch: "
        f"{scale.batch_points} points a statement. Candidates a point: {candidates[0]:.1f} to {candidates[-1]:.1f}.",
        "The exclusion constraint of zone is left out here: only an import asks it.",
    ]
    return findings


def _tell(findings: Findings, scale: Scale, times_us: dict[tuple[str, int], list[float]]) -> None:
    targets = {CANDIDATES: (SINGLE, SINGLE_STRETCH), CANDIDATES_BATCH: (BATCH, None)}
    smallest, largest = scale.match_zones[0], scale.match_zones[-1]
    for name in [*_PREPARED, *_BATCHES]:
        for zones in scale.match_zones:
            first = times_us[name, smallest]
            target, stretch = targets.get(name, (None, None)) if zones == largest else (None, None)
            beside = {} if zones == smallest else {"limit": first, "target": target, "stretch": stretch}
            findings.add(f"{name}, {zones:,} zones", "µs", times_us[name, zones], **beside)
    findings.notes.append(f"Limit of a row: the same with {smallest:,} zones, in the same round.")


@contextmanager
def _as_the_server(url: str) -> Iterator[Connection]:
    """A connection with every setting the server gives its own."""
    db = Database(url, pool_size=1, statement_timeout_ms=60_000, prepared_statements=True)
    try:
        line: Connection = db.engine.raw_connection().driver_connection  # type: ignore[assignment]
        line.autocommit = True
        yield line
    finally:
        line.close()
        db.close()


def _prepare(line: Connection) -> None:
    with line.cursor() as cursor:
        for number, text in enumerate(_PREPARED.values()):
            cursor.execute(
                f"PREPARE way_{number} (double precision, double precision, double precision) AS {text}"
            )  # noqa: S608


def _ways(scale: Scale) -> dict[str, Callable[[_Table, int], float]]:
    ways: dict[str, Callable[[_Table, int], float]] = {}
    for number, name in enumerate(_PREPARED):
        ways[name] = lambda table, seed, number=number: _single_us(  # type: ignore[misc]
            table, number, _spots(table, seed, scale.match_points)
        )
    for name, text in _BATCHES.items():
        ways[name] = lambda table, seed, text=text: _batch_us(  # type: ignore[misc]
            table, text, _spots(table, seed, scale.batch_points)
        )
    return ways


def _spots(table: _Table, seed: int, count: int) -> list[Spot]:
    lot = random.Random(seed)
    return [table.streets.anywhere(lot) for _ in range(count)]


def _single_us(table: _Table, number: int, spots: Sequence[Spot]) -> float:
    with table.line.cursor() as cursor:
        begin = time.perf_counter()
        for spot in spots:
            cursor.execute(f"EXECUTE way_{number} (%s, %s, %s)", (spot.x_m, spot.y_m, RADIUS_M))  # noqa: S608
            cursor.fetchall()
        return (time.perf_counter() - begin) / len(spots) * 1e6


def _batch_us(table: _Table, text: str, spots: Sequence[Spot]) -> float:
    given = _batch(spots)
    with table.line.cursor() as cursor:
        begin = time.perf_counter()
        cursor.execute(text, given)
        cursor.fetchall()
        return (time.perf_counter() - begin) / len(spots) * 1e6


def _candidates(table: _Table, scale: Scale) -> float:
    """Candidates of a point, on average: the tables are to be alike in this."""
    spots = _spots(table, 1, scale.batch_points)
    with table.line.cursor() as cursor:
        cursor.execute(_BATCHES[CANDIDATES_BATCH], _batch(spots))
        return float(cursor.fetchall()[0][0]) / len(spots)


def _batch(spots: Sequence[Spot]) -> dict[str, object]:
    places = {"xs": [spot.x_m for spot in spots], "ys": [spot.y_m for spot in spots]}
    return {**places, "radius_m": RADIUS_M, "on": ON, "candidates_max": CANDIDATES_MAX}
