"""How far the share found in a sample may be from that of everything it was drawn from."""

from __future__ import annotations

import math
from collections.abc import Callable

# One in twenty samples tells an interval that misses: 2.5 % at either side, what is as likely as that counted in.
_TAIL = 0.025 - 1e-12


def held_between(population: int, looked: int, held: int) -> tuple[float, float]:
    """The share of a population that holds, between which bounds it lies with 95 % confidence.

    Exact for cases drawn without putting back (hypergeometric): when all were looked at, both are what was found.

    Args:
        population: all cases drawn from. looked: those looked at. held: those of them that held.

    >>> held_between(40, 8, 8)
    (0.675, 1.0)
    >>> held_between(8, 8, 7)
    (0.875, 0.875)
    """
    # Of the population at least those seen to hold do, and at most all but those seen not to.
    least, most = held, population - (looked - held)
    low = _first(least, most, lambda holds: _at_least(population, holds, looked, held) > _TAIL)
    # Not holding is the same question from the other side.
    failed = looked - held
    lowest_failing = _first(
        failed, population - held, lambda fails: _at_least(population, fails, looked, failed) > _TAIL
    )
    return low / population, (population - lowest_failing) / population


def _first(low: int, high: int, fits: Callable[[int], bool]) -> int:
    """The smallest number that fits, where every larger one does too, the largest at least."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return low


def _at_least(population: int, marked: int, looked: int, seen: int) -> float:
    """Probability to see at least `seen` marked ones among those looked at."""
    most = min(marked, looked)
    if seen > most:
        return 0.0
    start = max(seen, looked + marked - population)
    term = math.exp(
        _log_choose(marked, start)
        + _log_choose(population - marked, looked - start)
        - _log_choose(population, looked)
    )
    total = term
    for n in range(start, most):
        term *= (marked - n) * (looked - n) / ((n + 1) * (population - marked - looked + n + 1))
        total += term
    return total


def _log_choose(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)
