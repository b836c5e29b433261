"""Lays a compressed copy beside each built file, which the server hands out, and tells what the phone loads first.

Leaves with 1 when that has grown beyond its limit: a phone on a slow network waits for every byte of it.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

DIST = Path(__file__).resolve().parents[1] / "web" / "dist"
FIRST_LOAD_MAX_BYTES = 200_000
_PAGE, _DOOR = "index.html", "src/officer/index.tsx"
_TEXT = {".js", ".css", ".html", ".svg", ".webmanifest"}


def main() -> None:
    for file in [file for file in DIST.rglob("*") if file.suffix in _TEXT]:
        packed_of(file).write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    total_bytes = sum(packed_of(DIST / name).stat().st_size for name in first_load())
    print(f"first load of the phone, compressed: {total_bytes:,} bytes")
    if total_bytes > FIRST_LOAD_MAX_BYTES:
        sys.exit(f"the phone's first load may be {FIRST_LOAD_MAX_BYTES:,} bytes, compressed")


def packed_of(file: Path) -> Path:
    return file.with_name(file.name + ".gz")


def first_load() -> set[str]:
    """The page, and what its script and the phone's door need, directly or through others: not the map."""
    needs = json.loads((DIST / ".vite" / "manifest.json").read_text(encoding="utf-8"))
    found, waiting = {_PAGE}, [_PAGE, _DOOR]
    seen = set(waiting)
    while waiting:
        piece = needs[waiting.pop()]
        found.update([piece["file"], *piece.get("css", [])])
        further = set(piece.get("imports", [])) - seen
        seen |= further
        waiting += further
    return found


if __name__ == "__main__":
    main()
