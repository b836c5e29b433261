"""`frontage run` for real, on one data folder: from nothing, again, and twice without the demo.

The folder lies directly under /tmp, where the OS user of the cluster may go. Locale and home are as odd as those of
a cron job.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demo.doors import DOORS
from server.access import ROLES
from server.cluster import PrivateCluster
from server.cluster_place import PROGRAMS, processes_in, run_as_owner

pytestmark = pytest.mark.skipif(
    not (PROGRAMS / "postgres").exists(),
    reason="needs PostgreSQL on this machine; with FRONTAGE_DATABASE_URL there may be none",
)
ROOT = Path(__file__).resolve().parents[2]
GEOTAGGED = {
    "ianare_DSCN0010.jpg": "金沙街道",
    "ianare_DSCN0021.jpg": "金新街道",
    "ianare_DSCN0042.jpg": "兴仁镇",
    "pixel_gps.jpg": "石港镇",
    "iphone11_gps.HEIC": "平潮镇",
}
READY = re.compile(r"^Frontage is ready: http://127\.0\.0\.1:(\d+)$", re.MULTILINE)
PATIENCE_S = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Place:
    """A data folder and a port."""

    var: Path
    port: int

    def start(self, *options: str) -> Running:
        environ = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONIOENCODING": "ascii",
            "HOME": "/nonexistent",
            "FRONTAGE_VAR": str(self.var),
            "FRONTAGE_PORT": str(self.port),
            # A small machine runs other tests beside this one.
            "FRONTAGE_SERVER_PROCESSES": "1",
            # tests/demo/test_month.py makes a small one.
            "FRONTAGE_DEMO_MONTH_CASES": "0",
        }
        command = [sys.executable, "-m", "server.cli", "run", *options]
        descriptor, output = tempfile.mkstemp(dir=self.var.parent, prefix="said-")
        with open(descriptor, "wb") as file:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        return Running(process, Path(output), self.var)

    @property
    def cluster(self) -> PrivateCluster:
        return PrivateCluster(self.var)


@dataclass
class Running:
    """One `frontage run` and what it has said."""

    process: subprocess.Popen[bytes]
    output: Path
    var: Path

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not READY.search(self.said):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def pids(self) -> set[int]:
        """All processes that were started with this data folder, the command itself and decoders excepted."""
        mark = f"FRONTAGE_VAR={self.var}".encode()
        found = set()
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.add(int(folder.name))
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue
        return found - {self.process.pid}


def listening_ports(pids: Sequence[int]) -> set[int]:
    """TCP ports those processes listen on; those of the cluster are asked as its OS user."""
    own = [
        os.readlink(link) for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()
    ]
    sockets = {name.removeprefix("socket:[").rstrip("]") for name in own if name.startswith("socket:[")}
    return {port for port, inode in _listeners() if inode in sockets}


def _listeners() -> Iterator[tuple[int, str]]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            cells = row.split()
            if cells[3] == "0A":
                yield int(cells[1].rpartition(":")[2], 16), cells[9]


def cluster_ports(pids: Sequence[int]) -> set[int]:
    inodes: set[str] = set()
    for pid in pids:
        shown = run_as_owner(["/usr/bin/ls", "-l", f"/proc/{pid}/fd"])
        inodes |= set(re.findall(r"socket:\[(\d+)\]", shown.stdout))
    return {port for port, inode in _listeners() if inode in inodes}


@dataclass
class Story:
    """What four runs did."""

    var: Path
    port: int
    first: str = ""
    second: str = ""
    beside: tuple[int, str] = (0, "")
    accounts: list[dict[str, str | None]] = field(default_factory=list)
    accounts_mode: int = 0
    ports: set[int] = field(default_factory=set)
    left_after: dict[str, set[int]] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    died: str = ""
    queue: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    folder = Path(tempfile.mkdtemp(prefix="frontage-run-", dir="/tmp"))
    folder.chmod(0o755)
    place = Place(folder / "var", free_port())
    told = Story(place.var, place.port)
    started: list[Running] = []
    try:
        _first_run(place, told, started)
        _second_run(place, told, started)
        _third_run(place, told, started)
        _fourth_run(place, told, started)
        yield told
    finally:
        for run in started:
            if run.process.poll() is None:
                run.stop(signal.SIGTERM)
            for left in run.pids():
                os.kill(left, signal.SIGKILL)
        place.cluster.stop("immediate")
        shutil.rmtree(place.cluster.home, ignore_errors=True)
        shutil.rmtree(folder)


def _first_run(place: Place, told: Story, started: list[Running]) -> None:
    run = place.start()
    started.append(run)
    run.wait_until_ready()
    beside = place.start()
    started.append(beside)
    told.beside = (beside.process.wait(PATIENCE_S), beside.said)
    cluster_pids = processes_in(place.cluster.data)
    told.ports = listening_ports([*run.pids(), run.process.pid]) | cluster_ports(cluster_pids)
    file = place.var / "demo-accounts.json"
    told.accounts, told.accounts_mode = json.loads(file.read_text()), stat.S_IMODE(file.stat().st_mode)
    told.queue.append((place.var / "demo" / "queue.json").read_text(encoding="utf-8"))
    told.codes["SIGINT"] = run.stop(signal.SIGINT)
    told.first = run.said
    told.left_after["SIGINT"] = run.pids() | set(processes_in(place.cluster.data))


def _second_run(place: Place, told: Story, started: list[Running]) -> None:
    run = place.start()
    started.append(run)
    run.wait_until_ready()
    told.queue.append((place.var / "demo" / "queue.json").read_text(encoding="utf-8"))
    told.second = run.said
    (worker,) = [pid for pid in run.pids() if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(worker, signal.SIGKILL)
    told.codes["a child died"] = run.process.wait(PATIENCE_S)
    told.died = run.said.removeprefix(told.second)
    told.left_after["a child died"] = run.pids() | set(processes_in(place.cluster.data))


def _third_run(place: Place, told: Story, started: list[Running]) -> None:
    run = place.start("--no-demo")
    started.append(run)
    run.wait_until_ready()
    told.codes["SIGTERM"] = run.stop(signal.SIGTERM)
    told.left_after["SIGTERM"] = run.pids() | set(processes_in(place.cluster.data))


def _fourth_run(place: Place, told: Story, started: list[Running]) -> None:
    run = place.start("--no-demo")
    started.append(run)
    run.wait_until_ready()
    run.stop(signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while run.pids() and time.monotonic() < deadline:
        time.sleep(0.05)
    told.left_after["SIGKILL"] = run.pids()


def test_the_run_ends_ready_and_says_where(story: Story) -> None:
    for said in (story.first, story.second):
        (port,) = READY.findall(said)
        assert int(port) == story.port
        assert "demo-accounts.json" in said
    assert story.second.rstrip().splitlines()[-1] == f"Frontage is ready: http://127.0.0.1:{story.port}"


@pytest.mark.parametrize("photo", GEOTAGGED)
def test_each_real_geotagged_photo_has_a_row_with_its_zone_probability_and_township(
    story: Story, photo: str
) -> None:
    for said in (story.first, story.second):
        (line,) = [line for line in said.splitlines() if photo in line]
        assert GEOTAGGED[photo] in line and re.search(r"F\d{4} \S+ \d+%", line)


def test_the_first_run_sends_everything_and_the_second_sends_the_very_same(story: Story) -> None:
    samples = json.loads((ROOT / "demo/tongzhou/reports.json").read_text(encoding="utf-8"))
    assert re.search(r"新收 201 × (\d+),此前已收 200 × 0;", story.first)
    assert (
        f"上报 {len(samples)} 条,请求 {len(samples)} 次:新收 201 × 0,此前已收 200 × {len(samples)};"
        in story.second
    )
    assert story.queue[0] == story.queue[1]


def test_three_sample_cases_go_on_and_a_second_run_leaves_them_alone(story: Story) -> None:
    walked = re.compile(r"^(TZ-\d{4}-\d{6}): .+ / (closed|accepted|dispatched)", re.MULTILINE)
    assert [state for _, state in walked.findall(story.first)] == ["closed", "accepted", "dispatched"]
    assert walked.findall(story.second) == []


def test_the_patrols_of_the_demo_are_seen_and_counted_once(story: Story) -> None:
    walked = re.compile(r"^ +(officer\d\d) +(\d\.\d\d) km +(\d+) ", re.MULTILINE)
    patrols = walked.findall(story.first)
    assert [officer for officer, _, _ in patrols] == ["officer01", "officer02", "officer05"]
    assert all(float(km) > 0.3 and int(fronts) > 50 for _, km, fronts in patrols)
    assert walked.findall(story.second) == patrols
    (sent,) = re.findall(r"新收 (\d+) accepted, 此前已收 0 received before", story.first)
    assert f"新收 0 accepted, 此前已收 {sent} received before" in story.second
    # Of a street that was walked from end to end everything was seen.
    assert re.search(r"徐庄中心路 +(\d+) / \1 m 100%", story.first)


def test_the_accounts_of_the_demo_are_for_their_owner_only_and_cover_every_role(story: Story) -> None:
    assert story.accounts_mode == 0o600
    assert all(set(one) == {"username", "password", "role", "township"} for one in story.accounts)
    assert {one["role"] for one in story.accounts} == set(ROLES)
    handlers = {one["township"] for one in story.accounts if one["role"] == "handler"}
    assert len(handlers) >= 2 and all(re.fullmatch(r"\d{9}", str(code)) for code in handlers)
    passwords = Counter(one["password"] for one in story.accounts)
    assert max(passwords.values()) == 1 and all(len(str(password)) >= 16 for password in passwords)


def test_each_person_is_told_where_to_begin_and_as_whom(story: Story) -> None:
    passwords = {str(one["username"]): str(one["password"]) for one in story.accounts}
    for said in (story.first, story.second):
        before_ready = said.partition("Frontage is ready")[0]
        for door in DOORS:
            (line,) = [
                one for one in before_ready.splitlines() if f" {door.username} " in one and "/app/" in one
            ]
            assert passwords[door.username] in line and f"http://127.0.0.1:{story.port}{door.path}" in line


def test_nothing_listens_but_the_server_on_its_port(story: Story) -> None:
    assert story.ports == {story.port}


def test_a_second_run_on_the_same_data_is_refused_and_harms_nothing(story: Story) -> None:
    code, said = story.beside
    assert code == 1 and "已在运行" in said


@pytest.mark.parametrize("end", ["SIGINT", "SIGTERM"])
def test_a_run_that_is_told_to_stop_leaves_with_0_and_nothing_behind(story: Story, end: str) -> None:
    assert story.codes[end] == 0
    assert story.left_after[end] == set()


def test_a_child_that_dies_ends_the_run_with_its_log_and_everything_else_with_it(story: Story) -> None:
    assert story.codes["a child died"] == 1
    assert "worker 意外退出" in story.died and "Traceback" not in story.died
    assert story.left_after["a child died"] == set()


def test_server_and_worker_end_with_a_run_that_is_killed_and_cannot_stop_them(story: Story) -> None:
    assert story.left_after["SIGKILL"] == set()


def test_a_port_in_use_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = Place(tmp_path / "var", int(taken.getsockname()[1])).start()
        assert run.process.wait(PATIENCE_S) == 1
    assert "make run PORT=" in run.said
    assert not (tmp_path / "var" / "pg").exists()
