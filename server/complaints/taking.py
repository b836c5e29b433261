"""The story of one complaint: its place worked out, the case it belongs to found or opened, all in one transaction.

A complaint is matched as a report is. It joins the open case of its category in the same zone, or within some metres;
the answer says which and why. Who complained is committed to by a salted digest, so that the ledger proves it later
and tells nothing of it; the same complaint sent again is answered the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, Row

from geo.datum import Datum, Position
from geo.match import Match
from geo.metric import MetricPlaneRefused
from geo.observation import PLACE_KINDS
from server import sqltext
from server.cases.states import State
from server.complaints.rows import Because, Choice, commitment, kept_row, masked, record_digest
from server.complaints.wire import ComplaintIn, ComplaintMatterIn
from server.db import Database, Principal
from server.evidence.canonical import canonical
from server.places import routing
from server.places.matching import Fix, Judged, Matcher
from server.places.routing import Route
from server.places.rules.book import RuleBook
from server.problems.complaints import ComplaintConflict, ComplaintCorrected
from server.problems.request import InputRefused, Unavailable

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
ENDS = [state.key for state in State if state.ended]


class ComplaintSettings(Protocol):
    """What the deployment sets; names and reasons as in config.py."""

    @property
    def complaint_attach_m(self) -> float: ...
    @property
    def complaint_accuracy_m(self) -> float: ...
    @property
    def complaint_category_unsorted(self) -> str: ...
    @property
    def complaint_calls_max_count(self) -> int: ...
    @property
    def complaint_known_max_count(self) -> int: ...
    @property
    def clock_skew_s(self) -> int: ...
    @property
    def capture_max_age_days(self) -> int: ...
    @property
    def case_number_prefix(self) -> str: ...


@dataclass(frozen=True)
class Placed:
    """Where a matter is on the day it was told, what is known there, and who answers for it."""

    on: date
    fix: Fix
    category: str
    known: Mapping[str, Any]
    judged: Judged
    going: Route


@dataclass(frozen=True)
class ComplaintDesk:
    """Takes complaints. One instance serves all threads."""

    db: Database
    matcher: Matcher
    rulebook: RuleBook
    clock: Callable[[], datetime]
    settings: ComplaintSettings
    time_zone: ZoneInfo

    def take(self, asking: Principal, complaint_id: UUID, said: ComplaintIn) -> bool:
        """Take one complaint; whether it is new.

        Raises:
            ComplaintConflict: the id was used for something else.
            ComplaintCorrected: it corrects one that was corrected before.
            InputRefused: a zone, case or complaint it names is not there, or it is of the future.
            Unavailable: the case it joins ended just now; sent again it finds another.
        """
        payload = canonical(said.model_dump(mode="json", exclude_none=True))
        with self.db.transaction(asking.claim) as (connection, _):
            taken = (
                SQL["take_complaint_id"].run(connection, {"complaint_id": str(complaint_id)}).one_or_none()
            )
            if taken is None:
                self._first(connection, asking, complaint_id, said, payload)
                return True
            if not taken.mine or commitment(taken.salt, payload) != taken.commitment:
                raise ComplaintConflict()
            return False

    def _first(
        self, connection: Connection, asking: Principal, complaint_id: UUID, said: ComplaintIn, payload: bytes
    ) -> None:
        recorded_at = self.clock()
        placed = self.place(connection, said, recorded_at, corrects=said.corrects)
        fix, judged, going = placed.fix, placed.judged, placed.going
        chosen = self._choose(connection, said, placed)
        salt = secrets.token_hex(32)
        values = self._values(fix, recorded_at, judged, going, chosen)
        kept = kept_row(said, fix, placed.on, recorded_at, judged, going, chosen, commitment(salt, payload))
        body = {
            "complaint": str(complaint_id),
            "record": record_digest(kept, str(asking.organisation_id), values["match"], values["routing"]),
            "commitment": kept["commitment"],
            "channel": said.channel,
            "category": said.category,
            "algorithm": judged.match.algorithm,
            "routed_to": going.body.code,
            "reason": going.reason,
            "corrects": kept["corrects"],
        }
        values |= {
            "complaint_id": str(complaint_id),
            "said": orjson.dumps(kept).decode(),
            "ledger_body": canonical(body).decode(),
            "case_category": placed.category,
            "salt": salt,
            "payload": payload.decode(),
        }
        if SQL["insert_complaint"].run(connection, values).one_or_none() is None:
            raise Unavailable()

    def place(
        self,
        connection: Connection,
        said: ComplaintMatterIn,
        recorded_at: datetime,
        *,
        corrects: UUID | None = None,
    ) -> Placed:
        """Where a matter is and who answers for it. Raises InputRefused."""
        made_at = self._believed(said, recorded_at).astimezone(self.time_zone)
        on = made_at.date()
        fix = self._fix(connection, said, on)
        category = said.category or self.settings.complaint_category_unsorted
        known = self._context(connection, said, category, fix, on, corrects)
        weights = known["category"]["none_weights"] if known["category"] else None
        hint = (said.zone, "picked") if said.zone else None
        judged = self.matcher.judge(fix, known["candidates"], none_weights=weights, hint=hint)
        asked = self.rulebook.asked(known["rules"], judged.match, made_at)
        going = routing.route(judged.match.township, routing.bodies_from_rows(known["bodies"]), asked)
        return Placed(on, fix, category, known, judged, going)

    def _believed(self, said: ComplaintMatterIn, recorded_at: datetime) -> datetime:
        ahead = said.received_at - recorded_at
        if ahead > timedelta(seconds=self.settings.clock_skew_s):
            raise InputRefused(errors=[{"path": "/received_at", "message": "a complaint of the future"}])
        old = -ahead > timedelta(days=self.settings.capture_max_age_days)
        return recorded_at if old or ahead > timedelta(0) else said.received_at

    def _fix(self, connection: Connection, said: ComplaintMatterIn, on: date) -> Fix:
        try:
            if said.position is not None:
                picked = said.position
                sent = Position(picked.lon, picked.lat, Datum(picked.datum))
                accuracy_m = (
                    self.settings.complaint_accuracy_m if picked.accuracy_m is None else picked.accuracy_m
                )
                return self.matcher.fix(sent, accuracy_m, None)
            spot = (
                SQL["fetch_meant_zone"]
                .run(connection, {"zone": said.zone, "on": on.isoformat()})
                .one_or_none()
            )
            if spot is None:
                raise InputRefused(errors=[{"path": "/zone", "message": "no zone of this code on that day"}])
            return self.matcher.fix(
                Position(spot.lon, spot.lat, Datum.WGS84), self.settings.complaint_accuracy_m, None
            )
        except (ValueError, MetricPlaneRefused) as error:
            message = "this position has no place in the district's plane"
            raise InputRefused(errors=[{"path": "/position", "message": message}]) from error

    def _context(
        self,
        connection: Connection,
        said: ComplaintMatterIn,
        category: str,
        fix: Fix,
        on: date,
        corrects: UUID | None,
    ) -> dict[str, Any]:
        held = self.rulebook.held()
        values = {
            **self.matcher.candidate_values(fix, on, said.zone),
            "category": category,
            "held_rule_sets": list(held),
            "case_number": said.case,
            "corrects": str(corrects) if corrects else None,
        }
        read = SQL["fetch_complaint_context"].run(connection, values).scalar_one()
        known = cast(dict[str, Any], orjson.loads(read))
        return {**known, "rules": self.rulebook.read(known["rules"], held)}

    def _choose(self, connection: Connection, said: ComplaintIn, placed: Placed) -> Choice:
        if said.corrects is not None:
            return _correcting(said, placed.known["corrected"])
        if said.force_new is not None:
            return Choice("opened", None, (Because("forced_new", {"reason": masked(said, said.force_new)}),))
        return self.belongs(connection, said, placed)

    def cases_here(
        self, connection: Connection, placed: Placed, category: str | None, rows: int
    ) -> Sequence[Row[Any]]:
        """Open cases at a place, of one category or of any, those a complaint most likely means first."""
        values = {
            "lon": placed.fix.place.lon,
            "lat": placed.fix.place.lat,
            "radius_m": self.settings.complaint_attach_m,
            "zones": places_of(placed.judged.match),
            "category": category,
            "ends": ENDS,
            "rows": rows,
        }
        return SQL["list_cases_here"].run(connection, values).all()

    def belongs(self, connection: Connection, said: ComplaintMatterIn, placed: Placed) -> Choice:
        """The case a matter joins, or that it opens one, and why. Raises InputRefused."""
        if said.case is not None:
            return _naming(said.case, placed.known["case"])
        if said.category is None:
            return Choice("opened", None, (Because("no_category"),))
        alike = next(iter(self.cases_here(connection, placed, said.category, 1)), None)
        if alike is None:
            told = Because(
                "no_open_case", {"category": said.category, "limit_m": self.settings.complaint_attach_m}
            )
            return Choice("opened", None, (told,))
        found = {"case": alike.number, "category": said.category, "distance_m": round(alike.distance_m, 1)}
        if alike.zone is not None:
            told = Because("same_zone", {**found, "zone": alike.zone})
        else:
            told = Because("near", {**found, "limit_m": self.settings.complaint_attach_m})
        return Choice("attached", alike.id, (told,), alike.number)

    def _values(
        self, fix: Fix, recorded_at: datetime, judged: Judged, going: Route, chosen: Choice
    ) -> dict[str, Any]:
        local_year = recorded_at.astimezone(self.time_zone).year
        return {
            "match": canonical(judged.wire).decode(),
            "routing": orjson.dumps(going.as_json()).decode(),
            "entry": chosen.entry,
            "attach_to": chosen.case,
            # What somebody corrects is corrected where it stands, also when that case has ended.
            "shut": [] if chosen.relation == "corrected" else ENDS,
            "case_prefix": f"{self.settings.case_number_prefix}-{local_year}",
            "organisation_id": going.body.id,
            "township_code": going.township.code if going.township else None,
            "reason": going.reason,
            "lon": fix.place.lon,
            "lat": fix.place.lat,
            "recorded_at": recorded_at,
        }


def places_of(match: Match) -> list[str]:
    """Codes of the frontage, parking area or other single place a match is sure of; not of what covers a whole area."""
    verdicts = (match.frontage, match.parking, *match.others)
    return [one.code for one in verdicts if one.chosen and one.code and one.kind in PLACE_KINDS]


def _correcting(said: ComplaintIn, corrected: Mapping[str, Any] | None) -> Choice:
    if corrected is None:
        raise InputRefused(
            errors=[{"path": "/corrects", "message": "no complaint of this id that you may see"}]
        )
    if corrected["again"]:
        raise ComplaintCorrected()
    told = Because("corrects", {"complaint": str(said.corrects), "case": corrected["number"]})
    return Choice("corrected", corrected["id"], (told,), corrected["number"])


def _naming(number: str, named: Mapping[str, Any] | None) -> Choice:
    if named is None:
        raise InputRefused(errors=[{"path": "/case", "message": "no case of this number that you may see"}])
    if named["state"] in ENDS:
        return Choice("opened", None, (Because("named_case_ended", {"case": number}),))
    return Choice("attached", named["id"], (Because("named", {"case": number}),), number)
