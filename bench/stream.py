"""The live feed: how long it takes from an event to the streams that show it, while reports come in.

The server runs as `frontage run` starts it. One thread reads all streams; latency is the time of arrival less the time
the history's entry bears, which is taken before its commit: the commit is in it. Both are clocks of one machine.
"""

from __future__ import annotations

import json
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from bench import load
from bench.figures import Findings, Target
from bench.ground import Streets
from bench.patrol import walks
from bench.processes import cpu_spent
from bench.scale import Scale
from bench.stand import Server, Stand

TARGET_MS = Target(500.0, at_least=False, absolute=True)
# Within the default limits: so many streams of one account in one process, whichever process takes them.
_PER_ACCOUNT = 8
_REPORTS_PER_S = 20.0
_OPEN_TIMEOUT_S = 30.0
_QUIET_S = 2.0


class _Reader:
    """All streams in one selector; notes how late each event is."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._left: dict[socket.socket, bytes] = {}
        self.late_ms: list[float] = []
        self.events: dict[socket.socket, list[int]] = {}

    def open(self, server: Server, token: str) -> None:
        line = socket.create_connection((server.host, server.port), timeout=_OPEN_TIMEOUT_S)
        line.sendall(
            f"GET /api/v1/stream HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        got = b""
        while b"retry: " not in got:
            piece = line.recv(65536)
            got += piece
            if not piece or b"HTTP/1.1 200" not in got:
                raise load.RoundVoid(f"no stream: {got[:200]!r}")
        line.setblocking(False)
        self._left[line], self.events[line] = b"", []
        self._selector.register(line, selectors.EVENT_READ)

    def read_until(self, over: threading.Event) -> None:
        """Read until `over` is set and nothing came for a while."""
        heard_at_s = time.monotonic()
        while not (over.is_set() and time.monotonic() - heard_at_s > _QUIET_S):
            for key, _ in self._selector.select(0.2):
                line = key.fileobj
                if isinstance(line, socket.socket) and self._take(line, time.time()):
                    heard_at_s = time.monotonic()

    def _take(self, line: socket.socket, arrived_s: float) -> bool:
        piece = line.recv(65536)
        if not piece:
            raise load.RoundVoid("a stream ended")
        *blocks, self._left[line] = (self._left[line] + piece).split(b"\n\n")
        told = [json.loads(block.partition(b"data: ")[2]) for block in blocks if b"data: " in block]
        for one in told:
            self.events[line].append(one["id"])
            self.late_ms.append((arrived_s - datetime.fromisoformat(one["at"]).timestamp()) * 1000)
        return bool(told)

    def close(self) -> None:
        for line in self._left:
            line.close()
        self._selector.close()


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds of: reports at a steady rate, every one of them told on every stream."""
    stand.fill("frontage", zones=scale.zones, township_vertices=scale.township_vertices)
    findings = Findings(f"动态 event to stream, {scale.streams:,} streams")
    streets = Streets(scale.zones)
    halves: list[float] = []
    nearly_all: list[float] = []
    worst: list[float] = []
    cpu_ms: dict[str, list[float]] = {}
    with stand.serve(scale.officers, dispatchers=-(-scale.streams // _PER_ACCOUNT)) as server:
        reader = _Reader()
        try:
            for number in range(scale.streams):
                reader.open(server, server.dispatchers[number // _PER_ACCOUNT])
            for number in range(scale.rounds):
                reader.late_ms.clear()
                with cpu_spent(server.families) as spent:
                    sent = _round(server, streets, reader, number, seconds=scale.round_s)
                if len(reader.late_ms) != sent * scale.streams:
                    raise load.RoundVoid(f"{sent} reports, {len(reader.late_ms)} events")
                cuts = statistics.quantiles(reader.late_ms, n=20)
                halves.append(cuts[9])
                nearly_all.append(cuts[18])
                worst.append(max(reader.late_ms))
                for name in ("server", "postgres"):
                    cpu_ms.setdefault(name, []).append(spent[name] / sent * 1000)
            if any(seen != sorted(set(seen)) for seen in reader.events.values()):
                raise load.RoundVoid("an event came twice or out of order")
        finally:
            reader.close()
    findings.add("事件到推送 event to stream, p50", "ms", halves)
    findings.add("事件到推送 event to stream, p95", "ms", nearly_all, target=TARGET_MS)
    findings.add("最慢一次 slowest", "ms", worst)
    for name, rounds in cpu_ms.items():
        findings.add(f"每个事件的处理器时间 CPU per event, intake included: {name}", "ms", rounds)
    findings.notes += [
        f"{_REPORTS_PER_S:.0f} reports a second, each told on every stream once and in order; two server processes.",
        "Latency from the entry's own time, before its commit, to its arrival at a reader on the same machine.",
    ]
    return findings


def _round(server: Server, streets: Streets, reader: _Reader, number: int, *, seconds: float) -> int:
    """Reports for so many seconds; returns how many were sent once every stream fell silent."""
    count = max(3, int(seconds * _REPORTS_PER_S))
    given = islice(walks(streets, officers=len(server.tokens), round_=100 + number, count=count), count)
    over = threading.Event()
    failed: list[BaseException] = []

    def read() -> None:
        try:
            reader.read_until(over)
        except BaseException as error:
            failed.append(error)

    reading = threading.Thread(target=read)
    reading.start()
    try:
        load.send_with_threads(server, _paced(load.json_messages(given)), connections=1)
    finally:
        over.set()
        reading.join()
    if failed:
        raise failed[0]
    return count


def _paced(messages: Iterator[load.Message]) -> Iterator[load.Message]:
    for message in messages:
        yield message
        time.sleep(1 / _REPORTS_PER_S)
