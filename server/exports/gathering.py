"""Everything of one case that goes into a file about it, read in one transaction and as the asker may see it.

What was hashed is kept as the very text that was hashed. Reports that the ledger names and the asker may not see are
told as withheld: a file never looks whole when it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.evidence.signing import ReceiptSigner
from server.problems.request import NotFound
from server.reports import reading

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class Gathered:
    """One case.

    Attributes:
        stored: the row of gather_case. papers: that of gather_papers. receipts: signed, by the id of their report.
        schedules: office hours and calendars that its clocks were counted by, by id.
    """

    stored: dict[str, Any]
    papers: dict[str, Any]
    receipts: dict[str, bytes]
    schedules: dict[int, str]

    @property
    def number(self) -> str:
        return cast(str, self.stored["case"]["number"])

    @property
    def head(self) -> tuple[int, str]:
        """Number and hash of the newest ledger entry that was read."""
        newest = self.entries[-1]
        return newest["seq"], newest["hash"]

    @property
    def entries(self) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], self.stored["entries"])

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What the entries say, in their order."""
        return [read_body(entry) for entry in self.entries]

    @property
    def reports(self) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], self.stored["reports"])

    @property
    def people(self) -> dict[str, dict[str, Any]]:
        """Who acted: id to user name, role and body."""
        return {person["id"]: person for person in self.stored["people"]}

    @property
    def choice(self) -> dict[str, Any] | None:
        """The zone a person chose, where that holds."""
        return next((one for one in self.stored["zone_choices"] if one["holds"]), None)

    def withheld(self) -> list[str]:
        """Ids of reports that the ledger names and this asker does not see."""
        named = {body["report"] for body in self.bodies if isinstance(body.get("report"), str)}
        return sorted(named - {report["id"] for report in self.reports})

    def withheld_papers(self) -> list[str]:
        """Ids of documents and digests of attachments that the ledger names and this asker does not see."""
        named = {body["document"]["id"] for body in self.bodies if body.get("document")}
        seen = {document["id"] for document in self.papers["documents"]}
        held = {one["sha256"] for one in self.papers["attachments"]}
        return sorted((named - seen) | (attached(self.bodies) - held))

    def photos(self) -> dict[str, dict[str, Any]]:
        """The photos that arrived, each once, by digest."""
        return {
            photo["sha256"]: photo
            for report in self.reports
            for photo in report["photos"]
            if photo["received_at"] is not None
        }


def read_body(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an entry; empty when it is no JSON object."""
    body = orjson.loads(entry["body"])
    return body if isinstance(body, dict) else {}


def attached(bodies: Iterable[Mapping[str, Any]]) -> set[str]:
    """Digests of the attachments that came with steps of enforcement and entries of court."""
    return {digest for body in bodies for digest in (body.get("said") or {}).get("attachments", ())}


def gather(connection: Connection, number: str, *, time_zone: str, signer: ReceiptSigner) -> Gathered:
    """Read one case. Raises NotFound when the asker sees no such case."""
    values = {"number": number, "time_zone": time_zone}
    row = SQL["gather_case"].run(connection, values).scalar_one_or_none()
    if row is None:
        raise NotFound()
    stored: dict[str, Any] = orjson.loads(row)
    receipts = {
        report["id"]: reading.fetch_receipt(connection, UUID(report["id"]), signer)
        for report in stored["reports"]
    }
    bodies = [read_body(entry) for entry in stored["entries"]]
    asked = {"case_id": stored["case"]["id"], "digests": sorted(attached(bodies))}
    papers: dict[str, Any] = orjson.loads(SQL["gather_papers"].run(connection, asked).scalar_one())
    counted = {
        clock["schedule"]["id"]
        for body in bodies
        for clock in body.get("clocks", [])
        if clock.get("schedule")
    }
    rows = SQL["fetch_schedules"].run(connection, {"ids": sorted(counted)}).all() if counted else []
    return Gathered(stored, papers, receipts, {row.id: row.content for row in rows})


def surroundings(
    connection: Connection, *, lon: float, lat: float, half_m: float, on: str, zones_max: int
) -> dict[str, Any]:
    """Zones and streets within a square of `half_m` to each side, in metres from the spot (WGS 84, degrees)."""
    values = {"lon": lon, "lat": lat, "half_m": half_m, "on": on, "zones_max": zones_max}
    return cast(dict[str, Any], orjson.loads(SQL["fetch_surroundings"].run(connection, values).scalar_one()))


def note_export(connection: Connection, number: str, body: str) -> None:
    """Write into the ledger that a file about the case leaves; `body` is canonical JSON."""
    SQL["note_export"].run(connection, {"number": number, "body": body})
