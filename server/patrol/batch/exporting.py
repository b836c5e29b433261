"""Days out of the database into files: fixes and marks of each day, fronts and zones once, one snapshot for all.

Only days that have ended, whose fixes are all taken up and still precise. A part that is there already is written anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
import structlog
from sqlalchemy import Connection

from geo.tracks import Fixes
from server import sqltext
from server.patrol.batch import files
from server.patrol.batch.files import Part
from server.patrol.covering.wire import fixes

log = structlog.get_logger()
SQL = sqltext.load(Path(__file__).with_name("queries.sql"))

CONTEXT_S: Final = 3600
"""Fixes before and after a day that are kept with it: more than judging one looks, so a day is worked out by itself."""

DEVICES_AT_ONCE: Final = 50
"""A row group: 100 MB for phones that send every second all day."""


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
    # Before anything is written: an export that is broken off has left tracks behind too.
    log.info("batch.exporting", first=first.isoformat(), last=last.isoformat(), left_out=len(closed))
    files.write(Part(district).path(root, "fronts"), [_fronts(connection, srid)])
    files.write(Part(district).path(root, "zones"), [_zones(connection, srid)])
    day = first
    while day <= last:
        part = Part(district, day)
        yield (
            Exported(part, closed=True)
            if day in closed
            else _export_day(connection, root, part, day, time_zone)
        )
        day += timedelta(days=1)


def closed_days(connection: Connection, first: date, last: date, time_zone: str) -> set[date]:
    """Local days from `first` to `last` of which the precise fixes are gone."""
    values = {"first": first, "last": last, "time_zone": time_zone}
    return set(SQL["closed"].run(connection, values).scalars())


def _export_day(connection: Connection, root: Path, part: Part, day: date, time_zone: str) -> Exported:
    begin_s, end_s = span_s(day, time_zone)
    count = 0

    def counted() -> Iterator[pa.Table]:
        nonlocal count
        for table in _fixes(connection, begin_s, end_s):
            count += pc.sum(pc.invert(table["context"])).as_py() or 0
            yield table

    files.write(part.path(root, "fixes"), counted())
    marks = _marks(connection, begin_s, end_s)
    told = pa.array(SQL["reports"].run(connection, {"day": day}).scalars(), pa.string())
    files.write(part.path(root, "marks"), [marks])
    files.write(part.path(root, "reports"), [pa.table({"report": told})])
    return Exported(part, count, marks.num_rows, len(told))


def _fixes(connection: Connection, begin_s: int, end_s: int) -> Iterator[pa.Table]:
    """Some devices at a time, each with its context; a table of none when nobody was out."""
    within = {"begin_s": begin_s - CONTEXT_S, "end_s": end_s + CONTEXT_S}
    devices = SQL["devices"].run(connection, within).all()
    for first in range(0, max(1, len(devices)), DEVICES_AT_ONCE):
        some = devices[first : first + DEVICES_AT_ONCE]
        rows = SQL["fixes"].run(connection, {**within, "devices": [row.device_id for row in some]}).all()
        tracks = [fixes(*map(bytes, row)) for row in rows]
        yield _fix_table(some, tracks, begin_s, end_s)


def _fix_table(devices: Sequence[Any], tracks: Sequence[Fixes], begin_s: int, end_s: int) -> pa.Table:
    at_s, lon, lat, accuracy_m, mock = (
        np.concatenate([np.empty(0), *(getattr(track, name) for track in tracks)])
        for name in ("at_s", "lon", "lat", "accuracy_m", "mock")
    )
    number = np.repeat(np.arange(len(tracks)), [len(track) for track in tracks]).astype(np.int32)
    accounts = pa.array([row.account_id for row in devices], pa.string())
    columns = {
        "device_id": pa.array(np.array([row.device_id for row in devices], dtype=np.int64)[number]),
        "account_id": pa.DictionaryArray.from_arrays(pa.array(number), accounts),
        "recorded_at": pa.array(np.round(at_s * 1e6).astype(np.int64), pa.timestamp("us", "UTC")),
        "accuracy_m": pa.array(accuracy_m.astype(np.float32), from_pandas=True),
        "mock": pa.array(mock.astype(np.bool_)),
        "context": pa.array((at_s < begin_s) | (at_s >= end_s)),
    }
    return files.with_geometry(columns, files.point_wkb(lon, lat), ["Point"], None)


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
    wkb = [bytes(row[-1]) for row in rows]
    shapes = {shape.geom_type for shape in shapely.from_wkb(np.array(wkb, dtype=object))}
    return files.with_geometry(columns, pa.array(wkb, pa.binary()), sorted(shapes), srid)
