"""A private PostgreSQL cluster in the data folder, for a machine that has no database server of its own.

It listens on a Unix socket only, never runs as root, keeps every durability setting on and writes no personal
data to its log. Calls may repeat and overlap. What is inside it, schema and roles, is the business of others.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from server.cluster_place import (
    MAJOR_VERSION,
    PORT,
    PROGRAMS,
    SYSTEM_DATA,
    ClusterError,
    is_root,
    os_owner,
    private_folder,
    processes_in,
    reachable,
    run_as_owner,
    short_socket_folder,
    socket_fits,
    sync_folder,
)
from server.cluster_wal import ARCHIVE_SCRIPT, archive_script, log_settings, write_private

__all__ = ["ClusterError", "PrivateCluster"]

OWNER = "frontage"
DATABASE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
POLL_INTERVAL_S = 0.05
LOG_LINES_SHOWN = 20

# Written anew before each start, so that a setting changed here reaches clusters that exist already.
SETTINGS = """\
# Written by Frontage at each start; put settings of your own into postgresql.conf, below its include line.
listen_addresses = ''
unix_socket_directories = '{socket_folder}'
unix_socket_permissions = 0700
port = {port}
max_connections = 200
shared_buffers = 256MB
timezone = 'UTC'
log_timezone = 'UTC'
# An acknowledged report is on the disk: none of these is a place to save time.
fsync = on
synchronous_commit = on
full_page_writes = on
# Statements, their parameters and the DETAIL of an error carry names, telephone numbers and positions. The
# server logs its own failures without them; this log is for what happens to PostgreSQL itself.
log_min_duration_statement = -1
log_statement = 'none'
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
"""


def _tell(message: str) -> None:
    sys.stderr.write(message + "\n")


@dataclass(frozen=True)
class PrivateCluster:
    """The cluster that belongs to one data folder.

    Attributes:
        var: the data folder; made when missing. Two spellings of one folder are the same cluster.
        start_timeout_s: how long a start may take, crash recovery included.
        stop_timeout_s: how long a fast stop may wait for its checkpoint.
        tell: receives the one-line notes for a person (default: standard error).
        archive_timeout_s: what was written leaves for the archive after so long, once there is one.
    """

    var: Path
    start_timeout_s: float = 60.0
    stop_timeout_s: float = 60.0
    tell: Callable[[str], None] = _tell
    archive_timeout_s: int = 60

    # --- where things are ---

    @property
    def home(self) -> Path:
        """Folder of mode 0700 that holds data, log and, where its path is short enough, the socket.

        `var/pg`; for root in a place where the user `postgres` may not go, /var/lib/frontage/<digest of var>.
        What exists decides first: a changed mode of some parent must never begin a second, empty database.
        """
        beside, away = self._var / "pg", SYSTEM_DATA / self._digest
        if not is_root() or (beside / "data").exists():
            return beside
        return away if (away / "data").exists() or not reachable(self._var) else beside

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.home / "data"

    @property
    def log_path(self) -> Path:
        """PostgreSQL's own log; holds no statement and no personal data."""
        return self.home / "postgresql.log"

    @property
    def socket_folder(self) -> Path:
        """Folder of the Unix socket: that of the running server, else the one a start would use."""
        lines = self._pid_file_lines()
        if len(lines) > 4 and self._postmaster_lives():
            return Path(lines[4])
        beside = self.home / "run"
        return beside if socket_fits(beside) else short_socket_folder(self._digest)

    def owner_url(self, database: str) -> str:
        """libpq URL of the owner, who may do everything; the server connects with a role that owns nothing.

        The port is named, so that a PGPORT in somebody's shell changes nothing.

        Raises:
            ClusterError: `database` is no plain name.
        """
        folder = quote(str(self.socket_folder), safe="/")
        return f"postgresql://{OWNER}@/{_plain(database)}?host={folder}&port={PORT}"

    # --- start and stop ---

    def start(self) -> bool:
        """Start the cluster, making it first when there is none; returns when it accepts connections.

        Returns:
            True when this call started it: only then is it the caller's to stop.

        Raises:
            ClusterError: PostgreSQL is not installed, the data is of another version or another user, or the
                server did not come up (with the end of its log).
        """
        with self._alone():
            self._refuse_what_is_not_ours()
            if self._postmaster_lives():
                self._wait_until_ready()
                return False
            self.make_home()
            if not self.data.exists():
                self._initialise()
            self._forget_dead_postmaster()
            self._write_settings()
            self._launch()
            return True

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> bool:
        """Stop it: `fast` ends sessions and writes a checkpoint, `immediate` is a crash that recovers later.

        Returns:
            False when nothing ran.

        Raises:
            ClusterError: it did not end within stop_timeout_s.
        """
        if not self._var.exists():
            return False
        with self._alone():
            if not self._postmaster_lives():
                return False
            socket_folder = self.socket_folder
            limit = f"--timeout={self.stop_timeout_s:.0f}"
            self._run(
                "pg_ctl", "stop", f"--pgdata={self.data}", f"--mode={mode}", "--wait", limit, "--silent"
            )
            if socket_folder.parent != self.home and not any(socket_folder.iterdir()):
                socket_folder.rmdir()
            return True

    def running(self) -> bool:
        """Whether the cluster accepts connections now."""
        lines = self._pid_file_lines()
        return len(lines) > 7 and lines[7].strip() == "ready" and self._postmaster_lives()

    # --- databases ---

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database owned by the owner, as a copy of `template` where one is given.

        Raises:
            ClusterError: it exists already, the template is in use or missing, or the cluster is not running.
        """
        source = [f"--template={_plain(template)}"] if template is not None else []
        self._run("createdb", *self._connection(), *source, _plain(name))

    def database_exists(self, name: str) -> bool:
        """Whether there is a database of that name.

        Raises:
            ClusterError: the cluster is not running.
        """
        # psql quotes :'name' itself, but only in what it reads from its input.
        question = "SELECT count(*) FROM pg_database WHERE datname = :'name';"
        options = ("--no-psqlrc", "--tuples-only", "--no-align", f"--set=name={_plain(name)}", "postgres")
        return self._run("psql", *self._connection(), *options, typed=question).strip() == "1"

    # --- what leaves, and comes back ---

    def archive_into(self, folder: Path) -> None:
        """Send every segment of the log from now on to a folder that is made for it, mode 0700.

        Errors: ClusterError when it does not run.
        """
        with self._alone():
            private_folder(folder)
            self._write(ARCHIVE_SCRIPT, archive_script(folder))
            self._write_settings()
            self._run("pg_ctl", "reload", f"--pgdata={self.data}", "--silent")

    def take_over(self, other: PrivateCluster, aside: Path) -> None:
        """Make the data of another, stopped cluster this one's; what was here goes to `aside`.

        Raises:
            ClusterError: one of the two runs.
        """
        with self._alone():
            if self._postmaster_lives() or other._postmaster_lives():
                raise ClusterError(
                    "数据库仍在运行,请先停止。 / The database is still running: stop it first."
                )
            self.make_home()
            if self.data.exists():
                self.data.rename(aside)
            other.data.rename(self.data)
            sync_folder(self.home)

    # --- the steps ---

    @property
    def _var(self) -> Path:
        return self.var.resolve()

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self._var)).hexdigest()[:16]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One start or stop at a time over threads and processes; the kernel lets go when a process dies."""
        self._var.mkdir(parents=True, exist_ok=True)
        with open(self._var / "pg.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _refuse_what_is_not_ours(self) -> None:
        home, owner = self.home, os_owner()
        if not (PROGRAMS / "postgres").exists():
            raise ClusterError(
                f"未安装 PostgreSQL {MAJOR_VERSION}:请运行 scripts/setup.sh 或设置 FRONTAGE_DATABASE_URL。 / "
                f"No PostgreSQL {MAJOR_VERSION} here: run scripts/setup.sh or set FRONTAGE_DATABASE_URL."
            )
        # pg_ctl hands its paths to a shell in double quotes, and postmaster.pid has one value a line.
        if set(str(home)) & set('"$`\\\n'):
            raise ClusterError(
                f"数据目录的路径含有引号、$、` 或 \\,请另设 FRONTAGE_VAR:{home} / The path of the data "
                f'folder has a ", $, ` or \\ in it, set another FRONTAGE_VAR: {home}'
            )
        if not home.exists():
            return
        if home.stat().st_uid != owner.pw_uid:
            raise ClusterError(
                f"{home} 属于另一个系统用户,请以该用户或 root 运行,或另设 FRONTAGE_VAR。 / {home} belongs to "
                f"another user than {owner.pw_name}: run as that user or root, or set another FRONTAGE_VAR."
            )
        if not reachable(home):
            raise ClusterError(
                f"系统用户 {owner.pw_name} 无法进入 {home}:上级目录缺少 x 权限。 / The user {owner.pw_name} "
                f"cannot enter {home}: a folder above it lacks the x permission for others."
            )
        if not self.data.exists():
            return
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != str(MAJOR_VERSION):
            raise ClusterError(
                f"{self.data} 是 PostgreSQL {version} 的数据,本程序使用 {MAJOR_VERSION}:请先用旧版本导出。 / "
                f"{self.data} holds data of PostgreSQL {version}, this is {MAJOR_VERSION}: "
                "dump it with the old version first."
            )

    def make_home(self) -> None:
        """The folders that start() needs."""
        home = self.home
        if home.parent == SYSTEM_DATA:
            if not SYSTEM_DATA.exists():
                SYSTEM_DATA.mkdir(parents=True)
                SYSTEM_DATA.chmod(0o755)  # whatever the umask: `postgres` has to pass through
            self.tell(
                f"系统用户 postgres 无法进入 {self._var},数据库放在 {home}。 / "
                f"The user postgres cannot enter {self._var}: the database is kept in {home}."
            )
        private_folder(home)
        private_folder(self.socket_folder)

    def _initialise(self) -> None:
        # Made under another name and renamed: an interrupted initdb must not look like a cluster.
        unfinished = self.home / "data.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        # Trust is acceptable for one reason only: nobody else reaches the socket, whose folder is 0700.
        access = (f"--username={OWNER}", "--auth-local=trust", "--auth-host=reject")
        kind = ("--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions")
        self._run("initdb", f"--pgdata={unfinished}", *access, *kind)
        with open(unfinished / "postgresql.conf", "a") as conf:
            conf.write("\ninclude = 'frontage.conf'\n")
            conf.flush()
            os.fsync(conf.fileno())
        unfinished.rename(self.data)
        # Without it a power cut could bring the old name back, which the next start deletes.
        sync_folder(self.home)

    def _forget_dead_postmaster(self) -> None:
        """Remove the lock files of a killed server: their pid may be another process by now and so block us.

        They also guard against back-ends that outlive their postmaster for a moment, so they go only when no
        process at all works in the data folder.
        """
        deadline = time.monotonic() + self.start_timeout_s
        while left_over := processes_in(self.data):
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"旧的 PostgreSQL 进程 {left_over} 仍在使用 {self.data}。 / Processes {left_over} of an "
                    f"earlier PostgreSQL still use {self.data}: end them first."
                )
            time.sleep(POLL_INTERVAL_S)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.socket_folder / name).unlink(missing_ok=True)

    def _write_settings(self) -> None:
        # Quoted twice: as an item of a list (a comma may be in the path) and as the value of a setting.
        listed = '"' + str(self.socket_folder).replace('"', '""') + '"'
        lines = SETTINGS.format(socket_folder=listed.replace("'", "''"), port=PORT)
        self._write("frontage.conf", lines + log_settings(self.data, self.archive_timeout_s))

    def _write(self, name: str, text: str) -> None:
        owner = os_owner()
        write_private(self.data / name, text, owner.pw_uid, owner.pw_gid)

    def _launch(self) -> None:
        limit = f"--timeout={self.start_timeout_s:.0f}"
        try:
            log = f"--log={self.log_path}"
            self._run("pg_ctl", "start", f"--pgdata={self.data}", log, "--wait", limit, "--silent")
        except ClusterError as error:
            told = self.log_path.read_text(errors="replace").splitlines() if self.log_path.exists() else []
            lines = [str(error), f"{self.log_path}:", *told[-LOG_LINES_SHOWN:]]
            raise ClusterError("\n".join(lines)) from error

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.start_timeout_s
        while not self.running():
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"数据库未能就绪,见 {self.log_path}。 / The database is not ready: see its log."
                )
            time.sleep(POLL_INTERVAL_S)

    def _pid_file_lines(self) -> list[str]:
        """postmaster.pid: pid, data folder, start time, port, socket folder, address, memory key, status."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, PermissionError):
            return []

    def _postmaster_lives(self) -> bool:
        lines = self._pid_file_lines()
        return bool(lines and lines[0].isdigit() and processes_in(self.data, among=[int(lines[0])]))

    def _connection(self) -> tuple[str, ...]:
        return (f"--host={self.socket_folder}", f"--port={PORT}", f"--username={OWNER}", "--no-password")

    def _run(self, program: str, *arguments: str, typed: str = "") -> str:
        done = run_as_owner([PROGRAMS / program, *arguments], typed)
        if done.returncode != 0:
            raise ClusterError(f"{program}: {(done.stderr or done.stdout).strip()}")
        return done.stdout


def _plain(name: str) -> str:
    if not DATABASE_NAME.fullmatch(name):
        raise ClusterError(f"不是有效的数据库名 / not a plain database name: {name!r}")
    return name
