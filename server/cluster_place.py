"""Where a private cluster may live on this machine and as which OS user its programs run.

Everything here asks the operating system: folders, owners, modes, processes. PostgreSQL refuses to run as
root, so for root all of it belongs to the OS user `postgres`; for anybody else, to that user.
"""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MAJOR_VERSION = 15
PROGRAMS = Path(f"/usr/lib/postgresql/{MAJOR_VERSION}/bin")
# The port only names the socket file.
PORT = 5432
# sockaddr_un.sun_path is 108 bytes with its closing NUL.
SOCKET_PATH_MAX_BYTES = 107
# For root: where data goes when `postgres` cannot reach the checkout, and a socket whose path is too long.
SYSTEM_DATA = Path("/var/lib/frontage")
SYSTEM_RUN = Path("/run")


class ClusterError(RuntimeError):
    """The private cluster cannot be made, started or asked; the message says what to do about it."""


def is_root() -> bool:
    return os.geteuid() == 0


def os_owner() -> pwd.struct_passwd:
    """The OS user that owns and runs the cluster.

    Raises:
        ClusterError: we are root and there is no user `postgres`.
    """
    if not is_root():
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise ClusterError(
            "没有系统用户 postgres:请运行 scripts/setup.sh。 / No OS user `postgres`: run scripts/setup.sh."
        ) from None


def run_as_owner(command: list[str | Path], typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program as the cluster's OS user, with nothing of the caller's environment (PGPORT ...)."""
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, errors="replace", check=False, **_as_owner()
    )


def start_as_owner(command: list[str | Path], **streams: Any) -> subprocess.Popen[bytes]:
    """Start a program as `run_as_owner` does; `streams` are stdin, stdout and stderr of Popen."""
    return subprocess.Popen(command, **_as_owner(), **streams)


def _as_owner() -> dict[str, Any]:
    owner = os_owner()
    return {
        "cwd": "/",
        "umask": 0o077,
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": owner.pw_dir, "TZ": "UTC"},
        "user": owner.pw_uid if is_root() else None,
        "group": owner.pw_gid if is_root() else None,
        "extra_groups": [] if is_root() else None,
    }


def reachable(folder: Path) -> bool:
    """Whether the OS owner may pass through the folder and all above it; the kernel is asked.

    For a folder that is still to be made, the nearest one above it answers.
    """
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return run_as_owner(["/usr/bin/test", "-x", nearest]).returncode == 0


def processes_in(folder: Path, among: Iterable[int] | None = None) -> list[int]:
    """Pids of the owner's processes that work in the folder, as every process of a cluster does in its data.

    Asked as the owner, because root in a container may not look at the folders of other users' processes.
    """
    pids = among if among is not None else (int(name) for name in os.listdir("/proc") if name.isdigit())
    links = [Path(f"/proc/{pid}/cwd") for pid in pids]
    if not links:
        return []
    found = run_as_owner(["/usr/bin/find", "-L", *links, "-maxdepth", "0", "-samefile", folder])
    return [int(line.split("/")[2]) for line in found.stdout.splitlines()]


def private_folder(folder: Path) -> None:
    """Make the folder with mode 0700 for the OS owner, or make sure that the one found is exactly that.

    A folder that somebody else put there (in /tmp anybody can) would hand them the socket and the database.

    Raises:
        ClusterError: what is there is no such folder.
    """
    owner = os_owner()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not _is_private(folder, owner.pw_uid):
            raise ClusterError(
                f"{folder} 已存在,但不是 {owner.pw_name} 的 0700 目录,请检查后删除。 / "
                f"{folder} exists but is not a folder of {owner.pw_name} with mode 0700: "
                "look who made it, then remove it."
            ) from None
    else:
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def socket_fits(folder: Path) -> bool:
    """Whether a socket in that folder has a path the kernel accepts."""
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_MAX_BYTES


def short_socket_folder(digest: str) -> Path:
    """A folder with a short path for the socket of the cluster with that digest; the same at each call."""
    name = f"frontage-{digest}"
    if is_root():
        return SYSTEM_RUN / name
    session = Path(os.environ.get("XDG_RUNTIME_DIR") or "-")
    if session.is_absolute() and socket_fits(session / name) and _is_private(session, os.geteuid()):
        return session / name
    # Not from tempfile: a TMPDIR that differs between two calls would lose the server.
    return Path("/tmp", f"{name}-{os.geteuid()}")


def _is_private(folder: Path, uid: int) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077
