"""What the worker does of a run: read or draw in a limited child, then keep the report, all of it or nothing.

Everything kept is one transaction under the number of the attempt, so a worker that dies leaves nothing and one that
was overtaken is stopped. Nothing of a layer changes here: applying is a person's.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import psycopg
from psycopg import sql

from server.places.drawing.drawer import DRAWING_STEPS, Drawer, Drawn
from server.places.drawing.refusals import GroundRefused
from server.places.foreign.faults import FileRefused
from server.places.foreign.nul import json_text
from server.places.foreign.reader import STEPS, Examined, LayerReader
from server.places.importing.layers import PIECE_BYTES, Reading

_ROWS = 1000
_KEEP = "keep"
Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]


@dataclass(frozen=True)
class _Run:
    """A run that was taken up."""

    connection: psycopg.Connection[Any]
    id: UUID
    task: str
    kind: str
    options: dict[str, Any]
    files: list[dict[str, Any]]
    attempt: int

    def call(self, function: str, *arguments: Any) -> Any:
        """Ask a function for this attempt; the value it gives."""
        values = (self.id, self.attempt, *arguments)
        marks = sql.SQL(", ").join(sql.Placeholder() * len(values))
        asked = sql.SQL("SELECT {}({})").format(sql.Identifier(function), marks)
        row = self.connection.execute(asked, values).fetchone()
        return row[0] if row else None


@dataclass(frozen=True)
class Runner:
    """Does the runs of one deployment.

    Attributes:
        scratch: folder for files being worked on.
    """

    reader: LayerReader
    drawer: Drawer
    scratch: Path
    time_zone: ZoneInfo

    def do(self, connect: Connect, run_id: str, *, tries_max: int) -> str:
        """Do a run, from its beginning whoever had it before; returns `reported`, `failed` or `left` (nothing to do).

        Args:
            tries_max: a run that was taken up so often before fails for good.
        Raises:
            TimeoutError: no turn for a child; try again. psycopg.Error: also when another attempt has it.
        """
        self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with connect() as connection, ExitStack() as files:
            run = _taken(connection, UUID(run_id), tries_max)
            if run is None:
                return "left"
            given = {one["part"]: files.enter_context(self._file(run, one["part"])) for one in run.files}
            try:
                self._import(run, given["file"]) if run.task == "import" else self._drawing(run, given)
            except (FileRefused, GroundRefused) as refused:
                _fail(run, refused.code, refused.params)
                return "failed"
            except psycopg.errors.RestrictViolation as stopped:
                # Cancelled, or another attempt has it: nothing is kept, and nothing is to be done again.
                if stopped.diag.constraint_name != "zone_run_overtaken":
                    raise
                return "left"
            except Exception:
                # The queue tries no more after this one, and whoever waits should hear of it.
                if run.attempt >= tries_max:
                    _fail(run, "internal", {})
                raise
        return "reported"

    def sweep(self, older_than_s: float) -> int:
        """Remove folders of children whose parent was killed, when older than any run takes; returns how many."""
        left = [path for path in self.scratch.glob("*-*") if _age_s(path) > older_than_s]
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        return len(left)

    def _file(self, run: _Run, part: str) -> IO[bytes]:
        file, ordinal = TemporaryFile(dir=self.scratch), 0
        while piece := run.call("zone_run_piece_v1", part, ordinal):
            file.write(piece)
            ordinal += 1
        file.flush()
        return file

    def _import(self, run: _Run, file: IO[bytes]) -> None:
        (told,) = run.files
        steps = _Steps(run, (*STEPS, _KEEP))
        with self._examined(run, file, run.options, steps) as examined:
            steps.tell(_KEEP)
            with run.connection.transaction():
                _keep(run, told, run.options, examined)
                run.call("zone_run_end_v1", None, None)

    def _drawing(self, run: _Run, given: dict[str, IO[bytes]]) -> None:
        steps = _Steps(run, (*DRAWING_STEPS, *STEPS, _KEEP))
        open_files = {part: file.fileno() for part, file in given.items()}
        with self.drawer.drawn(open_files, run.options, steps.tell) as drawn:
            made = _told(drawn.layer, f"drawing-{run.id}.geojson")
            how = Reading(source=f"drawing {run.id}", sample=run.options["sample"]).as_json()
            options = {**how, "valid_from": run.options["valid_from"]}
            with self._examined(run, drawn.layer, options, steps) as examined:
                steps.tell(_KEEP)
                with run.connection.transaction():
                    _keep(run, made, options, examined)
                    _keep_drawing(run, drawn)
                    run.call("zone_run_end_v1", None, json_text(drawn.summary))

    def _examined(
        self, run: _Run, file: IO[bytes], options: dict[str, Any], steps: _Steps
    ) -> AbstractContextManager[Examined]:
        day = options["valid_from"]
        on_day = date.fromisoformat(day) if day else datetime.now(UTC).astimezone(self.time_zone).date()
        return self.reader.examined(file.fileno(), run.kind, options, _ground(run, on_day), steps.tell)


@dataclass(frozen=True)
class _Steps:
    """Tells how many of the steps of a run are done, as each begins."""

    run: _Run
    names: tuple[str, ...]

    def tell(self, name: str) -> None:
        self.run.call("zone_run_progress_v1", name, self.names.index(name), len(self.names))


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _taken(connection: psycopg.Connection[Any], run_id: UUID, tries_max: int) -> _Run | None:
    row = connection.execute("SELECT zone_run_take_v1(%s, %s)", (run_id, tries_max)).fetchone()
    if row is None or row[0] is None:
        return None
    told = orjson.loads(row[0])
    return _Run(
        connection, run_id, told["task"], told["kind"], told["options"], told["files"], told["attempt"]
    )


def _fail(run: _Run, code: str, detail: dict[str, Any]) -> None:
    run.call("zone_run_end_v1", json_text({"code": code, "detail": detail}), None)


def _ground(run: _Run, on_day: date) -> dict[str, Any]:
    """Townships and the layer in force, as LayerReader wants them."""
    rows = run.connection.execute(
        "SELECT what, id, code, name, wkb FROM zone_run_ground_v1(%s, %s, %s)", (run.id, run.attempt, on_day)
    ).fetchall()
    return {
        "townships": [[code, name, wkb] for what, _, code, name, wkb in rows if what == "township"],
        "layer": [[zone_id, code, wkb] for what, zone_id, code, _, wkb in rows if what == "zone"],
    }


def _told(file: IO[bytes], name: str) -> dict[str, Any]:
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
        size += len(piece)
    return {"name": name, "sha256": digest.hexdigest(), "size_bytes": size}


def _keep(run: _Run, told: dict[str, Any], options: dict[str, Any], examined: Examined) -> None:
    made = {
        "file_name": told["name"],
        "sha256": told["sha256"],
        "size_bytes": told["size_bytes"],
        "options": options,
        "summary": examined.summary,
    }
    run.call("zone_run_keep_v1", json_text(made))
    for batch in _batches(examined.zones()):
        run.call("zone_run_zones_v1", json_text(batch))
    faults = ({**fault, "place": place} for place, fault in enumerate(examined.faults, start=1))
    for batch in _batches(faults):
        run.call("zone_run_faults_v1", json_text(batch))


def _keep_drawing(run: _Run, drawn: Drawn) -> None:
    drawn.layer.seek(0)
    ordinal = 0
    while piece := drawn.layer.read(PIECE_BYTES):
        run.call("zone_run_bytes_v1", ordinal, piece)
        ordinal += 1
    findings = ({**finding, "number": number} for number, finding in enumerate(drawn.findings(), start=1))
    for batch in _batches(findings):
        run.call("zone_run_findings_v1", json_text(batch))


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, _ROWS)):
        yield batch
