"""A district's working day on the generated ground: open cases in every street, and officers on duty who walk.

The cases come in over HTTP, so every table that the pages read has its rows; how far each has got and when it is due is
then spread by the database.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bench import casework, load
from bench.ground import Streets
from bench.live import MOVE, put_on_duty
from bench.patrol import Walk
from bench.stand import Server, Stand, connected

DATABASE = "frontage"
CONNECTIONS = 8
_CAPTURED_WITHIN_S = 6 * 3600
_MOVE_EVERY_S = 1.0
_SEED = 7
# A tenth is overdue, as many are due within hours; one in four is only reported.
_SPREAD = """
UPDATE case_file c SET
  state = CASE s.n % 4 WHEN 0 THEN 'reported' WHEN 1 THEN 'registered' WHEN 2 THEN 'dispatched' ELSE 'handling' END,
  due_at = now() + (s.n % 100 - 10) * interval '20 minutes'
FROM (SELECT id, row_number() OVER (ORDER BY number) AS n FROM case_file WHERE closed_at IS NULL) s
WHERE s.id = c.id
"""
_PLACE = """
UPDATE officer_position p SET lon = s.lon, lat = s.lat
FROM (SELECT account_id, row_number() OVER (ORDER BY account_id) AS n FROM officer_position) o
JOIN unnest(%(lons)s, %(lats)s) WITH ORDINALITY s (lon, lat, n) USING (n)
WHERE p.account_id = o.account_id
"""


def open_cases(stand: Stand, server: Server, streets: Streets, count: int) -> None:
    """So many reports from all over the district, each a case."""
    casework.set_times(stand)
    given = load.json_messages(_reports(streets, count, len(server.tokens)))
    load.send_with_threads(server, given, connections=CONNECTIONS)
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        # The rows alone: nobody is told, no chain grows.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_SPREAD)
        cursor.execute("VACUUM ANALYZE")


def _reports(streets: Streets, count: int, officers: int) -> Iterator[Walk]:
    lot = random.Random(_SEED)
    begin = datetime.now(UTC) - timedelta(seconds=_CAPTURED_WITHIN_S)
    for number in range(count):
        at = begin + timedelta(seconds=number * _CAPTURED_WITHIN_S / count)
        yield Walk(number % officers, str(uuid4()), streets.anywhere(lot), at)


def send_officers_out(stand: Stand, streets: Streets, count: int) -> None:
    """So many officers on duty, each with a phone, in the streets of the whole district."""
    put_on_duty(stand, count)
    lot = random.Random(_SEED)
    spots = [streets.anywhere(lot) for _ in range(count)]
    places = {"lons": [spot.lon for spot in spots], "lats": [spot.lat for spot in spots]}
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute(_PLACE, places)


@contextmanager
def walking(stand: Stand) -> Iterator[None]:
    """Everybody takes a step each second while the block runs."""
    over = threading.Event()

    def walk() -> None:
        with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
            while not over.wait(_MOVE_EVERY_S):
                cursor.execute(MOVE)

    thread = threading.Thread(target=walk)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
