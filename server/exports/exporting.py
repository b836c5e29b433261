"""The story of a file that leaves: the case is read, the file is made, the ledger says who took what, then it goes.

A bundle is noted before its first byte is sent, in the transaction that read the case. A case file is set outside any
transaction and noted when it is done, with the digest of its bytes; it says itself up to which entry it goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server.db import Database, Principal
from server.evidence.canonical import canonical
from server.evidence.faults import PhotoNotHeld, StorageBroken
from server.evidence.heads import HeadsBook
from server.evidence.photos import PhotoStore
from server.exports import gathering, sketch
from server.exports.bundle import Bundle, make_bundle
from server.exports.casefile import Picture, Printing, lies_in, opening_report, tell
from server.exports.copies import Copies
from server.exports.gathering import SQL, Gathered
from server.exports.paper import Printer
from server.problems.request import NotFound


@dataclass(frozen=True)
class Bundler:
    """Makes evidence bundles in a transaction of the caller's; the operator's command needs no more."""

    store: PhotoStore
    heads: HeadsBook
    clock: Callable[[], datetime]
    time_zone: ZoneInfo

    def bundle(self, connection: Connection, number: str, taker: str | None) -> Bundle:
        """The bundle of a case, noted in its ledger; `taker` None is the operator. Raises NotFound, EvidenceFault."""
        gathered = self.gather(connection, number)
        self._require_originals(gathered)
        made_at = self.clock().astimezone(self.time_zone)
        signer, proof = self.heads.signer, self.proof(gathered)
        made = make_bundle(gathered, signer, made_at=made_at, made_for=taker, proof=proof)
        self.note(connection, gathered, "bundle", made.digest, taker)
        return made

    def gather(self, connection: Connection, number: str) -> Gathered:
        """All of a case. Raises NotFound."""
        zone, signer = str(self.time_zone), self.heads.signer
        return gathering.gather(connection, number, time_zone=zone, signer=signer)

    def proof(self, gathered: Gathered) -> dict[str, Any] | None:
        """That the head of the case was written off the database, when it was and this machine has the file."""
        run = gathered.stored["head_run"]
        return self.heads.proof(run, gathered.number) if run else None

    def note(
        self, connection: Connection, gathered: Gathered, file: str, digest: str, taker: str | None
    ) -> None:
        """The ledger entry of a file that leaves."""
        seq, head = gathered.head
        body = {"file": file, "digest": digest, "taken_by": taker, "as_of": {"seq": seq, "head": head}}
        gathering.note_export(connection, gathered.number, canonical(body).decode())

    def _require_originals(self, gathered: Gathered) -> None:
        # Once the answer has begun it can only break off: what is missing is told before.
        attachments = (one["sha256"] for one in gathered.papers["attachments"])
        for sha256 in (*gathered.photos(), *attachments):
            if not self.store.exists(sha256):
                raise StorageBroken(f"a photo is not held: {sha256}") from PhotoNotHeld(sha256)


@dataclass(frozen=True)
class Exporter:
    """Makes files about cases for whoever sees them. One instance serves all threads.

    Attributes:
        pictures_max: photos a case file shows; further ones are in its list of digests only.
        sketch_zones_max: zones the map sketch draws.
    """

    db: Database
    bundler: Bundler
    copies: Copies
    printer: Printer
    pictures_max: int
    sketch_zones_max: int

    def bundle(self, asking: Principal, number: str) -> Iterator[bytes]:
        """The evidence bundle of a case, in pieces. Raises NotFound, EvidenceFault."""
        with self.db.transaction(asking.claim) as (connection, _):
            made = self.bundler.bundle(connection, number, asking.username)
        return made.stream(self.bundler.store)

    def case_file(self, asking: Principal, number: str) -> bytes:
        """The printable case file, a PDF. Raises NotFound, CaseFileLimit, EvidenceFault."""
        with self.db.transaction(asking.claim) as (connection, _):
            gathered = self.bundler.gather(connection, number)
            drawn = self._sketch(connection, gathered)
        now, proof = self.bundler.clock(), self.bundler.proof(gathered)
        printing = Printing(now, asking.username, self.bundler.time_zone, proof)
        pictures, files = self._pictures(gathered)
        if drawn is not None:
            files["sketch.svg"] = drawn.encode()
        made = self.printer.set(tell(gathered, printing, pictures), files)
        with self.db.transaction(asking.claim) as (connection, _):
            digest = hashlib.sha256(made).hexdigest()
            self.bundler.note(connection, gathered, "case_file", digest, asking.username)
        return made

    def copy(self, asking: Principal, report_id: UUID, sha256: str) -> bytes:
        """The stamped copy of a photo of a report the asker sees, a JPEG. Raises NotFound, EvidenceFault."""
        values = {"report_id": str(report_id), "sha256": sha256}
        with self.db.transaction(asking.claim) as (connection, _):
            row = SQL["fetch_caption"].run(connection, values).scalar_one_or_none()
        if row is None:
            raise NotFound()
        return self.copies.copy(sha256, orjson.loads(row))

    def _sketch(self, connection: Connection, gathered: Gathered) -> str | None:
        report = opening_report(gathered)
        if report is None:
            return None
        half_m = sketch.half_width_m(report["accuracy_m"])
        around = gathering.surroundings(
            connection,
            lon=report["lon"],
            lat=report["lat"],
            half_m=half_m,
            on=report["judged_on"],
            zones_max=self.sketch_zones_max,
        )
        return sketch.draw(
            around,
            half_m=half_m,
            accuracy_m=report["accuracy_m"],
            bearing_deg=report["bearing_deg"],
            chosen=lies_in(gathered, report),
        )

    def _pictures(self, gathered: Gathered) -> tuple[list[Picture], dict[str, bytes]]:
        files: dict[str, bytes] = {}
        pictures = []
        for number, (caption, photo) in enumerate(_captions(gathered), start=1):
            name = f"{number}.jpg" if number <= self.pictures_max else None
            if name is not None:
                files[name] = self.copies.copy(photo["sha256"], caption)
            taken = (photo["sha256"], photo["role"], caption["captured_at"])
            pictures.append(Picture(name, *taken, photo["size_bytes"], photo["format"]))
        return pictures, files


def _captions(gathered: Gathered) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every photo that arrived, with what its copy says; the shape of the statement fetch_caption."""
    township = gathered.stored["township"]
    for report in gathered.reports:
        officer = gathered.people.get(report["officer_id"], {}).get("username")
        match = orjson.loads(report["matches"][-1]["result"])
        for photo in report["photos"]:
            if photo["received_at"] is not None:
                yield (
                    {
                        "captured_at": photo["captured_at"] or report["captured_at"],
                        "received_at": photo["received_at"],
                        "lon": report["lon"],
                        "lat": report["lat"],
                        "accuracy_m": report["accuracy_m"],
                        "match": match,
                        "township": township["name"] if township else None,
                        "case": gathered.number,
                        "officer": officer,
                    },
                    photo,
                )
