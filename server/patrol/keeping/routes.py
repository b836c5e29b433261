"""HTTP words of keeping: holds, and what was coarsened and deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field, model_validator

from server.access import allow, district_claim, everyone, principal
from server.contract import API, Answer, Moment, Page, Sha256, Strict, Text, answers, json_response
from server.db import Database
from server.patrol.keeping import holds
from server.patrol.keeping.keeper import KeepingSettings
from server.patrol.keeping.looking_ahead import look_ahead
from server.problems.keeping import LegalHoldConflict, LegalHoldLifted
from server.problems.request import CursorRefused, NotFound

TAG = Tag(
    name="轨迹留存 keeping",
    description="轨迹多久降低精度、多久删除;司法保全优先;删除有报告。"
    "When tracks become coarse and when they go; a legal hold beats both; what went is reported.",
)
KEEPERS = ("admin", "zone_manager")
_REASON = Field(min_length=1, max_length=1000, pattern=r"\S", description="理由 / why")


What = Literal["track", "sighting", "visit", "shift_figures", "live_position", "look", "round"]


class HoldPath(Strict):
    hold_id: UUID = Field(description="设置者生成 / made by who sets it")


class HoldIn(Strict):
    account: UUID | None = Field(None, description="谁的;缺省为所有人 / whose; everybody's when left out")
    from_: Moment = Field(alias="from", description="自何时起的轨迹 / tracks from then on")
    to: Moment | None = Field(
        None, description="至何时;缺省为不限 / until then; without an end when left out"
    )
    reason: Text = _REASON

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.to is not None and self.to <= self.from_:
            raise ValueError("`to` has to be after `from`")
        return self


class LiftIn(Strict):
    reason: Text = _REASON


class Lifted(Answer):
    by: str
    by_name: str
    at: datetime
    reason: str


class HoldOut(Answer):
    id: UUID
    account: str | None
    name: str | None
    from_: datetime = Field(alias="from")
    to: datetime | None
    reason: str
    set_by: str
    set_by_name: str
    set_at: datetime
    lifted: Lifted | None


class Holds(Answer):
    items: list[HoldOut]
    next: str | None


class DeletionOut(Answer):
    at: datetime
    what: What
    rule: Literal["coarsen", "delete"]
    day: date | None = Field(description="UTC 日期;空为不限一天 / of UTC; null: not of a single day")
    before: datetime = Field(description="早于此时的 / what was older than this")
    after_days: int
    text: str
    text_en: str
    rows: int | None = Field(
        description="行数,仅管理员与片区负责人可见 / how many; for admins and zone managers"
    )
    left_rows: int | None = Field(description="降低精度后留下的行数 / coarse ones that took their place")
    held_rows: int | None = Field(description="因保全未动的行数 / kept by a hold")
    digest: Sha256 | None = Field(description="所删内容的 SHA-256 / of what went")


class RetentionRule(Answer):
    setting: str = Field(description="环境变量 / environment variable")
    days: int
    text: str
    text_en: str


class GoingNext(Answer):
    """What the next night does, as far as it is known now."""

    what: What
    rule: Literal["coarsen", "delete"]
    day: date | None = Field(description="UTC 日期;空为不限一天 / of UTC; null: not of a single day")
    rows: int
    held_rows: int = Field(description="因保全不动的行数 / kept by a hold")


class Retention(Answer):
    rules: list[RetentionRule]
    next_at: datetime
    due: list[GoingNext]


class Deletions(Answer):
    items: list[DeletionOut]
    next: str | None


def keeping_routes(db: Database, settings: KeepingSettings, clock: Callable[[], datetime]) -> APIBlueprint:
    """Routes of keeping."""
    api = APIBlueprint("keeping", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.put(
        "/legal-holds/<uuid:hold_id>",
        summary="设置司法保全 Keep tracks whatever their age",
        responses=answers({200: HoldOut, 201: HoldOut}, LegalHoldConflict),
    )
    @allow("admin")
    def put_legal_hold(path: HoldPath, body: HoldIn) -> Response:
        hold = holds.Hold(path.hold_id, body.account, body.from_, body.to, body.reason)
        with db.transaction(district_claim({"admin"})) as (connection, _):
            made, new = holds.put_hold(connection, hold, clock())
        return json_response(made, 201 if new else 200)

    @api.post(
        "/legal-holds/<uuid:hold_id>/lift",
        summary="解除司法保全 Lift a hold",
        responses=answers({200: HoldOut}, NotFound, LegalHoldLifted),
    )
    @allow("admin")
    def lift_legal_hold(path: HoldPath, body: LiftIn) -> Response:
        with db.transaction(district_claim({"admin"})) as (connection, _):
            lifted = holds.lift_hold(connection, path.hold_id, body.reason, clock())
        return json_response(lifted)

    @api.get(
        "/legal-holds",
        summary="司法保全列表 Holds",
        responses=answers({200: Holds}, CursorRefused),
    )
    @allow("admin")
    def list_legal_holds(query: Page) -> Response:
        with db.transaction(district_claim({"admin"})) as (connection, _):
            page = holds.list_holds(connection, query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/retention",
        summary="留存规则与下次清理 How long what is kept, why, and what the next night would do",
        responses=answers({200: Retention}),
    )
    @allow(*KEEPERS)
    def get_retention() -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            return json_response(look_ahead(connection, settings, clock()))

    @api.get(
        "/deletion-reports",
        summary="轨迹删除报告 What was coarsened and deleted",
        responses=answers({200: Deletions}, CursorRefused),
    )
    @everyone
    def list_deletion_reports(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = holds.list_deletions(connection, query.cursor, query.limit)
        return json_response(page)

    return api
