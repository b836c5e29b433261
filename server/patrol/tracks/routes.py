"""HTTP words of tracks: who looked at where one was."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import everyone, principal
from server.contract import API, Answer, Page, answers, json_response
from server.db import Database
from server.patrol.tracks.looks import Why, list_looks
from server.problems.request import CursorRefused

TAG = Tag(
    name="轨迹 tracks",
    description="轨迹回放、导出与班次汇总;每次查看他人位置都有记录,本人可查。"
    "Playback, files and figures of tracks; every look at another's is noted and shown to them.",
)


class BodyOut(Answer):
    code: str
    name: str


class LookOut(Answer):
    account: str = Field(description="查看人 / who looked")
    name: str
    role: str
    body: BodyOut
    looked_at: datetime
    why: Why
    why_name: str
    why_name_en: str
    reason: str | None = Field(description="查看人填写的理由 / in the words of who looked")
    case: str | None
    from_: datetime | None = Field(
        alias="from", description="看到的时段;单个位置为空 / the period that was shown; null for one position"
    )
    to: datetime | None


class Looks(Answer):
    items: list[LookOut]
    next: str | None


def track_routes(db: Database) -> APIBlueprint:
    """Routes of tracks."""
    api = APIBlueprint("tracks", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.get(
        "/position-looks",
        summary="谁看过我的位置 Who looked at where you were",
        responses=answers({200: Looks}, CursorRefused),
    )
    @everyone
    def list_position_looks(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = list_looks(connection, query.cursor, query.limit)
        return json_response(page)

    return api
