"""One line of what the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How something stands."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Line:
    """What was looked at, in both languages.

    Attributes:
        key: a short name that stays, for scripts.
        about: what was looked at. found: how it is. do: what to do about it; empty when nothing is.
    """

    key: str
    about: str
    mark: Mark
    found: str
    do: str = ""
