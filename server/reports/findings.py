"""What does not fit together in a report: facts with reasons, never a refusal and never an edit.

Pure: the report, what is known of its photos and of the officer's other fixes go in, findings come out. EXIF is a
cross-check only; a photo without any is normal and says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from geo.datum import Datum, Position, distance_m
from geo.hints import DatumHintSettings, TrackFix, datum_findings
from geo.match import Match
from server.evidence.facts import ExifFacts
from server.places.parking.attributes import read_attributes
from server.reports.wire import PhotoIn, PositionIn, ReportIn

_FIX_OLD_S = 120


@dataclass(frozen=True)
class Limits:
    """From where on something is a finding; units in the names."""

    time_zone: ZoneInfo
    clock_skew_s: int
    capture_max_age_days: int
    accuracy_poor_m: float
    exif_far_m: float
    exif_time_skew_s: int
    exif_bearing_skew_deg: float


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit; `sha256` when it is about a photo."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    sha256: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params), "sha256": self.sha256}


def believed_capture(report: ReportIn, received_at: datetime, limits: Limits) -> datetime:
    """The time whose zones apply: captured_at, unless the device's clock cannot have been right."""
    odd = _capture_odd(report.captured_at, received_at, limits)
    return received_at if odd else report.captured_at


def of_report(report: ReportIn, received_at: datetime, limits: Limits) -> list[Finding]:
    """Findings the report alone shows."""
    found = list(_capture_odd(report.captured_at, received_at, limits))
    found += _of_fix(report.position, report.captured_at, limits)
    return found


