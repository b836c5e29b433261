"""One day of one district worked out from files: sightings, visits and coverage as the database path makes them.

Judging, joining, looking and counting are the very functions that covering maps over what arrives; a part depends on
its own files alone, so days may be worked out anywhere and in any order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import shapely

from geo.metric import MetricPlane
from geo.sight import FOREVER, Fronts
from geo.tracks import Fixes, TrackSettings, seeing_context
from geo.visits import Mark, Sighting, SightSettings, Visit, days_in, merge, visits
from server.patrol.batch import files
from server.patrol.batch.exporting import CONTEXT_S, span_s
from server.patrol.batch.files import Part
from server.patrol.covering.seeing import Eyes

_Key = tuple[int, int]


@dataclass(frozen=True)
class Rules:
    """How the deployment sees, as plain values that go to other processes."""

    srid: int
    time_zone: str
    track: TrackSettings
    sight: SightSettings

    def eyes(self) -> Eyes:
        """Raises ValueError when judging a fix would look beyond what is kept with a day."""
        if seeing_context(self.track).reach_s + self.track.segment_max_gap_s > CONTEXT_S:
            raise ValueError("segment_max_gap_s looks beyond the context of an exported day")
        return Eyes(MetricPlane(self.srid), self.track, self.sight, days_in(ZoneInfo(self.time_zone)))


@dataclass(frozen=True)
class Worked:
    """One part that was worked out, and how many rows each layer got."""

    part: Part
    sightings: int
    visits: int
    zones: int


def work_out(part: Part, *, root: Path, rules: Rules) -> Worked:
    """Work a part out and write its sightings, visits and coverage.

    Raises:
        FileNotFoundError: the part was not exported.
    """
    fronts = part_fronts(root, part.district)
    seen = list(_seen(files.groups(part.path(root, "fixes")), part, rules, fronts.index))
    went = list(_went(seen, _marks(files.read(part.path(root, "marks"))), fronts.lengths_m, rules.sight))
    coverage = list(_coverage(seen, went, fronts))
    day = part.day
    tables = {
        "sightings": _table(
            _SIGHTING,
            (
                (
                    device,
                    account,
                    s.zone_id,
                    s.slot_s * 1_000_000,
                    _us(s.first_s),
                    _us(s.last_s),
                    s.certain,
                    s.probable,
                )
                for device, account, s in seen
            ),
        ),
        "visits": _table(
            _VISIT,
            (
                (
                    account,
                    v.zone_id,
                    day,
                    _us(v.from_s),
                    _us(v.to_s),
                    v.kind,
                    v.certain,
                    v.certain_m,
                    v.probable_m,
                )
                for account, v in went
            ),
        ),
        "coverage": _table(_COVERAGE, ((day, *row) for row in coverage)),
    }
    for layer, table in tables.items():
        files.write(part.path(root, layer), [table])
    return Worked(part, len(seen), len(went), len(coverage))


@dataclass(frozen=True)
class _HeldFronts:
    index: Fronts
    lengths_m: dict[int, float]
    cells: dict[int, int]


def part_fronts(root: Path, district: str) -> _HeldFronts:
    """The fronts of a district, held by a process until the file is another one."""
    path = Part(district).path(root, "fronts")
    return _held_fronts(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _held_fronts(path: Path, _written_ns: int) -> _HeldFronts:
    table = files.read(path)
    zone_ids, lengths_m, cells, begins, ends = (
        table[name].to_pylist() for name in ("zone_id", "length_m", "cells", "valid_from", "valid_to")
    )
    index = Fronts(
        np.array(zone_ids, dtype=np.int64),
        files.geometry(table),
        np.array([0 if day is None else day.toordinal() for day in begins], dtype=np.int64),
        np.array([FOREVER if day is None else day.toordinal() for day in ends], dtype=np.int64),
    )
    return _HeldFronts(
        index, dict(zip(zone_ids, lengths_m, strict=True)), dict(zip(zone_ids, cells, strict=True))
    )


def _seen(
    tables: Iterable[pa.Table], part: Part, rules: Rules, fronts: Fronts
) -> Iterator[tuple[int, str, Sighting]]:
    """What each device saw; a device's fixes stand together, in one table."""
    assert part.day is not None
    eyes, (begin_s, end_s) = rules.eyes(), span_s(part.day, rules.time_zone)
    for table in tables:
        devices = table["device_id"].to_numpy()
        edges = np.flatnonzero(np.diff(devices)) + 1
        for begin, end in pairwise([0, *edges.tolist(), len(devices)] if len(devices) else []):
            account = table["account_id"][begin].as_py()
            for sighting in eyes.seen(_fixes(table.slice(begin, end - begin)), begin_s, end_s, fronts):
                yield int(devices[begin]), account, sighting


