"""Asks a limited child process what a photo is: the server itself never runs a decoder on bytes somebody
sent.

One decoding process (inspect_child.py) is started at the first photo and again whenever it has died; each
photo goes to it as an open file. It gets no environment of ours, so no password is in reach of a decoder.
Safe from many threads, and after a fork the new process starts a decoding process of its own.
"""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast, get_args

from server.evidence.facts import PhotoFacts, facts_from_json
from server.evidence.faults import InspectorUnavailable, PhotoRefused, RefusalCode

log = logging.getLogger(__name__)

REPOSITORY = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024
ANSWER_BYTES = 8 * MIB
STOP_WAIT_S = 5.0
MEMORY_OR_TIME = "解码照片超出内存或时间限制 / Decoding takes too much memory or time"
LIKENESS_DIGITS = 128
CRASHED = "照片使解码器崩溃 / The photo crashes the decoder"
# -9: our own kill of an overrun or the system's for memory; -14 SIGALRM, -24 SIGXCPU.
LIMIT_SIGNALS = frozenset({-9, -14, -24})


class _Gone(Exception):
    """The decoding process ended before it answered."""


class PhotoInspector:
    """Decodes photos in limited children, at most `parallel` at once.

    Args:
        max_pixels: width x height; a larger photo is refused before anything is allocated for it.
        max_memory_bytes: address space of one child, its 60 MB of program included. 512 MiB hold 50
            megapixels of JPEG, PNG and HEIC, and 28 of WebP, whose decoder needs 16 bytes a pixel.
        timeout_s: wall and processor time of one photo.
        parallel: children at once.
        wait_s: how long a photo waits for its turn before InspectorUnavailable.
        grace_s: how long after timeout_s an answer is awaited: the child's own alarm and the decoding
            process's kill come first and answer properly; after this the whole decoding process is
            replaced.
    """

    def __init__(
        self,
        max_pixels: int = 50_000_000,
        max_memory_bytes: int = 512 * MIB,
        timeout_s: float = 10.0,
        parallel: int = 2,
        wait_s: float = 30.0,
        grace_s: float = 3.0,
    ) -> None:
        self._limits = {
            "max_pixels": max_pixels,
            "max_memory_bytes": max_memory_bytes,
            "timeout_s": timeout_s,
        }
        self._timeout_s = timeout_s
        self._parallel = parallel
        self._wait_s = wait_s
        self._grace_s = grace_s
        self._begin()
        _living.add(self)

    def inspect(self, photo: int | Path | str) -> PhotoFacts:
        """Decode the photo to its end.

        Args:
            photo: an open, readable file descriptor (its position is neither used nor moved) or a path.
        Errors: PhotoRefused with a stable code; InspectorUnavailable when nothing could be found out;
            OSError when a path cannot be opened.
        """
        header, _ = self._ask(photo, {"verb": "inspect"})
        try:
            return facts_from_json(json.dumps(header["facts"]).encode())
        except (KeyError, ValueError) as error:
            raise PhotoRefused("photo_corrupt", CRASHED) from error

    def picture(self, photo: int | Path | str, *, edge_px: int, form: str, quality: int) -> bytes:
        """A derived picture, see derive.thumbnail. Errors: as `inspect`."""
        return self._derived(
            photo, {"verb": "thumbnail", "edge_px": edge_px, "form": form, "quality": quality}
        )

    def stamped(
        self, photo: int | Path | str, *, edge_px: int, quality: int, lines: Sequence[str], font: Path
    ) -> bytes:
        """A copy with text below it, see derive.stamped. Errors: as `inspect`."""
        request = {"verb": "stamp", "edge_px": edge_px, "quality": quality, "lines": list(lines)}
        return self._derived(photo, {**request, "font": str(font)})

    def likeness(self, photo: int | Path | str) -> str:
        """128 digits, 0 or 1: photos of one thing differ in few, see decode.likeness. Errors: as `inspect`."""
        header, _ = self._ask(photo, {"verb": "likeness"})
        digits = header.get("likeness")
        if not isinstance(digits, str) or len(digits) != LIKENESS_DIGITS or set(digits) - {"0", "1"}:
            raise PhotoRefused("photo_corrupt", CRASHED)
        return digits

    def _derived(self, photo: int | Path | str, request: dict[str, Any]) -> bytes:
        header, picture = self._ask(photo, request)
        if header.get("picture_bytes") != len(picture) or not picture:
            raise PhotoRefused("photo_corrupt", CRASHED)
        return picture

    @property
    def child_pid(self) -> int | None:
        """Process id of the decoding process, or None while there is none."""
        return self._process.pid if self._process is not None else None

    def close(self) -> None:
        """End the decoding process. The next photo would start another."""
        with self._lock:
            self._stop()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(self._parallel)
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def _forget_parent(self) -> None:
        """In a forked process: the decoding process is the parent's, and a lock may be held for ever."""
        control, process = self._control, self._process
        if control is not None:
            control.close()
        if process is not None:
            # Not ours to wait for; without this Popen complains when it is collected.
            process.returncode = 0
        self._begin()

    def _ask(self, photo: int | Path | str, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        with _opened(photo) as file, self._turn():
            try:
                answer = self._once(file, request)
            except _Gone:
                log.warning("the decoding process was gone, asking a new one")
                try:
                    answer = self._once(file, request)
                except _Gone as gone:
                    raise InspectorUnavailable(
                        "解码进程两次中止 / The decoding process ended twice"
                    ) from gone
        return _read(answer)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait_s):
            raise InspectorUnavailable("等待解码的照片过多 / Too many photos wait to be decoded")
        try:
            yield
        finally:
            self._turns.release()

    def _once(self, photo: int, request: dict[str, Any]) -> bytes:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = self._send(
                    json.dumps({**self._limits, **request}).encode(), [theirs.fileno(), photo]
                )
            ours.settimeout(self._timeout_s + self._grace_s)
            try:
                answer = _receive(ours)
            except TimeoutError:
                log.error("the decoding process does not answer and is killed")
                self._replace(process)
                raise InspectorUnavailable(
                    "解码进程没有响应 / The decoding process does not answer"
                ) from None
        if not answer:
            # Its end may not have reached waitpid yet: without this the next request could go to it as well.
            self._replace(process)
            raise _Gone
        return answer

    def _send(self, message: bytes, files: list[int]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._control is None or self._process is None or self._process.poll() is not None:
                self._stop()
                self._start()
            assert self._control is not None and self._process is not None
            try:
                socket.send_fds(self._control, [message], files)
            except (BrokenPipeError, ConnectionResetError) as error:
                self._stop()
                raise _Gone from error
            return self._process

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # One malloc arena, so that address space is what is used; no PATH, no home, no database address.
        environment = {"PYTHONPATH": str(REPOSITORY), "MALLOC_ARENA_MAX": "1", "LC_ALL": "C.UTF-8"}
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-B", "-m", "server.evidence.inspect_child", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    cwd="/",
                    env=environment,
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise InspectorUnavailable("无法启动解码进程 / The decoding process cannot be started") from error
        self._control = ours

    def _replace(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if self._process is process:
                self._stop()

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_WAIT_S)
        self._control = self._process = None


_living: "weakref.WeakSet[PhotoInspector]" = weakref.WeakSet()


def _after_fork() -> None:
    for inspector in list(_living):
        inspector._forget_parent()


os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def _opened(photo: int | Path | str) -> Iterator[int]:
    if isinstance(photo, int):
        yield photo
        return
    file = os.open(photo, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield file
    finally:
        os.close(file)


def _receive(answers: socket.socket) -> bytes:
    parts: list[bytes] = []
    length_bytes = 0
    while length_bytes <= ANSWER_BYTES:
        try:
            part = answers.recv(65536)
        except ConnectionResetError:
            break
        if not part:
            break
        parts.append(part)
        length_bytes += len(part)
    return b"".join(parts)


def _read(answer: bytes) -> tuple[dict[str, Any], bytes]:
    """Split an answer into its first line and what follows; raise what the child refused or died of."""
    line, _, rest = answer.partition(b"\n")
    try:
        header = json.loads(line)
        refused, died = header.get("refused"), header.get("died")
        code = refused["code"] if refused is not None else None
        message = str(refused["message"]) if refused is not None else ""
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PhotoRefused("photo_corrupt", CRASHED) from error
    if died is not None:
        log.warning("a photo ended its decoding child: exit code %s", died)
        if died in LIMIT_SIGNALS:
            raise PhotoRefused("photo_decode_limit", MEMORY_OR_TIME)
        raise PhotoRefused("photo_corrupt", CRASHED)
    if code is not None:
        known = code in get_args(RefusalCode)
        raise PhotoRefused(cast(RefusalCode, code if known else "photo_corrupt"), message)
    return header, rest
