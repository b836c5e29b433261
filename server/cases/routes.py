"""HTTP words of cases: one, its history, acting on one or on several, and the inbox of the asker's body."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, everyone, principal
from server.cases import reading
from server.cases.list_routes import add_lists
from server.cases.states import ROLES as ACTING
from server.cases.transitions import Action, Casework, check_inputs
from server.cases.wire import (
    ActedList,
    ActionIn,
    ActionName,
    ActionsIn,
    CaseHeaders,
    CaseOut,
    History,
    Inbox,
    InputsIn,
)
from server.contract import API, Page, Strict, Text, answers, json_response
from server.problems import answering
from server.problems.base import Problem
from server.problems.cases import ActionKeyConflict, TransitionRefused
from server.problems.request import CursorRefused, InputRefused, NotFound

TAG = Tag(
    name="案卷 cases",
    description="由上报立起的案卷,及其至结案的每一步。Work items that reports open, and each step to their closing.",
)


class CasePath(Strict):
    number: Text = Field(
        min_length=1,
        max_length=64,
        description="案卷编号,如 TZ-2026-000123 / case number, as in TZ-2026-000123",
    )


class ActionPath(CasePath):
    action: ActionName


class ActionsPath(Strict):
    action: ActionName


def case_routes(casework: Casework, *, batch_max: int, places_max: int) -> APIBlueprint:
    """Routes of cases."""
    api = APIBlueprint("cases", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    add_lists(api, casework, places_max=places_max)
    _reading(api, casework)
    _acting(api, casework, batch_max)
    return api


def _reading(api: APIBlueprint, casework: Casework) -> None:
    db = casework.db

    @api.get("/cases/<number>", summary="一个案卷 One case", responses=answers({200: CaseOut}, NotFound))
    @everyone
    def get_case(path: CasePath) -> Response:
        return _tagged(orjson.dumps(casework.fetch(principal(), path.number)))

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
        summary="收件箱 What waits for your body and for you",
        responses=answers({200: Inbox}, CursorRefused),
    )
    @everyone
    def list_inbox(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_inbox(connection, query.cursor, query.limit)
        return json_response(page)


def _acting(api: APIBlueprint, casework: Casework, batch_max: int) -> None:
    @api.post(
        "/cases/<number>/actions/<action>",
        summary="案卷动作 Act on a case",
        responses=answers({200: CaseOut}, NotFound, TransitionRefused, ActionKeyConflict),
    )
    @allow(*ACTING)
    def act_on_case(path: ActionPath, header: CaseHeaders, body: ActionIn) -> Response:
        version = _version(body.version, header.if_match)
        wanted = Action(path.action, _inputs(path.action, body), version, _key(body.key, header))
        return _tagged(casework.act(principal(), path.number, wanted))

    @api.post(
        "/cases/actions/<action>",
        summary="批量动作 The same action on several cases",
        responses=answers({200: ActedList}),
    )
    @allow(*ACTING)
    def act_on_cases(path: ActionsPath, header: CaseHeaders, body: ActionsIn) -> Response:
        items = {item.number: item.version for item in body.items}
        if len(body.items) > batch_max or len(items) < len(body.items):
            message = f"at most {batch_max} cases, each once"
            raise InputRefused(errors=[{"path": "/items", "message": message}])
        inputs = _inputs(path.action, body)
        acted = casework.act_on_each(principal(), items, path.action, inputs, _key(body.key, header))
        return json_response({"items": [_acted(number, came) for number, came in acted]})


def _tagged(case: bytes) -> Response:
    response = Response(case, content_type="application/json")
    response.headers["ETag"] = f'"{orjson.loads(case)["version"]}"'
    return response


def _inputs(action: str, body: InputsIn) -> dict[str, Any]:
    return check_inputs(action, {name: getattr(body, name) for name in InputsIn.model_fields})


def _version(given: int | None, if_match: str | None) -> int:
    """Of the body or of If-Match; both may come, and then agree."""
    text = (if_match or "").strip().removeprefix("W/").strip('"')
    named = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    if if_match is not None and named is None:
        raise InputRefused(errors=[{"path": "/If-Match", "message": 'a version wanted, as in "3"'}])
    if given is None and named is None:
        raise InputRefused(errors=[{"path": "/version", "message": "the version of the case is wanted"}])
    if given is not None and named is not None and given != named:
        raise InputRefused(errors=[{"path": "/version", "message": "not the version that If-Match names"}])
    return given if given is not None else named or 0


def _key(given: UUID | None, header: CaseHeaders) -> UUID | None:
    if given and header.idempotency_key and given != header.idempotency_key:
        raise InputRefused(errors=[{"path": "/key", "message": "not the key that Idempotency-Key names"}])
    return given or header.idempotency_key


def _acted(number: str, came: bytes | Problem) -> dict[str, Any]:
    if isinstance(came, Problem):
        problem = answering.body_of(came)
        return {"number": number, "status": came.status, "case": None, "problem": problem}
    return {"number": number, "status": 200, "case": orjson.Fragment(came), "problem": None}
