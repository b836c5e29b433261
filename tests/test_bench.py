"""The measuring programs themselves: that every part runs and says what it found, that a void round is no figure.

What they measure is not tested: a short run's figures mean nothing.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest
import shapely
from PIL import Image
from shapely import Polygon

from bench import figures, ground, load
from bench.bystanders import Bystanders
from bench.figures import Figure, Findings, Target
from bench.patrol import walks
from bench.photos import PhotoMaker
from bench.processes import Families, MemoryWatch, cpu_s, rss_bytes
from bench.stand import Server

ROOT = Path(__file__).resolve().parents[1]
WIDE = 200


@contextmanager
def server_that_answers(status: int) -> Iterator[Server]:
    """A server with one answer for everything."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Server("127.0.0.1", httpd.server_address[1], ["a", "b"], Families(0, 0))
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


@pytest.mark.timeout(900)
def test_every_part_runs_prints_its_rows_and_leaves_nothing_behind(tmp_path: Path) -> None:
    environ = {**os.environ, "FRONTAGE_VAR": str(tmp_path / "var"), "COLUMNS": str(WIDE)}
    command = [sys.executable, "-m", "bench", "--short"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=880)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for row in (
        "fsync on",
        "one prepared statement, 1 connection",
        "HTTP 上报 intake, 8 connections",
        "CPU per report: postgres",
        "the same, and the same decoding",
        "share of decoding",
        "zone_candidates_v1 批量 batch, per point, 1,000 zones",
        "event to stream, p95",
        "server process 2, peak",
        "next start until a tap is taken",
        "panning, 全区 the district",
        "an action until both screens show it",
        "calibration of the match",
    ):
        assert row in done.stdout, row
    left = [path.name for path in (tmp_path / "var").iterdir() if path.name.startswith("bench-")]
    assert left == []
    assert processes_that_name(str(tmp_path)) == []


def processes_that_name(text: str) -> list[bytes]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if text.encode() in command:
                found.append(command)
    return found


def test_a_ratio_compares_round_by_round_so_that_a_slow_machine_cancels_out() -> None:
    figure = Figure("x", "/s", [100, 10, 1], limit=[200, 20, 2], target=Target(0.5))
    assert figure.ratio == 0.5
    assert figure.met(figure.target) is True


def test_a_missed_target_is_named_and_a_missed_stretch_is_not() -> None:
    found = Findings("x")
    found.add("slow", "/s", [1.0], limit=[10.0], target=Target(0.4))
    found.add("good", "/s", [5.0], limit=[10.0], target=Target(0.4), stretch=Target(0.6))
    found.add("large", "MB", [301.0], target=Target(300, at_least=False, absolute=True))
    found.add("flat", "µs", [3.0], limit=[1.0], target=Target(2.0, at_least=False))
    assert [row.split()[0] for row in found.missed] == ["slow", "large", "flat"]


def test_a_ratio_without_a_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="no limit"):
        Figure("x", "/s", [1.0], target=Target(0.4)).met(Target(0.4))


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (0.12345, "0.123"), (12.3, "12.3"), (123456, "123,456")]
)
def test_figures_are_told_with_three_digits(value: float, said: str) -> None:
    assert figures.amount(value) == said


@pytest.mark.parametrize("status", [200, 409, 503])
def test_a_round_with_any_other_answer_than_201_is_void(status: int) -> None:
    with server_that_answers(status) as server:
        given = load.json_messages(walks(ground.Streets(1000), officers=2, round_=1, count=4))
        with pytest.raises(load.RoundVoid, match=str(status)):
            load.send_with_threads(server, given, connections=2)


def test_every_report_of_a_round_is_sent_once() -> None:
    with server_that_answers(201) as server:
        given = load.json_messages(walks(ground.Streets(1000), officers=2, round_=1, count=40))
        assert load.send_with_threads(server, given, connections=3).replies == 40


def test_ids_are_never_repeated_and_the_times_of_two_rounds_never_mix() -> None:
    streets = ground.Streets(1000)
    first, second = (list(walks(streets, officers=3, round_=round_, count=300)) for round_ in (1, 2))
    assert len({walk.report_id for walk in first + second}) == 600
    assert len({(walk.officer, walk.captured_at) for walk in first + second}) == 600
    assert max(walk.captured_at for walk in first) < min(walk.captured_at for walk in second)


