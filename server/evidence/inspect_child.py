"""The decoding process: `python -m server.evidence.inspect_child FD`, started and spoken to by inspector.py
only.

It is single-threaded and warm (Pillow and libheif loaded once); for each photo it forks a child that gets
the photo as an open file, limits itself, decodes, writes its answer and ends. It ends itself when its
parent is gone and kills children that overrun. Nothing here opens a network, a database or a path but the
font of a stamped copy, and a child holds nothing but its photo.
"""

import ctypes
import gc
import json
import math
import os
import resource
import select
import signal
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from mmap import ACCESS_READ, mmap
from typing import Any

from server.evidence import decode
from server.evidence.faults import PhotoRefused

REQUEST_BYTES = 16384
PARENT_LOOK_S = 1.0
KILL_GRACE_S = 0.5
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
OPEN_FILES = 64

_prctl: Callable[..., int] = ctypes.CDLL(None, use_errno=True).prctl


@dataclass
class _Running:
    """A child at work; `reply` stays open here to answer for a child that dies without a word."""

    reply: socket.socket
    deadline_s: float


class Zygote:
    """Takes requests from `control` and forks for each.

    One JSON line a request, with two open files: reply, photo.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._parent = os.getppid()
        self._running: dict[int, _Running] = {}
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)

    def serve(self) -> None:
        """Until the parent has closed its end or is gone."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while os.getppid() == self._parent:
            ready = {file for file, _ in poll.poll(self._next_look_s() * 1000)}
            if self._woken.fileno() in ready:
                self._woken.recv(4096)
            self._reap()
            self._kill_overdue()
            if self._control.fileno() in ready and not self._take():
                return

    def _next_look_s(self) -> float:
        overdue = (child.deadline_s - time.monotonic() for child in self._running.values())
        return max(0.01, min(PARENT_LOOK_S, *overdue)) if self._running else PARENT_LOOK_S

    def _take(self) -> bool:
        message, files, _, _ = socket.recv_fds(self._control, REQUEST_BYTES, 2)
        if not message:
            return False
        reply, photo = socket.socket(fileno=files[0]), files[1]
        request = json.loads(message)
        pid = os.fork()
        if pid == 0:
            self._be_child(request, reply, photo)
        os.close(photo)
        deadline_s = time.monotonic() + request["timeout_s"] + KILL_GRACE_S
        self._running[pid] = _Running(reply, deadline_s)
        return True

    def _be_child(self, request: dict[str, Any], reply: socket.socket, photo: int) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            # The other photos and the way to the parent are not for a process that decodes hostile bytes.
            for other in (
                self._control,
                self._woken,
                self._wake,
                *(run.reply for run in self._running.values()),
            ):
                other.close()
            free_bytes = _limit_this_process(request["max_memory_bytes"], request["timeout_s"])
            reply.sendall(_answer(request, photo, free_bytes))
            status = 0
        except BaseException:
            # Nothing above this frame may run in the child, so the report is made here.
            traceback.print_exc()
        finally:
            os._exit(status)

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._running.pop(pid)
            if status != 0:
                _tell(child.reply, {"died": os.waitstatus_to_exitcode(status)})
            child.reply.close()

    def _kill_overdue(self) -> None:
        now_s = time.monotonic()
        for pid, child in self._running.items():
            if child.deadline_s < now_s:
                os.kill(pid, signal.SIGKILL)


def _limit_this_process(max_memory_bytes: int, timeout_s: float) -> int:
    """Set every limit on the calling process; returns the bytes it may still allocate."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    cpu_s = math.ceil(timeout_s)
    for what, limit in (
        (resource.RLIMIT_AS, max_memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(what, (limit, limit))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    with open("/proc/self/statm", "rb") as statm:
        pages_count = int(statm.read().split()[0])
    return max(0, max_memory_bytes - pages_count * resource.getpagesize())


def _answer(request: dict[str, Any], photo: int, free_bytes: int) -> bytes:
    limits = decode.DecodeLimits(request["max_pixels"], free_bytes)
    try:
        if os.fstat(photo).st_size == 0:
            raise PhotoRefused("photo_not_an_image", "文件为空 / The file is empty")
        # Mapped, not read: the file's position belongs to the parent as well.
        data = mmap(photo, 0, access=ACCESS_READ)
        if request["verb"] == "thumbnail":
            picture = decode.thumbnail(data, limits, request["edge_px"], request["form"], request["quality"])
            return _line({"picture_bytes": len(picture)}) + picture
        if request["verb"] == "likeness":
            return _line({"likeness": decode.likeness(data, limits)})
        if request["verb"] == "stamp":
            picture = decode.stamped(
                data, limits, request["edge_px"], request["quality"], request["lines"], request["font"]
            )
            return _line({"picture_bytes": len(picture)}) + picture
        return _line({"facts": asdict(decode.inspect(data, limits))})
    except PhotoRefused as refused:
        return _line({"refused": {"code": refused.code, "message": refused.message}})
    except MemoryError:
        over = decode.over_limit()
        return _line({"refused": {"code": over.code, "message": over.message}})


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, allow_nan=False).encode() + b"\n"


def _tell(reply: socket.socket, value: dict[str, Any]) -> None:
    try:
        reply.sendall(_line(value))
    except (BrokenPipeError, ConnectionResetError):
        # Whoever asked has stopped waiting.
        return


def main() -> None:
    """Serve on the inherited socket whose number is the only argument."""
    # Pillow warns about odd files: what matters is in the answer, and hostile bytes do not write our log.
    warnings.simplefilter("ignore")
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        Zygote(control).serve()


if __name__ == "__main__":
    main()
