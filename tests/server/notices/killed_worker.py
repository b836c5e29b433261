"""Workers that die: a parent that forks one after the other, each of which sends what is due and may end by SIGKILL.

Run as a program by test_worker_kills; told on its command line what Spec says. Points and the random moment take
turns, so that each has its share of deaths however slow the machine is. A worker that finds nothing left ends by
itself, and the parent with it. Each death is a line on standard output: the point at which it came.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

import psycopg

from config import Config
from server.jobs import connect
from server.wiring import deliverer_of

_TOLD = os.dup(1)
_RANDOM = "random"
_TURNS = ("notices.taken", "notices.sent", "notices.noted", _RANDOM)


@dataclass(frozen=True)
class Spec:
    """`kill_share` of the times a worker passes its point end it; each fourth dies within `kill_within_s`; in all
    `kills`.

    With `planted_bug` a message counts as sent as soon as it is taken.
    """

    config: dict[str, Any]
    worker_url: str
    owner_url: str
    kill_share: float
    kill_within_s: float
    kills: int
    seed: int
    planted_bug: bool = False


def tell(line: str) -> None:
    os.write(_TOLD, line.encode() + b"\n")


def work(spec: Spec, seed: int, dies_at: str | None) -> NoReturn:
    """Send until nothing waits any more, or until the point at which this one dies."""
    rng = random.Random(seed)

    def passing(point: str) -> None:
        if spec.planted_bug and point == "notices.taken":
            with psycopg.connect(spec.owner_url) as connection:
                connection.execute(
                    "UPDATE notice_delivery SET state = 'sent', settled_at = now() "
                    "WHERE state = 'pending' AND batch_id IS NOT NULL"
                )
        if point == dies_at and rng.random() < spec.kill_share:
            tell(point)
            os.kill(os.getpid(), signal.SIGKILL)

    deliverer = deliverer_of(
        Config(**spec.config), lambda: connect(spec.worker_url), lambda: datetime.now(UTC), reach=passing
    )
    with connect(spec.worker_url) as connection:
        while True:
            deliverer.run()
            # What a worker of before took is put off for a moment yet.
            row = connection.execute("SELECT count(*) FROM notice_channels_due_v1('infinity')").fetchone()
            if row == (0,):
                os._exit(0)
            time.sleep(0.01)


def main() -> None:
    spec = Spec(**json.loads(sys.argv[1]))
    rng, died = random.Random(spec.seed), 0
    while True:
        dies_at = _TURNS[died % len(_TURNS)] if died < spec.kills else None
        pid = os.fork()
        if pid == 0:
            try:
                work(spec, rng.getrandbits(32) + died, dies_at)
            finally:
                os._exit(3)
        status = _wait(pid, rng.uniform(0, spec.kill_within_s) if dies_at == _RANDOM else None)
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
            tell(_RANDOM)
            os.kill(pid, signal.SIGKILL)
            until_s = None
        time.sleep(0.002)


if __name__ == "__main__":
    os.dup2(2, 1)
    main()
