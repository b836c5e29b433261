"""HTTP words of leniency: looking back, help with a decision, decisions, and sums of what was waived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import allow, principal
from server.contract import API, Strict, answers, json_response
from server.db import Database
from server.leniency import deciding, first, helping
from server.leniency.deciding import Wanted
from server.leniency.wire import (
    DecisionsQuery,
    FirstOffenceOut,
    FirstOffenceQuery,
    LeniencyDecisionIn,
    LeniencyDecisionList,
    LeniencyDecisionOut,
    LeniencyHelp,
    LeniencyHelpIn,
    LeniencyTotals,
    PeriodQuery,
)
from server.problems.attachments import AttachmentMissing
from server.problems.leniency import (
    LeniencyConflict,
    LeniencyDecided,
    LeniencyEducationMissing,
    LeniencyNotOffered,
    LeniencySubjectUnknown,
)
from server.problems.request import CursorRefused, InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing

TAG = Tag(
    name="免罚与从轻减轻 leniency",
    description="首违查询、免罚与从轻减轻的判断辅助、决定与免罚金额。"
    "First offences, lists of light ones, what was waived.",
)
LOOKING = ("officer", "acceptor", "dispatcher", "handler", "checker", "zone_manager", "reviewer", "admin")
DECIDING = ("handler", "reviewer", "zone_manager", "admin")


class DecisionPath(Strict):
    leniency_id: UUID


def leniency_routes(db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> APIBlueprint:
    """Routes of leniency."""
    api = APIBlueprint("leniency", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _looking(api, db, clock, time_zone)
    _deciding(api, db, clock, time_zone)
    return api


def _looking(api: APIBlueprint, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> None:
    @api.get(
        "/leniency/first-offence",
        summary="首违查询 Whether an offence is the first within the window",
        responses=answers({200: FirstOffenceOut}, NotFound, RulebookMissing),
    )
    @allow(*LOOKING)
    def get_first_offence(query: FirstOffenceQuery) -> Response:
        on = query.on or clock().astimezone(time_zone).date()
        with db.transaction(principal().claim) as (connection, _):
            subject, case_id = first.subject_of(connection, query.subject), None
            if query.case is not None:
                case_id = first.case_of(connection, query.case)
            looked = first.look(connection, subject["id"], query.item, on, time_zone, case_id=case_id)
            return json_response(first.told(looked, subject, query.item, on))

    @api.post(
        "/leniency/help",
        summary="免罚与从轻减轻的判断辅助 Which conditions hold and why; nothing is kept",
        responses=answers(
            {200: LeniencyHelp}, NotFound, InputRefused, RulebookMissing, LeniencySubjectUnknown
        ),
    )
    @allow(*LOOKING)
    def post_leniency_help(body: LeniencyHelpIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(helping.help_with(connection, body, clock(), time_zone))


def _deciding(api: APIBlueprint, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> None:
    @api.put(
        "/leniency/decisions/<uuid:leniency_id>",
        summary="作出免罚或减轻决定 Decide not to punish, or to punish less",
        responses=answers(
            {200: LeniencyDecisionOut, 201: LeniencyDecisionOut},
            NotFound,
            InputRefused,
            RulebookMissing,
            LeniencySubjectUnknown,
            LeniencyNotOffered,
            LeniencyEducationMissing,
            AttachmentMissing,
            LeniencyDecided,
            LeniencyConflict,
        ),
    )
    @allow(*DECIDING)
    def put_leniency_decision(path: DecisionPath, body: LeniencyDecisionIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            new = deciding.decide(connection, path.leniency_id, body, clock(), time_zone)
            return json_response(deciding.fetch(connection, path.leniency_id), 201 if new else 200)

    @api.get(
        "/leniency/decisions/<uuid:leniency_id>",
        summary="一项免罚或减轻决定 One decision with its facts and conditions",
        responses=answers({200: LeniencyDecisionOut}, NotFound),
    )
    @allow(*LOOKING)
    def get_leniency_decision(path: DecisionPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(deciding.fetch(connection, path.leniency_id))

    @api.get(
        "/leniency/decisions",
        summary="免罚与减轻决定 Decisions, newest first",
        responses=answers({200: LeniencyDecisionList}, CursorRefused),
    )
    @allow(*LOOKING)
    def list_leniency_decisions(query: DecisionsQuery) -> Response:
        wanted = Wanted(query.first, query.last, query.township, query.case)
        with db.transaction(principal().claim) as (connection, _):
            return json_response(deciding.list_decisions(connection, wanted, query.cursor, query.limit))

    @api.get(
        "/leniency/totals",
        summary="免罚金额合计 What was waived: in all, by branch and by township",
        responses=answers({200: LeniencyTotals}),
    )
    @allow(*LOOKING)
    def get_leniency_totals(query: PeriodQuery) -> Response:
        wanted = Wanted(query.first, query.last, query.township)
        with db.transaction(principal().claim) as (connection, _):
            return json_response(deciding.totals(connection, wanted))
