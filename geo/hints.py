"""Signs that a position was declared in the wrong datum: facts for people, never a correction.

The same numbers are read in every other datum; a finding is told when the officer's recent track, or any
zone, fits another reading and not the declared one. Recent positions and what fits a zone are the caller's to
fetch.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from geo.datum import Datum, Position, convert, distance_m
from geo.verdict import Why

_READINGS: Final = (Datum.WGS84, Datum.GCJ02, Datum.BD09)


@dataclass(frozen=True, slots=True)
class TrackFix:
    """One recent position of the same officer, believed to be right, with the time it was recorded
    (aware)."""

    position: Position
    recorded_at: datetime

    def __post_init__(self) -> None:
        if self.recorded_at.tzinfo is None:
            raise ValueError("recorded_at has no offset: a track needs aware times")


@dataclass(frozen=True, slots=True)
class DatumHintSettings:
    """Limits of the wrong-datum hint.

    Args:
        plausible_speed_mps: the fastest an officer moves between two fixes; 15 m/s is an e-bike or a car in
            town.
        slack_m: metres granted besides, for the errors of both fixes; well under the 460 m between datums
            here.
        track_window_s: fixes farther away in time say nothing and are left out.
        track_fixes: how many fixes, nearest in time first, are asked; most of them must agree.
    """

    plausible_speed_mps: float = 15.0
    slack_m: float = 60.0
    track_window_s: float = 600.0
    track_fixes: int = 5

    def __post_init__(self) -> None:
        limits = (self.plausible_speed_mps, self.slack_m, self.track_window_s)
        if not all(math.isfinite(limit) and limit > 0.0 for limit in limits) or self.track_fixes < 1:
            raise ValueError("every limit of the datum hint must be positive and finite")


def alternatives(position: Position) -> dict[Datum, Position]:
    """How the very same numbers would read, as WGS-84, had another datum been declared.

    Args:
        position: as sent, in the declared datum.

    Returns:
        For each datum that reads differently its WGS-84 position. CGCS2000 never appears, being equal to
        WGS-84 here, and neither does the declared datum; outside China's box GCJ-02 reads as WGS-84 does and
        is left out. A reading that is no position (BD-09 numbers at a pole) is left out too.

    >>> sent = Position(121.07, 32.07, Datum.WGS84)  # Jinsha, Tongzhou
    >>> {datum.value: round(distance_m(sent, read)) for datum, read in alternatives(sent).items()}
    {'gcj02': 485, 'bd09': 1156}
    """
    declared = convert(position, Datum.WGS84)
    readings = {}
    for datum in _READINGS:
        read = _read_as(position, datum)
        if read is not None and (read.lon, read.lat) != (declared.lon, declared.lat):
            readings[datum] = read
    return readings


def datum_findings(
    position: Position,
    fixed_at: datetime,
    track: Sequence[TrackFix] = (),
    zone_fits: Collection[Datum] = (),
    settings: DatumHintSettings | None = None,
) -> tuple[Why, ...]:
    """Say when the track or a zone fits only another reading of a position's numbers.

    Args:
        position: as sent, in the declared datum. fixed_at: when it was taken (aware).
        track: positions of the same officer around that time, any order, any datum.
        zone_fits: the readings under which some zone holds or nears the point; the declared datum is among
            them when it fits.
        settings: limits; None for the defaults.

    Returns:
        Facts with the codes `datum_fits_track_only_as` (declared, datum, implied_speed_mps,
        declared_speed_mps, moved_m, fixes) and `datum_fits_zone_only_as` (declared, datum, moved_m), one for
        each reading that fits. Nothing when the declared reading fits, when
        no reading fits, or when there is nothing to compare with: a hint needs evidence for the other side.

    Source: GCJ-02 is 465-485 m and BD-09 1091-1160 m from WGS-84 around Tongzhou, so readings part clearly
    within minutes.

    >>> from datetime import timedelta, timezone
    >>> noon = datetime(2026, 8, 17, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    >>> before = TrackFix(Position(121.07, 32.07, Datum.WGS84), noon - timedelta(seconds=20))  # Jinsha
    >>> sent = convert(Position(121.0701, 32.07, Datum.WGS84), Datum.GCJ02)
    >>> wrongly_declared = Position(sent.lon, sent.lat, Datum.WGS84)
    >>> [(fact.code, fact.params["datum"]) for fact in datum_findings(wrongly_declared, noon, [before])]
    [('datum_fits_track_only_as', 'gcj02')]
    """
    settings = settings or DatumHintSettings()
    if fixed_at.tzinfo is None:
        raise ValueError("fixed_at has no offset: a track needs aware times")
    declared = convert(position, Datum.WGS84)
    near_in_time = _nearest_in_time(track, fixed_at, settings)
    track_fits = not near_in_time or _fits_track(declared, near_in_time, fixed_at, settings)
    if track_fits and _declared_among(position.datum, zone_fits):
        return ()
    others = alternatives(position)
    track_facts = (
        [] if track_fits else _track_facts(position.datum, declared, others, near_in_time, fixed_at, settings)
    )
    return (*track_facts, *_zone_facts(position.datum, declared, others, zone_fits))


def _read_as(position: Position, datum: Datum) -> Position | None:
    try:
        return convert(Position(position.lon, position.lat, datum), Datum.WGS84)
    except ValueError:
        # No reading at all is an answer here: the numbers cannot have been meant in this datum.
        return None


def _nearest_in_time(
    track: Sequence[TrackFix], fixed_at: datetime, settings: DatumHintSettings
) -> list[TrackFix]:
    def apart_s(fix: TrackFix) -> float:
        return abs((fix.recorded_at - fixed_at).total_seconds())

    within = [fix for fix in track if apart_s(fix) <= settings.track_window_s]
    return sorted(within, key=apart_s)[: settings.track_fixes]


def _track_facts(
    datum: Datum,
    declared: Position,
    others: dict[Datum, Position],
    track: list[TrackFix],
    fixed_at: datetime,
    settings: DatumHintSettings,
) -> list[Why]:
    return [
        Why(
            "datum_fits_track_only_as",
            {
                "declared": datum.value,
                "datum": other.value,
                "implied_speed_mps": round(_speed_mps(read, track[0], fixed_at), 1),
                "declared_speed_mps": round(_speed_mps(declared, track[0], fixed_at), 1),
                "moved_m": round(distance_m(declared, read), 1),
                "fixes": len(track),
            },
        )
        for other, read in others.items()
        if _fits_track(read, track, fixed_at, settings)
    ]


def _zone_facts(
    datum: Datum, declared: Position, others: dict[Datum, Position], zone_fits: Collection[Datum]
) -> list[Why]:
    if _declared_among(datum, zone_fits):
        return []
    return [
        Why(
            "datum_fits_zone_only_as",
            {
                "declared": datum.value,
                "datum": other.value,
                "moved_m": round(distance_m(declared, read), 1),
            },
        )
        for other, read in others.items()
        if other in zone_fits
    ]


def _declared_among(datum: Datum, fits: Collection[Datum]) -> bool:
    same = {Datum.WGS84, Datum.CGCS2000} if datum in (Datum.WGS84, Datum.CGCS2000) else {datum}
    return bool(same & set(fits))


def _fits_track(
    read: Position, track: list[TrackFix], fixed_at: datetime, settings: DatumHintSettings
) -> bool:
    """Whether most of the fixes can be reached; a single wild fix must neither raise a hint nor hide one."""
    reached = sum(
        distance_m(read, fix.position)
        <= settings.slack_m + settings.plausible_speed_mps * abs((fix.recorded_at - fixed_at).total_seconds())
        for fix in track
    )
    return 2 * reached > len(track)


def _speed_mps(read: Position, fix: TrackFix, fixed_at: datetime) -> float:
    # Two fixes of the same second are a second apart at least; a speed without end is no number for a screen.
    elapsed_s = max(1.0, abs((fix.recorded_at - fixed_at).total_seconds()))
    return distance_m(read, fix.position) / elapsed_s
