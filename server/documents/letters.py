"""Liability letters: signed at the door, counted by street, printed for one subject or a whole street.

A letter holds for one subject and the frontages it names. A later tenant has signed none; a merge keeps what was
signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.db import Principal
from server.documents.making import LETTER, SQL, make, subject_id
from server.documents.serving import Attempt, Serving
from server.documents.wire import DoorsQuery, LetterIn, LettersQuery, PrintQuery
from server.problems.documents import LettersTooMany
from server.problems.request import InputRefused, NotFound
from server.rulebooks import store as rulebooks

TEMPLATE = Path(__file__).with_name("letter.typ")
# The article that names the three duties, as a row of legal_texts.
ARTICLE = "frontage_rule_3"
Print = Callable[[Mapping[str, Any], Mapping[str, bytes], Path], bytes]
"""`print(told, files, template)`: the PDF of a template. Raises CaseFileLimit, Unavailable, Internal."""


def record(
    connection: Connection, serving: Serving, letter_id: UUID, given: LetterIn, *, at: datetime
) -> bool:
    """Keep a letter as it was signed or refused at the door; false when it was kept before.

    Raises:
        InputRefused, DocumentConflict, AttachmentMissing, RulebookMissing.
    """
    if given.valid_to is not None and given.valid_to <= given.valid_from:
        raise _refused("/valid_to", "须晚于生效日 / after valid_from")
    if given.outcome == "delivered" and given.photo is None:
        raise _refused("/photo", "已签的须有签字照片 / a letter counts as signed by a photo of the signature")
    subject = subject_id(connection, given.subject)
    name, zones = _frontages(connection, subject, given)
    made = make(
        connection,
        kind=LETTER,
        title=f"门前三包责任书 {name}",
        content={"signer": given.signer, "zones": zones},
        subject_id=subject,
        attachments=[given.photo] if given.photo else [],
        zones=[("frontage", zone) for zone in zones],
        valid=(given.valid_from, given.valid_to),
        document_id=letter_id,
        at=at,
    )
    # A letter is served once: its attempt bears its own number.
    attempt = Attempt(
        how=given.how,
        served_at=given.served_at,
        outcome=given.outcome,
        receipt=given.photo,
        note=given.note,
    )
    return serving.serve(connection, made, letter_id, attempt, at=at, written_later=True)


def _frontages(connection: Connection, subject: str, given: LetterIn) -> tuple[str, list[str]]:
    values = {"subject": subject, "on": given.valid_from.isoformat()}
    found = SQL["subject_frontages"].run(connection, values).one_or_none()
    if found is None or not found.frontages:
        raise _refused("/subject", "该主体当日不负责任何门前责任区 / it answers for no frontage on that day")
    wanted = given.zones or found.frontages
    if not set(wanted) <= set(found.frontages):
        raise _refused("/zones", "当日不由该主体负责 / not of this subject on that day")
    return found.name, sorted(set(wanted))


def coverage(connection: Connection, query: LettersQuery, asking: Principal, on: date) -> dict[str, Any]:
    """Counts of a street, a township or a frontage, and those not signed, by street and code. Raises CursorRefused."""
    after = read_cursor(query.cursor, str, str)
    narrowed = {
        "on": on.isoformat(),
        "township": query.township or own_township(asking),
        "road": query.road,
        "zone": query.zone,
    }
    values = {
        **narrowed,
        "after_road": after[0] if after else None,
        "after_code": after[1] if after else None,
        "rows": query.limit + 1,
    }
    rows = SQL["list_unsigned"].run(connection, values).all()
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return {
        **_counted(SQL["count_letters"].run(connection, narrowed).mappings().one()),
        **{name: narrowed[name] for name in ("road", "township", "on")},
        "unsigned": [_unsigned(row) for row in page],
        "next": write_cursor(page[-1].street or "", page[-1].zone_code) if more else None,
    }


def doors(connection: Connection, query: DoorsQuery, on: date) -> dict[str, Any]:
    """One page of the fronts of one's body in a box, by code: what somebody is told who stands there. CursorRefused."""
    west, south, east, north = query.bbox
    after = read_cursor(query.cursor, str)
    values = {
        **{"on": on.isoformat(), "west": west, "south": south, "east": east, "north": north},
        "after": after[0] if after else "",
        "rows": query.limit + 1,
    }
    rows = SQL["list_doors"].run(connection, values).mappings().all()
    page = rows[: query.limit]
    return {
        "on": on.isoformat(),
        "items": [_door(row) for row in page],
        "next": write_cursor(page[-1]["zone"]) if len(rows) > query.limit else None,
    }


