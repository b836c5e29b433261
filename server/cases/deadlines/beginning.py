"""The clock for registering of cases that nobody has acted on: begun by the worker, counted from the opening.

An intake writes no clock, so that a report is answered as soon as it was. Whoever acts on the case first begins it as
well, with the same moment; told twice it is one beginning.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import psycopg

from server.cases import clocks
from server.cases.clocks import Amount, Marks
from server.cases.deadlines.reading import schedule_of
from server.contract import wire_time
from server.evidence.canonical import canonical

CASES_A_STEP: Final = 200
LOOKED_BACK: Final = timedelta(days=30)
"""A case that waited longer begins its clock with its first action; a worker is never away for so long."""


def begin_registering(
    connection: psycopg.Connection[Any], now: datetime, marks: Marks, time_zone: str
) -> int:
    """Begin what is not begun yet; returns how many. Each case is a transaction of its own.

    Args:
        connection: of the worker's role or the owner's, in autocommit. time_zone: IANA name of the district's.
    """
    begun = 0
    while True:
        waiting = connection.execute(
            "SELECT case_id, version, opened_at, deadline, schedule FROM clocks_unbegun_v1(%s, %s, %s)",
            (now - LOOKED_BACK, time_zone, CASES_A_STEP),
        ).fetchall()
        taken = sum(_begin(connection, now, marks, *row) for row in waiting)
        begun += taken
        if taken < CASES_A_STEP:
            return begun


def _begin(
    connection: psycopg.Connection[Any],
    now: datetime,
    marks: Marks,
    case_id: Any,
    version: int,
    opened_at: datetime,
    deadline: dict[str, Any],
    schedule: dict[str, Any],
) -> bool:
    by, amount = schedule_of(schedule), Amount.from_json(deadline["register"])
    clock = clocks.begin("register", amount, opened_at, by, marks)
    body = {
        "action": "clock.begun",
        "actor_role": "system",
        "at": wire_time(now),
        "from": "reported",
        "to": "reported",
        "version": version,
        "clocks": [clocks.told("begin", clock, opened_at, by, amount)],
    }
    row = connection.execute(
        "SELECT clock_begin_v1(%s, %s, %s, %s)",
        (
            case_id,
            orjson.dumps(deadline).decode(),
            canonical(body).decode(),
            orjson.dumps([clock.to_json()]).decode(),
        ),
    ).fetchone()
    return bool(row and row[0])
