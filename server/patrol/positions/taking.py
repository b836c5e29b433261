"""Fixes of one device are stored, counted and judged: the same for a phone of ours and for any tracker.

One call of the database stores what was recorded on duty, each fix once. Flags are worked out for the reply and kept
nowhere: they follow from the fixes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, Row

from geo.datum import Datum, Position
from geo.hints import DatumHintSettings, TrackFix, datum_findings
from geo.tracks import Fixes, TrackSettings, judge, seeing_context, wire
from geo.verdict import Why
from server import sqltext
from server.patrol.positions.columns import EPOCH, LAST_US, Columns, Floats
from server.patrol.tracking import TrackingSettings, track_settings

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
# A batch torn into more pieces by silence is judged without what lies around the older ones.
_STRETCHES_MAX = 16
_SAME = frozenset({Datum.WGS84.value, Datum.CGCS2000.value})


class TakingSettings(TrackingSettings, Protocol):
    """The settings that taking fixes needs; read-only, so that a frozen configuration fits."""

    @property
    def duty_grace_s(self) -> int: ...
    @property
    def devices_per_account_max_count(self) -> int: ...
    @property
    def fixes_near_max_count(self) -> int: ...
    @property
    def plausible_speed_mps(self) -> float: ...
    @property
    def track_window_s(self) -> int: ...


@dataclass(frozen=True)
class TakingRules:
    """How fixes are taken in this deployment.

    Attributes:
        grace_s: before and after a shift. devices_max: of one account. near_max: fixes on each side of a stretch that
            the flags of a reply look at.
    """

    grace_s: int
    devices_max: int
    near_max: int
    track: TrackSettings
    hints: DatumHintSettings

    @classmethod
    def of(cls, settings: TakingSettings) -> TakingRules:
        return cls(
            settings.duty_grace_s,
            settings.devices_per_account_max_count,
            settings.fixes_near_max_count,
            track_settings(settings),
            DatumHintSettings(settings.plausible_speed_mps, track_window_s=settings.track_window_s),
        )

    def as_json(self) -> str:
        told = {
            "grace_s": self.grace_s,
            "near_s": seeing_context(self.track).reach_s,
            "near_most": self.near_max,
            "future_s": self.track.future_s,
            "accuracy_poor_m": self.track.accuracy_poor_m,
        }
        return orjson.dumps(told).decode()


@dataclass(frozen=True)
class Taken:
    """What became of a batch; accepted, duplicate and off_duty together are all of its fixes.

    Attributes:
        flags: of the accepted ones by name. newest_at: of the accepted ones, aware. hints: signs of a wrong datum.
    """

    device_id: int
    accepted: int
    duplicate: int
    off_duty: int
    flagged: int
    flags: dict[str, int]
    newest_at: datetime | None
    hints: tuple[Why, ...]

    @property
    def nothing_on_duty(self) -> bool:
        """Whether nothing of the batch was recorded on duty."""
        return self.off_duty > 0 and self.accepted == 0 and self.duplicate == 0


def take_fixes(
    connection: Connection, device: int | str, given: Columns, received_at: datetime, rules: TakingRules
) -> Taken:
    """Store the fixes of one device that were recorded on duty, each once.

    Args:
        connection: of the caller's transaction; nothing holds before its commit.
        device: its id, as a token told it, or the name of a device of whoever the transaction acts for.
        given: at least one fix, any order; of several of one moment the first counts.
        received_at: aware.
    Errors: DBAPIError with the constraint device_not_revoked or device_most.
    """
    batch = given.take(np.unique(given.at_us, return_index=True)[1])
    row = SQL["put_positions"].run(connection, put_values(device, batch, received_at, rules)).one()
    stored = np.isin(batch.at_us, row.stored) if row.stored is not None else np.ones(len(batch), np.bool_)
    near = _near(row)
    flags = _flags(batch, stored, row.in_grace or (), near, received_at.timestamp(), rules.track)
    return Taken(
        device_id=row.device_id,
        accepted=row.accepted,
        duplicate=len(given) - len(batch) + row.on_duty - row.accepted if row.on_duty else 0,
        off_duty=len(batch) - row.on_duty if row.on_duty else len(given),
        flagged=int(np.count_nonzero(flags)),
        flags=_counted(flags),
        newest_at=row.newest_at,
        hints=_hints(batch, stored, near, rules.hints),
    )


def put_values(
    device: int | str, batch: Columns, received_at: datetime, rules: TakingRules
) -> dict[str, Any]:
    """What the statement `put_positions` is given: fixes by strictly rising time."""
    return {
        "device_id": device if isinstance(device, int) else None,
        "device_name": device if isinstance(device, str) else None,
        "devices_most": rules.devices_max,
        "received_at": received_at,
        "rules": rules.as_json(),
        **_as_text(batch),
        **_stretches(batch.at_us, 2 * seeing_context(rules.track).reach_s),
    }


def _as_text(batch: Columns) -> dict[str, Any]:
    """Columns as the database reads arrays fastest; what is said of no fix stays away."""
    same = set(batch.datum) <= _SAME
    uniform = len(set(batch.datum)) == 1
    texts: dict[str, Any] = dict.fromkeys(("accuracy_m", "speed_mps", "bearing_deg", "altitude_m", "battery"))
    texts |= {name: _numbers(values) for name, values in batch.extras.items()}
    return texts | {
        "at_us": _numbers(batch.at_us),
        "lon": _numbers(batch.lon),
        "lat": _numbers(batch.lat),
        "mock": _listed("t" if mock else "f" for mock in batch.mock) if batch.mock.any() else None,
        "datum": batch.datum[-1],
        "datums": None if uniform else _listed(batch.datum),
        "sent_lon": None if same else _numbers(batch.sent_lon),
        "sent_lat": None if same else _numbers(batch.sent_lat),
    }


def _listed(texts: Iterable[str]) -> str:
    return "{" + ",".join(texts) + "}"


def _numbers(values: Floats | NDArray[np.int64]) -> str:
    """An array as text; nan is null."""
    return "{" + repr(values.tolist())[1:-1].replace("nan", "NULL") + "}"


def _stretches(at_us: NDArray[np.int64], silence_s: float) -> dict[str, str]:
    """Where the batch begins and ends, and begins and ends anew after silence; the newest of them."""
    breaks = np.flatnonzero(np.diff(at_us) > silence_s * 1e6)
    first = np.concatenate([at_us[:1], at_us[breaks + 1]])[-_STRETCHES_MAX:]
    last = np.concatenate([at_us[breaks], at_us[-1:]])[-_STRETCHES_MAX:]
    return {"first_us": _numbers(first), "last_us": _numbers(last)}


@dataclass(frozen=True)
class _Near:
    """Fixes of the device around the batch that were there before, by time."""

    at_s: Floats
    lon: Floats
    lat: Floats
    accuracy_m: Floats
    mock: NDArray[np.bool_]


def _near(row: Row[Any]) -> _Near:
    told = np.array([row.near_at or (), row.near_lon or (), row.near_lat or ()], dtype=np.float64)
    accuracy = [math.nan if each is None else each for each in row.near_accuracy or ()]
    # Stretches far from each other may still both have seen a fix between them.
    _, order = np.unique(told[0], return_index=True)
    return _Near(
        told[0][order],
        told[1][order],
        told[2][order],
        np.array(accuracy, dtype=np.float64)[order],
        np.array(row.near_mock or (), dtype=np.bool_)[order],
    )


def _flags(
    batch: Columns,
    stored: NDArray[np.bool_],
    in_grace: Iterable[int],
    near: _Near,
    received_s: float,
    settings: TrackSettings,
) -> NDArray[np.int32]:
    """Flags of the fixes that were stored now, by time; `static` of those whose standing still is in sight."""
    kept = batch.take(np.flatnonzero(stored))
    at_s = kept.at_us / 1e6
    accuracy_m = kept.extras.get("accuracy_m", np.full(len(kept), math.nan))
    ours = np.concatenate([np.ones(len(kept), np.bool_), np.zeros(len(near.at_s), np.bool_)])
    _, order = np.unique(np.concatenate([at_s, near.at_s]), return_index=True)
    on_duty = np.concatenate([~np.isin(kept.at_us, list(in_grace)), np.ones(len(near.at_s), np.bool_)])
    together = Fixes(
        at_s=np.concatenate([at_s, near.at_s])[order],
        lon=np.concatenate([kept.lon, near.lon])[order],
        lat=np.concatenate([kept.lat, near.lat])[order],
        accuracy_m=np.concatenate([accuracy_m, near.accuracy_m])[order],
        mock=np.concatenate([kept.mock, near.mock])[order],
        received_s=np.full(len(order), received_s),
        on_duty=on_duty[order],
    )
    flags: NDArray[np.int32] = judge(together, settings)[ours[order]]
    return flags


def _counted(flags: NDArray[np.int32]) -> dict[str, int]:
    """How many fixes bear each flag; most bear none, and few bear others than their neighbours."""
    counted: Counter[str] = Counter()
    for value, fixes in zip(*np.unique(flags, return_counts=True), strict=True):
        counted.update(dict.fromkeys(wire(int(value)), int(fixes)))
    return dict(sorted(counted.items()))


def _hints(
    batch: Columns, stored: NDArray[np.bool_], near: _Near, settings: DatumHintSettings
) -> tuple[Why, ...]:
    """What the newest fixes before the batch say of the datum of its first fix that was stored."""
    places = np.flatnonzero(stored)
    if len(places) == 0:
        return ()
    first = int(places[0])
    first_at = _moment(int(batch.at_us[first]))
    before = np.flatnonzero(near.at_s < batch.at_us[first] / 1e6)[-settings.track_fixes :]
    track = [
        TrackFix(
            Position(float(near.lon[i]), float(near.lat[i]), Datum.WGS84), _moment(round(near.at_s[i] * 1e6))
        )
        for i in before
        if not near.mock[i]
    ]
    sent = Position(float(batch.sent_lon[first]), float(batch.sent_lat[first]), Datum(batch.datum[first]))
    return datum_findings(sent, first_at, track, settings=settings, zone_fits=[sent.datum])


def _moment(at_us: int) -> datetime:
    # The last moment there is, read back as seconds, lies a breath behind itself.
    return EPOCH + timedelta(microseconds=min(at_us, LAST_US))
