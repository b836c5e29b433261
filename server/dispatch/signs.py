"""One thing that speaks for a candidate, in numbers; its sentence stands in the catalogues under `sign.<code>`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.messages import say


@dataclass(frozen=True)
class Sign:
    """A stable code with its numbers."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def worded(self) -> dict[str, Any]:
        """As it is sent: with the sentence in both languages."""
        return {"code": self.code, "params": dict(self.params), **say(f"sign.{self.code}", self.params)}
