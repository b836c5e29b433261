"""A parent that keeps server processes alive while they are killed: imports once, forks in milliseconds.

Run as a program by tests.faults.killing. Every child serves the same listening socket with a threaded WSGI server
and ends itself by SIGKILL at named points; the parent kills others at random moments. It ends, with all its
children, when its standard input closes. What is sent and what has to hold afterwards is not here.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

from flask import Flask
from pyproj import Transformer
from werkzeug.serving import WSGIRequestHandler, make_server

from config import Config
from geo.metric import MetricPlane
from server import app as server_app
from server import parts, wiring
from server.evidence.folder_store import FolderStore
from server.evidence.inspector import PhotoInspector
from server.evidence.reach import ignore
from server.evidence.staging import StagedPhoto, Staging

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.005
_WAYS = ("_forward", "_inverse")


@dataclass(frozen=True)
class Spec:
    """What the parent is told on its command line; after `kills` the servers live on in peace."""

    config: dict[str, Any]
    app_database_url: str
    socket_fd: int
    processes: int
    kill_share: float
    kill_every_s: float
    seed: int
    kills: int
    only_at: str | None = None
    planted_bug: bool = False


class QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """A killed server writes no access log."""


class _Elsewhere:
    """Stands for the decoding process that the parent started and that all children share."""

    pid, returncode = 0, None

    def poll(self) -> None:
        """It lives as long as the parent."""

    def kill(self) -> None:
        """Not ours to kill."""

    def wait(self, timeout: float) -> None:
        """Not ours to wait for."""


class SharedInspector(PhotoInspector):
    """The real decoding process, started once: a new one for each killed server would be most of the run."""

    def warm(self, photo: Path) -> None:
        """Start the decoding process now, in the parent."""
        self.inspect(photo)

    def _forget_parent(self) -> None:
        control = self._control
        self._begin()
        self._control, self._process = control, _Elsewhere()  # type: ignore[assignment]


class QuickPlane(MetricPlane):
    """The same plane without a search in PROJ's database (40 ms) for each thread of each new server."""

    def __init__(self, srid: int) -> None:
        super().__init__(srid)
        self._local = threading.local()
        self._definitions = {name: super(QuickPlane, self)._transformer(name).definition for name in _WAYS}

    def _transformer(self, name: str) -> Transformer:
        found: Transformer | None = getattr(self._local, f"quick{name}", None)
        if found is None:
            found = Transformer.from_pipeline(self._definitions[name])
            setattr(self._local, f"quick{name}", found)
        return found


class LateStore(FolderStore):
    """The planted bug: a photo is kept only after the commit that already speaks of it."""

    def __init__(self, root: Path, staging: Staging) -> None:
        super().__init__(root, staging)
        self._late = threading.local()

    def keep(self, staged: StagedPhoto) -> None:
        self._late.__dict__.setdefault("photos", []).append(staged)

    def keep_now(self, reach: Callable[[str], None]) -> None:
        photos, self._late.photos = self._late.__dict__.get("photos", []), []
        if photos:
            reach("photo.late")
        for staged in photos:
            super().keep(staged)


def build_app(spec: Spec, reach: Callable[[str], None]) -> Flask:
    """The app of the children; nothing in it is connected or running yet, except the decoding process."""
    config = Config(**spec.config)
    store: LateStore | None = None
    if spec.planted_bug:
        store = LateStore(config.var / "photos", Staging(config.var / "staging", config.photo_max_bytes))

    def passing(point: str) -> None:
        reach(point)
        if store is not None and point == "intake.committed":
            store.keep_now(reach)

    with (
        mock.patch.object(wiring, "PhotoInspector", SharedInspector),
        mock.patch.object(parts, "MetricPlane", QuickPlane),
    ):
        return server_app.create_app(
            config, app_database_url=spec.app_database_url, photo_store=store, reach=passing
        )


class Killer:
    """Ends the process it is in at a share of the points it is told of, after saying at which."""

    def __init__(self, share: float, only_at: str | None) -> None:
        self.share = share
        self.only_at = only_at
        self.random = random.Random()

    def __call__(self, point: str) -> None:
        if self.only_at in (None, point) and self.random.random() < self.share:
            tell(point)
            os.kill(os.getpid(), signal.SIGKILL)


# Standard output is for us alone: what libraries print goes to standard error.
_TOLD = os.dup(1)


def tell(line: str) -> None:
    os.write(_TOLD, line.encode() + b"\n")


def serve(app: Flask, fd: int) -> NoReturn:
    make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler, fd=fd).serve_forever()
    raise AssertionError("a server that is killed never returns")


def _child(app: Flask, spec: Spec, killer: Killer, seed: int, parent: int) -> NoReturn:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    killer.random.seed(seed)
    try:
        serve(app, spec.socket_fd)
    finally:
        os._exit(3)


class Parent:
    """Forks, kills and replaces the children until standard input closes."""

    def __init__(self, spec: Spec, app: Flask, killer: Killer) -> None:
        self.spec, self.app, self.killer = spec, app, killer
        self.random = random.Random(spec.seed)
        self.children: set[int] = set()
        self.kills = 0

    def run(self) -> None:
        next_kill_s = time.monotonic() + self.spec.kill_every_s
        try:
            while not select.select([sys.stdin], [], [], _POLL_S)[0]:
                self._replace_dead()
                if self._may_kill(next_kill_s):
                    next_kill_s = time.monotonic() + self.random.expovariate(1 / self.spec.kill_every_s)
                    self._kill(self.random.choice(sorted(self.children)))
        finally:
            for pid in self.children:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _may_kill(self, next_kill_s: float) -> bool:
        at_any_moment = self.spec.only_at is None and self.kills < self.spec.kills
        return at_any_moment and time.monotonic() >= next_kill_s

    def _kill(self, pid: int) -> None:
        tell("random")
        os.kill(pid, signal.SIGKILL)

    def _replace_dead(self) -> None:
        for pid in sorted(self.children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                self.children.discard(pid)
                self._count()
                if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
                    tell(f"unexpected end {status}")
        while len(self.children) < self.spec.processes:
            self.children.add(self._fork())

    def _count(self) -> None:
        self.kills += 1
        if self.kills == self.spec.kills:
            # Those who live now still carry the wish to die: the last ones to go.
            self.killer.share = 0.0
            for pid in self.children:
                self._kill(pid)

    def _fork(self) -> int:
        seed, parent = self.random.getrandbits(64), os.getpid()
        pid = os.fork()
        if pid == 0:
            _child(self.app, self.spec, self.killer, seed, parent)
        return pid


def main() -> None:
    os.dup2(2, 1)
    spec = Spec(**json.loads(sys.argv[1]))
    socket.socket(fileno=os.dup(spec.socket_fd)).listen(128)
    killer = Killer(spec.kill_share, spec.only_at)
    app = build_app(spec, killer if spec.kills else ignore)
    app.extensions["frontage"].intake.inspector.warm(Path(sys.argv[2]))
    tell("ready")
    Parent(spec, app, killer).run()


if __name__ == "__main__":
    main()
