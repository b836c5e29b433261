"""Matters of court are begun, and what happens in them is written down; an entry begins the terms its kind begins.

Nothing is ever changed. What is sent again under the same id changes nothing, other content under it is refused. Of a
matter that belongs to a case everything is an entry of the case's ledger too, in the same transaction: people stand in
it by account, attachments by digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel
from sqlalchemy import Connection

from server import sqltext
from server.cases.worktime import Schedule
from server.contract import wire_time
from server.db import Principal
from server.evidence import attachments as attaching
from server.evidence.canonical import canonical
from server.litigation.terms import Works, plain_week, term
from server.litigation.wire import MatterEntryIn, MatterIn
from server.problems.litigation import MatterConflict, MatterEntryConflict
from server.problems.request import InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing
from server.rulebooks import store

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
CLOCKS = "statutory_clocks"


def begin_matter(
    connection: Connection, matter_id: UUID, given: MatterIn, *, asking: Principal, at: datetime
) -> bool:
    """Begin a matter; False when it is there already.

    Raises:
        MatterConflict. InputRefused: no such case or township.
    """
    if (given.case is None) == (given.township is None):
        raise InputRefused(errors=[{"path": "/case", "message": "either a case or a township wanted"}])
    digest = digest_of(given)
    known = SQL["matter_digest"].run(connection, {"id": str(matter_id)}).scalar_one_or_none()
    if known is not None:
        if known != digest:
            raise MatterConflict()
        return False
    values = {**given.model_dump(), "id": str(matter_id), "digest": digest, "at": at}
    made = SQL["insert_matter"].run(connection, values).one_or_none()
    if made is None:
        path = "/case" if given.case else "/township"
        raise InputRefused(errors=[{"path": path, "message": "there is none that you may see"}])
    if made.case_id is not None:
        said = _body(matter_id, given.kind, given.reference, asking, at)
        SQL["note_matter"].run(connection, {"case_id": str(made.case_id), "body": canonical(said).decode()})
    return True


def write_entry(
    connection: Connection,
    matter_id: UUID,
    entry_id: UUID,
    given: MatterEntryIn,
    *,
    asking: Principal,
    at: datetime,
    today: date,
) -> bool:
    """Write down what happened and begin the terms it begins; False when it is there already.

    Raises:
        NotFound, MatterEntryConflict, MatterEnded, MatterOutcomeRefused, AttachmentMissing.
        InputRefused: on a day to come. RulebookMissing: an application to court without terms in force.
    """
    if given.on > today:
        raise InputRefused(errors=[{"path": "/on", "message": "a day that is still to come"}])
    if (given.kind == "document") != (given.document is not None):
        raise InputRefused(
            errors=[{"path": "/document", "message": "of the kind `document`, and of it only"}]
        )
    asked = {"id": str(matter_id), "on": given.on.isoformat()}
    matter = SQL["lock_matter"].run(connection, asked).mappings().one_or_none()
    if matter is None:
        raise NotFound()
    digest = digest_of(given, matter_id)
    known = SQL["entry_digest"].run(connection, {"id": str(entry_id)}).scalar_one_or_none()
    if known is not None:
        if known != digest:
            raise MatterEntryConflict()
        return False
    rules = store.in_force(connection, CLOCKS, given.on)
    terms = list(_begun_terms(rules, matter, given))
    body = {
        **_body(matter_id, matter["kind"], matter["reference"], asking, at),
        **_told(entry_id, given, rules),
        "terms": terms,
    }
    values = {
        **given.model_dump(),
        "id": str(entry_id),
        "matter_id": str(matter_id),
        "seq": matter["seq"] + 1,
        "digest": digest,
        "body": canonical(body).decode(),
        "at": at,
    }
    attaching.use(
        connection,
        [given.attachment] if given.attachment else [],
        kind="legal_entry",
        thing=entry_id,
        organisation_id=matter["organisation_id"],
        at=at,
    )
    SQL["insert_entry"].run(connection, values)
    for one in terms:
        SQL["insert_clock"].run(connection, {**one, "matter_id": str(matter_id), "entry_id": str(entry_id)})
    return True


def digest_of(given: BaseModel, *more: object) -> str:
    """SHA-256 of what was sent and what it belongs to."""
    said = [given.model_dump(mode="json"), *map(str, more)]
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _body(matter_id: UUID, kind: str, reference: str, asking: Principal, at: datetime) -> dict[str, Any]:
    """What every entry of the ledger says of a matter."""
    return {
        "matter": {"id": str(matter_id), "kind": kind, "reference": reference},
        "actor_role": asking.role,
        "at": wire_time(at),
    }


def _told(entry_id: UUID, given: MatterEntryIn, rules: store.InForce | None) -> dict[str, Any]:
    """What the ledger says of an entry; attachments as steps of enforcement name theirs."""
    said = given.model_dump(mode="json", include={"outcome", "document"}, exclude_none=True)
    attached = {"attachments": [given.attachment]} if given.attachment else {}
    note = {"note": given.note} if given.note else {}
    return {
        "entry": str(entry_id),
        "on": given.on.isoformat(),
        "said": {**said, **attached},
        "paper": _name(given.document, rules),
        **note,
    }


def _name(document: str | None, rules: store.InForce | None) -> str | None:
    """What a paper is called: by the list of documents where its code stands there, else as it was written."""
    wanted = (paper for row in rules.rows.values() for paper in row.documents) if rules else ()
    return next((paper.name for paper in wanted if paper.code == document), document)


def _begun_terms(
    rules: store.InForce | None, matter: Mapping[Any, Any], given: MatterEntryIn
) -> Iterator[dict[str, Any]]:
    """The terms an entry begins; one that began before does not begin again."""
    if rules is None:
        if matter["kind"] == "court_enforcement":
            raise RulebookMissing(kind=CLOCKS, row=None)
        return
    for row in rules.rows.values():
        if (row.matter, row.starts) == (matter["kind"], given.kind) and row.code not in matter["begun"]:
            found = term(row, given.on, _working_days(matter["schedule"]))
            yield {
                "code": row.code,
                "name": row.name,
                "rulebook_id": rules.id,
                "ends": list(row.ends),
                "due_on": found.due_on.isoformat(),
                "warn_on": found.warn_on.isoformat(),
            }


def _working_days(stored: Mapping[str, Any] | None) -> Works:
    """Whether a day is worked by the calendar of the body; by the plain week before there is one."""
    if stored is None:
        return plain_week
    return Schedule.from_json({**stored["content"], "id": stored["id"], "digest": stored["digest"]}).workday
