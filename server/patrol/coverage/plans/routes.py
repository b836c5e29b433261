"""HTTP words of patrol plans: sets and drafts, a trial, and bringing a draft into force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, principal
from server.contract import API, Day, Page, Strict, answers, json_response
from server.db import Database
from server.patrol.coverage.plans import store
from server.patrol.coverage.plans.checking import PlansRefused
from server.patrol.coverage.plans.wire import (
    PatrolPlansIn,
    PlanActivationIn,
    PlanSetList,
    PlanSetOut,
    PlanTrial,
)
from server.problems.coverage import PatrolPlanDayRefused, PatrolPlansInForce, PatrolPlansRefused
from server.problems.request import CursorRefused, InputRefused, NotFound

TAG = Tag(
    name="巡查计划 patrol plans",
    description="哪些门前多久看一次、什么时段、由谁看。Which fronts are looked at how often, in which hours, by whom.",
)
READS = ("zone_manager", "dispatcher", "admin")
KEEPS = ("zone_manager", "admin")


class PlanSetPath(Strict):
    plan_set_id: int = Field(ge=1, lt=2**63)


class TrialQuery(Strict):
    day: Day | None = Field(None, description="缺省为今天 / today when left out")


def plan_routes(
    db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo, plans_max: int
) -> APIBlueprint:
    """Routes of patrol plans. `plans_max`: plans of a set."""
    api = APIBlueprint(
        "patrol_plans", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}]
    )

    def today() -> date:
        return clock().astimezone(time_zone).date()

    _reading(api, db, today)
    _writing(api, db, clock, today, time_zone, plans_max)
    return api


def _reading(api: APIBlueprint, db: Database, today: Callable[[], date]) -> None:
    @api.get(
        "/patrol-plans",
        summary="巡查计划集列表 Sets of patrol plans, newest first",
        responses=answers({200: PlanSetList}, CursorRefused),
    )
    @allow(*READS)
    def list_patrol_plans(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.SETS.list(connection, today(), query.cursor, query.limit))

    @api.get(
        "/patrol-plans/<int:plan_set_id>",
        summary="一个巡查计划集 One set with its plans",
        responses=answers({200: PlanSetOut}, NotFound),
    )
    @allow(*READS)
    def get_patrol_plans(path: PlanSetPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.told(store.SETS.fetch(connection, path.plan_set_id), today()))

    @api.get(
        "/patrol-plans/<int:plan_set_id>/trial",
        summary="试算计划集 Which fronts its plans would hold for; writes nothing",
        responses=answers({200: PlanTrial}, NotFound),
    )
    @allow(*KEEPS)
    def try_patrol_plans(path: PlanSetPath, query: TrialQuery) -> Response:
        with db.transaction(district_claim(KEEPS)) as (connection, _):
            return json_response(store.trial(connection, path.plan_set_id, query.day or today()))


def _writing(
    api: APIBlueprint,
    db: Database,
    clock: Callable[[], datetime],
    today: Callable[[], date],
    time_zone: ZoneInfo,
    plans_max: int,
) -> None:
    @api.post(
        "/patrol-plans/drafts",
        summary="提交巡查计划草案 Check a set of plans and keep it as a draft",
        responses=answers({201: PlanSetOut}, PatrolPlansRefused, InputRefused),
    )
    @allow(*KEEPS)
    def post_patrol_plans(body: PatrolPlansIn) -> Response:
        with db.transaction(district_claim(KEEPS)) as (connection, _):
            try:
                made = store.keep_draft(
                    connection, body, at=clock(), time_zone=time_zone.key, plans_max=plans_max
                )
            except PlansRefused as refused:
                raise _problem(refused) from refused
            return json_response(store.told(store.SETS.fetch(connection, made), today()), 201)

    @api.post(
        "/patrol-plans/drafts/<int:plan_set_id>/activate",
        summary="巡查计划生效 Bring a draft into force on a day",
        responses=answers(
            {200: PlanSetOut},
            NotFound,
            PatrolPlansInForce,
            PatrolPlanDayRefused,
            PatrolPlansRefused,
            InputRefused,
        ),
    )
    @allow(*KEEPS)
    def activate_patrol_plans(path: PlanSetPath, body: PlanActivationIn) -> Response:
        with db.transaction(district_claim(KEEPS)) as (connection, _):
            try:
                store.activate(
                    connection,
                    path.plan_set_id,
                    body.valid_from,
                    at=clock(),
                    today=today(),
                    plans_max=plans_max,
                )
            except PlansRefused as refused:
                raise _problem(refused) from refused
            return json_response(store.told(store.SETS.fetch(connection, path.plan_set_id), today()))

    @api.post(
        "/patrol-plans/<int:plan_set_id>/withdraw",
        summary="撤回未生效的计划集 Take a set back before its first day; the one before it goes on",
        responses=answers({200: PlanSetOut}, NotFound, PatrolPlanDayRefused),
    )
    @allow(*KEEPS)
    def withdraw_patrol_plans(path: PlanSetPath) -> Response:
        with db.transaction(district_claim(KEEPS)) as (connection, _):
            store.SETS.withdraw(connection, path.plan_set_id, at=clock(), today=today())
            return json_response(store.told(store.SETS.fetch(connection, path.plan_set_id), today()))


def _problem(refused: PlansRefused) -> PatrolPlansRefused:
    return PatrolPlansRefused(
        errors=[{"path": fault.path, "message": fault.message()} for fault in refused.found]
    )
