"""A layer that somebody sent: examined, reported, kept, and later applied as one version step.

Examining writes nothing to the layer; the file, what was read of it and every fault are kept with who sent it. Applying
compares anew, under a lock, and writes all or nothing. Reading the file itself is server.places.foreign's.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any
from uuid import UUID, uuid4

from psycopg2.extras import execute_values
from sqlalchemy import Connection

from server import sqltext
from server.places.foreign.nul import json_text
from server.places.foreign.reader import Examined, LayerReader
from server.places.importing.refusals import before_version, faulty, reported, unconfirmed
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
PIECE_BYTES = 1024 * 1024
_COPY_BATCH = 2000
_FATES = ("new", "changed", "unchanged", "gone")
# A wrong datum has no repair: it is confirmed to be right, or the file is read again.
CONFIRMABLE = "datum_suspicion"
NEVER = "datum_mixed"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class LayerFile:
    """A file at hand: open, hashed, and called as its sender calls it."""

    file: IO[bytes]
    name: str
    sha256: str
    size_bytes: int

    @property
    def told_name(self) -> str:
        """The name as it is kept: a column's length, and never empty."""
        return self.name.replace("\x00", "")[-255:] or "-"

    @classmethod
    def opened(cls, file: IO[bytes], name: str) -> LayerFile:
        """Hash an open file to its end."""
        file.seek(0)
        digest, size = hashlib.sha256(), 0
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
        return cls(file, name, digest.hexdigest(), size)


@dataclass(frozen=True)
class Reading:
    """How a file is to be read, and what an import of it would be.

    Attributes:
        columns: ours <- theirs. properties: `merge` lays the file's over those in force, `replace` drops the others.
        sample: the zones are made up.
    """

    datum: str | None = None
    crs: str | None = None
    columns: Mapping[str, str] | None = None
    encoding: str | None = None
    layer: str | None = None
    properties: str = "merge"
    source: str | None = None
    sample: bool = False

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "columns": dict(self.columns or {})}


@dataclass(frozen=True)
class Decision:
    """How an import is applied.

    Attributes:
        accept: codes of zones whose repair is taken; accept_all: of every zone that has one.
        gone: `close` ends zones that are not in the file, `keep` leaves them.
        rematch: reports of that day or later may have been judged by zones that change; they are to be matched again.
        confirm_datum: the datum is as declared although another would fit.
        near_m: reports this near a zone may have been matched to it.
    """

    valid_from: date
    accept: tuple[str, ...] = ()
    accept_all: bool = False
    gone: str = "keep"
    rematch: bool = False
    confirm_datum: bool = False
    near_m: float = 50.0

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "accept": list(self.accept), "valid_from": self.valid_from.isoformat()}


@dataclass(frozen=True)
class Applied:
    """What a version step did; `rematch_from` is the day from which reports are to be matched again, if any."""

    counts: dict[str, int]
    rematch_from: date | None


def context_of(connection: Connection, kind: str, on_day: date) -> dict[str, Any]:
    """What a reader without a database has to know: the townships of a day, and the layer in force."""
    townships = SQL["fetch_townships"].run(connection, {"on_day": on_day})
    layer = SQL["fetch_layer"].run(connection, {"kind": kind})
    return {"townships": [list(row) for row in townships], "layer": [list(row) for row in layer]}


def keep(
    connection: Connection,
    kind: str,
    layer: LayerFile,
    reading: Reading,
    examined: Examined,
    *,
    valid_from: date | None = None,
) -> UUID:
    """Keep a file with its report in the caller's transaction; nothing of the layer changes.

    Args:
        valid_from: the day the report is to count for.
    Returns:
        id of the import.
    """
    import_id = uuid4()
    values = {
        "id": str(import_id),
        "kind": kind,
        "file_name": layer.told_name,
        "sha256": layer.sha256,
        "size_bytes": layer.size_bytes,
        "options": json_text({**reading.as_json(), "valid_from": valid_from}),
        "summary": json_text(examined.summary),
    }
    SQL["insert_import"].run(connection, values)
    _keep_zones(connection, import_id, examined.zones())
    _keep_faults(connection, import_id, examined.faults)
    _keep_bytes(connection, import_id, layer.file)
    return import_id


def _keep_zones(connection: Connection, import_id: UUID, zones: Iterable[dict[str, Any]]) -> None:
    cursor = connection.connection.cursor()
    # Not by `run`, which prepares: a table that comes and goes has no plan worth keeping.
    cursor.execute(SQL["make_read"].bound)
    cursor.copy_expert(SQL["copy_read"].text, _Lines(zones))
    cursor.execute(SQL["insert_read"].bound, {"id": str(import_id)})
    cursor.execute(SQL["drop_read"].bound)


