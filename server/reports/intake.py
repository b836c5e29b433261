"""The story of one report: bytes made durable, place worked out, everything written in one transaction, receipt signed.

The order is the promise: a photo is on the medium before a row speaks of it, and nothing is acknowledged before the
commit. Whatever is odd becomes a finding; what was acknowledged once is answered the same for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Connection

from geo.datum import Datum, Position
from geo.hints import DatumHintSettings, alternatives
from geo.metric import MetricPlaneRefused
from server import sqltext
from server.cases import transitions
from server.db import Claim, Database, Principal
from server.evidence.canonical import canonical
from server.evidence.inspector import PhotoInspector
from server.evidence.photos import PhotoStore
from server.evidence.reach import ignore
from server.evidence.signing import ReceiptSigner
from server.evidence.staging import StagedPhoto, Staging
from server.places import routing
from server.places.matching import Fix, Judged, Matcher
from server.places.rules.book import RuleBook
from server.problems.reports import PhotoDigestMismatch, PhotoNotDeclared, ReportConflict
from server.problems.request import InputRefused, NotFound
from server.reports import findings
from server.reports.duties import carried, duty_values
from server.reports.findings import Finding, Limits
from server.reports.receipts import make_receipt
from server.reports.rows import (
    KeptPhoto,
    ParsedReport,
    just_stored,
    ledger_body,
    match_values,
    photo_values,
    report_values,
)
from server.reports.wire import PhotoIn, ReportIn

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class Intake:
    """Takes reports and photos in. One instance serves all threads."""

    db: Database
    store: PhotoStore
    staging: Staging
    inspector: PhotoInspector
    signer: ReceiptSigner
    matcher: Matcher
    limits: Limits
    clock: Callable[[], datetime]
    case_prefix: str
    datum_hints: DatumHintSettings
    photo_max_count: int
    rulebook: RuleBook
    reach: Callable[[str], None] = ignore

    def receive(
        self, asking: Principal, report_id: UUID, parsed: ParsedReport, staged: Sequence[StagedPhoto] = ()
    ) -> tuple[bytes, bool]:
        """Take one report with the photos that came with it.

        Returns:
            The receipt, and whether the report is new.
        Raises:
            ReportConflict, PhotoNotDeclared, PhotoUnusable and storage problems; then nothing of it is kept.
        """
        self._refuse_undeclared(parsed.report, staged)
        # Each once, and in one order for everybody: two reports with the same two photos must not wait for each other.
        each_once = {photo.sha256: photo for photo in staged}
        kept = [self._keep(photo) for _, photo in sorted(each_once.items())]
        self.reach("intake.photos_kept")
        with self._transaction(asking.claim) as (connection, _):
            receipt = self._first(connection, report_id, parsed, kept)
            created = receipt is not None
            self.reach("intake.before_commit")
        self.reach("intake.committed")
        if receipt is None:
            receipt = self._again(asking, report_id, parsed, kept)
        self.reach("intake.before_reply")
        return receipt, created

    def receive_photo(
        self, asking: Principal, report_id: UUID, sha256: str, staged: StagedPhoto
    ) -> tuple[bytes, bool]:
        """Take one photo of a report that is there already.

        Returns:
            The receipt, and whether the photo is new.
        Raises:
            NotFound: no such report of this officer, or it does not list the photo. PhotoDigestMismatch.
        """
        if staged.sha256 != sha256:
            raise PhotoDigestMismatch(expected=sha256, received=staged.sha256)
        with self._transaction(asking.claim) as (connection, _):
            self._own_report(connection, asking, report_id, sha256)
        kept = self._keep(staged)
        self.reach("intake.photos_kept")
        with self._transaction(asking.claim) as (connection, _):
            stored = self._own_report(connection, asking, report_id, sha256)
            created = self._arrive(connection, stored, kept)
            stored = self._stored(connection, report_id)
            self.reach("intake.before_commit")
        self.reach("intake.committed")
        return make_receipt(stored, self.signer), created

    def receipt(self, asking: Principal, report_id: UUID) -> bytes:
        """The receipt as of now. Raises NotFound."""
        with self._transaction(asking.claim) as (connection, _):
            return make_receipt(self._stored(connection, report_id), self.signer)

    # One transaction a call; kept here so that a fault run can put itself between.
    def _transaction(self, claim: Claim) -> AbstractContextManager[tuple[Connection, Principal]]:
        return self.db.transaction(claim)

    def _refuse_undeclared(self, report: ReportIn, staged: Sequence[StagedPhoto]) -> None:
        if len(report.photos) > self.photo_max_count:
            message = f"at most {self.photo_max_count} photos"
            raise InputRefused(errors=[{"path": "/photos", "message": message}])
        declared = {photo.sha256 for photo in report.photos}
        for photo in staged:
            if photo.sha256 not in declared:
                raise PhotoNotDeclared(sha256=photo.sha256)

    def _keep(self, staged: StagedPhoto) -> KeptPhoto:
        """Decode in a limited child, then make durable; after this the bytes survive anything but the medium."""
        facts = self.inspector.inspect(staged.fileno())
        self.reach("photo.inspected")
        self.store.keep(staged)
        return KeptPhoto(staged.sha256, staged.size_bytes, facts)

    def _fix(self, report: ReportIn) -> Fix:
        position = report.position
        try:
            sent = Position(position.lon, position.lat, Datum(position.datum))
            return self.matcher.fix(sent, position.accuracy_m, position.bearing_deg)
        except (ValueError, MetricPlaneRefused) as error:
            message = "this position has no place in the district's plane"
            raise InputRefused(errors=[{"path": "/position", "message": message}]) from error

    def _first(
        self, connection: Connection, report_id: UUID, parsed: ParsedReport, kept: Sequence[KeptPhoto]
    ) -> bytes | None:
        """Insert the report; None when the id is taken."""
        report, received_at = parsed.report, self.clock()
        fix = self._fix(report)
        local = self.limits.time_zone
        seen_at = findings.believed_capture(report, received_at, self.limits).astimezone(local)
        on = seen_at.date()
        known = self._context(connection, report_id, report, fix, on)
        if known["taken"] is not None:
            return None
        judged = self._judge(report, fix, known)
        asked = self.rulebook.asked(known["rules"], judged.match, seen_at)
        going = routing.route(judged.match.township, routing.bodies_from_rows(known["bodies"]), asked)
        duty, odd = carried(report, known["duties"], judged.match)
        odd += self._findings(report, received_at, fix, judged, known, kept)
        found = [f.as_json() for f in odd]
        match_text = canonical(judged.wire)
        arrived = [photo.sha256 for photo in kept]
        body = ledger_body(report_id, parsed, match_text, judged.match.algorithm, going, arrived)
        values = report_values(report_id, parsed, fix, on, received_at)
        values |= photo_values(report, kept)
        values |= match_values(judged, match_text, going, found) | duty_values(duty)
        values |= transitions.opening(
            going, known["case"], self.case_prefix, received_at.astimezone(local).year, body
        )
        row = SQL["insert_report"].run(connection, values).one_or_none()
        if row is None:
            return None
        opened = {"number": row.case_number, "state": row.case_state, "due_at": row.case_due_at}
        stored = just_stored(report_id, parsed, received_at, match_text, going, found, arrived)
        return make_receipt({**stored, "case": known["case"] or opened}, self.signer)

    def _judge(self, report: ReportIn, fix: Fix, known: Mapping[str, Any]) -> Judged:
        weights = known["category"]["none_weights"] if known["category"] else None
        hint = (report.zone_hint.code, report.zone_hint.how) if report.zone_hint else None
        return self.matcher.judge(fix, known["candidates"], none_weights=weights, hint=hint)

    def _context(
        self, connection: Connection, report_id: UUID, report: ReportIn, fix: Fix, on: date
    ) -> dict[str, Any]:
        spots = [
            (datum.value, *self.matcher.plane.forward(place.lon, place.lat))
            for datum, place in alternatives(fix.sent).items()
        ]
        values = {
            "report_id": str(report_id),
            "category": report.category,
            "captured_at": report.captured_at,
            "recent_s": int(self.datum_hints.track_window_s),
            "digests": [photo.sha256 for photo in report.photos],
            "case_number": report.case,
            "fit_m": self.matcher.settings.near_limit_m / 2,
            "alternative_datums": [spot[0] for spot in spots],
            "alternative_xs": [spot[1] for spot in spots],
            "alternative_ys": [spot[2] for spot in spots],
        }
        hint = report.zone_hint.code if report.zone_hint else None
        held = self.rulebook.held()
        values |= {**self.matcher.candidate_values(fix, on, hint), "held_rule_sets": list(held)}
        known = cast(dict[str, Any], orjson.loads(SQL["fetch_context"].run(connection, values).scalar_one()))
        return {**known, "rules": self.rulebook.read(known["rules"], held)}

    def _findings(
        self,
        report: ReportIn,
        received_at: datetime,
        fix: Fix,
        judged: Judged,
        known: Mapping[str, Any],
        kept: Sequence[KeptPhoto],
    ) -> list[Finding]:
        found = findings.of_report(report, received_at, self.limits)
        found += findings.of_datum(fix.sent, report.captured_at, known, self.datum_hints)
        found += findings.of_match(judged.match)
        found += findings.of_names(report, known)
        seen_at = findings.believed_capture(report, received_at, self.limits)
        found += findings.of_parking(
            judged.match, known["category"], seen_at.astimezone(self.limits.time_zone)
        )
        found += findings.of_reuse(known["reused"])
        declared = {photo.sha256: photo for photo in report.photos}
        for photo in kept:
            found += findings.of_photo(
                declared[photo.sha256], photo.facts.exif, report, fix.place, self.limits
            )
        return found

    def _again(
        self, asking: Principal, report_id: UUID, parsed: ParsedReport, kept: Sequence[KeptPhoto]
    ) -> bytes:
        """The id is taken: the same answer again, with photos that were still missing; anything else conflicts."""
        with self._transaction(asking.claim) as (connection, _):
            taken = SQL["fetch_taken"].run(connection, {"report_id": str(report_id)}).one()
            if not taken.mine or taken.digest != parsed.digest:
                raise ReportConflict()
            stored = self._stored(connection, report_id)
            for photo in kept:
                self._arrive(connection, stored, photo)
            if kept:
                stored = self._stored(connection, report_id)
            return make_receipt(stored, self.signer)

    def _arrive(self, connection: Connection, stored: Mapping[str, Any], kept: KeptPhoto) -> bool:
        """Note that a declared photo is here; False when it was before."""
        report = ReportIn.model_validate(orjson.loads(stored["payload"]))
        declared: PhotoIn = next(photo for photo in report.photos if photo.sha256 == kept.sha256)
        place = Position(stored["lon"], stored["lat"], Datum.WGS84)
        found = findings.of_photo(declared, kept.facts.exif, report, place, self.limits)
        body: dict[str, Any] = {
            "report": str(stored["id"]),
            "sha256": kept.sha256,
            "size_bytes": kept.size_bytes,
        }
        values = {
            "report_id": str(stored["id"]),
            "sha256": kept.sha256,
            "received_at": self.clock(),
            "photo": orjson.dumps(kept.row()).decode(),
            "findings": orjson.dumps([finding.as_json() for finding in found]).decode(),
            "ledger_body": canonical(body).decode(),
        }
        return SQL["insert_arrival"].run(connection, values).one_or_none() is not None

    def _own_report(
        self, connection: Connection, asking: Principal, report_id: UUID, sha256: str
    ) -> dict[str, Any]:
        stored = self._stored(connection, report_id)
        if stored["officer_id"] != str(asking.account_id):
            raise NotFound()
        if sha256 not in {photo["sha256"] for photo in stored["photos"]}:
            raise NotFound()
        return stored

    def _stored(self, connection: Connection, report_id: UUID) -> dict[str, Any]:
        row = SQL["fetch_report"].run(connection, {"report_id": str(report_id)}).scalar_one_or_none()
        if row is None:
            raise NotFound()
        return cast(dict[str, Any], orjson.loads(row))
