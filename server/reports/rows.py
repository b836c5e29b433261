"""What one intake writes, as the values of its statements: a parsed report, kept photos, and the ledger's words.

Pure: no database and no clock. The canonical form of what was sent is made here once; its digest is what a phone
compares with its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from server.evidence.canonical import canonical
from server.evidence.facts import PhotoFacts
from server.places.matching import Fix, Judged
from server.places.routing import Route
from server.problems.request import InputRefused
from server.reports.wire import ReportIn


@dataclass(frozen=True)
class ParsedReport:
    """A valid report, its canonical form and that form's digest."""

    report: ReportIn
    payload: bytes
    digest: str


@dataclass(frozen=True)
class KeptPhoto:
    """A photo that is durable in the store."""

    sha256: str
    size_bytes: int
    facts: PhotoFacts

    def row(self) -> dict[str, Any]:
        return {
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "format": self.facts.format,
            "width_px": self.facts.width,
            "height_px": self.facts.height,
            "exif": self.facts.to_json()["exif"],
        }


def parse(value: Any) -> ParsedReport:
    """Validate a decoded JSON value.

    Raises:
        pydantic.ValidationError: naming every field that cannot be used.
        InputRefused: when the value has no canonical form (a number beyond 2**53).
    """
    report = ReportIn.model_validate(value)
    try:
        payload = canonical(value)
    except ValueError as error:
        raise InputRefused(errors=[{"path": "", "message": f"no canonical form: {error}"}]) from error
    return ParsedReport(report, payload, sha256(payload).hexdigest())


def report_values(
    report_id: UUID, parsed: ParsedReport, fix: Fix, on: date, received_at: datetime
) -> dict[str, Any]:
    position = parsed.report.position
    bearing = None if position.bearing_deg is None else position.bearing_deg % 360
    return {
        "report_id": str(report_id),
        "digest": parsed.digest,
        "payload": parsed.payload.decode(),
        "captured_at": parsed.report.captured_at.astimezone(UTC),
        "received_at": received_at,
        "on": on.isoformat(),
        "lon": fix.place.lon,
        "lat": fix.place.lat,
        "sent_lon": position.lon,
        "sent_lat": position.lat,
        "datum": position.datum,
        "accuracy_m": position.accuracy_m,
        "bearing_deg": bearing,
        "source": position.source,
        "category": parsed.report.category,
    }


def photo_values(report: ReportIn, kept: Sequence[KeptPhoto]) -> dict[str, Any]:
    declared = [
        {
            "sha256": photo.sha256,
            "ordinal": ordinal,
            "role": photo.role,
            "captured_at": photo.captured_at.isoformat() if photo.captured_at else None,
        }
        for ordinal, photo in enumerate(report.photos, start=1)
    ]
    return {
        "declared": orjson.dumps(declared).decode(),
        "photos": orjson.dumps([photo.row() for photo in kept]).decode(),
    }


def match_values(
    judged: Judged, match_text: bytes, going: Route, found: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The match, the route and the findings of a report."""
    return {
        "match": match_text.decode(),
        "routing": orjson.dumps(going.as_json()).decode(),
        "algorithm": judged.match.algorithm,
        "zone_codes": list(judged.zone_codes),
        "findings": orjson.dumps(found).decode(),
    }


def just_stored(
    report_id: UUID,
    parsed: ParsedReport,
    received_at: datetime,
    match_text: bytes,
    going: Route,
    found: Sequence[dict[str, Any]],
    arrived: Sequence[str],
) -> dict[str, Any]:
    """What fetch_report would say of a report just inserted, but for its case."""
    township = going.township
    return {
        "id": report_id,
        "digest": parsed.digest,
        "received_at": received_at,
        "photos": [
            {"sha256": p.sha256, "received_at": received_at if p.sha256 in arrived else None}
            for p in parsed.report.photos
        ],
        "match": orjson.Fragment(match_text),
        "routing": going.as_json(),
        "township": {"code": township.code, "name": township.name} if township else None,
        "findings": found,
    }


def ledger_body(
    report_id: UUID,
    parsed: ParsedReport,
    match_text: bytes,
    algorithm: str,
    going: Route,
    arrived: Sequence[str],
) -> str:
    """What the chain keeps of an intake: digests of everything, so that a changed row elsewhere shows."""
    body: dict[str, Any] = {
        "report": str(report_id),
        "digest": parsed.digest,
        "match": sha256(match_text).hexdigest(),
        "algorithm": algorithm,
        "routed_to": going.body.code,
        "reason": going.reason,
        "photos_arrived": list(arrived),
        "photos_declared": [photo.sha256 for photo in parsed.report.photos],
    }
    return canonical(body).decode()
