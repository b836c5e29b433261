"""HTTP words of duty: shifts from phones, and marks of visits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import FIELD_ROLES, allow, everyone, principal
from server.contract import API, Moment, Page, Strict, answers, json_response
from server.db import Database
from server.patrol.duty import marks, shifts
from server.patrol.duty.shifts import ShiftFilter, ShiftSettings
from server.patrol.duty.wire import (
    ShiftEndIn,
    ShiftList,
    ShiftNow,
    ShiftOut,
    ShiftStartIn,
    VisitMarkIn,
    VisitMarkOut,
)
from server.problems.duty import (
    ShiftEnded,
    ShiftMissing,
    ShiftOpen,
    ShiftOverlaps,
    ShiftTaken,
    VisitMarkConflict,
)
from server.problems.request import CursorRefused, InputRefused

TAG = Tag(
    name="值勤 duty",
    description="上岗、下岗与走访;只在当班时接收定位。Shifts and marks of visits; positions are taken on duty only.",
)


class ShiftsQuery(Page):
    account: UUID | None = Field(None, description="人员编号 / account id")
    from_: Moment | None = Field(None, alias="from", description="此时之后仍在班 / lasting after this")
    to: Moment | None = Field(None, description="此时之前开始 / begun before this")
    open: bool | None = Field(None, description="正在当班,或已结束 / going on, or ended")


class MarkPath(Strict):
    mark_id: UUID


def shift_routes(
    db: Database, settings: ShiftSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of shifts and marks of visits."""
    api = APIBlueprint("duty", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _telling(api, db, settings, clock, time_zone)
    _reading(api, db, clock)
    _marking(api, db, settings, clock, time_zone)
    return api


def _telling(
    api: APIBlueprint,
    db: Database,
    settings: ShiftSettings,
    clock: Callable[[], datetime],
    time_zone: ZoneInfo,
) -> None:
    @api.post(
        "/shifts/start",
        summary="上岗 Begin a shift; sent again with its id it is the same one",
        responses=answers({200: ShiftOut, 201: ShiftOut}, ShiftOpen, ShiftOverlaps, ShiftTaken, InputRefused),
    )
    @allow(*FIELD_ROLES)
    def start_shift(body: ShiftStartIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told, made = shifts.start(connection, body, settings, received_at=clock(), time_zone=time_zone)
        return json_response(told, 201 if made else 200)

    @api.post(
        "/shifts/end",
        summary="下岗 End a shift; a dispatcher or zone manager may end one that was forgotten",
        responses=answers({200: ShiftOut}, ShiftMissing, ShiftEnded, InputRefused),
    )
    @allow(*FIELD_ROLES, "dispatcher", "zone_manager")
    def end_shift(body: ShiftEndIn) -> Response:
        with db.transaction(principal().claim) as (connection, asking):
            told = shifts.end(connection, asking, body, settings, received_at=clock())
        return json_response(told)


def _reading(api: APIBlueprint, db: Database, clock: Callable[[], datetime]) -> None:
    @api.get(
        "/shifts",
        summary="班次 Shifts: one's own; those of their scope for dispatchers and zone managers",
        responses=answers({200: ShiftList}, CursorRefused),
    )
    @everyone
    def list_shifts(query: ShiftsQuery) -> Response:
        wanted = ShiftFilter(clock(), query.account, query.from_, query.to, query.open)
        with db.transaction(principal().claim) as (connection, _):
            page = shifts.list_shifts(connection, wanted, query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/shifts/current",
        summary="我现在的班次 One's shift that goes on, and the turn on the roster that is now or next",
        responses=answers({200: ShiftNow}),
    )
    @allow(*FIELD_ROLES)
    def get_current_shift() -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = shifts.now_of(connection, clock())
        return json_response(told)


def _marking(
    api: APIBlueprint,
    db: Database,
    settings: ShiftSettings,
    clock: Callable[[], datetime],
    time_zone: ZoneInfo,
) -> None:
    @api.put(
        "/visit-marks/<uuid:mark_id>",
        summary="检查或走访 A place inspected, or its people called on: a visit, and no case",
        responses=answers({200: VisitMarkOut, 201: VisitMarkOut}, VisitMarkConflict, InputRefused),
    )
    @allow(*FIELD_ROLES)
    def put_visit_mark(path: MarkPath, body: VisitMarkIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told, made = marks.put(
                connection, path.mark_id, body, settings, received_at=clock(), time_zone=time_zone
            )
        return json_response(told, 201 if made else 200)
