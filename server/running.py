"""Everything `frontage run` starts and stops: the private cluster, the server and the worker as children.

Children have their own process groups and log files; one that ends by itself ends the run, and all of them end
with it, even when it is killed. What the run does between start and stop is the command line's business.
"""

from __future__ import annotations

import ctypes
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from server.deployment import Deployment

ROOT = Path(__file__).resolve().parents[1]
POLL_INTERVAL_S = 0.05
TAIL_LINES = 20
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Where a restore builds; a run beside it would begin an empty database.
UNFINISHED_RESTORE = "restoring"
_PR_SET_PDEATHSIG = 1


class RunFailed(RuntimeError):
    """The run cannot begin or go on; the message says what to do."""


class Stop(BaseException):
    """Somebody asked the run to end. No Exception: nothing on the way may mistake it for a failure."""


@dataclass(frozen=True)
class Child:
    """One process that the run started."""

    name: str
    process: subprocess.Popen[bytes]
    log_path: Path


@dataclass
class Children:
    """The processes of one run; leaving the block ends them.

    Attributes:
        log_folder: gets `<name>.log`; that of the run before stays as `<name>.log.1`.
        stop_timeout_s: how long they may take to finish what they do before they are killed.
    """

    log_folder: Path
    stop_timeout_s: float = 10.0
    _living: list[Child] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> Child:
        """Start a process in its own group, so that Ctrl-C reaches it through us and in order."""
        log_path = self.log_folder / f"{name}.log"
        if log_path.exists():
            log_path.rename(log_path.with_suffix(".log.1"))
        with open(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=dict(environ),
                start_new_session=True,
                preexec_fn=_end_with(os.getpid()),
            )
        child = Child(name, process, log_path)
        self._living.append(child)
        return child

    def check(self) -> None:
        """Raises RunFailed, with the end of its log, when one has ended by itself."""
        for child in self._living:
            code = _exit_code(child.process.pid)
            if code is not None:
                raise RunFailed(
                    f"{child.name} 意外退出(代码 {code}),见 {child.log_path}。 / "
                    f"{child.name} ended by itself with code {code}; the end of its log:\n{tail(child.log_path)}"
                )

    def wait_until_ready(self, host: str, port: int, *, timeout_s: float = 60.0) -> None:
        """Wait until /readyz says yes.

        Raises:
            RunFailed: a child ended, or it took too long.
        """
        deadline = time.monotonic() + timeout_s
        while not _ready(host, port):
            self.check()
            if time.monotonic() > deadline:
                told = "\n".join(tail(child.log_path) for child in self._living)
                raise RunFailed(f"{timeout_s:.0f} 秒内未就绪。 / Not ready after {timeout_s:.0f} s:\n{told}")
            time.sleep(POLL_INTERVAL_S)

    def wait(self) -> None:
        """Wait until a child ends by itself (RunFailed); a signal ends it with Stop."""
        while True:
            self.check()
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask all at once to finish, then kill what is left. Ends with every process of theirs gone."""
        for child in self._living:
            os.kill(child.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + self.stop_timeout_s
        while time.monotonic() < deadline and any(_exit_code(c.process.pid) is None for c in self._living):
            time.sleep(POLL_INTERVAL_S)
        for child in self._living:
            # Also when it ended in time: what it started itself goes too. Only then is it reaped, so that its
            # number is nobody else's by now.
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self._living.clear()


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """One run a data folder; the kernel lets go when a run is killed.

    Raises:
        RunFailed: another run has it.
    """
    folder = var / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(folder / "run.lock", "a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise RunFailed(
                f"数据目录 {var} 已在运行(进程 {lock.read().strip()}),请先停止它或另设 FRONTAGE_VAR。 / "
                f"{var} is in use by another run: stop it first, or set another FRONTAGE_VAR."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into Stop, once: the clean-up that follows is left alone."""

    def stop(_: int, __: FrameType | None) -> None:
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise Stop

    before = {number: signal.signal(number, stop) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def database(deployment: Deployment) -> Iterator[None]:
    """The deployment's database, started and migrated; stopped at the end when it was started here.

    Raises:
        ClusterError, sqlalchemy.exc.SQLAlchemyError: it cannot be had.
    """
    cluster = deployment.cluster
    ours = cluster is not None and not cluster.running()
    try:
        if (deployment.config.var / UNFINISHED_RESTORE).exists():
            raise RunFailed(
                f"上次恢复被中断,请重新运行 frontage restore,或删除 {deployment.config.var / UNFINISHED_RESTORE}。 / "
                "A restore was interrupted: run frontage restore again, or remove that folder."
            )
        deployment.prepare()
        yield
    finally:
        if cluster is not None and ours:
            cluster.stop()


def require_free_port(host: str, port: int) -> None:
    """Raises RunFailed when nobody may listen there, before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server will: a port that only waits for its last packets is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise RunFailed(
                f"无法使用 {host} 端口 {port}:{error.strerror}。可另选端口:make run PORT={port % 65535 + 1} / "
                f"Cannot listen on {host} port {port}: {error.strerror}. Another one: make run PORT={port % 65535 + 1}"
            ) from error


def server_command() -> list[str]:
    """How the server is started; it reads its settings from the environment."""
    return [sys.executable, "-m", "gunicorn", "--config", "python:server.gunicorn_conf", "server.wsgi:app"]


def worker_command() -> list[str]:
    return [sys.executable, "-m", "server.cli", "worker"]


def https_command() -> list[str]:
    return [sys.executable, "-m", "server.cli", "https"]


def child_environ(environ: Mapping[str, str], deployment: Deployment) -> dict[str, str]:
    """The caller's environment with the settings this run really uses; UTF-8 whatever the locale."""
    config = deployment.config
    ours = {"FRONTAGE_VAR": str(config.var), "FRONTAGE_HOST": config.host, "FRONTAGE_PORT": str(config.port)}
    return {**environ, **ours, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}


def local_address(host: str) -> str:
    """Where this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _ready(host: str, port: int) -> bool:
    line = http.client.HTTPConnection(local_address(host), port, timeout=5)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _exit_code(pid: int) -> int | None:
    """How a child ended, negative for a signal; None while it lives. It is not reaped."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if ended is None:
        return None
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status


def _end_with(parent: int) -> Callable[[], None]:
    """What a new child does first: ask the kernel for SIGTERM when we are killed and cannot stop it."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask
