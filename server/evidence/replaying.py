"""What was computed by rules and kept: worked out again from the same events and versions, compared byte by byte.

Each package tells what it keeps; server.wiring puts that together, so that a further kind of list is one entry there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(frozen=True)
class Kept:
    """One list, score or sum.

    Attributes:
        name: by what a person finds it: its day, code or number.
        kept, again: bytes as they were kept, and as the same events and the rules named beside them give them now.
    """

    name: str
    kept: bytes
    again: bytes


@dataclass(frozen=True)
class Kind:
    """All that is kept of one kind, oldest first; `name` in both languages. `replay` needs the owner's rights."""

    name: str
    replay: Callable[[Connection], Iterator[Kept]]
