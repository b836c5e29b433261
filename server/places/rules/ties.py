"""Ties: two rules that can hold for one report and are equally specific, each with a report that shows it.

Exact, not sampled. On one path of the tree two different categories lie at different depths, and a report lies in one
zone of a kind and one township; so rules can only tie when they name the same of each, both have hours or neither, and
both have dates or neither. What is left is whether their hours and days meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import combinations

from server.places.rules.evaluation import Rule


@dataclass(frozen=True)
class Tie:
    """Two rules and the local time of a report that both hold for; the rest of that report is what either names."""

    first: Rule
    second: Rule
    at: datetime


def find_ties(rules: Sequence[Rule], *, on: date, most: int) -> list[Tie]:
    """Up to `most` ties of a set, in the order the rules stand in.

    Args:
        on: the day an example is put on where neither rule has dates.
    """
    found: list[Tie] = []
    for tie in _ties(rules, on):
        found.append(tie)
        if len(found) == most:
            break
    return found


def _ties(rules: Iterable[Rule], on: date) -> Iterator[Tie]:
    alike: dict[tuple[object, ...], list[Rule]] = defaultdict(list)
    for rule in rules:
        alike[_shape(rule)].append(rule)
    for group in alike.values():
        for first, second in combinations(group, 2):
            at = meeting(first, second, on)
            if at is not None:
                yield Tie(first, second, at)


def _shape(rule: Rule) -> tuple[object, ...]:
    return (rule.category, rule.zone_kind, rule.zone, rule.township, bool(rule.hours), rule.dated)


def meeting(first: Rule, second: Rule, on: date) -> datetime | None:
    """The earliest local time within a week at which the days and hours of both hold; None when they never do."""
    hours = first.open.common(second.open)
    for day in _days(first, second, on):
        minute = hours.first_on(day.isoweekday())
        if minute is not None:
            return datetime.combine(day, time(minute // 60, minute % 60))
    return None


def _days(first: Rule, second: Rule, on: date) -> Iterator[date]:
    """Days that both hold on, a week of them at most: hours repeat after that."""
    begin = max((day for day in (first.valid_from, second.valid_from) if day), default=None)
    end = min((day for day in (first.valid_to, second.valid_to) if day), default=date.max)
    if begin is None:
        begin = min(on, date.fromordinal(max(1, end.toordinal() - 7)))
    for ordinal in range(begin.toordinal(), min(begin.toordinal() + 7, end.toordinal())):
        yield date.fromordinal(ordinal)
