"""Lists of cases as the desk needs them: a page of rows, counts, and where all of them lie, each of one filter.

What rows show besides the case itself (zone, first photo, whether somebody has to choose the zone) is kept by the
database in case_glance; words are looked for by cases_found_v1. Row-level security decides which cases there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from server.cases import clocks
from server.cases.clocks import Clock, Schedule
from server.cases.guards import PROPOSED
from server.cases.reading import SQL, state_words
from server.cases.states import State
from server.cases.tables import case_file
from server.cases.timing import ScheduleBook
from server.contract import wire_time
from server.lists import newest_first, within
from server.people.tables import organisation

NOTHING_SEEN = {"zone": None, "photo": None, "reports": 0}


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed to. All conditions hold together.

    Attributes:
        at: the moment that `overdue` and `due_within` are measured from.
        words: each stands somewhere in the case, its number's last digits among it.
        body: code of the body the case is at. open: not at an end, or at one.
        overdue: open, and past due. due_within: open, and due within this time or past due.
        ambiguous: not dispatched, and its zone waits to be chosen; or false, the others.
        mine: reported, handled or checked by this account, or waiting for it.
    """

    at: datetime
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    bbox: tuple[float, float, float, float] | None = None
    township: str | None = None
    states: tuple[str, ...] = ()
    category: str | None = None
    body: str | None = None
    open: bool | None = None
    overdue: bool = False
    due_before: datetime | None = None
    due_within: timedelta | None = None
    ambiguous: bool | None = None
    mine: UUID | None = None


