"""Reads fixes as the database gives them, and judges them: a track is what one device recorded inside one shift.

Fixes around the asked time are read too, since a flag depends on its neighbours; they are left out afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.tracks import Fixes, TrackSettings, judge


@dataclass(frozen=True)
class Recorded:
    """Fixes of one device in one shift, arrays of one length by time, with what is not needed to judge them."""

    device_kind: str
    device_name: str
    shift_id: str
    fixes: Fixes
    flags: NDArray[np.int32]
    speed_mps: NDArray[np.float64]
    bearing_deg: NDArray[np.float64]
    altitude_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.fixes)

    def take(self, which: NDArray[np.bool_]) -> Recorded:
        """Some of the fixes."""
        f = self.fixes
        fixes = Fixes(
            f.at_s[which],
            f.lon[which],
            f.lat[which],
            f.accuracy_m[which],
            f.mock[which],
            f.received_s[which],
            f.on_duty[which],
        )
        return Recorded(
            self.device_kind,
            self.device_name,
            self.shift_id,
            fixes,
            self.flags[which],
            self.speed_mps[which],
            self.bearing_deg[which],
            self.altitude_m[which],
        )

    def between(self, from_s: float, to_s: float) -> Recorded:
        """Those from `from_s` to before `to_s`, POSIX seconds."""
        return self.take((self.fixes.at_s >= from_s) & (self.fixes.at_s < to_s))


def judged(rows: Iterable[Mapping[Any, Any]], settings: TrackSettings) -> list[Recorded]:
    """Tracks from rows of `fixes_of_v1`, ordered by device and time; each device is judged whole."""
    found = []
    for _, of_device in groupby(rows, key=lambda row: row["device_id"]):
        shifts = list(of_device)
        whole = _fixes(shifts)
        flags, begin = judge(whole, settings), 0
        for row in shifts:
            end = begin + len(row["at"])
            found.append(_recorded(row, _fixes([row]), flags[begin:end]))
            begin = end
    return found


def within(tracks: Iterable[Recorded], from_at: datetime, to_at: datetime) -> list[Recorded]:
    """Tracks without the fixes around the asked time, and without those of which nothing is left."""
    cut = (track.between(from_at.timestamp(), to_at.timestamp()) for track in tracks)
    return [track for track in cut if len(track)]


def _recorded(row: Mapping[Any, Any], fixes: Fixes, flags: NDArray[np.int32]) -> Recorded:
    return Recorded(
        row["device_kind"],
        row["device_name"],
        str(row["shift_id"]),
        fixes,
        flags,
        _floats(row["speed_mps"]),
        _floats(row["bearing_deg"]),
        _floats(row["altitude_m"]),
    )


def _fixes(rows: Sequence[Mapping[Any, Any]]) -> Fixes:
    def joined(name: str, dtype: Any) -> NDArray[Any]:
        return np.concatenate([np.array(row[name], dtype=dtype) for row in rows])

    return Fixes(
        joined("at", np.float64),
        joined("lon", np.float64),
        joined("lat", np.float64),
        joined("accuracy_m", np.float64),
        joined("mock", np.bool_),
        joined("received", np.float64),
        joined("on_duty", np.bool_),
    )


def _floats(values: Sequence[float | None]) -> NDArray[np.float64]:
    """What is not told is nan."""
    return np.array(values, dtype=np.float64)
