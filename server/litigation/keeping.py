"""Matters of court are begun, and what happens in them is written down; an entry begins the terms its kind begins.

Nothing is ever changed. What is sent again under the same id changes nothing, other content under it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from server.litigation.terms import Works, plain_week, term
from server.litigation.wire import MatterEntryIn, MatterIn
from server.problems.litigation import MatterConflict, MatterEntryConflict
from server.problems.request import InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing
from server.rulebooks import store

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
CLOCKS = "statutory_clocks"


def begin_matter(connection: Connection, matter_id: UUID, given: MatterIn, *, at: datetime) -> bool:
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
    if SQL["insert_matter"].run(connection, values).scalar_one_or_none() is None:
        path = "/case" if given.case else "/township"
        raise InputRefused(errors=[{"path": path, "message": "there is none that you may see"}])
    return True


def write_entry(
    connection: Connection,
    matter_id: UUID,
    entry_id: UUID,
    given: MatterEntryIn,
    *,
    at: datetime,
    today: date,
) -> bool:
    """Write down what happened and begin the terms it begins; False when it is there already.

    Raises:
        NotFound, MatterEntryConflict, MatterEnded, MatterOutcomeRefused. InputRefused: on a day to come.
        RulebookMissing: an application to court without terms in force.
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
    values = {
        **given.model_dump(),
        "id": str(entry_id),
        "matter_id": str(matter_id),
        "seq": matter["seq"] + 1,
        "digest": digest,
        "at": at,
    }
    SQL["insert_entry"].run(connection, values)
    _begin_terms(connection, matter, matter_id, entry_id, given)
    return True


def digest_of(given: BaseModel, *more: object) -> str:
    """SHA-256 of what was sent and what it belongs to."""
    said = [given.model_dump(mode="json"), *map(str, more)]
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _begin_terms(
    connection: Connection, matter: Mapping[Any, Any], matter_id: UUID, entry_id: UUID, given: MatterEntryIn
) -> None:
    rules = store.in_force(connection, CLOCKS, given.on)
    if rules is None:
        if matter["kind"] == "court_enforcement":
            raise RulebookMissing(kind=CLOCKS, row=None)
        return
    for row in rules.rows.values():
        if (row.matter, row.starts) == (matter["kind"], given.kind):
            found = term(row, given.on, _working_days(matter["schedule"]))
            values = {
                "matter_id": str(matter_id),
                "code": row.code,
                "rulebook_id": rules.id,
                "entry_id": str(entry_id),
                "ends": list(row.ends),
                "due_on": found.due_on.isoformat(),
                "warn_on": found.warn_on.isoformat(),
            }
            SQL["insert_clock"].run(connection, values)


def _working_days(stored: Mapping[str, Any] | None) -> Works:
    """Whether a day is worked by the calendar of the body; by the plain week before there is one."""
    if stored is None:
        return plain_week
    return Schedule.from_json({**stored["content"], "id": stored["id"], "digest": stored["digest"]}).workday
