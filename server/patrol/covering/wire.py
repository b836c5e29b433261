"""Arrays between Python and the functions of the database: text literals going in, big-endian columns coming out.

A list of parameters is bound as one text literal: the driver then asks nothing of each value, and a thousand fixes cost
what ten do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np

from geo.legs import Floats
from geo.tracks import Fixes


def literal(values: Iterable[object]) -> str:
    """A one-dimensional array of numbers, truths, ids, days, words without quotes, or bit strings; no None."""
    return "{" + ",".join(map(str, values)) + "}"


def moments(column: bytes | None) -> Floats:
    """POSIX seconds out of float8send, one after the other."""
    return np.frombuffer(column or b"", dtype=">f8").astype(np.float64)


def fixes(at: bytes | None, lon: bytes, lat: bytes, accuracy: bytes, mock: bytes) -> Fixes:
    """The columns of a stretch, by time; what only flags need (receipt, duty) is taken as in order."""
    at_s = moments(at)
    if at is None:
        lon = lat = accuracy = mock = b""
    return Fixes(
        at_s=at_s,
        lon=np.frombuffer(lon, dtype=">f8").astype(np.float64),
        lat=np.frombuffer(lat, dtype=">f8").astype(np.float64),
        accuracy_m=np.frombuffer(accuracy, dtype=">f4").astype(np.float64),
        mock=np.frombuffer(mock, dtype=np.uint8) != 0,
        received_s=at_s,
        on_duty=np.ones(len(at_s), dtype=np.bool_),
    )


def ordinal(day: Any) -> int | None:
    """A day of the database as geo counts days; None for no end."""
    return day.toordinal() if isinstance(day, date) else None
