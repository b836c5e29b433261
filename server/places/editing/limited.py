"""Runs one computation in a child process that can be killed: limited in time, memory and number at once.

The child is a module that takes its limits as arguments and reads and writes JSON. It gets no environment of ours,
no descriptor and no working folder, so whatever a shape makes GEOS do stays in there.
"""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import structlog

REPOSITORY = Path(__file__).resolve().parents[3]
log = structlog.get_logger()


class ChildOverLimit(Exception):
    """The computation took too much time or memory, or crashed."""


class ChildBusy(Exception):
    """All children that may run at once were busy for too long."""


@dataclass(frozen=True)
class LimitedChild:
    """One module run as a child for each question.

    Attributes:
        module: run with `python -m`, with memory in bytes and processor time in seconds as arguments.
        timeout_s: wall time, after which it is killed; starting Python takes about 0.3 s of it.
        memory_bytes: address space.
        parallel: children at once; others wait `timeout_s` for their turn.
    """

    module: str
    timeout_s: float
    memory_bytes: int
    parallel: int
    _turns: threading.BoundedSemaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_turns", threading.BoundedSemaphore(self.parallel))

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The child's answer. Raises ChildOverLimit, ChildBusy."""
        if not self._turns.acquire(timeout=self.timeout_s):
            raise ChildBusy
        try:
            return self._run(orjson.dumps(request))
        finally:
            self._turns.release()

    def _run(self, question: bytes) -> dict[str, Any]:
        # One malloc arena and one BLAS thread, so that address space is what is used.
        environment = {
            "PYTHONPATH": str(REPOSITORY),
            "MALLOC_ARENA_MAX": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "LC_ALL": "C.UTF-8",
        }
        command = [
            *(sys.executable, "-B", "-m", self.module),
            *(str(self.memory_bytes), str(math.ceil(self.timeout_s))),
        ]
        try:
            done = subprocess.run(
                command,
                input=question,
                capture_output=True,
                timeout=self.timeout_s,
                cwd="/",
                env=environment,
                start_new_session=True,
                check=False,
            )
        except subprocess.TimeoutExpired as expired:
            raise ChildOverLimit from expired
        if done.returncode != 0:
            log.warning(
                "child_died", module=self.module, status=done.returncode, said=done.stderr[-500:].decode()
            )
            raise ChildOverLimit
        answer: dict[str, Any] = orjson.loads(done.stdout)
        return answer
