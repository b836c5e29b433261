"""Telling the marks that running clocks have passed: yellow, red, overdue, and the escalation of a handover.

The database does it, a bounded number of clocks a transaction, each mark once whoever else ticks (clocks_tick_v1).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

CLOCKS_A_STEP = 200
"""Clocks one transaction tells of: a killed worker loses a fraction of a second's work, and others wait as long."""


def tick(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Tell every mark passed by `now` that was not told yet; returns how many clocks had one.

    Args:
        connection: of the worker's role or the owner's, in autocommit.
    """
    told = 0
    while True:
        row = connection.execute("SELECT clocks_tick_v1(%s, %s)", (now, CLOCKS_A_STEP)).fetchone()
        step = int(row[0]) if row else 0
        if step == 0:
            return told
        told += step
