"""HTTP words of cases: list, one, its history, and the inbox of the asker's body."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import ROLES, allow, everyone, principal
from server.cases import reading
from server.contract import API, Answer, Bbox, Page, Strict, Text, answers, json_response
from server.db import Database
from server.problems.request import CursorRefused, NotFound

TAG = Tag(name="案卷 cases", description="由上报立起的案卷。Work items that reports open.")
StateKey = Literal["reported"]


class CasePath(Strict):
    number: Text = Field(
        min_length=1,
        max_length=64,
        description="案卷编号,如 TZ-2026-000123 / case number, as in TZ-2026-000123",
    )


class CasesQuery(Page):
    bbox: Bbox | None = Field(None, description="西,南,东,北,度 / west,south,east,north in degrees")
    township: Text | None = Field(None, max_length=64, description="9 位代码 / 9-digit code")
    state: StateKey | None = None
    category: Text | None = Field(None, max_length=64)


class NamedCode(Answer):
    code: str
    name: str


class PositionOut(Answer):
    lon: float
    lat: float


class CaseItem(Answer):
    number: str
    state: StateKey
    state_name: str
    state_name_en: str
    step: int = Field(description="闭环七步之一 / 1 to 7: the national steps")
    version: int
    category: str
    township: str | None
    body: NamedCode
    opened_at: datetime
    due_at: datetime | None
    position: PositionOut


class CaseList(Answer):
    items: list[CaseItem]
    next: str | None


class CaseReportOut(Answer):
    id: str
    relation: Literal["opened", "attached"]


class CaseOut(Answer):
    number: str
    state: StateKey
    state_name: str
    state_name_en: str
    step: int
    version: int
    category: str
    opened_at: datetime
    due_at: datetime | None
    position: PositionOut
    body: NamedCode
    township: NamedCode | None
    reports: list[CaseReportOut]
    allowed_actions: list[dict[str, Any]]


class LedgerEntryOut(Answer):
    seq: int
    recorded_at: datetime
    actor: str | None
    action: str
    body: dict[str, Any]
    prev_hash: str
    hash: str


class History(Answer):
    items: list[LedgerEntryOut]
    next: str | None


class InboxCase(Answer):
    number: str
    category: str
    state: StateKey
    state_name: str
    state_name_en: str
    step: int


class InboxReason(Answer):
    code: str
    text: str
    text_en: str


class InboxItem(Answer):
    kind: str
    created_at: datetime
    read_at: datetime | None
    reason: InboxReason
    case: InboxCase


class Inbox(Answer):
    items: list[InboxItem]
    next: str | None


def case_routes(db: Database) -> APIBlueprint:
    """Routes of cases."""
    api = APIBlueprint("cases", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.get("/cases", summary="案卷列表 List cases", responses=answers({200: CaseList}, CursorRefused))
    @everyone
    def list_cases(query: CasesQuery) -> Response:
        wanted = reading.CaseFilter(query.bbox, query.township, query.state, query.category)
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_cases(connection, wanted, query.cursor, query.limit)
        return json_response(page)

    @api.get("/cases/<number>", summary="一个案卷 One case", responses=answers({200: CaseOut}, NotFound))
    @everyone
    def get_case(path: CasePath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            case = reading.fetch_case(connection, path.number)
        return json_response(case)

    @api.get(
        "/cases/<number>/history",
        summary="案卷经过 The ledger of a case",
        responses=answers({200: History}, NotFound, CursorRefused),
    )
    @everyone
    def get_history(path: CasePath, query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.fetch_history(connection, path.number, query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/inbox",
        summary="收件箱 What waits for your body",
        responses=answers({200: Inbox}, CursorRefused),
    )
    @allow(*(role for role in ROLES if role != "officer"))
    def list_inbox(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_inbox(connection, query.cursor, query.limit)
        return json_response(page)

    return api
