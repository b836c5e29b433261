"""What a figure was measured on: processor, memory, versions, date, command and state of the code."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = ("flask", "gunicorn", "psycopg2-binary", "sqlalchemy", "shapely", "pillow")


def describe(command: list[str]) -> list[str]:
    """Lines for the head of the output; the database adds its own, see `describe_database`."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"日期 date      {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"命令 command   {shlex.join(command)}",
        f"代码 code      {_commit()}",
        f"机器 machine   {_processor()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB, "
        f"{platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f} before",
        f"版本 versions  Python {platform.python_version()}, {libraries}",
    ]


def describe_database(server_version: str, postgis_version: str, fsync: str) -> str:
    """The line of the database; `fsync` as the server says it."""
    return f"数据库 database PostgreSQL {server_version}, PostGIS {postgis_version}, fsync {fsync}"


def _commit() -> str:
    command = ["git", "-c", "safe.directory=*", "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "not a git checkout"
    return told.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
