"""Sends reports to the server and counts what it says: wrk for reports alone, threads of ours for those with a photo.

Anything but a 201 for every report voids a round: a figure of a server that refuses means nothing.
"""

from __future__ import annotations

import http.client
import json
import resource
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.patrol import Walk, write_requests
from bench.stand import Server

SCRIPT = Path(__file__).with_name("intake.lua")
_REPLY_TIMEOUT_S = 30.0
# A round goes on until it has as many, which is what quantiles need.
_REPLIES_LEAST = 2


class RoundVoid(RuntimeError):
    """A round whose figure would mean nothing; the message says why."""


@dataclass(frozen=True)
class Load:
    """What one round came to. `generator_cpu_s` is what sending cost on the same processors."""

    replies: int
    took_s: float
    p50_ms: float
    p99_ms: float
    generator_cpu_s: float

    @property
    def per_s(self) -> float:
        return self.replies / self.took_s


@dataclass(frozen=True)
class Message:
    """One HTTP request in pieces, so that a large shared buffer is never copied together."""

    path: str
    officer: int
    content_type: str
    pieces: tuple[bytes | memoryview, ...]
    method: str = "PUT"
    wanted: int = 201

    @property
    def size_bytes(self) -> int:
        return sum(len(piece) for piece in self.pieces)


def have_wrk() -> bool:
    return shutil.which("wrk") is not None


def send_with_wrk(
    server: Server, folder: Path, given: Iterator[Walk], *, seconds: float, connections: int, threads: int
) -> Load:
    """One round of wrk over reports made before.

    Raises:
        RoundVoid: a reply other than 201, a connection error, or fewer reports made than it could send.
    """
    requests, tokens = folder / "requests.tsv", folder / "tokens.txt"
    write_requests(requests, given)
    tokens.write_text("\n".join(server.tokens) + "\n", encoding="ascii")
    # wrk takes whole seconds.
    shape = [
        f"-t{threads}",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        f"--timeout={_REPLY_TIMEOUT_S:.0f}s",
    ]
    command: list[str | Path] = [
        "wrk",
        *shape,
        "-s",
        SCRIPT,
        f"http://{server.host}:{server.port}",
        "--",
        requests,
        tokens,
        str(threads),
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = json.loads(told.splitlines()[-1])
    if said["errors"] or said["exhausted"] or said["created"] != said["replies"]:
        raise RoundVoid(f"{said}\n{told}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Load(said["replies"], said["took_s"], said["p50_ms"], said["p99_ms"], cpu_s)


def send_with_threads(
    server: Server,
    given: Iterable[Message],
    *,
    connections: int,
    seconds: float | None = None,
    tokens: Sequence[str] | None = None,
) -> Load:
    """Send messages over keep-alive connections until they, or the seconds, are over; two at least.

    Args:
        tokens: of who sends, in turn; the officers' when none are given.
    Raises:
        RoundVoid: a reply other than the one a message wants.
    """
    senders = tokens or server.tokens
    source, lock = iter(given), threading.Lock()
    begin = time.monotonic()
    latencies_ms: list[float] = []
    faults: list[str] = []

    def following() -> Message | None:
        with lock:
            late = seconds is not None and time.monotonic() - begin > seconds
            over = faults or (late and len(latencies_ms) >= _REPLIES_LEAST)
            return None if over else next(source, None)

    def run() -> None:
        line = http.client.HTTPConnection(server.host, server.port, timeout=_REPLY_TIMEOUT_S)
        try:
            while (message := following()) is not None:
                started = time.monotonic()
                status, body = _send(line, message, senders[message.officer % len(senders)])
                if status != message.wanted:
                    faults.append(f"{status} {body[:300]!r}")
                    return
                latencies_ms.append((time.monotonic() - started) * 1000)
        except (OSError, http.client.HTTPException) as error:
            faults.append(repr(error))
        finally:
            line.close()

    cpu_begin_s = time.process_time()
    in_threads(connections, lambda _: run())
    took_s = time.monotonic() - begin
    if faults or len(latencies_ms) < _REPLIES_LEAST:
        raise RoundVoid("; ".join(faults) or "fewer than two replies")
    cuts = statistics.quantiles(latencies_ms, n=100)
    return Load(len(latencies_ms), took_s, cuts[49], cuts[98], time.process_time() - cpu_begin_s)


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run `work(0)` to `work(count - 1)` at the same time and wait for all."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def json_messages(given: Iterable[Walk]) -> Iterator[Message]:
    """Reports without photos."""
    for walk in given:
        path = f"/api/v1/reports/{walk.report_id}"
        yield Message(path, walk.officer, "application/json", (walk.body().encode(),))


def _send(line: http.client.HTTPConnection, message: Message, token: str) -> tuple[int, bytes]:
    line.putrequest(message.method, message.path)
    line.putheader("Authorization", f"Bearer {token}")
    line.putheader("Content-Type", message.content_type)
    line.putheader("Content-Length", str(message.size_bytes))
    line.endheaders()
    for piece in message.pieces:
        line.send(piece)
    answer = line.getresponse()
    return answer.status, answer.read()
