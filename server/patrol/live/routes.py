"""HTTP words of live positions, calls for help and assists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import DIRECTING_ROLES, FIELD_ROLES, allow, everyone, principal
from server.contract import API, answers, json_response
from server.db import Database
from server.patrol.live import assists, officers, sos
from server.patrol.live.officers import LiveRules
from server.patrol.live.wire import (
    AssistIn,
    AssistList,
    AssistOut,
    AssistPath,
    AssistQuery,
    LiveOfficers,
    LiveQuery,
    SosCloseIn,
    SosDetail,
    SosIn,
    SosList,
    SosOut,
    SosPath,
    SosQuery,
)
from server.problems.live import AssistConflict, SosClosed, SosConflict, SosTaken, SosUntaken
from server.problems.request import CursorRefused, NotFound

TAG = Tag(
    name="实时 live",
    description="在岗人员位置、紧急求助、救助记录。Where people on duty are, calls for help, assists.",
)


class LiveSettings(LiveRules, Protocol):
    """What the deployment sets; names and reasons as in config.py."""

    @property
    def clock_skew_s(self) -> int: ...


def live_routes(
    db: Database, settings: LiveSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of what is happening now."""
    api = APIBlueprint("live", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.get(
        "/officers/live",
        summary="在岗人员位置 Where people on duty are; every look is recorded",
        responses=answers({200: LiveOfficers}, CursorRefused),
    )
    @allow(*DIRECTING_ROLES)
    def list_live(query: LiveQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = officers.list_live(connection, query, clock(), settings)
        return json_response(page)

    _calls(api, db, sos.SosDesk(clock, time_zone))
    _assists(api, db, assists.AssistDesk(clock, time_zone, settings.clock_skew_s))
    return api


def _calls(api: APIBlueprint, db: Database, desk: sos.SosDesk) -> None:
    @api.put(
        "/sos/<uuid:sos_id>",
        summary="紧急求助 Call for help; told to every dispatcher at once",
        responses=answers({200: SosOut, 201: SosOut}, SosConflict),
    )
    @allow(*FIELD_ROLES)
    def raise_sos(path: SosPath, body: SosIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            new = desk.raise_call(connection, path.sos_id, body)
            call = sos.fetch_call(connection, path.sos_id)
        return json_response(call, 201 if new else 200)

    @api.post(
        "/sos/<uuid:sos_id>/acknowledge",
        summary="接警 Take a call for help: one person does",
        responses=answers({200: SosOut}, NotFound, SosTaken),
    )
    @allow(*sos.ANSWERING)
    def acknowledge_sos(path: SosPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            call = desk.acknowledge(connection, path.sos_id)
        return json_response(call)

    @api.post(
        "/sos/<uuid:sos_id>/close",
        summary="求助结束 Say how a call for help ended",
        responses=answers({200: SosOut}, NotFound, SosUntaken, SosClosed),
    )
    @allow(*sos.ANSWERING)
    def close_sos(path: SosPath, body: SosCloseIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            call = desk.close(connection, path.sos_id, body)
        return json_response(call)

    @api.get(
        "/sos",
        summary="求助列表 Calls for help: a dispatcher's are all, of everybody else their own",
        responses=answers({200: SosList}, CursorRefused),
    )
    @everyone
    def list_sos(query: SosQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = sos.list_calls(connection, query)
        return json_response(page)

    @api.get(
        "/sos/<uuid:sos_id>",
        summary="一次求助 A call for help, and where who called is now; the look is recorded",
        responses=answers({200: SosDetail}, NotFound),
    )
    @everyone
    def get_sos(path: SosPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            call = sos.fetch_call(connection, path.sos_id)
            call["now"] = desk.whereabouts(connection, path.sos_id)
        return json_response(call)


def _assists(api: APIBlueprint, db: Database, desk: assists.AssistDesk) -> None:
    @api.put(
        "/assists/<uuid:assist_id>",
        summary="救助记录 Record help that a patrol gave",
        responses=answers({200: AssistOut, 201: AssistOut}, AssistConflict),
    )
    @allow(*FIELD_ROLES)
    def put_assist(path: AssistPath, body: AssistIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            new = desk.record(connection, path.assist_id, body)
            recorded = assists.fetch_assist(connection, path.assist_id)
        return json_response(recorded, 201 if new else 200)

    @api.get(
        "/assists",
        summary="救助列表 Assists, newest first",
        responses=answers({200: AssistList}, CursorRefused),
    )
    @everyone
    def list_assists(query: AssistQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = assists.list_assists(connection, query)
        return json_response(page)

    @api.get(
        "/assists/<uuid:assist_id>",
        summary="一次救助 One assist",
        responses=answers({200: AssistOut}, NotFound),
    )
    @everyone
    def get_assist(path: AssistPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            found = assists.fetch_assist(connection, path.assist_id)
        return json_response(found)
