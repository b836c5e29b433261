"""How likely two cases are the same thing. Pure: what is known of a pair goes in, a score with its reasons comes out.

The score is a sum of what each sign is worth, cut off at 1: the same photo 0.6, a photo that looks alike 0.35, the
same zone 0.3, the same category 0.25 (a sister category 0.1), nearness up to 0.2 and opening times up to 0.1, both
falling to nothing in a straight line. What a sign is worth is our convention: a dispatcher reads the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from server.dispatch.signs import Sign

WORTH = {
    "photo_same": 0.6,
    "photo_alike": 0.35,
    "zone": 0.3,
    "category": 0.25,
    "category_sister": 0.1,
    "near": 0.2,
    "time": 0.1,
}
TIME_REACH_H = 72.0
"""Cases opened farther apart in time are not likelier the same for being near in it."""


class DuplicateSettings(Protocol):
    """What the deployment sets; names and reasons as in config.py."""

    @property
    def duplicate_radius_m(self) -> float: ...
    @property
    def duplicate_ended_days(self) -> int: ...
    @property
    def duplicate_photo_bits_max(self) -> int: ...
    @property
    def duplicate_candidates_max_count(self) -> int: ...


@dataclass(frozen=True)
class Pair:
    """A case and a candidate: lengths in metres, times aware, `bits_apart` of the two photos most alike."""

    number: str
    state: str
    category: str
    opened_at: datetime
    distance_m: float
    zone: str | None
    bits_apart: int | None
    same_photo: bool
    same_category: bool
    sister_category: bool
    hours_apart: float


def judge(pair: Pair, settings: DuplicateSettings) -> tuple[float, tuple[Sign, ...]]:
    """Score from 0 to 1, and the signs it is made of, the weightiest first."""
    found = sorted(_signs(pair, settings), key=lambda one: -one[0])
    score = min(1.0, sum(worth for worth, _ in found))
    return round(score, 3), tuple(sign for _, sign in found)


def _signs(pair: Pair, settings: DuplicateSettings) -> Iterator[tuple[float, Sign]]:
    yield from _of_photos(pair, settings)
    if pair.zone is not None:
        yield WORTH["zone"], Sign("same_zone", {"zone": pair.zone})
    if pair.same_category:
        yield WORTH["category"], Sign("same_category", {"category": pair.category})
    elif pair.sister_category:
        yield WORTH["category_sister"], Sign("sister_category", {"category": pair.category})
    nearness = max(0.0, 1 - pair.distance_m / settings.duplicate_radius_m)
    yield WORTH["near"] * nearness, Sign("distance", {"distance_m": round(pair.distance_m, 1)})
    closeness = max(0.0, 1 - pair.hours_apart / TIME_REACH_H)
    yield WORTH["time"] * closeness, Sign("time_apart", {"hours": round(pair.hours_apart, 1)})


def _of_photos(pair: Pair, settings: DuplicateSettings) -> Iterator[tuple[float, Sign]]:
    if pair.same_photo:
        yield WORTH["photo_same"], Sign("photo_same")
    elif pair.bits_apart is not None and pair.bits_apart <= settings.duplicate_photo_bits_max:
        yield WORTH["photo_alike"], Sign("photo_alike", {"bits": pair.bits_apart, "of_bits": 128})


def pair_of(row: Any, *, category: str, parent: str | None, opened_at: datetime) -> Pair:
    """A row of case_duplicates_v1 beside the case it was asked for."""
    same = row.category == category
    return Pair(
        number=row.number,
        state=row.state,
        category=row.category,
        opened_at=row.opened_at,
        distance_m=row.distance_m,
        zone=row.zone,
        bits_apart=row.bits_apart,
        same_photo=row.same_photo,
        same_category=same,
        sister_category=not same and parent is not None and row.parent == parent,
        hours_apart=abs((row.opened_at - opened_at).total_seconds()) / 3600,
    )