def test_generated_townships_cover_the_ground_without_gap_or_overlap() -> None:
    read = [shapely.from_wkb(wkb) for wkb in ground.townships(401).values()]
    shapes = [shape for shape in read if isinstance(shape, Polygon)]
    assert len(shapes) == len(ground.township_codes())
    assert {len(shape.exterior.coords) for shape in shapes} == {401}
    assert all(shape.is_valid for shape in shapes)
    whole = shapely.union_all(shapes)
    assert isinstance(whole, Polygon) and not whole.interiors
    assert sum(shape.area for shape in shapes) == pytest.approx(whole.area, rel=1e-9)


def test_more_zones_than_the_ground_has_room_for_are_refused() -> None:
    assert ground.blocks_of(1_000_000) <= ground.BLOCKS_MAX
    with pytest.raises(ValueError, match="room for"):
        ground.blocks_of(ground.BLOCKS_MAX * ground.STRIPS_A_BLOCK + 1)


def test_photos_of_a_run_are_whole_pictures_with_digests_of_their_own() -> None:
    maker = PhotoMaker.make((320, 240), 20_000)
    assert 10_000 < len(maker.common) <= 20_000
    given = islice(maker.messages(walks(ground.Streets(1000), officers=1, round_=1, count=3)), 3)
    digests = set()
    for message in given:
        body = b"".join(message.pieces)
        photo = body.split(b"image/jpeg\r\n\r\n")[1].split(b"\r\n--frontage")[0]
        digest = hashlib.sha256(photo).hexdigest()
        assert digest.encode() in body.split(b"image/jpeg")[0]
        with Image.open(io.BytesIO(photo)) as image:
            image.load()
            assert image.getexif().get_ifd(0x8825)[1] == "N"
        digests.add(digest)
    assert len(digests) == 3


def test_processor_time_and_memory_of_a_process_are_seen() -> None:
    before_s = cpu_s(os.getpid())
    held = bytearray(os.urandom(1)) * 40_000_000
    while cpu_s(os.getpid()) - before_s < 0.05:
        sum(range(10_000))
    assert rss_bytes(os.getpid()) > len(held)


def test_the_memory_watch_keeps_the_peak_of_children_and_of_their_children() -> None:
    """gunicorn -> worker -> decoding process: the first stands for this test, the others are started by it."""
    program = (
        "import subprocess, sys; "
        "child = subprocess.Popen([sys.executable, '-c', 'b = bytearray(b\"x\") * 50_000_000; input()'], "
        "stdin=subprocess.PIPE); "
        "print('up', flush=True); input(); child.communicate(b'\\n')"
    )
    worker = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert worker.stdin is not None and worker.stdout is not None
    try:
        worker.stdout.readline()
        with MemoryWatch(Families(os.getpid(), 0), every_s=0.005) as watch:
            while max(watch.decoding.values(), default=0) < 50_000_000:
                assert worker.poll() is None and watch.samples < 2000
                time.sleep(0.001)
        assert 0 < watch.workers[worker.pid] < 50_000_000
    finally:
        worker.communicate(b"\n")


@pytest.mark.parametrize(("ours", "least", "most"), [(False, 0.5, 1.0), (True, 0.0, 0.3)])
def test_work_of_others_is_told_from_our_own(
    monkeypatch: pytest.MonkeyPatch, ours: bool, least: float, most: float
) -> None:
    """The machine is said to do what this process does, and nothing else."""
    monkeypatch.setattr("bench.bystanders.machine_busy_s", lambda: cpu_s(os.getpid()))
    monkeypatch.setattr("bench.bystanders.os.cpu_count", lambda: 1)
    # By a clock that stands while others have the processor.
    monkeypatch.setattr("bench.bystanders.time", SimpleNamespace(monotonic=time.process_time))
    until_s = time.process_time() + 0.6
    with Bystanders([os.getpid()] if ours else [], every_s=0.1) as others:
        while time.process_time() < until_s:
            sum(range(10_000))
    assert least * 0.2 <= others.share <= most


def test_a_busy_machine_makes_ratios_doubtful_and_leaves_memory_alone() -> None:
    found = Findings("x", others_share=0.5)
    ratio = found.add("ratio", "/s", [5.0], limit=[10.0], target=Target(0.4))
    memory = found.add("memory", "MB", [200.0], target=Target(300, at_least=False, absolute=True))
    assert found.doubtful
    assert "doubtful" in figures.verdict(ratio, found.doubtful)
    assert "yes" in figures.verdict(memory, found.doubtful)
    assert "yes" in figures.verdict(ratio, False)
    assert found.missed == ["ratio (存疑 doubtful)"]
