"""HTTP words of ratings: lists as they stand, ledgers, entries by hand, publishing, appeals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, everyone, principal
from server.contract import API, Strict, answers, json_response, local_time
from server.db import Database
from server.problems.attachments import AttachmentMissing
from server.problems.ratings import (
    RatingAppealDecided,
    RatingAppealEarly,
    RatingAppealLate,
    RatingAppealMade,
    RatingAppealOwn,
    RatingAppealsOpen,
    RatingEntryConflict,
    RatingNoticeRuns,
    RatingStepRefused,
    RatingWithoutValue,
)
from server.problems.request import CursorRefused, InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing
from server.ratings import appealing, entering, publishing, standing
from server.ratings.publishing import Now
from server.ratings.wire import (
    ListsQuery,
    OnQuery,
    PublicationsQuery,
    RatingAppealDecisionIn,
    RatingAppealIn,
    RatingListOut,
    RatingListPage,
    RatingLists,
    RatingProposalIn,
    RatingReplayed,
    RatingWithdrawalIn,
    ScoreEntryIn,
    ScoreTrial,
    ScoreTrialIn,
    SubjectRating,
)

TAG = Tag(
    name="等级评价 ratings",
    description="责任主体的计分台账、红黑榜、公示、申诉与更正。Ledgers of scores, the red and the black list, appeals.",
)
KEEPERS = ("zone_manager", "admin")
ENTERING = ("officer", "handler", "checker", "zone_manager", "admin")
APPEALING = ("acceptor", "intake", "handler", "officer", "zone_manager", "admin")


class RatedPath(Strict):
    code: str = Field(max_length=64)


class ScorePath(Strict):
    score_id: UUID = Field(
        description="由客户端生成,同一记录始终同一编号 / made by the client; the same entry always has the same id"
    )


class PublicationPath(Strict):
    publication_id: UUID


class AppealPath(Strict):
    appeal_id: UUID


def rating_routes(db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> APIBlueprint:
    """Routes of ratings."""
    api = APIBlueprint("ratings", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def now() -> Now:
        at = clock()
        return Now(at, local_time(at, time_zone).date())

    _standings(api, db, now)
    _publications(api, db, now)
    _steps(api, db, now)
    _appeals(api, db, now)
    return api


def _standings(api: APIBlueprint, db: Database, now: Callable[[], Now]) -> None:
    @api.get(
        "/ratings/lists",
        summary="某日的红黑榜 The red and the black list as they would be on a day",
        responses=answers({200: RatingLists}, RulebookMissing, RatingWithoutValue),
    )
    @everyone
    def get_rating_lists(query: ListsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(standing.lists(connection, query.on or now().today, query.colour))

    @api.get(
        "/ratings/subjects/<code>",
        summary="主体的得分与台账 How a subject stands, with its whole ledger",
        responses=answers({200: SubjectRating}, NotFound, RatingWithoutValue),
    )
    @everyone
    def get_subject_rating(path: RatedPath, query: OnQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(standing.one(connection, path.code, query.on or now().today))

    @api.post(
        "/ratings/trial",
        summary="试算计分 What an entry by hand would come to; nothing is kept",
        responses=answers({200: ScoreTrial}, NotFound, InputRefused, RulebookMissing, RatingWithoutValue),
    )
    @allow(*ENTERING)
    def post_rating_trial(body: ScoreTrialIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(standing.trial(connection, body, now().today))

    @api.put(
        "/ratings/entries/<uuid:score_id>",
        summary="人工计分 Enter something by hand, with its reason",
        responses=answers(
            {200: SubjectRating, 201: SubjectRating},
            NotFound,
            InputRefused,
            RulebookMissing,
            AttachmentMissing,
            RatingEntryConflict,
            RatingWithoutValue,
        ),
    )
    @allow(*ENTERING)
    def put_rating_entry(path: ScorePath, body: ScoreEntryIn) -> Response:
        moment = now()
        with db.transaction(principal().claim) as (connection, asking):
            new = entering.enter(
                connection, path.score_id, body, moment.at, moment.today, asking.organisation_id
            )
            told = standing.one(connection, body.subject, moment.today)
        return json_response(told, 201 if new else 200)


def _publications(api: APIBlueprint, db: Database, now: Callable[[], Now]) -> None:
    @api.get(
        "/ratings/publications",
        summary="各期名单 Lists that were proposed, newest first",
        responses=answers({200: RatingListPage}, CursorRefused),
    )
    @everyone
    def list_rating_publications(query: PublicationsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(publishing.list_publications(connection, query.cursor, query.limit))

    @api.post(
        "/ratings/publications",
        summary="拟定一期名单 Work out both lists as of a day and keep them",
        responses=answers({201: RatingListOut}, InputRefused, RulebookMissing, RatingWithoutValue),
    )
    @allow(*KEEPERS)
    def post_rating_publication(body: RatingProposalIn) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            made = publishing.propose(connection, body.on, now())
            return json_response(publishing.one(connection, made), 201)

    @api.get(
        "/ratings/publications/<uuid:publication_id>",
        summary="一期名单 One list with everybody on it",
        responses=answers({200: RatingListOut}, NotFound),
    )
    @everyone
    def get_rating_publication(path: PublicationPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(publishing.one(connection, path.publication_id))

    @api.get(
        "/ratings/publications/<uuid:publication_id>/replay",
        summary="由台账重算名单 Work a list out once more from the ledgers, and compare",
        responses=answers({200: RatingReplayed}, NotFound),
    )
    @allow(*KEEPERS, "reviewer")
    def get_rating_replay(path: PublicationPath) -> Response:
        with db.transaction(district_claim((*KEEPERS, "reviewer"))) as (connection, _):
            return json_response(publishing.replay(connection, path.publication_id))


def _steps(api: APIBlueprint, db: Database, now: Callable[[], Now]) -> None:
    @api.post(
        "/ratings/publications/<uuid:publication_id>/notice",
        summary="开始公示 Begin the notice: shops may appeal",
        responses=answers({200: RatingListOut}, NotFound, RatingStepRefused),
    )
    @allow(*KEEPERS)
    def notice_rating_publication(path: PublicationPath) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            publishing.notice(connection, path.publication_id, now())
            return json_response(publishing.one(connection, path.publication_id))

    @api.post(
        "/ratings/publications/<uuid:publication_id>/publish",
        summary="公布名单 Publish after the notice",
        responses=answers(
            {200: RatingListOut}, NotFound, RatingStepRefused, RatingNoticeRuns, RatingAppealsOpen
        ),
    )
    @allow(*KEEPERS)
    def publish_rating_publication(path: PublicationPath) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            publishing.publish(connection, path.publication_id, now())
            return json_response(publishing.one(connection, path.publication_id))

    @api.post(
        "/ratings/publications/<uuid:publication_id>/withdraw",
        summary="撤回名单 Take a list back; the one published before it stands again",
        responses=answers({200: RatingListOut}, NotFound, RatingStepRefused, InputRefused),
    )
    @allow(*KEEPERS)
    def withdraw_rating_publication(path: PublicationPath, body: RatingWithdrawalIn) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            publishing.withdraw(connection, path.publication_id, body.reason, now())
            return json_response(publishing.one(connection, path.publication_id))


def _appeals(api: APIBlueprint, db: Database, now: Callable[[], Now]) -> None:
    @api.post(
        "/ratings/publications/<uuid:publication_id>/appeals",
        summary="受理申诉 Take an appeal down",
        responses=answers(
            {201: RatingListOut},
            NotFound,
            InputRefused,
            RatingStepRefused,
            RatingAppealEarly,
            RatingAppealLate,
            RatingAppealMade,
        ),
    )
    @allow(*APPEALING)
    def post_rating_appeal(path: PublicationPath, body: RatingAppealIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            appealing.appeal(connection, path.publication_id, body, now())
            return json_response(publishing.one(connection, path.publication_id), 201)

    @api.post(
        "/ratings/appeals/<uuid:appeal_id>/decision",
        summary="裁定申诉 Decide an appeal; one that is upheld is corrected at once",
        responses=answers({200: RatingListOut}, NotFound, InputRefused, RatingAppealDecided, RatingAppealOwn),
    )
    @allow("reviewer")
    def post_rating_appeal_decision(path: AppealPath, body: RatingAppealDecisionIn) -> Response:
        with db.transaction(principal().claim) as (connection, asking):
            of_list = appealing.decide(connection, path.appeal_id, body, asking.account_id, now())
            return json_response(publishing.one(connection, of_list))