def _fixes(table: pa.Table) -> Fixes:
    """One device's, by time; receipt and duty change nothing that is seen."""
    points = files.geometry(table)
    at_s = table["recorded_at"].cast(pa.int64()).to_numpy() / 1e6
    return Fixes(
        at_s=at_s,
        lon=shapely.get_x(points),
        lat=shapely.get_y(points),
        accuracy_m=table["accuracy_m"].to_numpy().astype(np.float64),
        mock=table["mock"].to_numpy(),
        received_s=at_s,
        on_duty=np.ones(len(at_s), dtype=np.bool_),
    )


def _marks(table: pa.Table) -> dict[str, list[Mark]]:
    by_account: dict[str, list[Mark]] = defaultdict(list)
    for row in table.to_pylist():
        by_account[row["account_id"]].append(Mark(row["zone_id"], row["at_s"], row["kind"]))
    return by_account


def _went(
    seen: Iterable[tuple[int, str, Sighting]],
    marks: dict[str, list[Mark]],
    lengths_m: dict[int, float],
    settings: SightSettings,
) -> Iterator[tuple[str, Visit]]:
    """Visits of every account: two phones of one person see together."""
    known: dict[str, dict[_Key, Sighting]] = defaultdict(dict)
    for _, account, sighting in seen:
        of_account, key = known[account], (sighting.zone_id, sighting.slot_s)
        of_account[key] = merge(of_account[key], sighting) if key in of_account else sighting
    for account in sorted({*known, *marks}):
        for visit in visits(known[account].values(), marks.get(account, []), lengths_m, settings):
            yield account, visit


def _coverage(
    seen: Iterable[tuple[int, str, Sighting]], went: Iterable[tuple[str, Visit]], fronts: _HeldFronts
) -> Iterator[tuple[Any, ...]]:
    """What anybody saw of each zone, too short for a visit too."""
    sightings: dict[int, list[Sighting]] = defaultdict(list)
    visited: dict[int, list[tuple[str, Visit]]] = defaultdict(list)
    for _, _, sighting in seen:
        sightings[sighting.zone_id].append(sighting)
    for account, visit in went:
        visited[visit.zone_id].append((account, visit))
    for zone_id in sorted({*sightings, *visited}):
        of_zone, visits_of = sightings[zone_id], visited[zone_id]
        length_m, cells = fronts.lengths_m[zone_id], fronts.cells[zone_id]
        certain, probable = (
            _union(cells, (getattr(s, bits) for s in of_zone)) for bits in ("certain", "probable")
        )
        yield (
            zone_id, certain, probable,
            certain.count("1") * length_m / cells, probable.count("1") * length_m / cells,
            len(visits_of), len({account for account, _ in visits_of}),
            _us(min([s.first_s for s in of_zone] + [v.from_s for _, v in visits_of])),
            _us(max([s.last_s for s in of_zone] + [v.to_s for _, v in visits_of])),
        )  # fmt: skip


def _union(cells: int, bits: Iterable[str]) -> str:
    seen = 0
    for one in bits:
        seen |= int(one, 2)
    return f"{seen:0{cells}b}"


def _us(at_s: float) -> int:
    return round(at_s * 1e6)


_MOMENT = pa.timestamp("us", "UTC")
_SIGHTING = {
    "device_id": pa.int64(), "account_id": pa.string(), "zone_id": pa.int64(), "slot_at": _MOMENT,
    "first_at": _MOMENT, "last_at": _MOMENT, "certain": pa.string(), "probable": pa.string(),
}  # fmt: skip
_VISIT = {
    "account_id": pa.string(), "zone_id": pa.int64(), "day": pa.date32(), "from_at": _MOMENT, "to_at": _MOMENT,
    "kind": pa.string(), "certain": pa.bool_(), "certain_m": pa.float32(), "probable_m": pa.float32(),
}  # fmt: skip
_COVERAGE = {
    "day": pa.date32(), "zone_id": pa.int64(), "certain": pa.string(), "probable": pa.string(),
    "certain_m": pa.float32(), "probable_m": pa.float32(), "visits": pa.int32(), "officers": pa.int32(),
    "first_at": _MOMENT, "last_at": _MOMENT,
}  # fmt: skip


def _table(types: dict[str, pa.DataType], rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    return pa.table(
        {name: pa.array(column, kind) for (name, kind), column in zip(types.items(), columns, strict=True)}
    )
