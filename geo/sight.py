"""What can be seen from the street: the axis of a zone along its street, its cells of about a metre, and which fronts
lie near a track.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

CELLS_MAX: Final = 512
FOREVER: Final = np.iinfo(np.int32).max
"""As `valid_to`: a day ordinal that never comes."""


def front_axis(area: BaseGeometry, street: LineString | None) -> LineString:
    """The line along the street through the middle of an area, as long as the area is along the street.

    Args:
        area: polygon, multipolygon, line or point in metres. street: its street in metres, or None.

    Returns:
        a line of two points or more, to a millimetre; without a street, or where the street gives none, the long way
        through the least rectangle; for a point a line of no length.
    """
    raise NotImplementedError


def cell_count(length_m: float) -> int:
    """Cells of an axis: one a metre, 1 to `CELLS_MAX`."""
    return max(1, min(CELLS_MAX, round(length_m)))


def cells(axis: LineString) -> NDArray[np.float64]:
    """Midpoints of the cells of an axis, an array of n by 2 in metres."""
    raise NotImplementedError


class Fronts:
    """Axes of many zone versions, found by place; unchanging, safe to share between threads.

    Args:
        zone_ids: of the versions. axes: in metres of the plane, as `front_axis` gives them.
        valid_from, valid_to: day ordinals, `valid_to` exclusive, `FOREVER` when open.
    """

    def __init__(
        self,
        zone_ids: NDArray[np.int64],
        axes: Sequence[LineString] | NDArray[np.object_],
        valid_from: NDArray[np.int64],
        valid_to: NDArray[np.int64],
    ) -> None:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def near(self, boxes: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs (box, front) whose rectangles touch; boxes: n by 4, west, south, east, north in metres."""
        raise NotImplementedError
