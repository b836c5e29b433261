"""Rosters for tests: of Jinsha, for the first two days of September 2026; by the standing clock the first is today."""

from __future__ import annotations

from typing import Any

from tests.factories import JINSHA

WEST, SOUTH, EAST, NORTH = 121.06, 32.06, 121.08, 32.08
RING = [[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH], [WEST, SOUTH]]
# About 1 km around the corner.
AREA: dict[str, Any] = {
    "code": "A1",
    "name": "老城片",
    "polygon": {"type": "Polygon", "coordinates": [RING]},
}


def turn(
    officer: str, *, day: str = "2026-09-01", start: str = "08:00", stop: str = "17:00", **more: str
) -> Any:
    """One turn; `more` names team and area."""
    return {"day": day, "from": start, "to": stop, "officer": officer, **more}


def roster(*entries: Any, **more: Any) -> dict[str, Any]:
    """A roster of Jinsha for two days."""
    return {
        "name": "九月第一周",
        "source": "test",
        "body": JINSHA,
        "first": "2026-09-01",
        "last": "2026-09-02",
        "entries": list(entries),
        **more,
    }
