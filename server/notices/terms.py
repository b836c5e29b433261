"""Telling of terms by days that end soon or have ended, of court and of proceedings; each is told once.

Which terms run and whom they concern, the view `term_running` says: a practice that counts days joins there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg


def tick(connection: psycopg.Connection[Any], now: datetime, time_zone: str) -> int:
    """Tell every warning due by `now` that was not told yet; returns how many.

    Args:
        connection: of the worker's role or the owner's, in autocommit. time_zone: IANA name of the district's.
    """
    today = now.astimezone(ZoneInfo(time_zone)).date()
    row = connection.execute("SELECT terms_tick_v1(%s, %s, %s)", (today, now, time_zone)).fetchone()
    return int(row[0]) if row else 0
