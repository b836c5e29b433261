"""Has a foreign file examined by a limited child process and reads its answer, which is not believed to be well made.

The server never runs a decoder or a repair on what somebody sent. The child gets an empty folder, the open file and no
environment of ours; it is killed when it overruns, and its folder is removed whatever happens.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import orjson
import structlog

from server.places.foreign.child import CONTEXT, EXIT_LIMIT, TASK
from server.places.foreign.faults import REFUSALS, FileRefused

log = structlog.get_logger()

REPOSITORY = Path(__file__).resolve().parents[3]
STEPS = ("read", "place", "check", "overlaps", "gaps", "slivers", "townships", "write")
_LIMIT_EXITS = frozenset({-9, -14, -24, -25, EXIT_LIMIT})
# What a process says that may not have more memory, by who says it: Python, C++, the loader of libraries.
_NO_MEMORY = (b"MemoryError", b"bad_alloc", b"failed to map segment")
_GRACE_S = 5.0
# Drivers that fetch from elsewhere or open what a file names: no layer of ours needs them.
_SKIPPED = (
    "VRT OGR_VRT GDALG HTTP WFS OAPIF OGCAPI CSW WMS WCS WMTS STACIT STACTA PLSCENES Elasticsearch Carto AmigoCloud "
    "NGW EEDA ADBC"
)


@dataclass(frozen=True)
class ReadLimits:
    """Limits of one child and of what it tells.

    Attributes:
        zones_max, vertices_max (of one zone), parts_max: of the layer. unpacked_max_bytes: of an archive's members.
        memory_max_bytes: address space. timeout_s: wall and processor time. answer_max_bytes: of any file it writes.
        repair_each_s, repair_total_s: of proposals for invalid shapes. faults_max_per_code: kept; all are counted.
    """

    zones_max: int = 300_000
    vertices_max: int = 10_000
    parts_max: int = 500
    unpacked_max_bytes: int = 1024 * 1024 * 1024
    memory_max_bytes: int = 3 * 1024 * 1024 * 1024
    timeout_s: float = 120.0
    answer_max_bytes: int = 2 * 1024 * 1024 * 1024
    repair_each_s: float = 5.0
    repair_total_s: float = 30.0
    faults_max_per_code: int = 500


@dataclass(frozen=True)
class Tolerance:
    """From where on something between zones is told; see foreign.topology."""

    overlap_min_m2: float = 0.01
    gap_min_m: float = 0.002
    gap_max_m: float = 0.5
    sliver_width_m: float = 0.3


@dataclass(frozen=True)
class Examined:
    """An answer: how the file was read, its faults, and its zones one by one from the child's own file."""

    summary: dict[str, Any]
    faults: list[dict[str, Any]]
    _rest: IO[bytes]
    _first: dict[str, Any] | None

    def zones(self) -> Iterator[dict[str, Any]]:
        """Every zone once."""
        if self._first is not None:
            yield self._first
        for line in self._rest:
            yield orjson.loads(line)


@dataclass
class LayerReader:
    """Examines files, `parallel` at once.

    Args:
        scratch: folder for the children's folders. metric_srid: of the district.
    """

    scratch: Path
    metric_srid: int
    limits: ReadLimits = field(default_factory=ReadLimits)
    tolerance: Tolerance = field(default_factory=Tolerance)
    parallel: int = 1

    def __post_init__(self) -> None:
        self._turns = threading.BoundedSemaphore(self.parallel)

    @contextmanager
    def examined(
        self,
        file: int,
        kind: str,
        options: Mapping[str, Any],
        context: Mapping[str, Any],
        progress: Callable[[str], None] = lambda step: None,
    ) -> Iterator[Examined]:
        """The examination of an open file; its zones are there until the block ends.

        Raises:
            FileRefused: with one of its codes. TimeoutError: no turn came; try again later.
        """
        if not self._turns.acquire(timeout=self.limits.timeout_s / 4):
            raise TimeoutError("too many layers are being read")
        try:
            self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
            with TemporaryDirectory(dir=self.scratch, prefix="layer-") as name:
                folder = Path(name)
                task = {
                    "kind": kind,
                    "metric_srid": self.metric_srid,
                    "options": dict(options),
                    "limits": vars(self.limits),
                    "tolerances": vars(self.tolerance),
                }
                (folder / TASK).write_bytes(orjson.dumps(task))
                (folder / CONTEXT).write_bytes(orjson.dumps(dict(context)))
                with (folder / "answer").open("w+b") as answer:
                    self._run(folder, file, answer.fileno(), progress)
                    yield _answer(answer)
        finally:
            self._turns.release()

    def _run(self, folder: Path, file: int, answer: int, progress: Callable[[str], None]) -> None:
        environment = {
            "PYTHONPATH": str(REPOSITORY),
            "LC_ALL": "C.UTF-8",
            "MALLOC_ARENA_MAX": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "PROJ_NETWORK": "OFF",
            "GDAL_SKIP": _SKIPPED,
            "GDAL_NUM_THREADS": "1",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "server.places.foreign.child", str(file), str(answer)],
            cwd=folder,
            env=environment,
            pass_fds=[file, answer],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            said = _listen(process, time.monotonic() + self.limits.timeout_s + _GRACE_S, progress)
        finally:
            process.kill()
            status = process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()
        if status == 0:
            return
        log.warning("layer_child_ended", status=status, said=said[-2000:].decode("utf-8", "replace"))
        if status in _LIMIT_EXITS or any(words in said for words in _NO_MEMORY):
            raise FileRefused("import_limit", what="time_or_memory")
        raise FileRefused("import_unreadable", detail="the reader failed on this file")


def _listen(process: subprocess.Popen[bytes], deadline_s: float, progress: Callable[[str], None]) -> bytes:
    """Pass on the steps told on standard output until both outputs end; returns the end of standard error."""
    said, line = b"", b""
    with selectors.DefaultSelector() as waiting:
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            waiting.register(stream, selectors.EVENT_READ)
        while waiting.get_map() and time.monotonic() < deadline_s:
            for key, _ in waiting.select(timeout=0.5):
                piece = os.read(key.fd, 4096)
                if not piece:
                    waiting.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    said = (said + piece)[-8000:]
                else:
                    line = _steps(line + piece, progress)
    # Outputs that ended are no proof that it has: its status is waited for, as long as there is time.
    try:
        process.wait(timeout=max(0.1, deadline_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        log.warning("layer_child_killed")
    return said


def _steps(text: bytes, progress: Callable[[str], None]) -> bytes:
    *whole, rest = text.split(b"\n")
    for name in whole:
        step = name.decode("ascii", "replace")
        if step in STEPS:
            progress(step)
    return rest[-100:]


def _answer(file: IO[bytes]) -> Examined:
    file.seek(0)
    faults: list[dict[str, Any]] = []
    summary: dict[str, Any] | None = None
    first: dict[str, Any] | None = None
    for line in iter(file.readline, b""):
        value = orjson.loads(line)
        if "refusal" in value:
            code = value["refusal"] if value["refusal"] in REFUSALS else "import_unreadable"
            raise FileRefused(code, **value["params"])
        if "summary" in value:
            summary = value["summary"]
        elif "fault" in value:
            faults.append(value)
        else:
            first = value
            break
    if summary is None:
        raise FileRefused("import_unreadable", detail="the reader gave no answer")
    return Examined(summary, faults, file, first)
