"""The server as it is run: gunicorn on a loopback port, over a test's own database and folder."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import BinaryIO

from config import Config
from server.running import server_command

ROOT = Path(__file__).resolve().parents[1]
_START_TIMEOUT_S = 180.0
_STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Served:
    """A running server: where it listens and what it logs (one JSON object a line)."""

    host: str
    port: int
    log_path: Path

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


class _Parent:
    """The process that servers are forked from, started with the first one and gone with us."""

    def __init__(self) -> None:
        self._asking, asked = socket.socketpair()
        with asked:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forking", str(asked.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[asked.fileno()],
            )
        atexit.register(self.close)

    def fork(self, environ: Mapping[str, str], listening: socket.socket, log: BinaryIO) -> int:
        """Process number of a new server."""
        told = json.dumps({"environ": environ, "command": server_command()[3:]}).encode()
        socket.send_fds(self._asking, [told], [listening.fileno(), log.fileno()])
        answer = self._asking.recv(64)
        assert answer, "the parent of servers ended by itself"
        return int(answer)

    def close(self) -> None:
        self._asking.close()
        self._process.wait()


_parent = cache(_Parent)


class _Forked:
    """A process that is no child of ours; its number is its own until we let go."""

    def __init__(self, pid: int) -> None:
        self._fd = os.pidfd_open(pid)

    def ended(self, within_s: float = 0.0) -> bool:
        return bool(select.select([self._fd], [], [], within_s)[0])

    def end(self) -> None:
        try:
            self._send(signal.SIGTERM)
            if not self.ended(_STOP_TIMEOUT_S):
                self._send(signal.SIGKILL)
                self.ended(_STOP_TIMEOUT_S)
        finally:
            os.close(self._fd)

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._fd, number)


@contextmanager
def serving(
    config: Config, *, database_url: str, app_database_url: str, settings: Mapping[str, object] | None = None
) -> Iterator[Served]:
    """One server process with the settings of `config`; ends with the block, whatever happens in it.

    It is forked (tests.forking); tests/server/test_run.py starts it by its command.

    Args:
        settings: further ones by their names in Config.
    """
    log_path = config.var / "served.log"
    config.var.mkdir(parents=True, exist_ok=True)
    # It listens before there is a server: nobody else can take the port, and whoever connects waits.
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening, open(log_path, "wb") as log:
        served = Served("127.0.0.1", listening.getsockname()[1], log_path)
        environ = _environ(config, served.port, database_url, app_database_url) | {
            f"FRONTAGE_{name.upper()}": str(value) for name, value in (settings or {}).items()
        }
        process = _Forked(_parent().fork(environ, listening, log))
    try:
        _wait_until_ready(served, process)
        yield served
    finally:
        process.end()


def _environ(config: Config, port: int, database_url: str, app_database_url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTAGE_")}
    return kept | {
        "FRONTAGE_VAR": str(config.var),
        "FRONTAGE_PORT": str(port),
        "FRONTAGE_DATABASE_URL": database_url,
        "FRONTAGE_APP_DATABASE_URL": app_database_url,
        "FRONTAGE_METRIC_SRID": str(config.metric_srid),
        "FRONTAGE_SERVER_PROCESSES": "1",
    }


def _wait_until_ready(served: Served, process: _Forked) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not _is_ready(served):
        told = served.log_path.read_text(encoding="utf-8", errors="replace")[-3000:]
        assert not process.ended(), f"the server ended by itself:\n{told}"
        assert time.monotonic() < deadline, f"the server is not ready:\n{told}"
        time.sleep(0.02)


def _is_ready(served: Served) -> bool:
    connection = HTTPConnection(served.host, served.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200
    except OSError:
        return False
    finally:
        connection.close()
