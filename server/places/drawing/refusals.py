"""The files strips are drawn from, and why nothing is drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

PARTS = ("buildings", "streets", "property_lines")
FAULTS_TOLD = 50


class GroundRefused(ValueError):
    """Nothing can be drawn from these files; `faults` names each, such as `buildings[3]: ...`."""

    code = "drawing_refused"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(f"{len(faults)} faults, the first: {faults[0]}")
        self.faults = tuple(faults)

    @property
    def params(self) -> dict[str, Any]:
        """What is told of it: how many faults, and the first of them."""
        return {"count": len(self.faults), "faults": list(self.faults[:FAULTS_TOLD])}
