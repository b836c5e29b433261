"""The app under gunicorn as in production (one process, threads), as a program; tells its port on standard output.

Its one argument is JSON: the settings and the server's database URL. It ends when its standard input closes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from config import Config
from server.app import create_app

# Standard output is for the port alone; a pipe that nobody reads any more would stop a server that logs into it.
_TOLD = os.dup(1)


class Application(BaseApplication):  # type: ignore[misc]
    """gunicorn without a command line."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": "127.0.0.1:0",
            "workers": 1,
            "threads": self.spec["threads"],
            "worker_class": "gthread",
            "loglevel": "critical",
            "keepalive": 5,
            "graceful_timeout": 1,
            "control_socket_disable": True,
            "when_ready": _tell_port,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(Config(**self.spec["config"]), app_database_url=self.spec["app_database_url"])


def _tell_port(arbiter: Any) -> None:
    os.write(_TOLD, f"{arbiter.LISTENERS[0].sock.getsockname()[1]}\n".encode())


def _end_with_the_caller() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    os.dup2(2, 1)
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    Application(json.loads(sys.argv[1])).run()
