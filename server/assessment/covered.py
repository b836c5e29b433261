"""Coverage beside figures: what was seen of fronts in the same days, in all, by township and by month.

A front has no category, so nothing of it is told by category. What cannot be told is left out with the reason, and the
figures of cases stand without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy.exc import OperationalError

from server.db import Claim

LeftOut = Literal["not_yet", "too_long", "too_many_months", "too_slow"]
Key = tuple[str | None, str | None]
"""Township and month; None where it is not grouped by."""
_CANCELLED = "57014"
_SUMMED = ("zones", "due_m", "due_seen_m", "length_m", "seen_m", "visits", "late", "never")


class Sums(Protocol):
    """Who knows coverage; see server.patrol.coverage.summing."""

    @property
    def days_max(self) -> int: ...
    def today(self) -> date: ...
    def __call__(
        self, claim: Claim, first: date, last: date, township: str | None
    ) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class Covered:
    """Sums by group; `total` and `groups` are empty where something is `left_out`."""

    left_out: LeftOut | None
    total: Mapping[str, Any] | None
    groups: Mapping[Key, Mapping[str, Any]]


@dataclass(frozen=True)
class Coverer:
    """Puts coverage together from its sums.

    Attributes:
        months_max: months of a period that is told by month.
    """

    sums: Sums
    months_max: int

    def of(self, claim: Claim, first: date, last: date, township: str | None, by: Sequence[str]) -> Covered:
        """The sums of a period up to today; by those of its groups that fronts have."""
        last = min(last, self.sums.today())
        if last < first:
            return _without("not_yet")
        if (last - first).days >= self.sums.days_max:
            return _without("too_long")
        spans = list(_months(first, last)) if "month" in by else []
        if len(spans) > self.months_max:
            return _without("too_many_months")
        try:
            whole = self.sums(claim, first, last, township)
            parts: list[tuple[str | None, Sequence[Mapping[str, Any]]]] = [(None, whole)]
            if "month" in by:
                parts = [(month, self.sums(claim, begin, end, township)) for month, begin, end in spans]
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) != _CANCELLED:
                raise
            return _without("too_slow")
        groups = {} if "category" in by else _grouped(parts, "township" in by)
        return Covered(None, _sum(whole), groups)


def _without(why: LeftOut) -> Covered:
    return Covered(why, None, {})


def _months(first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """Months that a period touches, each with its days in it."""
    while first <= last:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield f"{first:%Y-%m}", first, min(last, following - timedelta(days=1))
        first = following


def _grouped(
    parts: Sequence[tuple[str | None, Sequence[Mapping[str, Any]]]], by_township: bool
) -> dict[Key, Mapping[str, Any]]:
    rows: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
    for month, sums in parts:
        for one in sums:
            rows[(one["township"] or "") if by_township else None, month].append(one)
    return {key: _sum(found) for key, found in rows.items()}


def _sum(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    whole = {name: sum(row[name] for row in rows) for name in _SUMMED}
    # Where no plan asks for anything, everything counts, as on the page of coverage.
    planned = bool(whole["due_m"])
    return {
        "fronts": whole["zones"],
        "due_m": round(whole["due_m" if planned else "length_m"], 2),
        "seen_m": round(whole["due_seen_m" if planned else "seen_m"], 2),
        "visits": whole["visits"],
        "late": whole["late"],
        "never": whole["never"],
    }
