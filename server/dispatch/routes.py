"""HTTP words of a dispatcher's aids: likely duplicates, suggested officers, people of a body."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, Protocol

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, everyone, principal
from server.cases.wire import BodyCode
from server.contract import API, Answer, Strict, Text, answers, json_response
from server.db import Database
from server.dispatch import reading
from server.dispatch.duplicates import DuplicateSettings
from server.dispatch.officers import OfficerSettings
from server.places.wire import Reason
from server.problems.request import NotFound

TAG = Tag(
    name="派遣参考 dispatching",
    description="疑似重复与推荐人员:只供参考,不自动决定。"
    "Likely duplicates and suggested officers: they decide nothing.",
)


class SubjectPath(Strict):
    number: Text = Field(min_length=1, max_length=64, description="案卷编号 / case number")


class CandidatesQuery(Strict):
    limit: int = Field(10, ge=1, le=50, description="最多几个 / at most so many")


class Duplicate(Answer):
    number: str
    state: str
    state_name: str
    state_name_en: str
    category: str
    opened_at: datetime
    distance_m: float
    score: float = Field(
        ge=0, le=1, description="0 至 1,各项理由之和 / 0 to 1: the sum of what its reasons are worth"
    )
    reasons: list[Reason]


class Duplicates(Answer):
    items: list[Duplicate]


class ForceOut(Answer):
    code: str
    name: str


class FixOut(Answer):
    """Where somebody was last, WGS-84: by the phone while on duty, or by the last report, whichever is newer."""

    lon: float
    lat: float
    at: datetime
    age_s: int
    distance_m: float


class OfficerOut(Answer):
    account: str
    username: str
    name: str
    role: Literal["officer", "handler"]
    body: ForceOut
    on_duty: Literal["yes", "no", "unknown"] = Field(
        description="从未上过岗者不明,不作猜测 / unknown of who never had a shift: no guess is made"
    )
    area: Literal["own", "district", "other"]
    open_cases: int
    fix: FixOut | None
    cost_m: float = Field(description="折合米数,越小越靠前 / in metres of way; the least comes first")
    reasons: list[Reason]


class Officers(Answer):
    items: list[OfficerOut]


class AssigneesQuery(Strict):
    body: BodyCode | None = Field(
        None, description="默认为案卷所在机构 / the body that has the case unless given"
    )


class AssigneeOut(Answer):
    """Somebody who could be expected at a case; not where they are."""

    account: str
    name: str
    role: Literal["officer", "handler"]
    body: ForceOut
    on_duty: Literal["yes", "no", "unknown"]
    open_cases: int
    reasons: list[Reason]


class Assignees(Answer):
    items: list[AssigneeOut]


class DispatchSettings(DuplicateSettings, OfficerSettings, Protocol):
    """What the deployment sets for both."""


def dispatch_routes(db: Database, clock: Callable[[], datetime], settings: DispatchSettings) -> APIBlueprint:
    """Routes of a dispatcher's aids."""
    api = APIBlueprint("dispatch", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.get(
        "/cases/<number>/duplicates",
        summary="疑似重复 What could be the same thing",
        responses=answers({200: Duplicates}, NotFound),
    )
    @everyone
    def list_duplicates(path: SubjectPath, query: CandidatesQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            found = reading.find_duplicates(connection, path.number, settings, clock(), query.limit)
        return json_response({"items": found})

    @api.get(
        "/cases/<number>/officers",
        summary="推荐人员 Who could go; every position shown is noted",
        responses=answers({200: Officers}, NotFound),
    )
    @allow("dispatcher")
    def suggest_officers(path: SubjectPath, query: CandidatesQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            found = reading.rank_officers(connection, path.number, settings, clock(), query.limit)
        return json_response({"items": found})

    @api.get(
        "/cases/<number>/assignees",
        summary="可指定的承办人 Who could be expected to act, fewest open cases first",
        responses=answers({200: Assignees}, NotFound),
    )
    @allow("dispatcher", "handler")
    def suggest_assignees(path: SubjectPath, query: AssigneesQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            found = reading.list_assignees(connection, path.number, query.body, clock())
        return json_response({"items": found})

    return api
