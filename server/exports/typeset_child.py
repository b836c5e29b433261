"""The child that sets what is printed: `python -m server.exports.typeset_child MEMORY_BYTES CPU_S`; paper.py starts it.

It limits itself before it reads a byte, sets the template of one folder and ends. The template reads its words as data,
so nothing that somebody wrote is ever markup; the folder is its root, and it has neither network nor database.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Any

import orjson

FILE_MAX_BYTES = 256 * 1024 * 1024
PDF = "paper.pdf"


def _limit(memory_bytes: int, cpu_s: int) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, FILE_MAX_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    # Each thread takes address space of its own, and one file is set in a quarter of a second by one.
    os.environ["RAYON_NUM_THREADS"] = "1"
    import typst

    folder = request["folder"]
    try:
        typst.compile(
            f"{folder}/{request['template']}",
            output=f"{folder}/{PDF}",
            root=folder,
            font_paths=[request["fonts"]],
            ignore_system_fonts=True,
            # Archival: every font is inside, and nothing of the page depends on anything outside.
            pdf_standards=["a-2b"],
        )
    except typst.TypstError as error:
        return {"fault": str(error)[:500]}
    return {"fault": None}


def main() -> None:
    """Answer one request."""
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    request = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(_answer(request)))


if __name__ == "__main__":
    main()
