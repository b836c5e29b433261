"""What both photo stores share: the shape of a digest, the result of a sweep, and asking in batches."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from server.evidence.faults import PhotoNotHeld

BATCH_COUNT = 500
DIGEST = re.compile(r"[0-9a-f]{64}")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Swept:
    """Counts of one sweep. `waiting` lie in the trash and are looked at again by a later sweep."""

    removed: int = 0
    restored: int = 0
    waiting: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(
            self.removed + other.removed, self.restored + other.restored, self.waiting + other.waiting
        )


def require_digest(sha256: str) -> str:
    """The digest itself, or PhotoNotHeld when it is none: so no other text ever becomes part of a path."""
    if DIGEST.fullmatch(sha256) is None:
        raise PhotoNotHeld(sha256)
    return sha256


def batches(items: Iterable[Item], count: int = BATCH_COUNT) -> Iterator[list[Item]]:
    """The items in lists of at most `count`."""
    left = iter(items)
    while batch := list(islice(left, count)):
        yield batch
