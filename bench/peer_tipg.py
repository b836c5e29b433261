"""tipg 1.6.1, the tile server tiles are measured beside: in a virtual environment of its own, over the same table.

It is no part of the product: it is installed under the data folder when first wanted, and asked over HTTP only.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from bench.stand import Stand
from server import running

VERSION = "1.6.1"
PROCESSES = 2
_HOST = "127.0.0.1"
_START_TIMEOUT_S = 60.0
_COLLECTION = "/collections/public.zone/tiles/WebMercatorQuad"
_FILTER = quote("kind='frontage'")
# Its own limit: one that is reached spares it work.
FEATURES_MAX = 20_000


def path_of(z: int, x: int, y: int) -> str:
    """The address of a tile of frontages with code and name, of its own columns."""
    asked = f"geom-column=geom&properties=code,name&filter={_FILTER}&filter-lang=cql2-text"
    return f"{_COLLECTION}/{z}/{x}/{y}?{asked}&limit={FEATURES_MAX}"


@contextmanager
def serve(stand: Stand, database: str) -> Iterator[int]:
    """tipg over one database of the stand; gives its port.

    Raises:
        running.RunFailed: it could not be installed or does not answer.
    """
    python = _installed(stand.var.parent / f"bench-peer-tipg-{VERSION}")
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port = int(probe.getsockname()[1])
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("FRONTAGE_", "TIPG_"))},
        "DATABASE_URL": _with_socket_as_host(stand.url(database)),
        "TIPG_DB_TABLES": '["public.zone", "public.case_file"]',
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_MAX_FEATURES_PER_TILE": str(FEATURES_MAX),
        "DB_MIN_CONN_SIZE": "4",
        "DB_MAX_CONN_SIZE": "4",
    }
    command = [str(python), "-m", "uvicorn", "tipg.main:app", "--host", _HOST, "--port", str(port)]
    with running.Children(stand.var / "log") as children:
        children.start("tipg", [*command, "--workers", str(PROCESSES), "--log-level", "warning"], environ)
        _wait(children, port)
        yield port


def _with_socket_as_host(url: str) -> str:
    """The same database in the only form of a socket's address that tipg's settings take."""
    parts = urlsplit(url)
    given = parse_qs(parts.query)
    host, port = quote(given["host"][0], safe=""), given["port"][0]
    return f"postgresql://{parts.username}@{host}:{port}{parts.path}"


def _installed(folder: Path) -> Path:
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not stamp.exists():
        wanted = [f"tipg=={VERSION}", "uvicorn"]
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "-q", *wanted],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise running.RunFailed(f"无法安装 tipg / tipg cannot be installed: {done.stderr[-1000:]}")
        stamp.write_text(VERSION)
    return python


def _wait(children: running.Children, port: int) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        children.check()
        line = http.client.HTTPConnection(_HOST, port, timeout=5)
        try:
            line.request("GET", "/collections/public.zone")
            if line.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            line.close()
        if time.monotonic() > deadline:
            raise running.RunFailed(f"tipg {_START_TIMEOUT_S:.0f} 秒内未就绪 / not ready in time")
        time.sleep(0.2)
