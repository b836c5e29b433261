"""HTTP words of responsible subjects: everybody of a body reads its own, those at a desk and handlers keep them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, everyone, principal
from server.contract import API, PDF, Strict, Text, answers, pdf_response
from server.problems.request import CursorRefused, InputRefused, NotFound
from server.problems.subjects import (
    SubjectDayRefused,
    SubjectLicenceTaken,
    SubjectMerged,
    SubjectMergeRefused,
    SubjectNotYours,
    SubjectPlaceRefused,
    SubjectPlaceTaken,
)
from server.subjects import door, register
from server.subjects.desk import KEEPERS, Desk
from server.subjects.wire import (
    AtQuery,
    CaseSubjectOut,
    DoorQuery,
    SubjectAtOut,
    SubjectIn,
    SubjectList,
    SubjectMergeIn,
    SubjectOut,
    SubjectPath,
    SubjectPersonChangeIn,
    SubjectPlaceEndIn,
    SubjectPlaceIn,
    SubjectRevisionIn,
    SubjectsQuery,
    SubjectSuccessionIn,
)

TAG = Tag(
    name="责任主体 subjects",
    description="门前责任区由谁负责、自何时起,变更留痕。Who answers for zones and since when; every change is kept.",
)
Print = Callable[[Mapping[str, Any], Mapping[str, bytes], Path], bytes]


class CaseNumberPath(Strict):
    number: Text = Field(min_length=1, max_length=64, description="案卷编号 / case number")


def subject_routes(desk: Desk, printing: Print, url: str) -> APIBlueprint:
    """Routes of subjects. `printing`: sets a template as PDF. `url`: of this server, as phones reach it."""
    api = APIBlueprint("subjects", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _reading(api, desk)
    _door(api, desk, printing, url)
    _registering(api, desk)
    _changing(api, desk)
    return api


def _reading(api: APIBlueprint, desk: Desk) -> None:
    @api.get(
        "/subjects",
        summary="责任主体名册 Register of subjects of one's body",
        responses=answers({200: SubjectList}, CursorRefused),
    )
    @everyone
    def list_subjects(query: SubjectsQuery) -> Response:
        return desk.told(lambda connection: register.list_subjects(connection, query, desk.today()))

    @api.get(
        "/subjects/at",
        summary="某日由谁负责 Who answers for a zone on a day",
        responses=answers({200: SubjectAtOut}),
    )
    @everyone
    def get_subject_at(query: AtQuery) -> Response:
        return desk.told(lambda connection: register.answerable(connection, query, desk.today()))

    @api.get(
        "/subjects/<code>",
        summary="一个责任主体及其沿革 One subject with its history",
        responses=answers({200: SubjectOut}, NotFound),
    )
    @everyone
    def get_subject(path: SubjectPath) -> Response:
        return desk.told(lambda connection: register.fetch_subject(connection, path.code, desk.today()))

    @api.get(
        "/cases/<number>/subject",
        summary="案卷的责任主体 Who answered for the zone of a case when its first report was taken",
        responses=answers({200: CaseSubjectOut}, NotFound),
    )
    @everyone
    def get_case_subject(path: CaseNumberPath) -> Response:
        return desk.told(lambda connection: register.of_case(connection, path.number))


def _door(api: APIBlueprint, desk: Desk, printing: Print, url: str) -> None:
    @api.get(
        "/subjects/<code>/door.pdf",
        summary="门牌二维码 Sheets for the door, with a code that phones read",
        responses=answers({200: PDF}, NotFound),
    )
    @everyone
    def get_subject_door(path: SubjectPath, query: DoorQuery) -> Response:
        with desk.db.transaction(principal().claim) as (connection, _):
            told = register.fetch_subject(connection, path.code, desk.today())
        return pdf_response(door.sheets(told, query, printing, url), path.code)


def _registering(api: APIBlueprint, desk: Desk) -> None:
    @api.post(
        "/subjects",
        summary="登记责任主体 Register a subject",
        responses=answers(
            {201: SubjectOut},
            SubjectLicenceTaken,
            SubjectPlaceTaken,
            SubjectPlaceRefused,
            SubjectNotYours,
            InputRefused,
        ),
    )
    @allow(*KEEPERS)
    def post_subject(body: SubjectIn) -> Response:
        return desk.changed(lambda keeper: keeper.register(body), 201)

    @api.post(
        "/subjects/<code>/successors",
        summary="更换经营者 A tenant change: somebody else answers from a day on",
        responses=answers(
            {201: SubjectOut}, NotFound, SubjectMerged, SubjectDayRefused, SubjectLicenceTaken, InputRefused
        ),
    )
    @allow(*KEEPERS)
    def post_subject_successor(path: SubjectPath, body: SubjectSuccessionIn) -> Response:
        return desk.changed(lambda keeper: keeper.succeed(path.code, body), 201)

    @api.post(
        "/subjects/<code>/merge",
        summary="合并重复登记 Two records of one subject become one; both codes stay readable",
        responses=answers({200: SubjectOut}, NotFound, SubjectMerged, SubjectMergeRefused, InputRefused),
    )
    @allow(*KEEPERS)
    def post_subject_merge(path: SubjectPath, body: SubjectMergeIn) -> Response:
        return desk.changed(lambda keeper: keeper.merge(path.code, body))


def _changing(api: APIBlueprint, desk: Desk) -> None:
    changed = (NotFound, SubjectMerged, SubjectDayRefused)

    @api.post(
        "/subjects/<code>/revisions",
        summary="变更名称、类别或证照 Another name, kind, trade or licence from a day on",
        responses=answers({200: SubjectOut}, *changed, SubjectLicenceTaken, InputRefused),
    )
    @allow(*KEEPERS)
    def post_subject_revision(path: SubjectPath, body: SubjectRevisionIn) -> Response:
        return desk.changed(lambda keeper: keeper.revise(path.code, body))

    @api.post(
        "/subjects/<code>/persons",
        summary="变更责任人 Somebody else is the first or second responsible person",
        responses=answers({200: SubjectOut}, *changed, InputRefused),
    )
    @allow(*KEEPERS)
    def post_subject_person(path: SubjectPath, body: SubjectPersonChangeIn) -> Response:
        return desk.changed(lambda keeper: keeper.name_person(path.code, body))

    @api.post(
        "/subjects/<code>/places",
        summary="增加责任区 A further zone it answers for",
        responses=answers({200: SubjectOut}, *changed, SubjectPlaceTaken, SubjectPlaceRefused, InputRefused),
    )
    @allow(*KEEPERS)
    def post_subject_place(path: SubjectPath, body: SubjectPlaceIn) -> Response:
        return desk.changed(lambda keeper: keeper.add_place(path.code, body))

    @api.post(
        "/subjects/<code>/places/end",
        summary="结束责任区 A zone it no longer answers for",
        responses=answers({200: SubjectOut}, *changed, SubjectPlaceRefused, InputRefused),
    )
    @allow(*KEEPERS)
    def post_subject_place_end(path: SubjectPath, body: SubjectPlaceEndIn) -> Response:
        return desk.changed(lambda keeper: keeper.end_place(path.code, body))
