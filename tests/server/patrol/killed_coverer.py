"""Workers that die while they cover: a parent that forks one after the other until nothing waits any more.

Run as a program by test_covering_kills; told on its command line what Spec says. Each death is a line on standard
output: the point at which it came.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import NoReturn

import psycopg

from server.jobs import connect
from server.patrol.covering.loop import cover_all
from tests.server.patrol.covered import coverer

_TOLD = os.dup(1)
POINTS = ("covering.taken", "covering.merged", "covering.put", "random")


@dataclass(frozen=True)
class Spec:
    """The first `kills` workers die: in turn at each of the points, in their first or second pass, or within
    `kill_within_s`. With `planted_bug` what waits is forgotten as soon as something is taken.
    """

    worker_url: str
    owner_url: str
    kill_within_s: float
    kills: int
    seed: int
    planted_bug: bool = False


def tell(line: str) -> None:
    os.write(_TOLD, line.encode() + b"\n")


def work(spec: Spec, doom: str | None, doomed_pass: int) -> NoReturn:
    """Cover, a little at a time, until nothing waits, or until the point `doom` of a pass."""
    passed: Counter[str] = Counter()

    def passing(point: str) -> None:
        passed[point] += 1
        if spec.planted_bug and point == "covering.taken":
            with psycopg.connect(spec.owner_url) as connection:
                connection.execute("DELETE FROM fix_arrival")
        if point == doom and passed[point] == doomed_pass:
            tell(point)
            os.kill(os.getpid(), signal.SIGKILL)

    with connect(spec.worker_url) as connection:
        cover_all(connection, coverer(passing, fixes_max=40, batches_max=4))
    os._exit(0)


def main() -> None:
    spec = Spec(**json.loads(sys.argv[1]))
    rng, died = random.Random(spec.seed), 0
    while True:
        doom = POINTS[died % len(POINTS)] if died < spec.kills else None
        pid = os.fork()
        if pid == 0:
            try:
                work(spec, doom, 1 + died // len(POINTS) % 2)
            finally:
                os._exit(3)
        status = _wait(pid, rng.uniform(0, spec.kill_within_s) if doom == "random" else None)
        if os.WIFSIGNALED(status):
            died += 1
        else:
            sys.exit(os.waitstatus_to_exitcode(status))


def _wait(pid: int, patience_s: float | None) -> int:
    """How a worker ended; one that lives longer than it should is killed."""
    until_s = None if patience_s is None else time.monotonic() + patience_s
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        if until_s is not None and time.monotonic() > until_s:
            tell("random")
            os.kill(pid, signal.SIGKILL)
            until_s = None
        time.sleep(0.002)


if __name__ == "__main__":
    os.dup2(2, 1)
    main()
