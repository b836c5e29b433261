"""HTTP words of complaints: taking them, reading them, who complained (and who looked), and the calls after closing."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, everyone, principal
from server.complaints import reading, trial
from server.complaints.taking import ComplaintDesk
from server.complaints.wire import (
    AccessList,
    CallbackIn,
    CallbackState,
    Channel,
    ComplaintIn,
    ComplaintList,
    ComplaintMatterIn,
    ComplaintOut,
    ComplaintTrialOut,
    PersonOut,
    Why,
)
from server.contract import API, Page, Strict, Text, answers, json_response
from server.problems.complaints import CallbackDone, CallbackEarly, ComplaintConflict, ComplaintCorrected
from server.problems.request import CursorRefused, NotFound

TAG = Tag(
    name="诉求 complaints",
    description="市民诉求:并入案卷,结案后回访;诉求人信息只有诉求受理员可见,每次查看都有记录。"
    "Complaints of citizens; who complained is seen by intake only, and every look is noted.",
)


class ComplaintPath(Strict):
    complaint_id: UUID = Field(
        description="受理端生成,同一诉求始终同一编号 / made by who sends it; the same complaint always has the same id"
    )


class CasePath(Strict):
    number: Text = Field(min_length=1, max_length=64, description="案卷编号 / case number")


class ComplaintsQuery(Page):
    channel: Channel | None = None
    external_number: Text | None = Field(
        None, max_length=64, description="来件编号 / number it has where it came from"
    )
    case: Text | None = Field(None, max_length=64, description="案卷编号 / case number")
    callback: CallbackState | None = Field(
        None, description="回访状态,due 为待回访 / where the call-back stands; due: to be called now"
    )
    open: bool | None = Field(None, description="案卷是否未结 / whether its case is still open")
    q: Text | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="案卷编号或来件编号的一部分 / part of the number of its case or of where it came from",
    )


class PersonQuery(Strict):
    why: Why = Field(description="查看理由,与查看人一并记录 / why; noted with who looks")


def complaint_routes(desk: ComplaintDesk) -> APIBlueprint:
    """Routes of complaints."""
    api = APIBlueprint("complaints", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _matters(api, desk)
    _persons(api, desk)
    return api


def _matters(api: APIBlueprint, desk: ComplaintDesk) -> None:
    db, calls_max = desk.db, desk.settings.complaint_calls_max_count

    @api.put(
        "/complaints/<uuid:complaint_id>",
        summary="受理诉求 Take a complaint",
        responses=answers({200: ComplaintOut, 201: ComplaintOut}, ComplaintConflict, ComplaintCorrected),
    )
    @allow("intake")
    def put_complaint(path: ComplaintPath, body: ComplaintIn) -> Response:
        created = desk.take(principal(), path.complaint_id, body)
        with db.transaction(principal().claim) as (connection, _):
            told = reading.fetch_complaint(connection, path.complaint_id, calls_max)
        return json_response(told, 201 if created else 200)

    @api.post(
        "/complaints/trial",
        summary="试算 Where a complaint would go, and the open cases at its place; keeps nothing",
        responses=answers({200: ComplaintTrialOut}),
    )
    @allow("intake")
    def post_complaint_trial(body: ComplaintMatterIn) -> Response:
        return json_response(trial.tried(desk, principal(), body))

    @api.get(
        "/complaints",
        summary="诉求列表 List complaints",
        responses=answers({200: ComplaintList}, CursorRefused),
    )
    @allow("intake")
    def list_complaints(query: ComplaintsQuery) -> Response:
        wanted = reading.ComplaintFilter(
            query.channel, query.external_number, query.case, query.callback, query.open, query.q
        )
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_complaints(connection, wanted, calls_max, query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/complaints/<uuid:complaint_id>",
        summary="一件诉求 One complaint",
        responses=answers({200: ComplaintOut}, NotFound),
    )
    @allow("intake")
    def get_complaint(path: ComplaintPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = reading.fetch_complaint(connection, path.complaint_id, calls_max)
        return json_response(told)

    @api.get(
        "/cases/<number>/complaints",
        summary="案卷的诉求 Complaints of a case, without who made them",
        responses=answers({200: ComplaintList}, NotFound, CursorRefused),
    )
    @everyone
    def list_case_complaints(path: CasePath, query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_of_case(connection, path.number, calls_max, query.cursor, query.limit)
        return json_response(page)


def _persons(api: APIBlueprint, desk: ComplaintDesk) -> None:
    db, calls_max = desk.db, desk.settings.complaint_calls_max_count

    @api.get(
        "/complaints/<uuid:complaint_id>/complainant",
        summary="诉求人 Who complained; the look is noted",
        responses=answers({200: PersonOut}, NotFound),
    )
    @allow("intake")
    def get_complainant(path: ComplaintPath, query: PersonQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            person = reading.read_person(connection, path.complaint_id, query.why, desk.clock())
        return json_response(person)

    @api.get(
        "/complaints/<uuid:complaint_id>/accesses",
        summary="查看记录 Who looked at a complainant's data",
        responses=answers({200: AccessList}, NotFound, CursorRefused),
    )
    @allow("intake", "admin")
    def list_accesses(path: ComplaintPath, query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_accesses(connection, path.complaint_id, query.cursor, query.limit)
        return json_response(page)

    @api.post(
        "/complaints/<uuid:complaint_id>/callbacks",
        summary="回访 Note a call after the case ended",
        responses=answers({201: ComplaintOut}, NotFound, ComplaintCorrected, CallbackEarly, CallbackDone),
    )
    @allow("intake")
    def post_callback(path: ComplaintPath, body: CallbackIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            reading.note_call(connection, path.complaint_id, body, desk.clock())
            told = reading.fetch_complaint(connection, path.complaint_id, calls_max)
        return json_response(told, 201)
