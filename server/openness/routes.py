"""HTTP words of publishing: what is due, drafts made of fields, photos blurred by a person, approval by another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, principal
from server.contract import API, Page, Sha256, Strict, answers, json_response
from server.db import Database
from server.openness import publishing
from server.openness.pictures import MEDIA_TYPE, Pictures
from server.openness.wire import (
    BlurProposals,
    PublicationIn,
    PublicationList,
    PublicationOut,
    PublicationPhotoIn,
    PublicationState,
    PublicationWithdrawIn,
    UnpublishedList,
)
from server.problems.openness import (
    PublicationByAnother,
    PublicationConflict,
    PublicationNamesSomebody,
    PublicationSettled,
)
from server.problems.request import CursorRefused, NotFound, Unavailable
from server.problems.rulebooks import RulebookMissing

TAG = Tag(
    name="执法公示 openness",
    description="处理决定的公示:到期清单、由字段生成的文字、人工遮挡的照片、另一人批准、撤下。"
    "Making decisions public: what is due, texts made of fields, photos blurred by a person, approval by another.",
)
DRAFTERS = ("reviewer", "admin", "zone_manager", "handler")
APPROVERS = ("reviewer", "admin")
_PICTURE = {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}


class PublicationPath(Strict):
    publication_id: UUID = Field(description="发送方生成 / made by who sends it")


class PhotoPath(PublicationPath):
    sha256: Sha256


class OverdueQuery(Page):
    ahead_days: int = Field(
        0, ge=0, le=366, description="也列出几日内到期的 / also those due within so many days"
    )


class PublicationsQuery(Page):
    state: PublicationState | None = None


class PictureQuery(Strict):
    blurred: bool = Field(False, description="公众所见 / as the public sees it")


def openness_routes(
    db: Database, pictures: Pictures, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of publishing."""
    api = APIBlueprint("openness", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def today() -> date:
        return clock().astimezone(time_zone).date()

    _reading(api, db, today, time_zone)
    _writing(api, db, clock, today, time_zone)
    _photos(api, db, pictures, clock)
    return api


def _reading(api: APIBlueprint, db: Database, today: Callable[[], date], time_zone: ZoneInfo) -> None:
    @api.get(
        "/openness/overdue",
        summary="逾期未公示 Decisions that should be public and are not",
        responses=answers({200: UnpublishedList}, CursorRefused),
    )
    @allow(*DRAFTERS)
    def list_unpublished_decisions(query: OverdueQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = publishing.list_unpublished(
                connection, time_zone.key, today(), query.ahead_days, query.cursor, query.limit
            )
        return json_response(page)

    @api.get(
        "/openness/publications",
        summary="公示列表 Publications, newest drafted first",
        responses=answers({200: PublicationList}, CursorRefused),
    )
    @allow(*DRAFTERS)
    def list_publications(query: PublicationsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = publishing.list_publications(connection, query.state, query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/openness/publications/<uuid:publication_id>",
        summary="一件公示 One publication with the photos of its case",
        responses=answers({200: PublicationOut}, NotFound),
    )
    @allow(*DRAFTERS)
    def get_publication(path: PublicationPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(publishing.fetch_publication(connection, path.publication_id))


def _writing(
    api: APIBlueprint,
    db: Database,
    clock: Callable[[], datetime],
    today: Callable[[], date],
    time_zone: ZoneInfo,
) -> None:
    @api.put(
        "/openness/publications/<uuid:publication_id>",
        summary="起草公示 Draft a publication from the fields of a decision",
        responses=answers(
            {200: PublicationOut, 201: PublicationOut},
            NotFound,
            PublicationConflict,
            PublicationNamesSomebody,
            RulebookMissing,
        ),
    )
    @allow(*DRAFTERS)
    def put_publication(path: PublicationPath, body: PublicationIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            made = publishing.draft(
                connection, path.publication_id, body.decision, time_zone=time_zone.key, at=clock()
            )
            told = publishing.fetch_publication(connection, path.publication_id)
        return json_response(told, 201 if made else 200)

    @api.post(
        "/openness/publications/<uuid:publication_id>/approve",
        summary="批准公示 Approve a draft somebody else made; it is public from now on",
        responses=answers({200: PublicationOut}, NotFound, PublicationByAnother, PublicationSettled),
    )
    @allow(*APPROVERS)
    def approve_publication(path: PublicationPath) -> Response:
        with db.transaction(district_claim(APPROVERS)) as (connection, _):
            publishing.approve(connection, path.publication_id, at=clock(), today=today())
            return json_response(publishing.fetch_publication(connection, path.publication_id))

    @api.post(
        "/openness/publications/<uuid:publication_id>/withdraw",
        summary="撤下公示 Take back what is public, or drop a draft",
        responses=answers({200: PublicationOut}, NotFound, PublicationSettled),
    )
    @allow(*APPROVERS)
    def withdraw_publication(path: PublicationPath, body: PublicationWithdrawIn) -> Response:
        with db.transaction(district_claim(APPROVERS)) as (connection, _):
            publishing.withdraw(connection, path.publication_id, body.reason, at=clock())
            return json_response(publishing.fetch_publication(connection, path.publication_id))


def _photos(api: APIBlueprint, db: Database, pictures: Pictures, clock: Callable[[], datetime]) -> None:
    path_of_photo = "/openness/publications/<uuid:publication_id>/photos/<sha256>"

    @api.get(
        path_of_photo,
        summary="待公示的照片 A photo of the case, whole or as the public sees it",
        responses=answers({200: _PICTURE}, NotFound),
    )
    @allow(*DRAFTERS)
    def get_publication_photo(path: PhotoPath, query: PictureQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            regions = publishing.photo_regions(connection, path.publication_id, path.sha256)
        picture = pictures.blurred(path.sha256, regions) if query.blurred else pictures.upright(path.sha256)
        response = Response(picture, content_type=MEDIA_TYPE)
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    @api.get(
        f"{path_of_photo}/proposals",
        summary="建议遮挡之处 Where the detector saw a face or a number plate",
        responses=answers({200: BlurProposals}, NotFound, Unavailable),
    )
    @allow(*DRAFTERS)
    def get_publication_photo_proposals(path: PhotoPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            publishing.photo_regions(connection, path.publication_id, path.sha256)
        return json_response({"items": pictures.proposals(path.sha256)})

    @api.put(
        path_of_photo,
        summary="确认照片 Say whether a photo is made public and what is blurred in it",
        responses=answers({200: PublicationOut}, NotFound, PublicationSettled),
    )
    @allow(*DRAFTERS)
    def put_publication_photo(path: PhotoPath, body: PublicationPhotoIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            publishing.decide_photo(connection, path.publication_id, path.sha256, body, at=clock())
            told = publishing.fetch_publication(connection, path.publication_id)
        return json_response(told)
