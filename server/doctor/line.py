"""One line of what the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from server.operation.check import Check, State


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

    @classmethod
    def of(cls, check: Check) -> Self:
        """What the page of operation shows too, as a line."""
        mark = {State.OK: Mark.OK, State.LOOK: Mark.WARN, State.ACT: Mark.BAD}[check.state]
        about, found, do = (
            f"{words['text']} / {words['text_en']}" if words else ""
            for words in (check.about, check.found, check.do)
        )
        return cls(check.key, about, mark, found, do)
