"""The server as it is run: gunicorn on a loopback port, over a test's own database and folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from config import Config

ROOT = Path(__file__).resolve().parents[1]
_START_TIMEOUT_S = 60.0
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


@contextmanager
def serving(
    config: Config, *, database_url: str, app_database_url: str, settings: Mapping[str, object] | None = None
) -> Iterator[Served]:
    """One server process with the settings of `config`; ends with the block, whatever happens in it.

    Args:
        settings: further ones by their names in Config.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = Served("127.0.0.1", port, config.var / "served.log")
    config.var.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "gunicorn", "-c", "python:server.gunicorn_conf", "server.wsgi:app"]
    with open(served.log_path, "wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environ(config, port, database_url, app_database_url)
            | {f"FRONTAGE_{name.upper()}": str(value) for name, value in (settings or {}).items()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_ready(served, process)
            yield served
        finally:
            process.terminate()
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


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


def _wait_until_ready(served: Served, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            connection = HTTPConnection(served.host, served.port, timeout=5)
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            answer.read()
            connection.close()
            if answer.status == 200:
                return
        except OSError:
            connection.close()
        told = served.log_path.read_text(encoding="utf-8", errors="replace")[-3000:]
        assert process.poll() is None, f"the server ended by itself:\n{told}"
        assert time.monotonic() < deadline, f"the server is not ready:\n{told}"
        time.sleep(0.05)