def streets(connection: Connection, township: str | None, asking: Principal, on: date) -> dict[str, Any]:
    """The counts of every street, the least signed first."""
    values = {"on": on.isoformat(), "township": township or own_township(asking)}
    items = [
        {**{name: row[name] for name in ("road", "township", "township_name")}, **_counted(row)}
        for row in SQL["letters_by_street"].run(connection, values).mappings()
    ]
    return {"on": on.isoformat(), "items": items, "next": None}


def own_township(asking: Principal) -> str | None:
    """What somebody of a township is told of, unless they ask for another, of which they are told nothing."""
    return asking.organisation_code if asking.organisation_kind == "township" else None


@dataclass(frozen=True)
class LetterPress:
    """Prints letters. `print`: sets a template; `letters_max`: of one file."""

    print: Print
    letters_max: int

    def read(self, connection: Connection, query: PrintQuery, on: date) -> dict[str, Any]:
        """What letter.typ lays out. Raises InputRefused, NotFound: nothing to print; LettersTooMany."""
        if (query.subject is None) is (query.road is None):
            raise _refused("/road", "a subject or a road")
        subject = subject_id(connection, query.subject) if query.subject else None
        values = {
            "on": on.isoformat(),
            "subject": subject,
            "road": query.road,
            "township": query.township,
            "unsigned": query.unsigned,
            "rows": self.letters_max + 1,
        }
        rows = SQL["letters_to_print"].run(connection, values).mappings().all()
        if not rows:
            raise NotFound()
        if len(rows) > self.letters_max:
            raise LettersTooMany(count=len(rows), limit=self.letters_max)
        return sheets(connection, [dict(row) for row in rows], on)

    def set(self, told: Mapping[str, Any]) -> bytes:
        """The PDF. Raises CaseFileLimit, Unavailable."""
        return self.print(told, {}, TEMPLATE)


def sheets(connection: Connection, made: list[dict[str, Any]], on: date) -> dict[str, Any]:
    """What letter.typ lays out, a letter a page: to be signed, or with `signed` as it was."""
    return {
        "district": SQL["district_name"].run(connection).scalar_one(),
        "on": on.isoformat(),
        "article": _article(connection, on),
        "letters": made,
    }


def _article(connection: Connection, on: date) -> dict[str, Any] | None:
    texts = rulebooks.in_force(connection, "legal_texts", on)
    row = texts.rows.get(ARTICLE) if texts else None
    return row.model_dump(mode="json") if row else None


def _counted(row: Mapping[Any, Any]) -> dict[str, Any]:
    total, signed = row["total"], row["signed"]
    return {
        "total": total,
        "signed": signed,
        "share": signed / total if total else None,
        "refused": row["refused"],
        "without_subject": row["without_subject"],
    }


def _unsigned(row: Any) -> dict[str, Any]:
    return {
        "zone": row.zone_code,
        "zone_name": row.zone_name,
        "township": row.township_code,
        "road": row.street,
        "subject": row.subject_code,
        "subject_name": row.subject_name,
        "refused_at": wire_time(row.refused_at),
    }


def _door(row: Mapping[Any, Any]) -> dict[str, Any]:
    person = {"rank": row["rank"], "name": row["person"], "capacity": row["capacity"]}
    return {
        **{name: row[name] for name in ("zone", "subject", "subject_name", "signed")},
        "responsible": person if row["rank"] else None,
        "refused_at": wire_time(row["refused_at"]),
    }


def _refused(path: str, message: str) -> InputRefused:
    return InputRefused(errors=[{"path": path, "message": message}])
