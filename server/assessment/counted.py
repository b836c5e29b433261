"""The cases that count in a period, for files: each once, with how often it counts in every measure.

A sum over such a column is the figure. Rows come through a cursor of the database, so that a million of them stand
nowhere in memory, and in the transaction of who asks: row-level security decides which cases and notes there are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection
from werkzeug.exceptions import ClientDisconnected

from geo.datum import Datum
from geo.datum_arrays import from_wgs84
from server import sqltext
from server.assessment.formulas import MEASURES
from server.assessment.indicators import Asked
from server.db import Claim, Database
from server.messages import say
from server.problems.request import Unavailable

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
BATCH = 2000
_DECIMALS = 7
COLUMNS = (
    "number",
    "state",
    "state_name",
    "township",
    "township_name",
    "category",
    "category_name",
    "body",
    "assignee",
    "zone",
    "zone_name",
    "lon",
    "lat",
    "datum",
    "opened_at",
    "due_at",
    "closed_at",
    "note",
    *MEASURES,
)
"""What is told of a case, in the order of the files; times on the clocks of the district."""

Row = tuple[Any, ...]
"""Values in the order of COLUMNS."""


class FileSettings(Protocol):
    """What files of cases need of the deployment."""

    @property
    def indicator_file_timeout_ms(self) -> int: ...
    @property
    def indicator_files_parallel(self) -> int: ...
    @property
    def indicator_workbook_rows_max(self) -> int: ...


@dataclass(frozen=True)
class Wanted:
    """Which cases: of a period; those that count in `measure` only where one is named; coordinates told in `datum`."""

    asked: Asked
    measure: str | None
    datum: Datum


@dataclass(frozen=True)
class Names:
    """Words for codes, and for the ids of bodies."""

    bodies: Mapping[Any, str]
    places: Mapping[str, str]
    categories: Mapping[str, str]

    @classmethod
    def read(cls, connection: Connection) -> Names:
        organisations = SQL["names_of_organisations"].run(connection).all()
        return cls(
            {row.id: row.body_name for row in organisations},
            {row.code: row.name for row in organisations},
            {row.code: row.name for row in SQL["names_of_categories"].run(connection)},
        )


@dataclass(frozen=True)
class Counted:
    """Open rows: how many there are in all, the rows themselves, once, and the words of their codes."""

    total: int
    rows: Iterator[Row]
    names: Names


class CaseReader:
    """Opens the rows of a file, as many files at once as the settings allow. One instance serves all threads."""

    def __init__(self, db: Database, settings: FileSettings) -> None:
        self._db, self._timeout_ms = db, settings.indicator_file_timeout_ms
        self._slots = threading.BoundedSemaphore(settings.indicator_files_parallel)

    @contextmanager
    def open(self, claim: Claim, wanted: Wanted, left: Callable[[], bool]) -> Iterator[Counted]:
        """The rows, for as long as the block lasts.

        Args:
            left: whether nobody waits for the file any more; asked between batches, and then reading ends.
        Raises:
            Unavailable: other files are being made. ClientDisconnected: out of the rows.
        """
        with ExitStack() as stack:
            if not self._slots.acquire(blocking=False):
                raise Unavailable()
            stack.callback(self._slots.release)
            connection, _ = stack.enter_context(self._db.transaction(claim))
            SQL["file_limits"].run(connection, {"timeout_ms": self._timeout_ms})
            names = Names.read(connection)
            values = {**wanted.asked.values(), "measure": wanted.measure}
            # Not prepared: a cursor of the server cannot be declared over EXECUTE.
            result = connection.exec_driver_sql(
                SQL["counted_cases"].bound, values, execution_options={"yield_per": BATCH}
            )
            stack.callback(result.close)
            first = result.fetchmany(BATCH)

            def rows() -> Iterator[Row]:
                batch: Sequence[Any] = first
                while batch:
                    if left():
                        raise ClientDisconnected()
                    yield from _told(batch, wanted, names)
                    batch = result.fetchmany(BATCH)

            yield Counted(first[0].total if first else 0, rows(), names)


def _told(batch: Sequence[Any], wanted: Wanted, names: Names) -> Iterator[Row]:
    places = np.array([(row.lon, row.lat) for row in batch], dtype=np.float64)
    lon, lat = places[:, 0].copy(), places[:, 1].copy()
    if wanted.datum not in (Datum.WGS84, Datum.CGCS2000):
        lon, lat = from_wgs84(lon, lat, wanted.datum)
    time_zone, datum = wanted.asked.time_zone, wanted.datum.value
    for row, x, y in zip(batch, lon.round(_DECIMALS).tolist(), lat.round(_DECIMALS).tolist(), strict=True):
        yield (
            row.number,
            row.state,
            _state_words(row.state),
            row.township_code,
            names.places.get(row.township_code),
            row.category,
            names.categories.get(row.category),
            names.bodies.get(row.organisation_id),
            row.assignee,
            row.zone_code,
            row.zone_name,
            x,
            y,
            datum,
            _local(row.opened_at, time_zone),
            _local(row.due_at, time_zone),
            _local(row.closed_at, time_zone),
            row.note,
            *row[-len(MEASURES) :],
        )


@cache
def _state_words(state: str) -> str:
    return say(f"state.{state}")["text"]


def _local(moment: datetime | None, time_zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(time_zone).replace(microsecond=0) if moment else None
