"""What is seen from fixes, worked out by geo without a database: of fixes that are new, and of a whole stretch.

Both judge, join and look by the very same functions, so that what was gathered batch by batch is what a rebuild finds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.legs import Floats
from geo.metric import MetricPlane
from geo.sight import Fronts
from geo.tracks import Fixes, Segments, TrackSettings, doubts, segments
from geo.visits import DayOf, Sighting, SightSettings, changed, sight

EARLIEST_S = 0.0
LATEST_S = 7_258_118_400.0
"""Year 1970 to 2200: the clock of a phone that says another one says nothing about when a street was walked."""


@dataclass(frozen=True)
class Eyes:
    """How this deployment judges fixes and how far one sees there."""

    plane: MetricPlane
    track: TrackSettings
    sight: SightSettings
    day_of: DayOf

    def gained(
        self, fixes: Fixes, fresh: NDArray[np.bool_], inner_s: tuple[float, float], fronts: Fronts
    ) -> tuple[list[Sighting], list[int]]:
        """What new fixes of one device add, and the slots in which a way is gone that was seen from before.

        Args:
            fixes: with two contexts on each side of the new ones. fresh: which are new.
            inner_s: one context on each side: segments that start there are the same as with all fixes.
        """
        before, after = (self._ways(which, inner_s) for which in (_take(fixes, ~fresh), fixes))
        change = changed(before, after)
        return sight(change.new, fronts, self.sight, day_of=self.day_of), change.lost_slots.tolist()

    def seen(self, fixes: Fixes, begin_s: float, end_s: float, fronts: Fronts) -> list[Sighting]:
        """All that was seen from the segments that start from `begin_s` until before `end_s`."""
        ways = self._ways(fixes, (begin_s, np.nextafter(end_s, begin_s)))
        return sight(ways, fronts, self.sight, day_of=self.day_of)

    def _ways(self, fixes: Fixes, within_s: tuple[float, float]) -> Segments:
        ways = segments(fixes, doubts(fixes, self.track), self.plane, self.track)
        first, last = (
            np.searchsorted(ways.start_s, within_s[0]),
            np.searchsorted(ways.start_s, within_s[1], "right"),
        )
        return ways.take(np.arange(first, last))


def believable(at_s: Floats) -> NDArray[np.bool_]:
    """Which moments may be times of a patrol at all."""
    return np.asarray((at_s >= EARLIEST_S) & (at_s < LATEST_S))


def leaving_out(fixes: Fixes, at_s: Floats) -> Fixes:
    """The fixes but those of these moments."""
    return _take(fixes, ~np.isin(fixes.at_s, at_s)) if len(at_s) else fixes


def _take(fixes: Fixes, which: NDArray[np.bool_]) -> Fixes:
    return Fixes(
        fixes.at_s[which],
        fixes.lon[which],
        fixes.lat[which],
        fixes.accuracy_m[which],
        fixes.mock[which],
        fixes.received_s[which],
        fixes.on_duty[which],
    )
