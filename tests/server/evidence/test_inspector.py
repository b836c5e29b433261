"""The decoding process: what it survives, and that it never outlives the server."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from server.evidence.facts import PhotoFacts
from server.evidence.faults import InspectorUnavailable
from server.evidence.inspector import MIB, PhotoInspector
from server.evidence.staging import StagedPhoto
from tests.server.evidence.pictures import asked, inspector_with, memory_file


def test_the_position_of_an_open_photo_is_neither_used_nor_moved(
    inspector: PhotoInspector, stage: Callable[[bytes], StagedPhoto], small_jpeg: bytes
) -> None:
    photo = stage(small_jpeg)
    assert inspector.inspect(photo.fileno()).width == 320
    assert photo.tell() == len(small_jpeg)
    photo.seek(7)
    assert inspector.inspect(photo.fileno()).width == 320
    assert photo.tell() == 7


def test_a_killed_decoding_process_is_replaced_and_the_photo_still_judged(small_jpeg: bytes) -> None:
    with inspector_with() as tried:
        asked(tried, small_jpeg)
        first = tried.child_pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert asked(tried, small_jpeg).width == 320
        assert tried.child_pid not in (None, first)


def test_decoding_processes_killed_again_and_again_lose_no_verdict(small_jpeg: bytes) -> None:
    with inspector_with() as tried:
        results: list[str] = []

        def ask() -> None:
            for _ in range(15):
                try:
                    results.append(asked(tried, small_jpeg).format)
                except InspectorUnavailable:
                    results.append("unavailable")

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        had = kills = 0
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.15)
            # Of one that is killed again before it has begun nobody would ever have an answer.
            if (pid := tried.child_pid) is not None and kills < 6 and results.count("jpeg") > had:
                had, kills = results.count("jpeg"), kills + 1
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        assert set(results) <= {"jpeg", "unavailable"}
        assert len(results) == 45
        assert results.count("jpeg") > 0


def test_a_decoding_process_that_hangs_is_killed_and_replaced(small_jpeg: bytes) -> None:
    with inspector_with(timeout_s=1.0, grace_s=1.0) as tried:
        asked_at_last(tried, small_jpeg)
        hanging = tried.child_pid
        assert hanging is not None
        os.kill(hanging, signal.SIGSTOP)
        with pytest.raises(InspectorUnavailable):
            asked(tried, small_jpeg)
        assert not alive(hanging)
        assert asked_at_last(tried, small_jpeg).format == "jpeg"


def asked_at_last(inspector: PhotoInspector, photo: bytes) -> PhotoFacts:
    """What it says once it has begun within its time, which a busy machine may not give it at first."""
    give_up_s = time.monotonic() + 60
    while True:
        try:
            return asked(inspector, photo)
        except InspectorUnavailable:
            assert time.monotonic() < give_up_s


def test_photos_beyond_their_turn_are_unavailable_and_not_queued_for_ever(small_jpeg: bytes) -> None:
    with inspector_with(parallel=1, wait_s=0.05) as busy:
        with busy._turn(), pytest.raises(InspectorUnavailable):
            asked(busy, small_jpeg)
        assert asked(busy, small_jpeg).format == "jpeg"


SERVER = """
    import sys, time
    from server.evidence.inspector import PhotoInspector
    inspector = PhotoInspector()
    inspector.inspect(sys.argv[1])
    sys.stdout.write(f"{inspector.child_pid}" + chr(10))
    sys.stdout.flush()
    time.sleep(60)
