"""HTTP words of the public page: for anybody, on a connection whose role can read nothing else, and not too often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import public
from server.contract import API, Page, Strict, Text, answers, json_response
from server.db import Database
from server.openness import opening
from server.openness.limiting import RateLimit
from server.openness.pictures import MEDIA_TYPE, Pictures
from server.openness.wire import OpenDecisions, OpenLaws, OpenRatings, OpenStatistics
from server.problems.openness import TooManyRequests
from server.problems.request import CursorRefused, InputRefused, NotFound

TAG = Tag(
    name="公众页 open",
    description="无需登录:各镇街统计、已公示的处理决定、红黑榜、法规依据;不含任何个人与车牌。"
    "Without signing in: figures by township, public decisions, ratings, law; nobody and no plate is in it.",
)
_PICTURE = {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
_FIRST_YEAR = 2000


class MonthQuery(Strict):
    month: Text | None = Field(
        None, pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="月份,缺省为本月 / month; left out: this one"
    )


class OpenPhotoPath(Strict):
    photo_id: UUID


def open_routes(
    db: Database,
    pictures: Pictures,
    limit: RateLimit,
    clock: Callable[[], datetime],
    time_zone: ZoneInfo,
    *,
    max_age_s: int,
    answers_min: int,
    corrections_max: int,
) -> APIBlueprint:
    """Routes for strangers.

    Args:
        db: of the role frontage_public. max_age_s: how long anybody may keep an answer.
        answers_min: satisfaction of fewer answers is not told. corrections_max: of lists of ratings, the newest.
    """
    api = APIBlueprint("open", __name__, url_prefix=API, abp_tags=[TAG])

    @api.before_request
    def _not_too_often() -> None:
        limit.take(request.remote_addr or "")

    def kept(response: Response) -> Response:
        response.headers["Cache-Control"] = f"public, max-age={max_age_s}"
        return response

    @api.get(
        "/open/statistics",
        summary="各镇街一月统计 Figures of a month by township",
        responses=answers({200: OpenStatistics}, TooManyRequests),
    )
    @public
    def get_open_statistics(query: MonthQuery) -> Response:
        month = _month(query.month, clock().astimezone(time_zone).date())
        with db.anonymous() as connection:
            told = opening.statistics(connection, month, time_zone, answers_min)
        return kept(json_response(told))

    @api.get(
        "/open/decisions",
        summary="已公示的处理决定 Decisions that are public, newest first",
        responses=answers({200: OpenDecisions}, CursorRefused, TooManyRequests),
    )
    @public
    def list_open_decisions(query: Page) -> Response:
        with db.anonymous() as connection:
            return kept(json_response(opening.decisions(connection, query.cursor, query.limit)))

    @api.get(
        "/open/photos/<uuid:photo_id>",
        summary="公示照片 A photo of a decision, blurred where a person said so",
        responses=answers({200: _PICTURE}, NotFound, TooManyRequests),
    )
    @public
    def get_open_photo(path: OpenPhotoPath) -> Response:
        with db.anonymous() as connection:
            sha256, regions = opening.photo(connection, path.photo_id)
        return kept(Response(pictures.blurred(sha256, regions), content_type=MEDIA_TYPE))

    @api.get(
        "/open/ratings",
        summary="公布的红黑榜 The published lists of ratings and their corrections",
        responses=answers({200: OpenRatings}, TooManyRequests),
    )
    @public
    def get_open_ratings() -> Response:
        with db.anonymous() as connection:
            return kept(json_response(opening.ratings(connection, corrections_max)))

    @api.get(
        "/open/laws",
        summary="现行法规依据 Articles of law that are cited, each with its source",
        responses=answers({200: OpenLaws}, TooManyRequests),
    )
    @public
    def get_open_laws() -> Response:
        with db.anonymous() as connection:
            return kept(json_response(opening.laws(connection, clock().astimezone(time_zone).date())))

    return api


def _month(given: str | None, today: date) -> date:
    month = date(int(given[:4]), int(given[5:]), 1) if given and given[:4] > "0000" else today.replace(day=1)
    if not _FIRST_YEAR <= month.year <= today.year:
        raise InputRefused(errors=[{"path": "/month", "message": "no month of ours"}])
    return month
