"""Has strips drawn by a limited child process: files of others are decoded and cut there and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import orjson

from server.places.drawing.refusals import PARTS, GroundRefused
from server.places.foreign.child import TASK
from server.places.foreign.faults import REFUSALS, FileRefused
from server.places.foreign.limited import run_child

_CHILD = "server.places.drawing.child"
DRAWING_STEPS = (*(f"read_{part}" for part in PARTS), "draw", "write_strips")


@dataclass(frozen=True)
class DrawingLimits:
    """Limits of one child.

    Attributes:
        features_max: of a file. vertices_max: of one feature. unpacked_max_bytes: of an archive.
        memory_max_bytes: address space. timeout_s: wall and processor time. answer_max_bytes: of any file it writes.
        findings_max: kept of the topology report; all are counted.
    """

    features_max: int = 300_000
    vertices_max: int = 10_000
    unpacked_max_bytes: int = 1024 * 1024 * 1024
    memory_max_bytes: int = 2 * 1024 * 1024 * 1024
    timeout_s: float = 300.0
    answer_max_bytes: int = 2 * 1024 * 1024 * 1024
    findings_max: int = 20_000


@dataclass(frozen=True)
class Drawn:
    """What was drawn: a GeoJSON file of zones, and what a person should look at.

    Attributes:
        layer: the file, as an import takes it. summary: {zones, algorithm, finding_counts}.
    """

    layer: IO[bytes]
    summary: dict[str, Any]
    _findings: IO[bytes]

    def findings(self) -> Iterator[dict[str, Any]]:
        """Each finding kept: kind, why, ids, street, size and its geometry as text."""
        self._findings.seek(0)
        next(self._findings)
        for line in self._findings:
            yield orjson.loads(line)


@dataclass(frozen=True)
class Drawer:
    """Draws, one child for each call.

    Attributes:
        scratch: folder for the children's folders. metric_srid: of the district.
    """

    scratch: Path
    metric_srid: int
    limits: DrawingLimits = field(default_factory=DrawingLimits)

    @contextmanager
    def drawn(
        self,
        files: Mapping[str, int],
        options: Mapping[str, Any],
        progress: Callable[[str], None] = lambda step: None,
    ) -> Iterator[Drawn]:
        """The strips of open files by their parts; there until the block ends.

        Args:
            options: township, valid_from (ISO), datum (or None) and sample.
        Raises:
            FileRefused: a file cannot be read, or it took too much. GroundRefused: nothing can be drawn from them.
        """
        self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.scratch, prefix="drawing-") as name:
            folder = Path(name)
            task = {
                "parts": list(files),
                "metric_srid": self.metric_srid,
                "options": dict(options),
                "limits": vars(self.limits),
            }
            (folder / TASK).write_bytes(orjson.dumps(task))
            with (folder / "layer").open("w+b") as layer, (folder / "answer").open("w+b") as answer:
                run_child(
                    _CHILD,
                    [layer.fileno(), answer.fileno(), *files.values()],
                    folder,
                    timeout_s=self.limits.timeout_s,
                    steps=DRAWING_STEPS,
                    progress=progress,
                )
                yield Drawn(layer, _summary(answer), answer)


def _summary(answer: IO[bytes]) -> dict[str, Any]:
    """The first line. Raises FileRefused, GroundRefused."""
    answer.seek(0)
    line = answer.readline()
    told: dict[str, Any] = orjson.loads(line) if line else {"refusal": "import_unreadable", "params": {}}
    if "faults" in told:
        raise GroundRefused(told["faults"])
    if "refusal" in told:
        code = told["refusal"] if told["refusal"] in REFUSALS else "import_unreadable"
        raise FileRefused(code, **told["params"])
    return told
