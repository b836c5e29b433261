"""What is wrong with a calendar, office hours or a table of deadlines that somebody sends: every fault, where it is."""

from __future__ import annotations

from collections.abc import Sequence

from server import dated
from server.places.importing import ImportRefused

FAULTS_MAX = 50


class Fault(dated.Fault):
    """One thing wrong with times."""

    kind = "fault"


class DataRefused(ImportRefused):
    """It was not taken; `found` are its faults, FAULTS_MAX of them at most."""

    def __init__(self, found: Sequence[Fault]) -> None:
        self.found = tuple(found[:FAULTS_MAX])
        super().__init__([f"{fault.path}: {fault.message()}" for fault in self.found])

    @property
    def errors(self) -> list[dict[str, str]]:
        """As a problem tells them."""
        return [{"path": fault.path, "message": fault.message()} for fault in self.found]