"""


def test_the_decoding_process_ends_when_the_server_is_killed(tmp_path: Path, small_jpeg: bytes) -> None:
    path = tmp_path / "photo"
    path.write_bytes(small_jpeg)
    command = [sys.executable, "-c", textwrap.dedent(SERVER), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        decoder = int(server.stdout.readline())
        assert alive(decoder)
        server.kill()
    give_up_s = time.monotonic() + 30
    while alive(decoder) and time.monotonic() < give_up_s:
        time.sleep(0.02)
    assert not alive(decoder)


def test_a_decoding_process_that_takes_a_photo_and_dies_is_not_asked_twice(small_jpeg: bytes) -> None:
    """A process being killed may still take a request before its end can be seen."""
    with inspector_with() as tried:
        asked(tried, small_jpeg)
        ours, dying = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def take_and_drop() -> None:
            while (received := socket.recv_fds(dying, 4096, 2))[0]:
                for file in received[1]:
                    os.close(file)

        thread = threading.Thread(target=take_and_drop)
        thread.start()
        assert tried._control is not None
        tried._control.close()
        tried._control = ours
        assert asked(tried, small_jpeg).format == "jpeg"
        thread.join()
        dying.close()


def test_a_process_forked_while_a_photo_is_being_sent_does_not_wait_for_ever(small_jpeg: bytes) -> None:
    with inspector_with() as shared:
        asked(shared, small_jpeg)
        with shared._lock:
            pid = os.fork()
            if pid == 0:
                signal.alarm(20)
                try:
                    code = 0 if asked(shared, small_jpeg).format == "jpeg" else 1
                    shared.close()
                finally:
                    os._exit(code)
        assert os.waitpid(pid, 0)[1] == 0


def test_a_forked_process_gets_a_decoding_process_of_its_own(small_jpeg: bytes) -> None:
    with inspector_with() as shared:
        asked(shared, small_jpeg)
        mine = shared.child_pid
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                asked(shared, small_jpeg)
                os.write(write, str(shared.child_pid).encode())
                shared.close()
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as answer:
            theirs = answer.read()
        os.waitpid(pid, 0)
        assert theirs.isdigit() and int(theirs) != mine
        assert asked(shared, small_jpeg).format == "jpeg"
        assert shared.child_pid == mine


def test_two_hundred_photos_leave_no_file_open_and_no_child_behind(small_jpeg: bytes) -> None:
    with inspector_with() as tried:
        asked(tried, small_jpeg)
        path = f"/proc/{tried.child_pid}"
        mine, theirs = len(os.listdir("/proc/self/fd")), len(os.listdir(f"{path}/fd"))
        with memory_file(small_jpeg) as photo:
            for _ in range(200):
                tried.inspect(photo)
        assert len(os.listdir("/proc/self/fd")) == mine
        give_up_s = time.monotonic() + 60
        while len(os.listdir(f"{path}/fd")) > theirs and time.monotonic() < give_up_s:
            time.sleep(0.02)
        assert len(os.listdir(f"{path}/fd")) == theirs
        assert Path(f"{path}/task/{tried.child_pid}/children").read_text() == ""


def test_the_decoding_process_holds_no_secret_and_no_file_of_the_server(
    small_jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", "postgresql://secret")
    with inspector_with() as tried:
        asked(tried, small_jpeg)
        assert b"secret" not in Path(f"/proc/{tried.child_pid}/environ").read_bytes()


def test_the_decoding_process_is_small_and_without_numpy(small_jpeg: bytes) -> None:
    with inspector_with() as tried:
        asked(tried, small_jpeg)
        status = Path(f"/proc/{tried.child_pid}/status").read_text()
        resident_kb = int(status.partition("VmRSS:")[2].split()[0])
        assert resident_kb < 60_000
        assert "numpy" not in Path(f"/proc/{tried.child_pid}/maps").read_text()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_cannot_write_files_and_never_dumps_core(small_jpeg: bytes) -> None:
    """The limits are set before anything of the photo is read."""
    from server.evidence import inspect_child

    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            inspect_child._limit_this_process(512 * MIB, 5.0)
            kinds = (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_AS, resource.RLIMIT_CPU)
            status = Path("/proc/self/status").read_text()
            found = [resource.getrlimit(kind)[1] for kind in kinds]
            os.write(write, repr((found, "NoNewPrivs:\t1" in status)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        assert answer.read() == repr(([0, 0, 512 * MIB, 5], True))
    os.waitpid(pid, 0)
