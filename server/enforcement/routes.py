"""HTTP words of enforcement: proceedings on cases, their steps and papers, the simple procedure, decisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

from server.access import allow, principal
from server.contract import API, PDF, answers, json_response, pdf_response
from server.db import Database
from server.documents.letters import Print
from server.documents.printing import Press
from server.enforcement import listing
from server.enforcement.papers import Papers
from server.enforcement.proceedings import Enforcement, check_inputs
from server.enforcement.steps_table import ENFORCERS, ROLES
from server.enforcement.wire import (
    CaseNumber,
    Decisions,
    DecisionsQuery,
    PaperPath,
    Prefill,
    ProceedingCounts,
    ProceedingIn,
    ProceedingNumber,
    ProceedingOut,
    Proceedings,
    ProceedingsQuery,
    SimpleIn,
    StepIn,
    StepPath,
)
from server.problems.attachments import AttachmentMissing
from server.problems.enforcement import (
    AmountRefused,
    CertificateRefused,
    DelegationMissing,
    LegalReviewNeeded,
    ReviewByOwnOfficer,
    StepRefused,
    TwoOfficersNeeded,
)
from server.problems.exports import CaseFileLimit
from server.problems.request import CursorRefused, NotFound
from server.problems.rulebooks import RulebookMissing

TAG = Tag(
    name="执法 enforcement",
    description="案卷上的执法程序:每一步由谁、凭什么权限、依什么条件。"
    "Proceedings on cases: who takes each step, by which power, under which conditions.",
)
LOOKING = ("admin", "checker", "dispatcher", "handler", "officer", "reviewer", "zone_manager")
_GUARDED = (
    NotFound,
    StepRefused,
    DelegationMissing,
    LegalReviewNeeded,
    ReviewByOwnOfficer,
    RulebookMissing,
    TwoOfficersNeeded,
    CertificateRefused,
    AmountRefused,
    AttachmentMissing,
)


def enforcement_routes(
    db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo, printing: Print
) -> APIBlueprint:
    """Routes of enforcement. `printing` sets a template."""
    enforcement = Enforcement(db, clock, time_zone, Papers(time_zone), Press(printing, time_zone))
    api = APIBlueprint("enforcement", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _reading(api, enforcement)
    _opening(api, enforcement)
    _going_on(api, enforcement)
    return api


def _reading(api: APIBlueprint, enforcement: Enforcement) -> None:
    db = enforcement.db

    @api.get(
        "/proceedings",
        summary="执法案件列表 Proceedings, the newest first",
        responses=answers({200: Proceedings}, CursorRefused),
    )
    @allow(*LOOKING)
    def list_proceedings(query: ProceedingsQuery) -> Response:
        wanted, asking = query.model_dump(exclude={"cursor", "limit"}), principal()
        with db.transaction(asking.claim) as (connection, _):
            page = listing.list_proceedings(
                connection, wanted, str(asking.account_id), enforcement.today(), query.cursor, query.limit
            )
        return json_response(page)

    @api.get(
        "/proceedings/counts",
        summary="执法案件计数 How many open proceedings stand where",
        responses=answers({200: ProceedingCounts}),
    )
    @allow(*LOOKING)
    def count_proceedings() -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(listing.count_proceedings(connection, enforcement.today()))

    @api.get(
        "/proceedings/<number>",
        summary="一件执法案件 One proceeding, with what you can do next",
        responses=answers({200: ProceedingOut}, NotFound),
    )
    @allow(*LOOKING)
    def get_proceeding(path: ProceedingNumber) -> Response:
        return json_response(enforcement.fetch(principal(), path.number))

    @api.get(
        "/decisions",
        summary="执法决定 Decisions, the newest first, with what they come to",
        responses=answers({200: Decisions}, CursorRefused),
    )
    @allow(*LOOKING)
    def list_decisions(query: DecisionsQuery) -> Response:
        wanted = query.model_dump(exclude={"cursor", "limit"})
        with db.transaction(principal().claim) as (connection, _):
            page = listing.list_decisions(
                connection, wanted, enforcement.time_zone, query.cursor, query.limit
            )
        return json_response(page)


def _opening(api: APIBlueprint, enforcement: Enforcement) -> None:
    @api.get(
        "/cases/<number>/simple-procedure",
        summary="执法预填 What a proceeding on a case would begin with",
        responses=answers({200: Prefill}, NotFound),
    )
    @allow(*LOOKING)
    def get_simple_procedure(path: CaseNumber) -> Response:
        return json_response(enforcement.prefill(principal(), path.number))

    @api.post(
        "/cases/<number>/simple-procedure",
        summary="简易程序 A small case, decided on the spot in one request",
        responses=answers({201: ProceedingOut}, *_GUARDED),
    )
    @allow(*ENFORCERS)
    def post_simple_procedure(path: CaseNumber, body: SimpleIn) -> Response:
        return json_response(enforcement.on_the_spot(principal(), path.number, _plain(body)), 201)

    @api.post(
        "/cases/<number>/proceedings",
        summary="立案 Open a proceeding on a case",
        responses=answers({201: ProceedingOut}, *_GUARDED),
    )
    @allow(*ENFORCERS)
    def post_proceeding(path: CaseNumber, body: ProceedingIn) -> Response:
        return json_response(enforcement.open(principal(), path.number, _plain(body)), 201)


def _going_on(api: APIBlueprint, enforcement: Enforcement) -> None:
    @api.post(
        "/proceedings/<number>/steps/<step>",
        summary="执法步骤 Take a step",
        responses=answers({200: ProceedingOut}, *_GUARDED),
    )
    @allow(*ROLES)
    def post_step(path: StepPath, body: StepIn) -> Response:
        given = _plain(body)
        version = given.pop("version")
        inputs = check_inputs(path.step, given)
        return json_response(enforcement.take(principal(), path.number, path.step, version, inputs))

    @api.get(
        "/proceedings/<number>/steps/<int:nth>/paper",
        summary="文书 The paper of a step, to be printed",
        responses=answers({200: PDF}, NotFound, CaseFileLimit),
    )
    @allow(*LOOKING)
    def get_paper(path: PaperPath) -> Response:
        made = enforcement.paper(principal(), path.number, path.nth)
        return pdf_response(made, f"{path.number}-{path.nth}")


def _plain(body: BaseModel) -> dict[str, Any]:
    """Members that say something, as they are kept: amounts as text with two decimal places."""
    given = body.model_dump(mode="json", exclude_none=True)
    amounts = {
        name: f"{Decimal(given[name]):.2f}" for name in ("amount_yuan", "waived_yuan") if name in given
    }
    return given | amounts
