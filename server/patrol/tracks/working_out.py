"""Works out figures of shifts in the worker, so that a file of a month is read and not computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import psycopg
from psycopg.rows import dict_row

from server.patrol.tracks import summaries
from server.patrol.tracks.viewing import Viewing

# A phone that was out of reach brings its fixes within some days; later ones count when the day becomes coarse.
_LOOKED_BACK = timedelta(days=3)
_SETTLED_AFTER = timedelta(hours=1)
_AT_ONCE = 500


@dataclass(frozen=True)
class FigureRules:
    """How figures are worked out: `fixes_max` of one shift are read."""

    viewing: Viewing
    fixes_max: int


def work_out_due(connection: psycopg.Connection[Any], rules: FigureRules, at: datetime) -> int:
    """Figures of shifts that are over, and of those that got more fixes since; returns how many.

    Args:
        connection: of the worker's role, each statement its own transaction.
    """
    values = (at - _LOOKED_BACK, at - _SETTLED_AFTER, _AT_ONCE)
    due = [row[0] for row in connection.execute("SELECT figures_due_v1(%s, %s, %s)", values)]
    return _put(connection, rules, due, at, final=False)


def finish_day(
    connection: psycopg.Connection[Any], rules: FigureRules, day: date | None, at: datetime
) -> int:
    """Figures for good of the shifts that touch a day (UTC; None: odd times), before its fixes become coarse."""
    due = [row[0] for row in connection.execute("SELECT figures_open_v1(%s)", (day,))]
    return _put(connection, rules, due, at, final=True)


def _put(
    connection: psycopg.Connection[Any],
    rules: FigureRules,
    shifts: Iterable[Any],
    at: datetime,
    *,
    final: bool,
) -> int:
    done = 0
    for shift in shifts:
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(
                "SELECT * FROM shift_track_v1(%s, %s, %s)",
                (shift, summaries.around(rules.viewing), rules.fixes_max),
            ).fetchall()
        found = summaries.work_out(str(shift), rows, rules.viewing)
        told = orjson.dumps(found.as_json() if found else {}).decode()
        connection.execute("SELECT figures_put_v1(%s, %s, %s, %s)", (shift, told, at, final))
        done += 1
    return done
