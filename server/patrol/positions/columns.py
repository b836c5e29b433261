"""A batch of fixes by columns: ten thousand of them are checked and converted array by array, not one by one.

What the arrays accept is exactly what `FixIn` accepts of the usual form; anything else is left to the model, which
knows every form and names each fault.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from geo.datum import Datum, PositionRefused
from geo.datum_arrays import to_wgs84
from server.patrol.positions.wire import FixIn

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)\n)*", re.ASCII)
_DATUMS = frozenset(datum.value for datum in Datum)
_NUMBERS = frozenset({int, float})
_OR_NONE = frozenset({int, float, type(None)})
# Least and most of what may be missing, as in FixIn.
_EXTRAS = {
    "accuracy_m": (0, 100_000),
    "speed_mps": (0, 1000),
    "bearing_deg": (0, 360),
    "altitude_m": (-100_000, 100_000),
    "battery": (0, 1),
}
_KNOWN = frozenset(FixIn.model_fields)
# The column type holds seven digits from 1e-37 on; what is nearer to nothing is nothing.
_REAL_LEAST = 1e-30

Floats = NDArray[np.float64]


class Fix(Protocol):
    """One fix from wherever: degrees in `datum`, metres, m/s, share of charge; None: not told."""

    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...
    @property
    def datum(self) -> str: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def accuracy_m(self) -> float | None: ...
    @property
    def speed_mps(self) -> float | None: ...
    @property
    def bearing_deg(self) -> float | None: ...
    @property
    def altitude_m(self) -> float | None: ...
    @property
    def battery(self) -> float | None: ...
    @property
    def mock(self) -> bool: ...


@dataclass(frozen=True)
class Columns:
    """n fixes of one device.

    Attributes:
        at_us: microseconds since 1970, int64[n].
        lon, lat: degrees WGS-84; sent_lon, sent_lat: degrees as sent in `datum[i]`.
        mock: bool[n].
        extras: accuracy_m, speed_mps, bearing_deg, altitude_m, battery: float64[n], nan where not told; a name that is
            missing is told of no fix.
    """

    at_us: NDArray[np.int64]
    lon: Floats
    lat: Floats
    sent_lon: Floats
    sent_lat: Floats
    datum: Sequence[str]
    mock: NDArray[np.bool_]
    extras: dict[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.at_us)

    @classmethod
    def of(cls, fixes: Iterable[Fix]) -> Self:
        """From checked fixes, in their order.

        Raises:
            PositionRefused: numbers of BD-09 that lie beyond the globe.
        """
        given = list(fixes)
        at_us = [_us(fix.recorded_at) for fix in given]
        extras = {name: list(map(attrgetter(name), given)) for name in _EXTRAS}
        return cls._made(
            at_us,
            np.array([fix.lon for fix in given], dtype=np.float64),
            np.array([fix.lat for fix in given], dtype=np.float64),
            [fix.datum for fix in given],
            [fix.mock for fix in given],
            extras,
        )

    @classmethod
    def quick(cls, items: list[Any]) -> Self | None:
        """From decoded JSON of the usual form, in its order; None when the model has to look at it."""
        if not items or set(map(type, items)) != {dict} or not set().union(*items) <= _KNOWN:
            return None
        try:
            lon, lat = (_numbers([item[name] for item in items]) for name in ("lon", "lat"))
            at_us = _times([item["recorded_at"] for item in items])
            datum = [item["datum"] for item in items]
            mock = [item.get("mock", False) for item in items]
            extras = {name: [item.get(name) for item in items] for name in _EXTRAS}
            if not (_within(lon, -180, 180) and _within(lat, -90, 90) and set(map(type, mock)) == {bool}):
                return None
            if not (set(datum) <= _DATUMS and all(_usual(extras[name], *_EXTRAS[name]) for name in _EXTRAS)):
                return None
            return cls._made(at_us, lon, lat, datum, mock, extras)
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    @classmethod
    def _made(
        cls,
        at_us: list[int],
        lon: Floats,
        lat: Floats,
        datum: list[str],
        mock: list[bool],
        extras: dict[str, list[float | None]],
    ) -> Self:
        lon, lat = _flushed(lon, sys.float_info.min), _flushed(lat, sys.float_info.min)
        wgs_lon, wgs_lat = _converted(lon, lat, datum)
        told = {
            name: _flushed(np.array(values, dtype=np.float64), _REAL_LEAST)
            for name, values in extras.items()
            if any(value is not None for value in values)
        }
        made_up = np.array(mock, dtype=np.bool_)
        return cls(np.array(at_us, dtype=np.int64), wgs_lon, wgs_lat, lon, lat, datum, made_up, told)

    def take(self, which: NDArray[np.intp]) -> Self:
        """Some of them, by their places."""
        arrays = {
            name: getattr(self, name)[which]
            for name in ("at_us", "lon", "lat", "sent_lon", "sent_lat", "mock")
        }
        extras = {name: values[which] for name, values in self.extras.items()}
        return replace(self, **arrays, datum=[self.datum[i] for i in which], extras=extras)


def _us(moment: datetime) -> int:
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


FIRST_US, LAST_US = (_us(moment.replace(tzinfo=UTC)) for moment in (datetime.min, datetime.max))


def _times(texts: list[str]) -> list[int]:
    # One look at all of them; a text with a line of its own passes here and is no time below.
    if not _TIMES.fullmatch("\n".join(texts) + "\n"):
        raise ValueError
    at_us = [_us(moment) for moment in map(datetime.fromisoformat, texts)]
    if min(at_us) < FIRST_US or max(at_us) > LAST_US:
        raise OverflowError
    return at_us


def _numbers(values: list[Any]) -> Floats:
    if not set(map(type, values)) <= _NUMBERS:
        raise TypeError
    return np.array(values, dtype=np.float64)


def _usual(values: list[Any], least: float, most: float) -> bool:
    if not set(map(type, values)) <= _OR_NONE:
        return False
    told = [value for value in values if value is not None]
    return not told or (least <= min(told) and max(told) <= most)


def _within(values: Floats, least: float, most: float) -> bool:
    return bool((values >= least).all() and (values <= most).all())


def _flushed(values: Floats, least: float) -> Floats:
    """Without numbers so near to 0 that the database refuses to read them."""
    return np.where(np.abs(values) < least, 0.0, values)


def _converted(lon: Floats, lat: Floats, datum: list[str]) -> tuple[Floats, Floats]:
    named = set(datum)
    if len(named) == 1:
        wgs_lon, wgs_lat = to_wgs84(lon, lat, Datum(named.pop()))
    else:
        wgs_lon, wgs_lat = np.empty_like(lon), np.empty_like(lat)
        for name in named:
            here = np.array([given == name for given in datum])
            wgs_lon[here], wgs_lat[here] = to_wgs84(lon[here], lat[here], Datum(name))
    if not (_within(wgs_lon, -180, 180) and _within(wgs_lat, -90, 90)):
        raise PositionRefused("position_out_of_range", "超出地球 / beyond the globe")
    return wgs_lon, wgs_lat
