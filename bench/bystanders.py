"""How much of the machine others took while a part was measured: a ratio on a busy machine is no finding.

Everything the processors did, less what this program, its children and the database's processes did, sampled while it
happens. Time that a hypervisor kept for itself counts as others'.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.processes import TICKS_PER_S, children_of, cpu_s

_IDLE_FIELDS = (3, 4)  # idle and waiting for a disk
_FIELDS = 8  # up to steal; the guest fields after it are part of user


@dataclass
class Bystanders:
    """Watches while its block runs; `share` is then that of all processors taken by others, 0 to 1.

    Attributes:
        roots: processes that are ours, with all they started.
        every_s: between two samples; what lives shorter is seen through its parent.
    """

    roots: Sequence[int]
    every_s: float = 0.25
    _shares: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        return sum(self._shares) / len(self._shares) if self._shares else 0.0

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        before_s, busy_s, ours = time.monotonic(), machine_busy_s(), self._ours()
        while not self._stop.wait(self.every_s):
            now_s, busy_now_s, ours_now = time.monotonic(), machine_busy_s(), self._ours()
            spent_s = sum(seconds - ours.get(pid, 0.0) for pid, seconds in ours_now.items())
            room_s = (now_s - before_s) * (os.cpu_count() or 1)
            self._shares.append(min(1.0, max(0.0, (busy_now_s - busy_s - spent_s) / room_s)))
            before_s, busy_s, ours = now_s, busy_now_s, ours_now

    def _ours(self) -> dict[int, float]:
        found: dict[int, float] = {}
        waiting = list(self.roots)
        while waiting:
            pid = waiting.pop()
            if pid not in found:
                found[pid] = cpu_s(pid, with_ended_children=True)
                waiting += children_of(pid)
        return found


def machine_busy_s() -> float:
    """Seconds all processors together were busy since the start of the machine."""
    fields = [
        int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1 : 1 + _FIELDS]
    ]
    return sum(value for place, value in enumerate(fields) if place not in _IDLE_FIELDS) / TICKS_PER_S
