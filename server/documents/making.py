"""Making documents: what a paper says is fixed when it is made; another one may take its place.

For others: `make` in the transaction that needs a document, `serving.serve` for how it reached its reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from server import sqltext
from server.evidence import attachments as attaching
from server.evidence.canonical import canonical, digest
from server.problems.documents import DocumentConflict, DocumentKindElsewhere
from server.problems.request import InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing
from server.rulebooks import store as rulebooks

LETTER = "liability_letter"
KINDS = "document_kinds"
SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


def make(
    connection: Connection,
    *,
    kind: str,
    title: str,
    at: datetime,
    content: Mapping[str, Any] | None = None,
    subject_id: UUID | str | None = None,
    case_id: UUID | str | None = None,
    attachments: Sequence[str] = (),
    zones: Sequence[tuple[str, str]] = (),
    valid: tuple[date, date | None] | None = None,
    replaces: UUID | str | None = None,
    document_id: UUID | None = None,
) -> UUID:
    """Make a document on behalf of whoever asks, and return its id; of an id that has it already nothing changes.

    Args:
        kind: a code of the rulebook `document_kinds`. content: JSON; `text` in it is the wording that is sent.
        attachments: digests, which whoever asks may see. zones: kind and code. valid: first day, first day no more.
    Raises:
        AttachmentMissing. DocumentConflict: the id has another document. NotFound: no such subject, case, or document
        that it replaces, for whoever asks.
    """
    chosen = document_id or uuid4()
    said = {
        "kind": kind,
        "title": title,
        "content": dict(content or {}),
        "subject": str(subject_id) if subject_id else None,
        "case": str(case_id) if case_id else None,
        "attachments": list(attachments),
        "zones": [list(zone) for zone in zones],
        "valid": [day.isoformat() if day else None for day in valid] if valid else None,
        "replaces": str(replaces) if replaces else None,
    }
    values = {
        **{name: said[name] for name in ("kind", "title", "subject", "case", "attachments", "replaces")},
        "id": str(chosen),
        "content": canonical(said["content"]).decode(),
        "valid_from": valid[0].isoformat() if valid else None,
        "valid_to": valid[1].isoformat() if valid and valid[1] else None,
        "digest": digest(said),
        "at": at,
    }
    row = SQL["insert_document"].run(connection, values).one_or_none()
    if row is None:
        return _again(connection, chosen, values)
    attaching.use(
        connection, attachments, kind="document", thing=chosen, organisation_id=row.organisation_id, at=at
    )
    if zones:
        kinds, codes = (list(part) for part in zip(*zones, strict=True))
        SQL["insert_zones"].run(connection, {"id": str(chosen), "kinds": kinds, "codes": codes})
    return chosen


def _again(connection: Connection, document_id: UUID, values: Mapping[str, Any]) -> UUID:
    """Nothing was inserted: the id is taken, or what it names is nobody's that the asker sees."""
    taken = SQL["document_digest"].run(connection, {"id": str(document_id)}).scalar_one_or_none()
    if taken == values["digest"]:
        return document_id
    if taken is not None or SQL["names_seen"].run(connection, values).scalar_one():
        raise DocumentConflict()
    raise NotFound()


def kind_wanted(connection: Connection, kind: str, on: date) -> str:
    """The kind of a document that somebody makes out by hand.

    Raises:
        DocumentKindElsewhere: letters are recorded with who signed. RulebookMissing: it is none of the kinds in force
        on that day, where there are any.
    """
    if kind == LETTER:
        raise DocumentKindElsewhere(kind=kind)
    book = rulebooks.in_force(connection, KINDS, on)
    if book is not None and kind not in book.rows:
        raise RulebookMissing(kind=KINDS, row=kind)
    return kind


def subject_id(connection: Connection, code: str) -> str:
    """The id of a subject that whoever asks sees. Raises InputRefused."""
    found = SQL["find_subject"].run(connection, {"code": code}).scalar_one_or_none()
    if found is None:
        raise InputRefused(errors=[{"path": "/subject", "message": "no such subject"}])
    return str(found)


def case_id(connection: Connection, number: str) -> str:
    """The id of a case that whoever asks sees. Raises InputRefused."""
    found = SQL["find_case"].run(connection, {"number": number}).scalar_one_or_none()
    if found is None:
        raise InputRefused(errors=[{"path": "/case", "message": "no such case"}])
    return str(found)
