"""Consents to electronic service: a signed form with addresses, in force for a time, withdrawn at any time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server.contract import wire_time
from server.documents.making import SQL
from server.documents.wire import ConsentIn
from server.evidence import attachments as attaching
from server.evidence.canonical import digest
from server.problems.documents import DocumentConflict
from server.problems.request import InputRefused, NotFound


def give(connection: Connection, code: str, consent_id: UUID, given: ConsentIn, *, at: datetime) -> bool:
    """Keep a consent of a subject; false when it was kept before.

    Raises:
        NotFound, InputRefused, AttachmentMissing. DocumentConflict: the id has another consent.
    """
    if not (given.phone or given.email or given.other):
        raise InputRefused(errors=[{"path": "/phone", "message": "one address at least"}])
    if given.valid_to is not None and given.valid_to <= given.valid_from:
        raise InputRefused(errors=[{"path": "/valid_to", "message": "after valid_from"}])
    said = digest({"subject": code, **given.model_dump(mode="json")})
    values = {
        **given.model_dump(mode="json"),
        "consent": str(consent_id),
        "subject": _subject(connection, code),
        "digest": said,
        "at": at,
    }
    taken = SQL["consent_digest"].run(connection, values).scalar_one_or_none()
    if taken is not None:
        if taken != said:
            raise DocumentConflict()
        return False
    body = SQL["body_of_subject"].run(connection, values).scalar_one()
    # The form first: the table of consents refers to it.
    attaching.use(
        connection, [given.form], kind="service_consent", thing=consent_id, organisation_id=body, at=at
    )
    kept = SQL["insert_consent"].run(connection, {**values, "organisation": str(body)}).one_or_none()
    if kept is None:
        raise DocumentConflict()
    return True


def withdraw(connection: Connection, code: str, consent_id: UUID, reason: str, *, at: datetime) -> None:
    """A consent holds no more; repeating it changes nothing. Raises NotFound."""
    values = {
        "consent": str(consent_id),
        "subject": _subject(connection, code),
        "reason": reason,
        "at": at,
    }
    if not SQL["withdraw_consent"].run(connection, values).scalar_one():
        raise NotFound()


def list_consents(connection: Connection, code: str, on: date) -> list[dict[str, Any]]:
    """Consents of a subject, the newest first. Raises NotFound."""
    values = {"subject": _subject(connection, code), "on": on.isoformat()}
    return [
        {
            **row,
            "id": str(row["id"]),
            "valid_from": row["valid_from"].isoformat(),
            "valid_to": row["valid_to"].isoformat() if row["valid_to"] else None,
            "recorded_at": wire_time(row["recorded_at"]),
            "withdrawn_at": wire_time(row["withdrawn_at"]),
        }
        for row in SQL["list_consents"].run(connection, values).mappings()
    ]


def _subject(connection: Connection, code: str) -> str:
    found = SQL["find_subject"].run(connection, {"code": code}).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return str(found)