class _Lines(io.RawIOBase):
    """Zones as the text COPY reads, made as they are asked for: a layer never stands in memory twice."""

    def __init__(self, zones: Iterable[dict[str, Any]]) -> None:
        super().__init__()
        self._zones = iter(zones)
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        while len(self._left) < max(size, 1):
            batch = [_line(zone) for _, zone in zip(range(_COPY_BATCH), self._zones, strict=False)]
            if not batch:
                break
            self._left += "".join(batch).encode()
        given, self._left = self._left[:size], self._left[size:]
        return given


def _line(zone: dict[str, Any]) -> str:
    order = (
        "zone",
        "code",
        "name",
        "township",
        "properties",
        "wkb",
        "repaired",
        "repaired_township",
        "refused",
        "same_as",
    )
    return "\t".join(_field(zone[name]) for name in order) + "\n"


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    text = str(value)
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _keep_faults(connection: Connection, import_id: UUID, faults: list[dict[str, Any]]) -> None:
    rows = [
        (
            str(import_id),
            number,
            fault["fault"],
            fault["severity"],
            fault["number"],
            fault["zone"],
            json_text(fault["params"]),
            fault["geometry"],
        )
        for number, fault in enumerate(faults, start=1)
    ]
    if rows:
        execute_values(
            connection.connection.cursor(),
            "INSERT INTO zone_import_fault (import_id, number, code, severity, feature, zone_code, params, geometry) "
            "VALUES %s",
            rows,
            page_size=500,
        )


def _keep_bytes(connection: Connection, import_id: UUID, file: IO[bytes]) -> None:
    file.seek(0)
    cursor, ordinal = connection.connection.cursor(), 0
    while piece := file.read(PIECE_BYTES):
        cursor.execute(
            "INSERT INTO zone_import_piece (import_id, ordinal, bytes) VALUES (%s, %s, %s)",
            (str(import_id), ordinal, piece),
        )
        ordinal += 1


def would_do(connection: Connection, import_id: UUID, decision: Decision, *, today: date) -> dict[str, Any]:
    """Fates by name, as {zones, codes}: what applying would do, with nothing written."""
    return _step(connection, import_id, decision, source="", today=today, write=False)


def apply(connection: Connection, import_id: UUID, decision: Decision, *, today: date) -> Applied:
    """Apply an import as one version step in the caller's transaction.

    Args:
        today: the local day of the district.
    Raises:
        NotFound. ImportFaulty, ImportDatumUnconfirmed, ZoneDateRefused, ZoneReportsDepend: nothing is written.
    """
    found = SQL["fetch_import"].run(connection, {"id": str(import_id)}).one_or_none()
    if found is None:
        raise NotFound()
    _check_datum(found.summary["fault_counts"], decision)
    SQL["lock_imported_layer"].run(connection, {"kind": found.kind})
    source = found.options["source"] or found.file_name
    fates = _step(connection, import_id, decision, source=source, today=today, write=True)
    if "faulty" in fates:
        raise faulty(fates["faulty"])
    if "before_version" in fates:
        raise before_version(fates["before_version"], decision.valid_from)
    if "reported" in fates:
        raise reported(fates["reported"], decision.valid_from)
    counts = {fate: fates[fate]["zones"] if fate in fates else 0 for fate in _FATES}
    values = {
        "id": str(import_id),
        "valid_from": decision.valid_from,
        "decisions": json_text(decision.as_json()),
        "counts": json_text(counts),
    }
    SQL["insert_applied"].run(connection, values)
    changes = counts["new"] + counts["changed"] + (counts["gone"] if decision.gone == "close" else 0)
    again = decision.rematch and decision.valid_from <= today and changes > 0
    return Applied(counts, decision.valid_from if again else None)


def _check_datum(fault_counts: Mapping[str, int], decision: Decision) -> None:
    if NEVER in fault_counts:
        raise unconfirmed(NEVER)
    if CONFIRMABLE in fault_counts and not decision.confirm_datum:
        raise unconfirmed(CONFIRMABLE)


def _step(
    connection: Connection, import_id: UUID, decision: Decision, *, source: str, today: date, write: bool
) -> dict[str, Any]:
    values = {
        "id": str(import_id),
        "valid_from": decision.valid_from,
        "today": today,
        "accept": list(decision.accept),
        "accept_all": decision.accept_all,
        "gone": decision.gone,
        "rematch": decision.rematch,
        "near_m": decision.near_m,
        "source": source,
        "write": write,
    }
    rows = SQL["import_step"].run(connection, values)
    return {
        # What is wrong with a zone may be that it has no code.
        row.fate: {"zones": row.zones, "codes": [code for code in row.codes if code is not None]}
        for row in rows
    }


@dataclass(frozen=True)
class Importer:
    """Examines with one reader; used by the API and the command line alike."""

    reader: LayerReader

    def examined(
        self,
        layer: LayerFile,
        kind: str,
        reading: Reading,
        context: Mapping[str, Any],
        progress: Progress = lambda step: None,
    ) -> Any:
        """Context manager of an Examined; see LayerReader.examined."""
        layer.file.seek(0)
        return self.reader.examined(layer.file.fileno(), kind, reading.as_json(), context, progress)
