"""The reading process: `python -m server.places.foreign.child FILE OUT`, started by reader.py only.

It limits itself before it looks at a byte, gets file and answer as open descriptors, works in the empty folder it was
started in, tells its steps on standard output and ends. It opens no network and no database and has no environment.
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
OPEN_FILES = 128
TASK, CONTEXT = "task.json", "context.json"
# A file it may not make larger: the answer itself may be that file, so only the status can tell.
EXIT_LIMIT = 3


def limit_this_process(memory_bytes: int, timeout_s: float, file_bytes: int) -> None:
    """Address space, processor and wall time, size of any file written; gone when whoever started it is gone."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, math.ceil(timeout_s)),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(what, (limit, limit))
    signal.setitimer(signal.ITIMER_REAL, timeout_s)


def main() -> int:
    """Examine the file on descriptor FILE and write the answer to descriptor OUT."""
    source, out = int(sys.argv[1]), int(sys.argv[2])
    folder = Path.cwd()
    task = orjson.loads((folder / TASK).read_bytes())
    limits = task["limits"]
    limit_this_process(limits["memory_max_bytes"], limits["timeout_s"], limits["answer_max_bytes"])
    return answered(out, lambda: _examined(source, folder, task))


def _examined(source: int, folder: Path, task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    # Only now: a decoder is loaded by a process that is already limited.
    from server.places.foreign.judging import examine

    unpacked = folder / "unpacked"
    unpacked.mkdir()
    context = orjson.loads((folder / CONTEXT).read_bytes())
    with open(source, "rb") as file:
        layer = examine(file, unpacked, task, context, tell)
    tell("write")
    return layer.lines()


def answered(out: int, work: Callable[[], Iterable[dict[str, Any]]]) -> int:
    """Write to descriptor OUT what some work gives, or why the file is refused; returns the exit status."""
    from server.places.foreign.faults import FileRefused

    try:
        _write(out, work())
    except FileRefused as refused:
        _write(out, [{"refusal": refused.code, "params": refused.params}])
    except MemoryError:
        _write(out, [{"refusal": "import_limit", "params": {"what": "memory"}}])
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            return EXIT_LIMIT
        # GDAL wraps what it could not allocate; whatever else it is goes to the log of whoever started this.
        traceback.print_exc()
        return 1
    return 0


def tell(step: str) -> None:
    """Name the step that begins now."""
    os.write(1, f"{step}\n".encode())


def _write(out: int, lines: Iterable[dict[str, Any]]) -> None:
    with open(out, "wb", closefd=True) as file:
        for line in lines:
            file.write(
                orjson.dumps(line, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS) + b"\n"
            )


if __name__ == "__main__":
    sys.exit(main())
