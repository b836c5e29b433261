"""HTTP words of routing rules: sets and drafts, the dry run, and bringing a draft into force. For the district only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim
from server.contract import API, Page, Strict, Text, answers, json_response, ref
from server.csv_text import FileUnreadable
from server.db import Database
from server.places.rules import files, store
from server.places.rules.checking import RulesRefused
from server.places.rules.replay import ReplayLimits, replay
from server.places.rules.wire import (
    NAME_MAX_CHARS,
    ActivationIn,
    Replay,
    RoutingRulesIn,
    RuleSetList,
    RuleSetOut,
)
from server.problems.places import RoutingDayRefused, RoutingRulesInForce, RoutingRulesRefused
from server.problems.request import (
    CursorRefused,
    InputRefused,
    MalformedRequest,
    MediaTypeRefused,
    NotFound,
)

TAG = Tag(
    name="派向规则 routing",
    description="什么事、在哪里、何时,由谁负责。Which body answers for what, where and when; tried before it counts.",
)
WHO = ("admin", "dispatcher")


class RuleSetPath(Strict):
    rule_set_id: int = Field(ge=1, lt=2**63)


class DraftQuery(Strict):
    name: Text | None = Field(
        None, min_length=1, max_length=NAME_MAX_CHARS, description="CSV 的名称 / name of a set sent as CSV"
    )
    source: Text = Field("", max_length=500, description="CSV 的出处 / where a CSV comes from")


class ReplayQuery(Page):
    days: int = Field(7, ge=1, description="最近多少天收到的上报 / reports received in the last so many days")
    everything: bool = Field(False, description="不改派的也列出 / list reports that stay where they are, too")


DRAFT_BODY = {
    "required": True,
    "description": "规则集,JSON 或 CSV(UTF-8 或 GB 18030)。A rule set as JSON or CSV (UTF-8 or GB 18030).",
    "content": {
        "application/json": {"schema": ref(RoutingRulesIn)},
        "text/csv": {"schema": {"type": "string", "description": "列 columns: " + ",".join(files.COLUMNS)}},
    },
}


@dataclass(frozen=True)
class RuleLimits:
    """What the routes keep to. `rules_max`: rules of a set. `days_max`: days a dry run may look back."""

    rules_max: int
    days_max: int
    replay: ReplayLimits


def rule_routes(db: Database, limits: RuleLimits, clock: Callable[[], datetime]) -> APIBlueprint:
    """Routes of routing rules."""
    api = APIBlueprint("rules", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    time_zone = limits.replay.time_zone
    _reading(api, db, lambda: _today(clock, time_zone))
    _drafting(api, db, limits, clock)
    _trying(api, db, limits, clock)
    return api


def _today(clock: Callable[[], datetime], time_zone: ZoneInfo) -> date:
    return clock().astimezone(time_zone).date()


def _reading(api: APIBlueprint, db: Database, today: Callable[[], date]) -> None:
    @api.get(
        "/routing-rules",
        summary="规则集列表 Sets of routing rules, newest first",
        responses=answers({200: RuleSetList}, CursorRefused),
    )
    @allow(*WHO)
    def list_rule_sets(query: Page) -> Response:
        with db.transaction(district_claim(WHO)) as (connection, _):
            return json_response(store.SETS.list(connection, today(), query.cursor, query.limit))

    @api.get(
        "/routing-rules/<int:rule_set_id>",
        summary="一个规则集 One set with its rules",
        responses=answers({200: RuleSetOut}, NotFound),
    )
    @allow(*WHO)
    def get_rule_set(path: RuleSetPath) -> Response:
        with db.transaction(district_claim(WHO)) as (connection, _):
            return json_response(store.told(store.SETS.fetch(connection, path.rule_set_id), today()))


def _drafting(api: APIBlueprint, db: Database, limits: RuleLimits, clock: Callable[[], datetime]) -> None:
    @api.post(
        "/routing-rules/drafts",
        summary="提交草案 Check a set and keep it as a draft",
        responses=answers({201: RuleSetOut}, MediaTypeRefused, RoutingRulesRefused, InputRefused),
        openapi_extensions={"requestBody": DRAFT_BODY},
    )
    @allow(*WHO)
    def post_rule_draft(query: DraftQuery) -> Response:
        claim, now = district_claim(WHO), clock()
        given, today = _read(query), _today(clock, limits.replay.time_zone)
        with db.transaction(claim) as (connection, _):
            try:
                made = store.keep_draft(connection, given, at=now, on=today, rules_max=limits.rules_max)
            except RulesRefused as refused:
                raise _problem(refused) from refused
            told = store.told(store.SETS.fetch(connection, made), today)
        return json_response(told, 201)

    @api.post(
        "/routing-rules/drafts/<int:rule_set_id>/activate",
        summary="草案生效 Bring a draft into force on a day",
        responses=answers(
            {200: RuleSetOut},
            NotFound,
            RoutingRulesInForce,
            RoutingDayRefused,
            RoutingRulesRefused,
            InputRefused,
        ),
    )
    @allow(*WHO)
    def activate_rule_draft(path: RuleSetPath, body: ActivationIn) -> Response:
        claim, now, today = district_claim(WHO), clock(), _today(clock, limits.replay.time_zone)
        with db.transaction(claim) as (connection, _):
            try:
                store.activate(
                    connection,
                    path.rule_set_id,
                    body.valid_from,
                    at=now,
                    today=today,
                    rules_max=limits.rules_max,
                )
            except RulesRefused as refused:
                raise _problem(refused) from refused
            told = store.told(store.SETS.fetch(connection, path.rule_set_id), today)
        return json_response(told)

    @api.post(
        "/routing-rules/<int:rule_set_id>/withdraw",
        summary="撤回未生效的规则集 Take a set back before its first day; the one before it goes on",
        responses=answers({200: RuleSetOut}, NotFound, RoutingDayRefused),
    )
    @allow(*WHO)
    def withdraw_rule_set(path: RuleSetPath) -> Response:
        claim, now, today = district_claim(WHO), clock(), _today(clock, limits.replay.time_zone)
        with db.transaction(claim) as (connection, _):
            store.SETS.withdraw(connection, path.rule_set_id, at=now, today=today)
            told = store.told(store.SETS.fetch(connection, path.rule_set_id), today)
        return json_response(told)


def _trying(api: APIBlueprint, db: Database, limits: RuleLimits, clock: Callable[[], datetime]) -> None:
    @api.get(
        "/routing-rules/drafts/<int:rule_set_id>/replay",
        summary="试运行 Where the reports of the last days would go; writes nothing",
        responses=answers({200: Replay}, NotFound, CursorRefused),
    )
    @allow(*WHO)
    def replay_rule_draft(path: RuleSetPath, query: ReplayQuery) -> Response:
        if query.days > limits.days_max:
            raise InputRefused(errors=[{"path": "/days", "message": f"at most {limits.days_max} days"}])
        with db.transaction(district_claim(WHO)) as (connection, _):
            rules = store.rule_set_of(store.SETS.fetch(connection, path.rule_set_id))
            found = replay(
                connection,
                rules,
                days=query.days,
                now=clock(),
                limits=limits.replay,
                everything=query.everything,
                cursor=query.cursor,
                page_rows=query.limit,
            )
        return json_response(found)


def _read(query: DraftQuery) -> RoutingRulesIn:
    """The set in the body of this request."""
    data = request.get_data(cache=False)
    try:
        if request.mimetype == "application/json":
            return files.read_json(data)
        if request.mimetype == "text/csv":
            if query.name is None:
                raise InputRefused(errors=[{"path": "/name", "message": "a CSV is named by ?name="}])
            return files.read_csv(data, {"name": query.name, "source": query.source})
    except FileUnreadable as error:
        raise MalformedRequest(reason=str(error)) from error
    raise MediaTypeRefused()


def _problem(refused: RulesRefused) -> RoutingRulesRefused:
    errors = [{"path": fault.path, "message": fault.message()} for fault in refused.found]
    return RoutingRulesRefused(errors=errors, ties=list(refused.ties))
