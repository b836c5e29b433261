"""Starts a child that works on files somebody sent: an empty folder, open files, no environment, killed when too long.

A child limits itself (child.py) and tells its steps on standard output; what it says besides goes to the log.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import structlog

from server.places.foreign.child import EXIT_LIMIT
from server.places.foreign.faults import FileRefused

log = structlog.get_logger()

REPOSITORY = Path(__file__).resolve().parents[3]
Progress = Callable[[str], None]
_LIMIT_EXITS = frozenset({-9, -14, -24, -25, EXIT_LIMIT})
# What a process says that may not have more memory, by who says it: Python, C++, the loader of libraries.
_NO_MEMORY = (b"MemoryError", b"bad_alloc", b"failed to map segment")
_GRACE_S = 5.0
# Drivers that fetch from elsewhere or open what a file names: no layer of ours needs them.
_SKIPPED = (
    "VRT OGR_VRT GDALG HTTP WFS OAPIF OGCAPI CSW WMS WCS WMTS STACIT STACTA PLSCENES Elasticsearch Carto AmigoCloud "
    "NGW EEDA ADBC"
)


def run_child(
    module: str,
    descriptors: Sequence[int],
    folder: Path,
    *,
    timeout_s: float,
    steps: Collection[str],
    progress: Progress,
) -> None:
    """Run `python -m module DESCRIPTORS...` in `folder` to its end.

    Args:
        descriptors: of open files, given to the child under the same numbers.
        timeout_s: wall time, as the child limits itself to; a little later it is killed from here.
        steps: names that are passed on to `progress`; whatever else it says is nobody's to hear.
    Raises:
        FileRefused: import_limit when it took too much, import_unreadable when it broke.
    """
    environment = {
        "PYTHONPATH": str(REPOSITORY),
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PROJ_NETWORK": "OFF",
        "GDAL_SKIP": _SKIPPED,
        "GDAL_NUM_THREADS": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", module, *map(str, descriptors)],
        cwd=folder,
        env=environment,
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        said = _listen(process, time.monotonic() + timeout_s + _GRACE_S, steps, progress)
    finally:
        process.kill()
        status = process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
    if status == 0:
        return
    log.warning(
        "layer_child_ended", module=module, status=status, said=said[-2000:].decode("utf-8", "replace")
    )
    if status in _LIMIT_EXITS or any(words in said for words in _NO_MEMORY):
        raise FileRefused("import_limit", what="time_or_memory")
    raise FileRefused("import_unreadable", detail="the reader failed on this file")


def _listen(
    process: subprocess.Popen[bytes], deadline_s: float, steps: Collection[str], progress: Progress
) -> bytes:
    """Pass on the steps told on standard output until both outputs end; returns the end of standard error."""
    said, line = b"", b""
    with selectors.DefaultSelector() as waiting:
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            waiting.register(stream, selectors.EVENT_READ)
        while waiting.get_map() and time.monotonic() < deadline_s:
            for key, _ in waiting.select(timeout=0.5):
                piece = os.read(key.fd, 4096)
                if not piece:
                    waiting.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    said = (said + piece)[-8000:]
                else:
                    line = _steps(line + piece, steps, progress)
    # Outputs that ended are no proof that it has: its status is waited for, as long as there is time.
    try:
        process.wait(timeout=max(0.1, deadline_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        log.warning("layer_child_killed")
    return said


def _steps(text: bytes, steps: Collection[str], progress: Progress) -> bytes:
    *whole, rest = text.split(b"\n")
    for name in whole:
        step = name.decode("ascii", "replace")
        if step in steps:
            progress(step)
    return rest[-100:]
