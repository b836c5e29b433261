"""What is wrong with a calendar, office hours or a table of deadlines that somebody sends: every fault, where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.messages import say
from server.places.importing import ImportRefused

FAULTS_MAX = 50


@dataclass(frozen=True)
class Fault:
    """One thing wrong: a stable code, where, and what the sentence needs."""

    code: str
    path: str
    params: Mapping[str, Any]

    def message(self) -> str:
        """What is wrong, in both languages on one line."""
        words = say(f"fault.{self.code}", self.params)
        return f"{words['text']} / {words['text_en']}"


class DataRefused(ImportRefused):
    """It was not taken; `found` are its faults, FAULTS_MAX of them at most."""

    def __init__(self, found: Sequence[Fault]) -> None:
        self.found = tuple(found[:FAULTS_MAX])
        super().__init__([f"{fault.path}: {fault.message()}" for fault in self.found])

    @property
    def errors(self) -> list[dict[str, str]]:
        """As a problem tells them."""
        return [{"path": fault.path, "message": fault.message()} for fault in self.found]
