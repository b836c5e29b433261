"""The private cluster, started and stopped for real.

Each test has a folder of its own directly under /tmp: pytest's tmp_path lies in a folder of mode 0700, which
the OS user `postgres` cannot enter; that case has its own test.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from server.cluster import ClusterError, PrivateCluster
from server.cluster_place import PROGRAMS, SOCKET_PATH_MAX_BYTES, SYSTEM_DATA, os_owner, run_as_owner

pytestmark = pytest.mark.skipif(
    not (PROGRAMS / "postgres").exists(),
    reason="needs PostgreSQL on this machine; with FRONTAGE_DATABASE_URL there may be none",
)
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="a plain user has no other user to run it as")


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="frontage-test-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    for var in sorted(path.rglob("pg.lock")):
        cluster = PrivateCluster(var.parent)
        cluster.stop("immediate")
        shutil.rmtree(cluster.home, ignore_errors=True)
        short = cluster.socket_folder
        if short.parent != cluster.home and short.is_dir() and not short.is_symlink():
            shutil.rmtree(short)
    shutil.rmtree(path)


@pytest.fixture
def cluster(folder: Path) -> PrivateCluster:
    return PrivateCluster(folder / "var")


def ask(cluster: PrivateCluster, question: str, database: str = "postgres") -> str:
    connection = psycopg2.connect(cluster.owner_url(database))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            (answer,) = cursor.fetchone() or (None,)
            return str(answer)
    finally:
        connection.close()


def postmaster_pid(cluster: PrivateCluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


def listening_inodes() -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if Path(table).exists():
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
            found |= {row[9] for row in rows if row[3] == "0A"}
    return found


def open_sockets(pid: int) -> set[str]:
    # As the owner of the process: root in a container may not look.
    shown = run_as_owner(["/usr/bin/ls", "-l", f"/proc/{pid}/fd"])
    shown.check_returncode()
    return {part.split("]")[0] for part in shown.stdout.split("socket:[")[1:]}


def test_only_the_call_that_started_or_stopped_it_says_so(cluster: PrivateCluster) -> None:
    assert not cluster.running()
    assert cluster.start()
    assert cluster.running()
    assert not cluster.start()
    assert cluster.stop()
    assert not cluster.running()
    assert not cluster.stop()


def test_stopping_where_there_never_was_a_cluster_leaves_no_trace(folder: Path) -> None:
    assert not PrivateCluster(folder / "nothing").stop()
    assert list(folder.iterdir()) == []


def test_a_database_is_created_once_and_copied_from_a_template(cluster: PrivateCluster) -> None:
    cluster.start()
    cluster.create_database("frontage")
    ask(cluster, "CREATE TABLE mark AS SELECT 7 AS number; SELECT 1", "frontage")
    cluster.create_database("copy_of_it", template="frontage")
    assert cluster.database_exists("copy_of_it")
    assert not cluster.database_exists("another")
    assert ask(cluster, "SELECT number FROM mark", "copy_of_it") == "7"
    with pytest.raises(ClusterError, match="already exists"):
        cluster.create_database("frontage")


@pytest.mark.parametrize("name", ["", "--help", "a b", "x;DROP", "x" * 64, "Upper", "名"])
def test_only_a_plain_name_is_a_database_name(cluster: PrivateCluster, name: str) -> None:
    for question in (cluster.create_database, cluster.database_exists, cluster.owner_url):
        with pytest.raises(ClusterError, match="not a plain database name"):
            question(name)


def test_an_acknowledged_commit_is_durable_and_the_log_holds_nobodys_data(cluster: PrivateCluster) -> None:
    cluster.start()
    for setting, wanted in {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "lc_collate": "C.UTF-8",
        "TimeZone": "UTC",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "listen_addresses": "",
    }.items():
        assert ask(cluster, f"SELECT current_setting('{setting}')") == wanted, setting
    with pytest.raises(psycopg2.errors.UniqueViolation):
        ask(
            cluster,
            "CREATE TEMP TABLE p (phone text UNIQUE); INSERT INTO p VALUES ('13912345678'), ('13912345678')",
        )
    cluster.stop()
    log = cluster.log_path.read_text()
    assert "unique constraint" in log
    assert "13912345678" not in log


def test_it_listens_on_a_socket_in_a_private_folder_and_on_no_tcp_port(cluster: PrivateCluster) -> None:
    cluster.start()
    assert (cluster.socket_folder / ".s.PGSQL.5432").is_socket()
    assert cluster.socket_folder.stat().st_mode & 0o777 == 0o700
    assert cluster.home.stat().st_mode & 0o777 == 0o700
    sockets = open_sockets(postmaster_pid(cluster))
    assert sockets, "the postmaster has at least its Unix socket"
    assert not sockets & listening_inodes()


def test_a_listening_tcp_socket_would_be_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        inode = os.readlink(f"/proc/self/fd/{server.fileno()}").removeprefix("socket:[").rstrip("]")
        assert inode in listening_inodes()


@only_root
def test_root_runs_it_as_postgres(cluster: PrivateCluster) -> None:
    cluster.start()
    postgres = os_owner()
    assert postgres.pw_name == "postgres"
    status = Path(f"/proc/{postmaster_pid(cluster)}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    assert set(uids) == {str(postgres.pw_uid)}
    for path in (cluster.home, cluster.data, cluster.socket_folder, cluster.log_path):
        assert path.stat().st_uid == postgres.pw_uid, path


@only_root
def test_a_place_postgres_cannot_enter_keeps_its_data_under_var_lib_and_says_so(folder: Path) -> None:
    told: list[str] = []
    cluster = PrivateCluster(folder / "var", tell=told.append)
    folder.chmod(0o700)
    cluster.start()
    assert cluster.home.parent == SYSTEM_DATA
    assert any(str(cluster.home) in line for line in told)
    folder.chmod(0o755)
    assert cluster.home.parent == SYSTEM_DATA, "data that exists is found again when the folder is opened"


@only_root
def test_a_folder_closed_afterwards_is_an_error_and_no_second_empty_database(
    folder: Path, cluster: PrivateCluster
) -> None:
    cluster.start()
    cluster.stop()
    folder.chmod(0o700)
    with pytest.raises(ClusterError, match="cannot enter"):
        cluster.start()


def test_a_path_too_long_for_a_socket_gets_a_short_private_socket_folder(folder: Path) -> None:
    deep = folder.joinpath(*["门前责任区-a-rather-deep-checkout"] * 4, "it's, var")
    cluster = PrivateCluster(deep)
    assert len(os.fsencode(deep)) > SOCKET_PATH_MAX_BYTES
    assert cluster.start()
    short = cluster.socket_folder
    assert short.parent != cluster.home
    assert len(os.fsencode(short / ".s.PGSQL.5432")) <= SOCKET_PATH_MAX_BYTES
    assert short.stat().st_mode & 0o777 == 0o700
    assert ask(cluster, "SELECT current_user") == "frontage"
    cluster.stop()
    assert not short.exists(), "a folder outside the data folder is not left behind"


@pytest.mark.parametrize("name", ['a"b', "$(touch here)", "a`b", "a\\b", "a\nb"])
def test_a_path_a_shell_would_read_differently_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(ClusterError, match="FRONTAGE_VAR"):
        PrivateCluster(folder / name).start()


def test_a_running_server_is_found_from_a_login_with_another_runtime_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = PrivateCluster(folder.joinpath(*["a-rather-deep-checkout"] * 6))
    cluster.start()
    monkeypatch.setattr(
        "server.cluster.short_socket_folder", lambda digest: folder / "another-runtime-folder"
    )
    assert ask(cluster, "SELECT current_user") == "frontage"


def test_a_planted_socket_folder_is_refused(folder: Path) -> None:
    cluster = PrivateCluster(folder.joinpath(*["a-rather-deep-checkout"] * 6))
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    planted = cluster.socket_folder
    planted.symlink_to(elsewhere)
    try:
        with pytest.raises(ClusterError, match="look who made it"):
            cluster.start()
        assert not cluster.running()
    finally:
        planted.unlink()


def test_the_pg_variables_of_the_shell_change_nothing(
    cluster: PrivateCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGPORT": "6543",
        "PGDATA": "/nowhere",
        "PGOPTIONS": "-c fsync=off",
        "PGHOST": "x",
    }.items():
        monkeypatch.setenv(name, value)
    cluster.start()
    assert not cluster.database_exists("frontage")
    monkeypatch.delenv("PGOPTIONS")  # the test's own client obeys it, and the server refuses it
    assert ask(cluster, "SELECT current_setting('fsync')") == "on"


def test_an_immediate_stop_is_recovered_by_the_next_start(cluster: PrivateCluster) -> None:
    cluster.start()
    ask(cluster, "CREATE TABLE kept AS SELECT 5 AS number; SELECT 1")
    assert cluster.stop("immediate")
    assert not cluster.running()
    assert cluster.start()
    assert "not properly shut down" in cluster.log_path.read_text()
    assert ask(cluster, "SELECT number FROM kept") == "5"


def test_a_killed_server_whose_pid_is_somebody_else_by_now_does_not_block_a_start(
    cluster: PrivateCluster,
) -> None:
    cluster.start()
    os.kill(postmaster_pid(cluster), signal.SIGKILL)
    # Stands for the process of the same user that got the number after a restart of the machine.
    owner = os_owner()
    with subprocess.Popen(["sleep", "600"], user=owner.pw_uid if os.geteuid() == 0 else None) as other:
        try:
            for lock in (cluster.data / "postmaster.pid", cluster.home / "run" / ".s.PGSQL.5432.lock"):
                lines = lock.read_text().splitlines(keepends=True)
                lock.write_text("".join([f"{other.pid}\n", *lines[1:]]))
            assert not cluster.running()
            assert cluster.start()
            assert ask(cluster, "SELECT 1") == "1"
        finally:
            other.kill()


def test_an_interrupted_initdb_is_begun_again(cluster: PrivateCluster) -> None:
    cluster.start()
    cluster.stop()
    cluster.data.rename(cluster.home / "data.unfinished")
    (cluster.home / "data.unfinished" / "PG_VERSION").unlink()
    assert cluster.start()
    assert cluster.running()


def test_threads_that_start_at_once_start_it_once(folder: Path) -> None:
    barrier = threading.Barrier(4)
    answers: list[bool] = []

    def start() -> None:
        barrier.wait()
        answers.append(PrivateCluster(folder / "var").start())

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]
    assert PrivateCluster(folder / "var").running()


def test_two_spellings_of_one_folder_are_one_cluster(folder: Path, cluster: PrivateCluster) -> None:
    (folder / "link").symlink_to(folder / "var")
    cluster.start()
    assert PrivateCluster(folder / "link").home == cluster.home
    assert not PrivateCluster(folder / "link").start()
    assert not PrivateCluster(folder / "var" / ".." / "var").start()


def test_data_of_another_postgresql_is_refused_and_untouched(cluster: PrivateCluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("13\n")
    with pytest.raises(ClusterError, match="holds data of PostgreSQL 13"):
        cluster.start()
    assert (cluster.data / "PG_VERSION").read_text() == "13\n"


def test_a_start_that_fails_shows_the_end_of_the_log(cluster: PrivateCluster) -> None:
    cluster.start()
    cluster.stop()
    with open(cluster.data / "postgresql.conf", "a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(ClusterError, match="no_such_setting"):
        cluster.start()
