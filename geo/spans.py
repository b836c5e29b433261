"""Stretches of a line as pairs of metres [from, to], kept sorted and apart: join, take away, total.

Plain arithmetic of intervals for whoever measures along a street; lengths in metres.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

Span: TypeAlias = tuple[float, float]


def joined(spans: Iterable[Span], apart_m: float = 0.0) -> tuple[Span, ...]:
    """The same ground in order; spans no more than `apart_m` metres apart become one.

    >>> joined([(5.0, 8.0), (0.0, 2.0), (2.0, 3.0)])
    ((0.0, 3.0), (5.0, 8.0))
    """
    made: list[Span] = []
    for start, stop in sorted(spans):
        if made and start <= made[-1][1] + apart_m:
            made[-1] = (made[-1][0], max(made[-1][1], stop))
        else:
            made.append((start, stop))
    return tuple(made)


def without(spans: Sequence[Span], taken: Sequence[Span], shortest_m: float = 0.0) -> tuple[Span, ...]:
    """What is left of `spans` after `taken`, both joined before; rests of `shortest_m` metres or less are dropped.

    >>> without(((0.0, 10.0),), ((2.0, 3.0), (9.0, 12.0)))
    ((0.0, 2.0), (3.0, 9.0))
    """
    left: list[Span] = []
    for start, stop in spans:
        at = start
        for low, high in taken:
            if high <= at or low >= stop:
                continue
            left.append((at, low))
            at = high
        left.append((at, stop))
    return tuple((low, high) for low, high in left if high - low > shortest_m)


def total_m(spans: Iterable[Span]) -> float:
    """Metres of spans that do not overlap.

    >>> total_m([(0.0, 2.0), (3.0, 4.5)])
    3.5
    """
    return sum(stop - start for start, stop in spans)


def inside(spans: Iterable[Span], at_m: float) -> bool:
    """Whether a place lies in one of them, ends included.

    >>> inside([(0.0, 2.0)], 2.0)
    True
    """
    return any(start <= at_m <= stop for start, stop in spans)
