"""Reading complaints: the matter for whoever sees the case, the person for intake alone and never unnoticed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server.complaints.taking import ENDS, SQL
from server.complaints.wire import CallbackIn
from server.contract import read_cursor, wire_time, write_cursor
from server.messages import say
from server.problems.base import Problem
from server.problems.complaints import CallbackDone, CallbackEarly, ComplaintCorrected
from server.problems.request import NotFound

_CALL_PROBLEMS: Mapping[str, type[Problem]] = {
    "absent": NotFound,
    "corrected": ComplaintCorrected,
    "early": CallbackEarly,
    "called": CallbackDone,
}


@dataclass(frozen=True)
class ComplaintFilter:
    """What a list of complaints is narrowed to. All conditions hold together."""

    channel: str | None = None
    external_number: str | None = None
    case_number: str | None = None
    callback: str | None = None
    open: bool | None = None
    q: str | None = None


def list_complaints(
    connection: Connection, wanted: ComplaintFilter, calls_max: int, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of complaints, newest first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    values = {
        **vars(wanted),
        "complaint_id": None,
        "calls_max": calls_max,
        "ends": ENDS,
        "after_at": after[0] if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_complaints"].run(connection, values).all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_told(orjson.loads(row.told)) for row in page],
        "next": write_cursor(page[-1].recorded_at.isoformat(), str(page[-1].id)) if more else None,
    }


def fetch_complaint(connection: Connection, complaint_id: UUID, calls_max: int) -> dict[str, Any]:
    """One complaint without who made it. Raises NotFound."""
    values = {
        **vars(ComplaintFilter()),
        "complaint_id": str(complaint_id),
        "calls_max": calls_max,
        "ends": ENDS,
        "after_at": None,
        "after_id": None,
        "rows": 1,
    }
    row = SQL["list_complaints"].run(connection, values).one_or_none()
    if row is None:
        raise NotFound()
    return _told(orjson.loads(row.told))


def list_of_case(
    connection: Connection, number: str, calls_max: int, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of the complaints of a case, newest first. Raises NotFound, CursorRefused."""
    if SQL["see_case"].run(connection, {"number": number}).one_or_none() is None:
        raise NotFound()
    return list_complaints(connection, ComplaintFilter(case_number=number), calls_max, cursor, limit)


def read_person(connection: Connection, complaint_id: UUID, why: str, at: datetime) -> dict[str, Any]:
    """The complaint in the complainant's words, and who that is; the look is noted. Raises NotFound."""
    values = {"complaint_id": str(complaint_id), "why": why, "at": at}
    payload = SQL["read_person"].run(connection, values).scalar_one_or_none()
    if payload is None:
        raise NotFound()
    said = orjson.loads(payload)
    person = said.get("complainant")
    calls = SQL["list_calls"].run(connection, {"complaint_id": str(complaint_id)}).mappings()
    return {
        "complaint": str(complaint_id),
        "text": said["text"],
        "address": said.get("address"),
        "complainant": {
            **{name: person.get(name) for name in ("name", "phone", "address")},
            "wishes_callback": person["wishes_callback"],
        }
        if person
        else None,
        "calls": [{**call, "called_at": wire_time(call["called_at"])} for call in calls],
    }


def note_call(connection: Connection, complaint_id: UUID, call: CallbackIn, at: datetime) -> None:
    """Keep one call after closing. Raises NotFound, ComplaintCorrected, CallbackEarly, CallbackDone."""
    values = {"complaint_id": str(complaint_id), "at": at, "ends": ENDS, **call.model_dump()}
    said = SQL["insert_call"].run(connection, values).scalar_one()
    if said != "noted":
        raise _CALL_PROBLEMS[said]()


def list_accesses(
    connection: Connection, complaint_id: UUID, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of who looked at a complainant's data, newest first. Raises NotFound, CursorRefused."""
    before = read_cursor(cursor, int)
    if SQL["see_own_complaint"].run(connection, {"complaint_id": str(complaint_id)}).one_or_none() is None:
        raise NotFound()
    values = {
        "complaint_id": str(complaint_id),
        "before": before[0] if before else None,
        "rows": limit + 1,
    }
    rows = SQL["list_accesses"].run(connection, values).all()
    page = rows[:limit]
    items = [
        {
            "account": str(row.account_id),
            "name": row.name,
            "looked_at": wire_time(row.looked_at),
            "why": row.why,
        }
        for row in page
    ]
    return {"items": items, "next": write_cursor(page[-1].id) if len(rows) > limit else None}


def _told(stored: dict[str, Any]) -> dict[str, Any]:
    lon, lat = stored.pop("lon"), stored.pop("lat")
    return {
        **stored,
        "received_at": wire_time(stored["received_at"]),
        "recorded_at": wire_time(stored["recorded_at"]),
        "position": {"lon": lon, "lat": lat},
        "case": with_state_name(stored["case"]),
        "because": reasoned(stored["because"]),
    }


def with_state_name(case: Mapping[str, Any]) -> dict[str, Any]:
    """A case with the name of its state in both languages."""
    words = say(f"state.{case['state']}")
    return {**case, "state_name": words["text"], "state_name_en": words["text_en"]}


def reasoned(because: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Reasons with their sentences in both languages."""
    return [{**one, **say(f"complaint.{one['code']}", one["params"])} for one in because]
