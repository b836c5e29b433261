"""The lower envelope of straight edges over one cell of a street side: what a ray from the street meets first.

Exact, edges may cross each other, and the first of two in the same place wins. Coordinates are those of
`geo.ribbon`, in which straight lines stay straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from geo.ribbon import FloatArray

TOUCH_M: Final = 1e-7
"""Closer along the street than this is the same place."""

_SAME_DEPTH: Final = 1e-9
# Edges that cross nearer than this share of a stretch to its end cross at its end.
_SAME_SHARE: Final = 1e-9


class Edge(NamedTuple):
    """A straight piece of what is seen: from t0 to t1 of a cell, at projective depths w0 and w1."""

    cell: int
    t0: float
    t1: float
    w0: float
    w1: float
    owner: int


def lowest(edges: Sequence[Edge], same_t: float) -> list[Edge]:
    """The lower envelope of the edges of one cell, in order; edges may cross, and the first wins a tie.

    `same_t`: places closer than this are one.
    """
    if len(edges) == 1:
        return list(edges)
    values = np.array([edge[1:5] for edge in edges])
    t0, t1, w0, w1 = values.T
    slope = (w1 - w0) / (t1 - t0)
    marks = _apart(np.unique(np.concatenate([t0, t1])), same_t)
    found: list[Edge] = []
    stack = [(float(a), float(b)) for a, b in zip(marks[-2::-1], marks[:0:-1], strict=True)]
    while stack:
        a, b = stack.pop()
        middle = (a + b) / 2.0
        over = np.flatnonzero((t0 <= middle) & (middle <= t1))
        if not len(over):
            continue
        at_a, at_b = (w0[over] + slope[over] * (t - t0[over]) for t in (a, b))
        best = int(np.argmin(at_a + at_b))
        cut = _crossing(at_a, at_b, best)
        if cut is not None and _SAME_SHARE < cut < 1.0 - _SAME_SHARE:
            stack += [(a + cut * (b - a), b), (a, a + cut * (b - a))]
            continue
        winner = edges[int(over[best])]
        _append(found, winner._replace(t0=a, t1=b, w0=float(at_a[best]), w1=float(at_b[best])))
    return found


def _append(found: list[Edge], edge: Edge) -> None:
    """Add a piece, joined to the one before when they are one straight wall of one owner."""
    last = found[-1] if found else None
    if last and last.owner == edge.owner and last.t1 == edge.t0 and abs(last.w1 - edge.w0) < _SAME_DEPTH:
        slopes = [(e.w1 - e.w0) / (e.t1 - e.t0) for e in (last, edge)]
        if abs(slopes[0] - slopes[1]) < _SAME_DEPTH:
            found[-1] = last._replace(t1=edge.t1, w1=edge.w1)
            return
    found.append(edge)


def _apart(marks: FloatArray, same_t: float) -> FloatArray:
    kept = [float(marks[0])]
    for mark in marks[1:]:
        if mark - kept[-1] > same_t:
            kept.append(float(mark))
    return np.array(kept)


def _crossing(at_a: FloatArray, at_b: FloatArray, best: int) -> float | None:
    """Share of the stretch at which another edge comes below the best one; None when none does."""
    difference_a, difference_b = at_a - at_a[best], at_b - at_b[best]
    below = (np.minimum(difference_a, difference_b) < -_SAME_DEPTH) & (difference_a != difference_b)
    if not below.any():
        return None
    cuts = difference_a[below] / (difference_a[below] - difference_b[below])
    return float(cuts[np.argmin(np.abs(cuts - 0.5))])
