"""Has a foreign file examined by a limited child process and reads its answer, which is not believed to be well made.

The server never runs a decoder or a repair on what somebody sent. The child gets an empty folder, the open file and no
environment of ours; it is killed when it overruns, and its folder is removed whatever happens.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import orjson

from server.places.foreign.child import CONTEXT, TASK
from server.places.foreign.faults import REFUSALS, FileRefused
from server.places.foreign.limited import run_child

_CHILD = "server.places.foreign.child"
STEPS = ("read", "place", "check", "overlaps", "gaps", "slivers", "townships", "write")


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
                    run_child(
                        _CHILD,
                        [file, answer.fileno()],
                        folder,
                        timeout_s=self.limits.timeout_s,
                        steps=STEPS,
                        progress=progress,
                    )
                    yield _answer(answer)
        finally:
            self._turns.release()


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
