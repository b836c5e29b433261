"""One kill run: servers that die all the time, phones that do not give up, and the count of what happened."""

from __future__ import annotations

import json
import queue
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from tests import factories
from tests.faults.ledger_of_promises import broken_promises
from tests.faults.phone import Job, Phone
from tests.faults.world import World, unique_photo
from tests.faults.zygote import Spec

ROOT = Path(__file__).resolve().parents[2]
_STOP_WAIT_S = 120.0
Sent = TypeVar("Sent")
ToSend = TypeVar("ToSend", contravariant=True)


@dataclass(frozen=True)
class Plan:
    """How a run goes. `kill_share` of the points passed end a server; others die every `kill_every_s` on average.

    With `only_at` servers die at that one point and nowhere else.
    """

    kills: int
    processes: int = 2
    phones: int = 8
    kill_share: float = 0.06
    kill_every_s: float = 0.5
    duplicate_share: float = 0.2
    seed: int = 1
    give_up_after_s: float = 240.0
    only_at: str | None = None
    planted_bug: bool = False


@dataclass
class Outcome:
    """What a run did and which promises it found broken."""

    killed: Counter[str] = field(default_factory=Counter)
    receipts: dict[Job, dict[str, Any]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0

    @property
    def kills(self) -> int:
        return sum(count for point, count in self.killed.items() if not point.startswith("unexpected"))


class Servers:
    """The parent of the servers as a child process of ours, and what it tells."""

    def __init__(self, world: World, plan: Plan, photo: Path) -> None:
        self.killed: Counter[str] = Counter()
        self._ready = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._socket.getsockname()[1]
        config = world.config.model_dump(mode="json")
        spec = Spec(
            config,
            world.app_database_url,
            self._socket.fileno(),
            plan.processes,
            plan.kill_share,
            plan.kill_every_s,
            plan.seed,
            plan.kills,
            plan.only_at,
            plan.planted_bug,
        )
        # What a decoder says when the server that asked it has died is no news here, and thousands of lines.
        self._log = (world.config.var / "servers.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote", json.dumps(asdict(spec)), str(photo)],
            pass_fds=[self._socket.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=ROOT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait_until_ready(self, timeout_s: float) -> None:
        if not self._ready.wait(timeout_s):
            told = Path(self._log.name).read_text(errors="replace")[-2000:]
            raise TimeoutError(f"the servers did not start within {timeout_s} s: {told}")

    @property
    def kills(self) -> int:
        return sum(self.killed.values())

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == "ready\n":
                self._ready.set()
            else:
                self.killed[line.strip()] += 1

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_WAIT_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._listener.join(_STOP_WAIT_S)
            self._process.stdout.close()
            self._socket.close()
            self._log.close()


@contextmanager
def servers(world: World, plan: Plan) -> Iterator[Servers]:
    """Running servers; nothing of them is left when the block ends, however it ends."""
    photo = world.config.var / "warm.jpg"
    photo.write_bytes(factories.photo_bytes())
    made = Servers(world, plan, photo)
    try:
        made.wait_until_ready(240.0)
        yield made
    finally:
        made.close()


def run(world: World, plan: Plan, progress: Callable[[int], None] = lambda kills: None) -> Outcome:
    """Send reports until `plan.kills` servers have died, then see what is left."""
    outcome, started_s = Outcome(), time.monotonic()
    with servers(world, plan) as living:
        phone = Phone(living.port, world.headers)
        outcome.receipts = deliver_all(phone, _jobs(plan), plan, living, progress)
        outcome.killed = living.killed
    outcome.elapsed_s = time.monotonic() - started_s
    outcome.broken = broken_promises(world, outcome.receipts)
    outcome.broken += [f"a server ended by itself: {p}" for p in outcome.killed if p.startswith("unexpected")]
    return outcome


class Delivers(Protocol[ToSend]):
    """A phone that sends one thing until it is acknowledged; returns what it was told."""

    def deliver(self, job: ToSend, rng: random.Random, give_up_s: float) -> dict[str, Any]: ...


@dataclass
class _Crowd(Generic[Sent]):
    """Phones that take jobs from one queue; the first failure of one ends the work of all."""

    phone: Delivers[Sent]
    plan: Plan
    receipts: dict[Sent, dict[str, Any]] = field(default_factory=dict)
    failures: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.waiting: queue.Queue[Sent | None] = queue.Queue(maxsize=self.plan.phones)
        self.give_up_s = time.monotonic() + self.plan.give_up_after_s
        self.threads = [threading.Thread(target=self._work, args=[n]) for n in range(self.plan.phones)]

    def __enter__(self) -> _Crowd[Sent]:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for _thread in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join()

    def _work(self, number: int) -> None:
        rng = random.Random(f"{self.plan.seed} {number}")
        while (job := self.waiting.get()) is not None:
            if self.failures:
                continue
            try:
                self.receipts[job] = self.phone.deliver(job, rng, self.give_up_s)
            except BaseException as failure:
                self.failures.append(failure)


def deliver_all(
    phone: Delivers[Sent],
    jobs: Iterable[Sent],
    plan: Plan,
    living: Servers,
    progress: Callable[[int], None] = lambda kills: None,
) -> dict[Sent, dict[str, Any]]:
    """Let phones deliver jobs until `plan.kills` servers have died; what each was told at last."""
    with _Crowd(phone, plan) as crowd:
        for job in jobs:
            crowd.waiting.put(job)
            progress(living.kills)
            if living.kills >= plan.kills or crowd.failures:
                break
    if crowd.failures:
        raise crowd.failures[0]
    return crowd.receipts


def _jobs(plan: Plan) -> Iterator[Job]:
    """Endless reports of one or two photos; some are given to two phones at once."""
    rng, base = random.Random(plan.seed), factories.photo_bytes(size=(320, 240))
    while True:
        job = Job(tuple(unique_photo(base) for _ in range(rng.choice((1, 1, 2)))))
        yield job
        if rng.random() < plan.duplicate_share:
            yield job