def _capture_odd(captured_at: datetime, received_at: datetime, limits: Limits) -> tuple[Finding, ...]:
    ahead_s = (captured_at - received_at).total_seconds()
    if ahead_s > limits.clock_skew_s:
        return (Finding("captured_in_future", {"ahead_s": int(ahead_s)}),)
    if -ahead_s > limits.capture_max_age_days * 86_400:
        return (Finding("captured_long_ago", {"age_days": int(-ahead_s // 86_400)}),)
    return ()


def _of_fix(position: PositionIn, captured_at: datetime, limits: Limits) -> Iterable[Finding]:
    if position.mock:
        yield Finding("mock_location")
    if position.accuracy_m == 0:
        yield Finding("accuracy_zero")
    elif position.accuracy_m > limits.accuracy_poor_m:
        yield Finding("accuracy_poor", {"accuracy_m": position.accuracy_m, "limit_m": limits.accuracy_poor_m})
    if position.fixed_at is not None:
        age_s = (captured_at - position.fixed_at).total_seconds()
        if abs(age_s) > _FIX_OLD_S:
            yield Finding("fix_not_at_capture", {"age_s": int(age_s)})


def of_photo(
    photo: PhotoIn, exif: ExifFacts, report: ReportIn, place: Position, limits: Limits
) -> list[Finding]:
    """Findings of one photo's EXIF against the fix (`place`, WGS-84), the time and the bearing sent."""
    found = []
    if exif.problems:
        found.append(Finding("exif_unreadable", {"problems": ", ".join(exif.problems)}, photo.sha256))
    if exif.position is not None:
        away_m = distance_m(Position(exif.position.lon, exif.position.lat, Datum.WGS84), place)
        if away_m > limits.exif_far_m:
            params: dict[str, Any] = {
                "distance_m": round(away_m, 1),
                "distance_km": round(away_m / 1000, 1),
                "limit_m": limits.exif_far_m,
            }
            found.append(Finding("exif_far", params, photo.sha256))
    taken = _taken_at(exif, limits.time_zone)
    if taken is not None:
        skew_s = (taken - (photo.captured_at or report.captured_at)).total_seconds()
        if abs(skew_s) > limits.exif_time_skew_s:
            params = {
                "skew_s": int(skew_s),
                "taken_at": taken.isoformat(),
                "limit_s": limits.exif_time_skew_s,
            }
            found.append(Finding("exif_time_skew", params, photo.sha256))
    sent_deg = report.position.bearing_deg
    if exif.bearing_deg is not None and sent_deg is not None:
        apart_deg = abs((exif.bearing_deg - sent_deg + 180) % 360 - 180)
        if apart_deg > limits.exif_bearing_skew_deg:
            params = {"exif_deg": round(exif.bearing_deg, 1), "sent_deg": round(sent_deg, 1)}
            found.append(Finding("exif_bearing_differs", params, photo.sha256))
    return found


def _taken_at(exif: ExifFacts, time_zone: ZoneInfo) -> datetime | None:
    """GPS time is UTC and comes from satellites; the camera's own clock is local, with an offset when we are lucky."""
    try:
        if exif.gps_time_utc:
            return datetime.fromisoformat(exif.gps_time_utc)
        if exif.taken_at and exif.offset:
            return datetime.fromisoformat(exif.taken_at + exif.offset).astimezone(UTC)
        if exif.taken_at:
            return datetime.fromisoformat(exif.taken_at).replace(tzinfo=time_zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None


def of_reuse(reused: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """The same bytes were sent with other reports before."""
    return [
        Finding(
            "photo_reused",
            {"reports": row["reports"], "first_received_at": row["first_received_at"]},
            row["sha256"],
        )
        for row in reused
    ]


def of_datum(
    sent: Position, sent_at: datetime, known: Mapping[str, Any], settings: DatumHintSettings
) -> list[Finding]:
    """Signs that the fix was declared in the wrong datum, from the officer's other fixes and the zones around.

    Args:
        sent: the fix in its declared datum. known: `recent` fixes (lon, lat in WGS-84, at) and `fits`: for each other
            reading whether a zone is there, or None when the declared one has a zone.
    """
    track = [
        TrackFix(Position(fix["lon"], fix["lat"], Datum.WGS84), datetime.fromisoformat(fix["at"]))
        for fix in known["recent"]
    ]
    fits = known["fits"]
    declared = {sent.datum} if fits is None else {Datum(name) for name, there in fits.items() if there}
    return [
        Finding(why.code, dict(why.params))
        for why in datum_findings(sent, sent_at, track, declared, settings)
    ]


def of_match(found: Match) -> list[Finding]:
    """What matching noticed about the zone the officer named."""
    names = {"hint_far": "hint_far", "hint_not_found": "hint_unknown"}
    return [Finding(names[why.code], dict(why.params)) for why in found.why if why.code in names]


def of_parking(found: Match, category: Mapping[str, Any] | None, local: datetime) -> list[Finding]:
    """Whether what is complained of stands in a parking area of its own kind, and in its hours.

    Args:
        category: `about`, the kind of vehicle it complains of or None, and `parking`, properties of candidates by code.
        local: the time whose zones apply, on the clock of the district.
    """
    area = found.parking
    if not category or category["about"] is None or not area.chosen or area.code is None:
        return []
    known = read_attributes((category["parking"] or {}).get(area.code) or {})
    if known.vehicle != category["about"]:
        return []
    params: dict[str, Any] = {"area": area.name, "code": area.code, "vehicle": known.vehicle}
    legal = known.legal_at(local)
    if legal is None:
        return [Finding("legal_hours_unknown", params)]
    params |= {"hours": known.legal_hours, "local_time": local.strftime("%H:%M")}
    return [Finding("inside_legal_area" if legal else "outside_legal_hours", params)]


def of_names(report: ReportIn, known: Mapping[str, Any]) -> list[Finding]:
    """Codes the report uses that are not known here (an old list on the phone): kept, and flagged."""
    found = []
    if known["category"] is None:
        found.append(Finding("category_unknown", {"category": report.category}))
    if report.case is not None and known["case"] is None:
        found.append(Finding("case_unknown", {"case": report.case}))
    return found
