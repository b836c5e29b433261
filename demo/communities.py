"""Draws communities: each township outline cut into four by bent lines from one of its vertices to another.

They share every vertex of their outlines with each other and with their township, so they tile it exactly. Codes have
the 12 digits of the real ones, the last three from 901 on, where no real community has its number: none is meant.
"""

from functools import cache
from random import Random

import numpy as np
from shapely.geometry import LineString, Polygon

from demo.features import Feature, shape_feature
from demo.plane import Point, to_degrees, to_plane
from demo.townships import BORDER_STEP_M, VALID_FROM, bend, outlines, sorted_ends, townships

FIRST_NUMBER = 901
HALVINGS = 2
# Between how many places of an outline the shortest cut is looked for, and how small the smaller half may be.
PLACES = 48
HALF_MIN_SHARE = 0.42


@cache
def community_features() -> tuple[Feature, ...]:
    """The community layer: four in each township."""
    features = []
    for unit in townships():
        rings = [[(x, y) for x, y in outlines()[unit.code].exterior.coords[:-1]]]
        for _ in range(HALVINGS):
            rings = [half for ring in rings for half in _halves(ring)]
        for number, ring in enumerate(rings, start=1):
            features.append(
                shape_feature(
                    Polygon(ring),
                    {
                        "code": f"{unit.code}{FIRST_NUMBER + number - 1}",
                        "name": f"{unit.name}示例社区{number:02d}",
                        "township": unit.code,
                        "valid_from": VALID_FROM,
                        "sample": True,
                    },
                )
            )
    return tuple(features)


def _halves(ring: list[Point]) -> tuple[list[Point], list[Point]]:
    """An open ring in degrees cut in two along the shortest line that leaves no half too small."""
    plane = [to_plane(*point) for point in ring]
    first, last = _cut(plane)
    border = _border(plane, first, last)
    return (
        [*ring[first : last + 1], *reversed(border)],
        [*ring[last:], *ring[: first + 1], *border],
    )


def _cut(plane: list[Point]) -> tuple[int, int]:
    """Indexes of the two vertices that a cut joins."""
    outline = Polygon(plane)
    places = np.unique(np.linspace(0, len(plane) - 1, PLACES).astype(int))
    pairs = [(int(one), int(two)) for one in places for two in places if one < two]
    lengths = [float(np.hypot(*np.subtract(plane[one], plane[two]))) for one, two in pairs]
    for _, (one, two) in sorted(zip(lengths, pairs, strict=True)):
        share = Polygon([*plane[one : two + 1], plane[one]]).area / outline.area if two - one > 1 else 0.0
        line = LineString([plane[one], plane[two]])
        if HALF_MIN_SHARE <= share <= 1.0 - HALF_MIN_SHARE and outline.covers(line):
            return one, two
    raise ValueError("no straight line cuts this outline into halves")


def _border(plane: list[Point], first: int, last: int) -> list[Point]:
    """What stands between the two vertices, in rounded degrees: bent like other borders where there is room."""
    ends = sorted_ends([plane[first], plane[last]])
    bent = bend(LineString(ends), Random(f"community {ends[0]}"), BORDER_STEP_M)
    between = to_degrees(bent[1:-1]) if Polygon(plane).covers(LineString(bent)) else []
    return between if ends[0] == plane[first] else between[::-1]
