"""A parent of servers: it imports everything once and forks each server in milliseconds, where a new process takes
two seconds of a processor for the imports alone.

Run as a program by tests.serving, which asks over a socket: JSON (environment, command line) and two open files, the
listening socket and the log. What is forked runs gunicorn's own command line, so that configuration, workers, hooks
and signals are those of production; only modules of the server that read no setting are there before. The parent
ends, and the servers with it, when its socket closes.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NoReturn

from tests import quick_routes

_PR_SET_PDEATHSIG = 1
_MESSAGE_MAX_BYTES = 1 << 20
# Neither server.wsgi nor server.gunicorn_conf: those read the settings.
_ONCE = (
    "gunicorn.app.wsgiapp",
    "gunicorn.glogging",
    "prometheus_client.multiprocess",
    "server.app",
    "server.deployment",
    "server.feed.gunicorn_worker",
)


def _serve(environ: Mapping[str, str], command: Sequence[str], listening: int, log: int) -> NoReturn:
    """Become the server: as a process that was started with this environment, command line and files."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environ)
    for output in (1, 2):
        os.dup2(log, output)
    os.close(log)
    random.seed()
    from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]

    sys.argv = ["gunicorn", *command, "--bind", f"fd://{listening}"]
    try:
        WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def _answer(asked: socket.socket) -> None:
    while True:
        message, files, _, _ = socket.recv_fds(asked, _MESSAGE_MAX_BYTES, 2)
        if not message:
            return
        told = json.loads(message)
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(0)
            asked.close()
            _serve(told["environ"], told["command"], *files)
        for file in files:
            os.close(file)
        asked.sendall(f"{pid}\n".encode())


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="frontage-forking-") as folder,
        socket.socket(fileno=int(sys.argv[1])) as asked,
    ):
        # Where the values of a server lie is decided anew after each fork; that they lie in files, at the import.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        for name in _ONCE:
            import_module(name)
        quick_routes.install()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel takes away who has ended
        _answer(asked)


if __name__ == "__main__":
    main()
