"""Which body answers for a matched place. Pure: a match and the bodies go in, a route with its trace comes out.

The township is nearly always certain and is all that sending needs; an unsure frontage never delays it. What no
township clearly answers for goes to the district's queue, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.verdict import Verdict, ZoneVerdict

RULES = "township-answers-1"


@dataclass(frozen=True)
class Body:
    """An organisation that can answer: the district or a township."""

    id: str
    code: str
    name: str
    kind: str


@dataclass(frozen=True)
class Route:
    """Where a case goes. `township` is the one that answers, or None when the district has to decide."""

    body: Body
    township: Body | None
    reason: str
    trace: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "rules": RULES,
            "body": self.body.code,
            "township": self.township.code if self.township else None,
            "reason": self.reason,
            "trace": list(self.trace),
        }


class NoDistrict(RuntimeError):
    """The deployment has no district organisation: nothing can be routed."""


def bodies_from_rows(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Body]:
    """Organisations by code."""
    return {code: Body(row["id"], code, row["name"], row["kind"]) for code, row in rows.items()}


def route(township: ZoneVerdict, bodies: Mapping[str, Body]) -> Route:
    """Pick the responsible body.

    Raises:
        NoDistrict: when there is no district to fall back on.
    """
    district = next((body for body in bodies.values() if body.kind == "district"), None)
    if district is None:
        raise NoDistrict("no organisation of kind district")
    seen: dict[str, Any] = {
        "step": "township",
        "code": township.code,
        "verdict": township.verdict.value,
        "probability": township.probability,
    }
    if township.verdict is Verdict.NONE:
        return Route(district, None, "outside_all_townships", (seen,))
    if not township.chosen or township.code is None:
        return Route(district, None, "township_unsure", (seen,))
    answering = bodies.get(township.code)
    if answering is None:
        return Route(district, None, "township_without_body", (seen,))
    return Route(answering, answering, "township_answers", (seen, {"step": "body", "code": answering.code}))
