"""A real HTTP server over a deployment, and raw sockets to it: what a test client is too polite to send."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.faults.world import World

ROOT = Path(__file__).resolve().parents[2]
_WAIT_S = 30.0


@dataclass(frozen=True)
class Served:
    """One server on loopback."""

    world: World
    port: int
    pid: int

    @property
    def worker_pid(self) -> int:
        """The process that answers; `pid` is its parent."""
        told = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        # The list can be empty for a moment while a child is being forked or taken away.
        while not (children := told.read_text().split()):
            time.sleep(0.05)
        return int(children[0])

    @property
    def var(self) -> Path:
        """The data folder as the server sees it, which may have a file system of its own."""
        return Path("/proc", str(self.pid), "root", *self.world.config.var.parts[1:])

    def head(
        self, length: int | None, content_type: str, report_id: UUID | None = None, *more: str, path: str = ""
    ) -> bytes:
        """Request line and headers of a report (or of `path`) with a body of that declared length."""
        lines = [
            f"PUT {path or f'/api/v1/reports/{report_id or uuid4()}'} HTTP/1.1",
            "Host: frontage",
            "Connection: close",
            f"Authorization: {self.world.headers['Authorization']}",
            f"Content-Type: {content_type}",
            *([] if length is None else [f"Content-Length: {length}"]),
            *more,
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def exchange(self, data: bytes, *, hang_up: bool = False) -> tuple[int, Any]:
        """Send bytes and read the answer; with `hang_up` say first that no more will come.

        Returns:
            Status and JSON body, or (0, None) when the server just closed the connection.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=_WAIT_S) as connection:
            connection.sendall(data)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except ConnectionResetError:
                pass
        if not answer:
            return 0, None
        head, _, body = answer.partition(b"\r\n\r\n")
        is_json = b"json" in head.lower()
        return int(head.split()[1]), json.loads(body) if is_json and body else None


@contextmanager
def served(world: World, *, threads: int = 8, before: tuple[str, ...] = ()) -> Iterator[Served]:
    """gunicorn as a child process, gone when the block ends; `before` is a command that executes it."""
    spec = {
        "config": world.config.model_dump(mode="json"),
        "app_database_url": world.app_database_url,
        "threads": threads,
    }
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "tests.faults.gunicorn_target", json.dumps(spec)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield Served(world, int(process.stdout.readline()), process.pid)
    finally:
        process.stdin.close()
        try:
            process.wait(_WAIT_S)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def wait_until(holds: Callable[[], bool], timeout_s: float = 60.0) -> bool:
    """Whether something comes true within the time; asked again every 20 ms."""
    give_up_s = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > give_up_s:
            return False
        time.sleep(0.02)
    return True
