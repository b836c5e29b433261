"""Days out of the database into files: fixes and marks of each day, fronts and zones once, one snapshot for all.

Only days that have ended, whose fixes are all taken up and still precise. A part that is there already is written anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import shapely
import structlog
from sqlalchemy import Connection

from server import sqltext
from server.patrol.batch import files
from server.patrol.batch.files import Part
from server.patrol.covering.wire import fixes

log = structlog.get_logger()
SQL = sqltext.load(Path(__file__).with_name("queries.sql"))

CONTEXT_S: Final = 3600
"""Fixes before and after a day that are kept with it: more than judging one looks, so a day is worked out by itself."""


class NotExported(Exception):
    """Days that cannot leave; the message is for the operator, zh-CN first."""


@dataclass(frozen=True)
class Exported:
    """One day. `closed`: its precise fixes are gone, nothing was written."""

    part: Part
    fixes: int = 0
    marks: int = 0
    reports: int = 0
    closed: bool = False


def span_s(day: date, time_zone: str) -> tuple[int, int]:
    """The first second of a local day and of the next one, POSIX."""
    zone = ZoneInfo(time_zone)
    begin, end = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
    return int(begin.timestamp()), int(end.timestamp())


def export(
    connection: Connection,
    root: Path,
    first: date,
    last: date,
    *,
    today: date,
    time_zone: str,
    srid: int,
) -> Iterator[Exported]:
    """Write local days from `first` to `last`, both inclusive, day by day.

    Args:
        connection: of the owner, in one REPEATABLE READ transaction. today: the district's.

    Raises:
        NotExported: a day has not ended, or fixes of one wait to be taken up.
    """
    if last >= today:
        raise NotExported(f"{last} 尚未结束 / {last} has not ended")
    begins, ends = (
        datetime.fromtimestamp(at_s, ZoneInfo(time_zone))
        for at_s in (span_s(first, time_zone)[0], span_s(last, time_zone)[1])
    )
    waiting = SQL["waiting"].run(connection, {"begins": begins, "ends": ends}).scalar_one()
    if waiting:
        raise NotExported(
            f"还有 {waiting} 批未计入,稍后再试 / {waiting} batches wait to be counted; try again later"
        )
    district = SQL["district"].run(connection).scalar_one()
    closed = closed_days(connection, first, last, time_zone)
    files.write(Part(district).path(root, "fronts"), _fronts(connection, srid))
    files.write(Part(district).path(root, "zones"), _zones(connection, srid))
    day = first
    while day <= last:
        part = Part(district, day)
        yield (
            Exported(part, closed=True)
            if day in closed
            else _export_day(connection, root, part, day, time_zone)
        )
        day += timedelta(days=1)
    log.info("batch.exported", first=first.isoformat(), last=last.isoformat(), left_out=len(closed))


def closed_days(connection: Connection, first: date, last: date, time_zone: str) -> set[date]:
    """Local days from `first` to `last` of which the precise fixes are gone."""
    values = {"first": first, "last": last, "time_zone": time_zone}
    return set(SQL["closed"].run(connection, values).scalars())


def _export_day(connection: Connection, root: Path, part: Part, day: date, time_zone: str) -> Exported:
    begin_s, end_s = span_s(day, time_zone)
    tables = {
        "fixes": _fixes(connection, begin_s, end_s),
        "marks": _marks(connection, begin_s, end_s),
        "reports": pa.table(
            {"report": pa.array(SQL["reports"].run(connection, {"day": day}).scalars(), pa.string())}
        ),
    }
    for layer, table in tables.items():
        files.write(part.path(root, layer), table)
    context = tables["fixes"]["context"].to_numpy(zero_copy_only=False)
    return Exported(part, int((~context).sum()), tables["marks"].num_rows, tables["reports"].num_rows)


def _fixes(connection: Connection, begin_s: int, end_s: int) -> pa.Table:
    rows = SQL["fixes"].run(connection, {"begin_s": begin_s - CONTEXT_S, "end_s": end_s + CONTEXT_S}).all()
    devices = [
        (
            row.device_id,
            str(row.account_id),
            fixes(*map(bytes, (row.at, row.lon, row.lat, row.accuracy, row.mock))),
        )
        for row in rows
    ]
    counts = [len(track) for _, _, track in devices]
    at_s, lon, lat, accuracy_m, mock = (
        np.concatenate([np.empty(0), *(getattr(track, name) for _, _, track in devices)])
        for name in ("at_s", "lon", "lat", "accuracy_m", "mock")
    )
    columns = {
        "device_id": pa.array(np.repeat(np.array([one[0] for one in devices], dtype=np.int64), counts)),
        "account_id": pa.array(
            np.repeat(np.array([str(one[1]) for one in devices], dtype=object), counts), pa.string()
        ),
        "recorded_at": pa.array(np.round(at_s * 1e6).astype(np.int64), pa.timestamp("us", "UTC")),
        "accuracy_m": pa.array(accuracy_m.astype(np.float32), from_pandas=True),
        "mock": pa.array(mock.astype(np.bool_)),
        "context": pa.array((at_s < begin_s) | (at_s >= end_s)),
    }
    places = np.asarray(shapely.points(np.stack([lon, lat], axis=1)), dtype=object)
    return files.with_geometry(columns, [shapely.to_wkb(place) for place in places], None)


def _marks(connection: Connection, begin_s: int, end_s: int) -> pa.Table:
    begins, ends = (datetime.fromtimestamp(at_s, ZoneInfo("UTC")) for at_s in (begin_s, end_s))
    rows = SQL["marks"].run(connection, {"begins": begins, "ends": ends}).all()
    return pa.table(
        {
            "account_id": pa.array([str(row.account_id) for row in rows], pa.string()),
            "zone_id": pa.array([row.zone_id for row in rows], pa.int64()),
            "at_s": pa.array([row.at_s for row in rows], pa.float64()),
            "kind": pa.array([row.kind for row in rows], pa.string()),
        }
    )


_FRONT_TYPES: Final = {
    "zone_id": pa.int64(), "kind": pa.string(), "code": pa.string(), "version": pa.int32(),
    "township_code": pa.string(), "street": pa.string(), "length_m": pa.float64(), "cells": pa.int32(),
    "valid_from": pa.date32(), "valid_to": pa.date32(),
}  # fmt: skip
_ZONE_TYPES: Final = {
    "kind": pa.string(), "code": pa.string(), "name": pa.string(), "version": pa.int32(),
    "township_code": pa.string(), "valid_from": pa.date32(), "valid_to": pa.date32(),
}  # fmt: skip


def _fronts(connection: Connection, srid: int) -> pa.Table:
    return _places(SQL["fronts"].run(connection).all(), _FRONT_TYPES, srid)


def _zones(connection: Connection, srid: int) -> pa.Table:
    return _places(SQL["zones"].run(connection).all(), _ZONE_TYPES, srid)


def _places(rows: Any, types: dict[str, pa.DataType], srid: int) -> pa.Table:
    """Rows whose last column is a geometry of the metric plane; its bytes are kept as the database gives them."""
    columns = {name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(types.items())}
    return files.with_geometry(columns, [bytes(row[-1]) for row in rows], srid)
