"""What processes cost, read from /proc: processor seconds and resident memory, of one process or a family.

Processor time of children that have ended counts for the parent that waited for them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat from the third on; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def children_of(pid: int) -> list[int]:
    """Living children of a process, whichever of its threads started them."""
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += [int(number) for number in (thread / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return found


def cpu_s(pid: int, *, with_ended_children: bool = False) -> float:
    """Processor seconds of a process so far; 0 when it is gone."""
    fields = _stat(pid)
    if not fields:
        return 0.0
    last = 15 if with_ended_children else 13
    return sum(int(value) for value in fields[11:last]) / TICKS_PER_S


def rss_bytes(pid: int) -> int:
    """Resident memory now; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except (FileNotFoundError, ProcessLookupError):
        return 0


@dataclass(frozen=True)
class Families:
    """The processes of a server under load: gunicorn's workers, their decoding processes, the database."""

    gunicorn: int
    postmaster: int

    @property
    def workers(self) -> list[int]:
        return children_of(self.gunicorn)

    @property
    def decoders(self) -> list[int]:
        """The long-living decoding process of each worker; it waits for a child for each photo."""
        return [child for worker in self.workers for child in children_of(worker)]

    def cpu(self) -> dict[str, float]:
        """Processor seconds so far, by family."""
        return {
            "server": sum(map(cpu_s, self.workers)),
            "decoding": sum(cpu_s(pid, with_ended_children=True) for pid in self.decoders),
            "postgres": sum(map(cpu_s, children_of(self.postmaster))),
        }


@contextmanager
def cpu_spent(families: Families) -> Iterator[dict[str, float]]:
    """Processor seconds by family between start and end of the block; filled when it ends."""
    before = families.cpu()
    spent: dict[str, float] = {}
    yield spent
    spent.update({name: seconds - before[name] for name, seconds in families.cpu().items()})


@dataclass
class MemoryWatch:
    """Samples resident memory of workers and of everything that decodes, while its block runs."""

    families: Families
    every_s: float = 0.05
    workers: dict[int, int] = field(default_factory=dict)
    decoding: dict[int, int] = field(default_factory=dict)
    decoding_together: int = 0
    samples: int = 0

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self.every_s):
            self._sample()

    def _sample(self) -> None:
        workers = self.families.workers
        decoders = [child for worker in workers for child in children_of(worker)]
        together = 0
        for pid in workers:
            self.workers[pid] = max(self.workers.get(pid, 0), rss_bytes(pid))
        for pid in decoders + [child for decoder in decoders for child in children_of(decoder)]:
            now = rss_bytes(pid)
            together += now
            self.decoding[pid] = max(self.decoding.get(pid, 0), now)
        self.decoding_together = max(self.decoding_together, together)
        self.samples += 1
