"""Keys this deployment makes for itself on first use, each in a file only its owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def random_key(path: Path, *, size_bytes: int = 32) -> str:
    """The key in `path` as text, made now when there is none; two processes starting at once agree on one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(size_bytes))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # The other process was first: its key is the one.
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
