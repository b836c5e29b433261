"""HTTP words of the record of looks: for admins of the district; everybody sees their own at /position-looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim
from server.contract import API, Answer, Moment, Page, Strict, Text, answers, json_response
from server.db import Database
from server.patrol.reads.reading import Asked, csv_of, list_reads
from server.patrol.tracks.looks import Why
from server.problems.request import CursorRefused, InputRefused

TAG = Tag(
    name="查看记录 reads",
    description="谁看过谁的位置、谁看过投诉人。Who looked at whose positions and at complainants.",
)
READERS = frozenset({"admin"})
DAYS = 30
AccessWhy = Literal["callback", "inquiry", "correction", "supervision"]


class ReadsAsked(Strict):
    from_: Moment | None = Field(None, alias="from", description="缺省为 30 天前 / 30 days ago when left out")
    to: Moment | None = Field(None, description="不含;缺省为现在 / exclusive; now when left out")
    by: Text | None = Field(
        None, min_length=1, max_length=100, description="查看人姓名或账号的一部分 / of a name"
    )
    of: Text | None = Field(None, min_length=1, max_length=100, description="被查看人 / who was looked at")
    why: Why | AccessWhy | None = None


class ReadsQuery(ReadsAsked, Page):
    pass


class Looker(Answer):
    account: str
    name: str
    role: str
    body: str


class LookedAt(Answer):
    account: str
    name: str
    body: str


class ReadOut(Answer):
    """One look. Of a complainant there is no name here: that would be a look itself."""

    kind: Literal["position", "complainant"]
    looked_at: datetime
    by: Looker
    of: LookedAt | None
    why: str
    why_name: str
    why_name_en: str
    reason: str | None
    from_: datetime | None = Field(alias="from", description="所看时段 / the period that was shown")
    to: datetime | None
    case: str | None
    complaint: str | None


class Reads(Answer):
    items: list[ReadOut]
    next: str | None


def read_routes(db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> APIBlueprint:
    """Routes of the record of looks."""
    api = APIBlueprint("reads", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def asked(query: ReadsAsked) -> Asked:
        to_at = query.to or clock()
        from_at = query.from_ or to_at - timedelta(days=DAYS)
        if from_at >= to_at:
            raise InputRefused(errors=[{"path": "/to", "message": "`to` has to be after `from`"}])
        return Asked(from_at, to_at, query.by, query.of, query.why)

    @api.get(
        "/reads",
        summary="查看记录 Who looked at whose positions and at complainants, newest first",
        responses=answers({200: Reads}, CursorRefused, InputRefused),
    )
    @allow(*READERS)
    def get_reads(query: ReadsQuery) -> Response:
        with db.transaction(district_claim(READERS)) as (connection, _):
            return json_response(list_reads(connection, asked(query), query.cursor, query.limit))

    @api.get(
        "/reads.csv",
        summary="查看记录文件 The same as a file, whole",
        responses=answers(
            {200: {"description": "CSV", "content": {"text/csv": {"schema": {"type": "string"}}}}},
            InputRefused,
        ),
    )
    @allow(*READERS)
    def get_reads_file(query: ReadsAsked) -> Response:
        wanted, claim = asked(query), district_claim(READERS)
        told = (line.encode() for line in csv_of(db, claim, wanted, time_zone))
        response = Response(told, content_type="text/csv; charset=utf-8")
        name = f"reads_{wanted.from_at.astimezone(time_zone):%Y%m%d}_{wanted.to_at.astimezone(time_zone):%Y%m%d}.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response

    return api
