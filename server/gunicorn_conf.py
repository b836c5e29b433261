"""How gunicorn runs the server: processes and threads of the configuration, limits, logs and measurements.

`gunicorn -c python:server.gunicorn_conf server.wsgi:app`. Nothing is loaded before the fork, so no connection, lock
or decoding process is ever shared between two server processes. A proxy in front should hold back slow senders:
a thread is taken for as long as a body trickles in.
"""

import os
import resource
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from config import Config
from server import logs

_config = Config.from_env(os.environ)
_metrics = _config.var / "run" / "metrics"
# Read by prometheus_client when it is first imported, which is after the fork.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics)

bind = f"[{_config.host}]:{_config.port}" if ":" in _config.host else f"{_config.host}:{_config.port}"
# gthread, whose connections may leave a request thread and become a stream.
worker_class = "server.feed.gunicorn_worker.StreamWorker"
workers = _config.server_processes
threads = _config.server_threads
preload_app = False
proc_name = "frontage"

# An idle connection costs a file descriptor and no thread; a phone that sends photo after photo keeps its own.
keepalive = 30
# For the main loop of a process, not for a request: one that does not report for a minute is stuck.
timeout = 60
# `frontage run` kills after 10 s. A photo cut off here is sent again; nothing of it was acknowledged.
graceful_timeout = 8
# The longest address of ours (match, with all its parameters) has 300 characters; a token is one header of 600.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# Heartbeats are file times: in memory, so that a full or slow disk does not make a process look dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# The HTTPS front of `frontage run`, and nobody else, tells from this machine who its phones are.
proxy_protocol = "v1"
proxy_allow_ips = "127.0.0.1"
# A second way in beside signals, whose file would lie in somebody's home folder.
control_socket_disable = True


class JsonLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger over ours; an access line has neither address, query, user nor body."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self.logfile = None
        logs.configure()
        self._asked = structlog.get_logger("frontage.access")

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        headers = {name.lower(): value for name, value in resp.headers}
        self._asked.info(
            "request",
            method=environ.get("REQUEST_METHOD"),
            path=environ.get("PATH_INFO"),
            status=resp.status_code,
            sent_bytes=getattr(resp, "sent", None),
            took_ms=round(request_time.total_seconds() * 1000, 1),
            request_id=headers.get("x-request-id"),
        )


logger_class = JsonLogger
accesslog = "-"


# Streams, requests and what they open; many systems allow 1024 to start with.
_OPEN_FILES = 2 * _config.streams_max_count + 2048


def on_starting(_: Any) -> None:
    """Counters of an earlier run are of processes that are gone; streams need file descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    _metrics.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in Path(_metrics).glob("*.db"):
        left.unlink(missing_ok=True)


def worker_exit(_: Any, worker: Any) -> None:
    """Requests are done or given up by now: streams end in order, and their readers come again elsewhere."""
    app = worker.app.callable
    if app is not None:
        app.extensions["frontage"].listener.close()


def child_exit(_: Any, worker: Any) -> None:
    """A process that ended keeps its counters and loses its gauges."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
