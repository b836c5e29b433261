"""The limit of an intake: one statement, prepared once, that finds zone and township of a point and inserts one row.

It does what no intake can do without, in the same tables and with the same durability, and nothing else: no HTTP, no
token, no validation, no weighing of candidates, no case, no ledger, no signature.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from uuid import uuid4

from psycopg2.extensions import connection as Connection

from bench.load import in_threads
from bench.patrol import Walk
from bench.stand import Stand, connected

TABLE = """
CREATE TABLE IF NOT EXISTS bench_report (
  id uuid PRIMARY KEY, digest text NOT NULL, payload text NOT NULL, captured_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(), place geometry(Point, 4326) NOT NULL, accuracy_m double precision,
  category text NOT NULL, zone_code text, township_code text);
CREATE INDEX IF NOT EXISTS bench_report_list ON bench_report (received_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS bench_report_place ON bench_report USING gist (place)
"""
PREPARE = """
PREPARE limit_intake (uuid, text, text, timestamptz, double precision, double precision, double precision,
  double precision, double precision, text) AS
WITH spot AS (SELECT ST_SetSRID(ST_MakePoint($7, $8), metric_srid()) AS here)
INSERT INTO bench_report (id, digest, payload, captured_at, place, accuracy_m, category, zone_code, township_code)
SELECT $1, $2, $3, $4, ST_SetSRID(ST_MakePoint($5, $6), 4326), $9, $10,
  (SELECT z.code FROM zone_piece p JOIN zone z ON z.id = p.zone_id
   WHERE ST_DWithin(p.piece, spot.here, 50) AND z.kind = 'frontage' AND z.valid @> CAST($4 AS date)
   ORDER BY ST_Distance(p.piece, spot.here), z.code LIMIT 1),
  (SELECT z.code FROM zone_piece p JOIN zone z ON z.id = p.zone_id
   WHERE ST_Intersects(p.piece, spot.here) AND z.kind = 'township' AND z.valid @> CAST($4 AS date) LIMIT 1)
FROM spot
"""
EXECUTE = "EXECUTE limit_intake (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


def statements_per_s(stand: Stand, given: Sequence[Walk], *, connections: int, seconds: float) -> float:
    """Committed statements a second over so many connections; the rows are new at every call."""
    with ExitStack() as open_:
        lines = [open_.enter_context(connected(stand.url())) for _ in range(connections)]
        with lines[0].cursor() as cursor:
            cursor.execute(TABLE)
        for line in lines:
            with line.cursor() as cursor:
                cursor.execute(PREPARE)
        counts = [0] * connections
        faults: list[Exception] = []
        gate = threading.Barrier(connections)
        took_s = [seconds] * connections

        def run(number: int) -> None:
            gate.wait()
            try:
                counts[number], took_s[number] = _run(lines[number], given[number::connections], seconds)
            except Exception as error:  # noqa: BLE001 - raised again below, in the thread that asked
                faults.append(error)

        in_threads(connections, run)
        if faults:
            raise faults[0]
        return sum(count / took for count, took in zip(counts, took_s, strict=True))


def _run(line: Connection, given: Sequence[Walk], seconds: float) -> tuple[int, float]:
    rows = [_values(walk) for walk in given]
    begin, count = time.monotonic(), 0
    with line.cursor() as cursor:
        while (took_s := time.monotonic() - begin) < seconds:
            cursor.execute(EXECUTE, (str(uuid4()), *rows[count % len(rows)]))
            count += 1
    return count, took_s


def _values(walk: Walk) -> tuple[object, ...]:
    spot, payload = walk.spot, walk.body()
    return (
        "0" * 64,
        payload,
        walk.captured_at,
        spot.lon,
        spot.lat,
        spot.x_m,
        spot.y_m,
        6.0,
        "goods_on_pavement",
    )