def list_cases(
    connection: Connection, wanted: CaseFilter, book: ScheduleBook, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of cases, newest opened first. Raises CursorRefused."""
    query = (
        select(
            case_file.c.id,
            case_file.c.number,
            case_file.c.state,
            case_file.c.version,
            case_file.c.category,
            case_file.c.township_code,
            case_file.c.opened_at,
            case_file.c.due_at,
            case_file.c.closed_at,
            case_file.c.emergency,
            _ambiguous().label("ambiguous"),
            func.ST_X(case_file.c.place).label("lon"),
            func.ST_Y(case_file.c.place).label("lat"),
            organisation.c.code.label("body_code"),
            organisation.c.body_name,
            case_file.c.assignee_id,
            # Of the few that have one: whose name it is stands behind another's policy.
            case((case_file.c.assignee_id.is_not(None), func.account_name_v1(case_file.c.assignee_id))).label(
                "assignee_name"
            ),
        )
        .join_from(case_file, organisation, organisation.c.id == case_file.c.organisation_id)
        .where(*_conditions(wanted))
    )
    page, following = newest_first(
        connection, query, at=case_file.c.opened_at, key=case_file.c.id, cursor=cursor, limit=limit
    )
    seen = _seen(connection, [row["id"] for row in page], book, wanted.at)
    return {"items": [_item(row, seen(str(row["id"]))) for row in page], "next": following}


def count_cases(connection: Connection, wanted: CaseFilter, soon: timedelta) -> dict[str, Any]:
    """How many there are by state, clock and whether their zone has to be chosen; groups of none are left out."""
    query = (
        select(case_file.c.state, _standing(wanted.at, soon), _ambiguous(), func.count())
        .select_from(case_file)
        .where(*_conditions(wanted))
        # By their places: the same expression with parameters of its own is another to PostgreSQL.
        .group_by(literal_column("1"), literal_column("2"), literal_column("3"))
        .order_by(literal_column("1"), literal_column("2"), literal_column("3"))
    )
    items = [
        {"state": state, "clock": clock, "ambiguous": ambiguous, "cases": cases}
        for state, clock, ambiguous, cases in connection.execute(query)
    ]
    return {"total": sum(item["cases"] for item in items), "items": items}


def place_cases(
    connection: Connection, wanted: CaseFilter, soon: timedelta, cases_max: int
) -> dict[str, Any]:
    """Where the cases lie, newest opened first: columns, since a map draws ten thousand of them."""
    place = case_file.c.place
    query = (
        select(case_file.c.number, func.ST_X(place), func.ST_Y(place), _standing(wanted.at, soon))
        .select_from(case_file)
        .where(*_conditions(wanted))
        .order_by(case_file.c.opened_at.desc(), case_file.c.id.desc())
        .limit(cases_max + 1)
    )
    rows = connection.execute(query).all()
    shown = rows[:cases_max]
    return {
        "number": [row[0] for row in shown],
        "lon": [round(row[1], 6) for row in shown],
        "lat": [round(row[2], 6) for row in shown],
        "clock": [row[3] for row in shown],
        "cut": len(rows) > cases_max,
    }


def list_bodies(connection: Connection) -> dict[str, Any]:
    """Every body that a case can be dispatched to, the district first."""
    query = (
        select(
            organisation.c.code,
            organisation.c.body_name,
            organisation.c.body_name_en,
            organisation.c.kind,
            organisation.c.name,
        )
        .where(organisation.c.closed_at.is_(None))
        .order_by(organisation.c.kind, organisation.c.code)
    )
    items = [
        {"code": code, "name": name, "name_en": name_en, "kind": kind, "place": place}
        for code, name, name_en, kind, place in connection.execute(query)
    ]
    return {"items": items, "next": None}


# --- Conditions -----------------------------------------------------------------------------------------------


def _ambiguous() -> ColumnElement[bool]:
    return case_file.c.unsure & case_file.c.state.in_(PROPOSED)


def _standing(at: datetime, soon: timedelta) -> ColumnElement[str]:
    """How a case stands against its clock."""
    state, due_at = case_file.c.state, case_file.c.due_at
    return case(
        (case_file.c.closed_at.is_not(None), literal("ended")),
        (state == State.SUSPENDED.key, literal("suspended")),
        (due_at.is_(None), literal("none")),
        (due_at < at, literal("overdue")),
        (due_at < at + soon, literal("soon")),
        else_=literal("on_time"),
    )


def _conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    conditions = _of_time(wanted)
    equals = ((case_file.c.township_code, wanted.township), (case_file.c.category, wanted.category))
    conditions += [column == value for column, value in equals if value]
    if wanted.body:
        at = select(organisation.c.id).where(organisation.c.code == wanted.body).scalar_subquery()
        conditions.append(case_file.c.organisation_id == at)
    if wanted.numbers:
        conditions.append(case_file.c.number.in_(wanted.numbers))
    if wanted.words:
        words = bindparam("words", list(wanted.words), ARRAY(TEXT))
        conditions.append(case_file.c.id.in_(select(func.cases_found_v1(words).column_valued("found"))))
    if wanted.bbox:
        conditions.append(within(wanted.bbox, case_file.c.place, case_file.c.tile_key))
    if wanted.states:
        conditions.append(case_file.c.state.in_(wanted.states))
    if wanted.ambiguous is not None:
        conditions.append(_ambiguous() if wanted.ambiguous else ~_ambiguous())
    if wanted.mine:
        hands = (
            case_file.c.reporter_id,
            case_file.c.handler_id,
            case_file.c.checker_id,
            case_file.c.assignee_id,
        )
        conditions.append(or_(*(hand == wanted.mine for hand in hands)))
    return conditions


def _of_time(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    closed_at, due_at = case_file.c.closed_at, case_file.c.due_at
    conditions: list[ColumnElement[bool]] = []
    if wanted.open is not None:
        conditions.append(closed_at.is_(None) if wanted.open else closed_at.is_not(None))
    if wanted.overdue:
        conditions += [closed_at.is_(None), due_at < wanted.at]
    if wanted.due_within is not None:
        conditions += [closed_at.is_(None), due_at < wanted.at + wanted.due_within]
    if wanted.due_before:
        conditions.append(due_at < wanted.due_before)
    return conditions


# --- Rows -----------------------------------------------------------------------------------------------------


def _seen(
    connection: Connection, ids: Sequence[UUID], book: ScheduleBook, now: datetime
) -> Callable[[str], dict[str, Any]]:
    """What rows show besides the case itself, by its id: zone, photo, reports, and the clock it is measured by."""
    held = book.held()
    values = {"cases": f"{{{','.join(map(str, ids))}}}", "held": list(held)}
    found = orjson.loads(SQL["fetch_list_rows"].run(connection, values).scalar_one())
    schedules = {**held, **{one["id"]: book.read(one, held) for one in found["schedules"]}}

    def told(case_id: str) -> dict[str, Any]:
        row, glance = found["clocks"].get(case_id), found["glances"].get(case_id, NOTHING_SEEN)
        return {
            **glance,
            "clock": row and _ring(Clock.from_json(row), schedules.get(row["schedule_id"]), now),
        }

    return told


def _ring(clock: Clock, schedule: Schedule | None, now: datetime) -> dict[str, Any]:
    share = None if schedule is None else round(clocks.used_share(clock, now, schedule), 4)
    colour, state = clocks.colour(clock, now), clocks.state(clock)
    return {"name": clock.name, "state": state, "colour": colour, "used_share": share}


def _item(row: Mapping[Any, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": row["number"],
        **state_words(row["state"]),
        "version": row["version"],
        "category": row["category"],
        "township": row["township_code"],
        "body": {"code": row["body_code"], "name": row["body_name"]},
        "assignee": str(row["assignee_id"]) if row["assignee_id"] else None,
        "assignee_name": row["assignee_name"],
        "opened_at": wire_time(row["opened_at"]),
        "due_at": wire_time(row["due_at"]),
        "closed_at": wire_time(row["closed_at"]),
        "emergency": row["emergency"],
        "position": {"lon": row["lon"], "lat": row["lat"]},
        **seen,
        "ambiguous": row["ambiguous"],
    }
