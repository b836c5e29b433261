"""Looking from a walk at fronts: which cells are seen, and from when to when; arrays in, arrays gathered.

A cell is seen when its midpoint lies within sight of a segment: certainly with the accuracy of the segment granted
against it, probably with it in its favour.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.sight import Floats, Fronts, Places, expand
from geo.tracks import Segments

Sees: TypeAlias = Callable[[Places], NDArray[np.bool_]]
_COARSE: Final = 8
_MANY: Final = 5_000
_STEPS: Final = 3


class Seen:
    """Bits and moments of groups (one zone version in one slot), gathered from segments in any order."""

    def __init__(self, counts: Places) -> None:
        self.offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
        self.certain = np.zeros(self.offsets[-1], dtype=np.bool_)
        self.probable = np.zeros(self.offsets[-1], dtype=np.bool_)
        self.first_s = np.full(len(counts), np.inf)
        self.last_s = np.full(len(counts), -np.inf)

    def add(
        self, ways: Segments, way: Places, fronts: Fronts, front: Places, group: Places, sight_m: float
    ) -> None:
        """Look from segments at the cells of fronts; the three arrays of places are of one length, by time.

        A cell that is certainly seen needs no further look: of a long walk every eighth segment decides nearly all.
        """

        def look(pair: Places) -> NDArray[np.bool_]:
            return self._look(ways, way[pair], fronts, front[pair], group[pair], sight_m)

        sees: Sees = look
        if len(way) < _MANY:
            sees = look(np.arange(len(way))).__getitem__
        else:
            coarse = way % _COARSE == 0
            look(np.flatnonzero(coarse))
            whole = np.logical_and.reduceat(self.certain, self.offsets[:-1])
            look(np.flatnonzero(~coarse & ~whole[group]))
        for pair in _outer(sees, group):
            self._time(ways, way[pair], fronts, front[pair], group[pair], sight_m)

    def _look(
        self, ways: Segments, way: Places, fronts: Fronts, front: Places, group: Places, sight_m: float
    ) -> NDArray[np.bool_]:
        """Which pairs see anything; what they see is noted."""
        counts, accuracy_m = fronts.counts[front], ways.accuracy_m[way]
        bit = expand(self.offsets[group], counts)
        _, apart2 = _feet(ways, way, fronts, front)
        likely = apart2 <= np.repeat((sight_m + accuracy_m) ** 2, counts)
        sure2 = np.where(accuracy_m <= sight_m, (sight_m - accuracy_m) ** 2, -1.0)
        self.probable[bit[likely]] = True
        self.certain[bit[apart2 <= np.repeat(sure2, counts)]] = True
        return np.asarray(np.logical_or.reduceat(likely, np.cumsum(counts) - counts))

    def _time(
        self, ways: Segments, way: Places, fronts: Fronts, front: Places, group: Places, sight_m: float
    ) -> None:
        """In sight from where a segment enters the circle around some cell to where it leaves the last."""
        foot, apart2 = _feet(ways, way, fronts, front)
        pair = np.repeat(np.arange(len(way)), fronts.counts[front])
        circle2 = ((sight_m + ways.accuracy_m[way]) ** 2)[pair]
        likely = apart2 <= circle2
        pair, foot, apart2, circle2 = pair[likely], foot[likely], apart2[likely], circle2[likely]
        square = _square(ways, way)[pair]
        beyond = foot - np.minimum(np.maximum(foot, 0.0), 1.0)
        half = np.sqrt(np.maximum(0.0, circle2 - (apart2 - beyond**2 * square)) / square)
        enters = np.minimum(np.maximum(foot - half, 0.0), 1.0)
        leaves = np.minimum(np.maximum(foot + half, 0.0), 1.0)
        begin_s, elapsed_s = ways.start_s[way][pair], (ways.end_s - ways.start_s)[way][pair]
        standing = (ways.x0 == ways.x1)[way][pair] & (ways.y0 == ways.y1)[way][pair]
        enters, leaves = np.where(standing, 0.0, enters), np.where(standing, 1.0, leaves)
        of = group[pair]
        np.minimum.at(self.first_s, of, np.round(begin_s + enters * elapsed_s, 3))
        np.maximum.at(self.last_s, of, np.round(begin_s + leaves * elapsed_s, 3))


def _square(ways: Segments, way: Places) -> Floats:
    """Squares of the lengths of segments; 1 for those of no length, which divides nothing."""
    square = (ways.x1[way] - ways.x0[way]) ** 2 + (ways.y1[way] - ways.y0[way]) ** 2
    square[square == 0] = 1.0
    return square


def _feet(ways: Segments, way: Places, fronts: Fronts, front: Places) -> tuple[Floats, Floats]:
    """For every cell of those fronts: where beside the segment it lies (0 at its start, 1 at its end, or beyond), and
    the square of its distance from it."""
    counts, x0, y0 = fronts.counts[front], ways.x0[way], ways.y0[way]
    cell = expand(fronts.offsets[front], counts)
    step_x, step_y, square = ways.x1[way] - x0, ways.y1[way] - y0, _square(ways, way)
    from_x = fronts.cell_x[cell] - np.repeat(x0, counts)
    from_y = fronts.cell_y[cell] - np.repeat(y0, counts)
    foot = from_x * np.repeat(step_x / square, counts) + from_y * np.repeat(step_y / square, counts)
    nearest = np.minimum(np.maximum(foot, 0.0), 1.0)
    aside_x = from_x - nearest * np.repeat(step_x, counts)
    aside_y = from_y - nearest * np.repeat(step_y, counts)
    return foot, aside_x * aside_x + aside_y * aside_y


def _outer(sees: Sees, group: Places) -> tuple[Places, Places]:
    """Of pairs, by time, the first and the last of every group that see: segments of one device never overlap."""
    order = np.argsort(group, kind="stable")
    begin = np.flatnonzero(np.diff(group[order], prepend=-1))
    end = np.append(begin[1:], len(order))
    return _first(sees, order, begin, end), _first(sees, order[::-1], len(order) - end, len(order) - begin)


def _first(sees: Sees, order: Places, begin: Places, end: Places) -> Places:
    """The first of each run that sees; most runs begin with it, and only the others are looked at in whole."""
    found = []
    for _ in range(_STEPS):
        seeing = sees(order[begin])
        found.append(order[begin[seeing]])
        begin, end = begin[~seeing] + 1, end[~seeing]
        begin, end = begin[begin < end], end[begin < end]
    rest = order[expand(begin, end - begin)]
    run = np.repeat(np.arange(len(begin)), end - begin)
    those = np.flatnonzero(sees(rest))
    found.append(rest[those[np.unique(run[those], return_index=True)[1]]])
    return np.concatenate(found)
