"""HTTP words of lists of cases: rows, counts and places of one filter, and the bodies a case can be dispatched to."""

from __future__ import annotations

from datetime import timedelta

from flask import Response
from flask_openapi3 import APIBlueprint

from server.access import everyone, principal
from server.cases import listing
from server.cases.list_wire import (
    CaseCounts,
    CaseList,
    CasePlaces,
    CasesQuery,
    CountsQuery,
    DispatchBodies,
    FilterQuery,
)
from server.cases.listing import CaseFilter
from server.cases.transitions import Casework
from server.contract import answers, json_response
from server.problems.request import CursorRefused


def add_lists(api: APIBlueprint, casework: Casework, *, places_max: int) -> None:
    """Puts the routes of lists on those of cases."""
    db = casework.db

    @api.get("/cases", summary="案卷列表 List cases", responses=answers({200: CaseList}, CursorRefused))
    @everyone
    def list_cases(query: CasesQuery) -> Response:
        wanted = _wanted(query, casework)
        with db.transaction(principal().claim) as (connection, _):
            page = listing.list_cases(connection, wanted, casework.schedules, query.cursor, query.limit)
        return json_response(page)

    @api.get("/cases/counts", summary="案卷计数 Count cases", responses=answers({200: CaseCounts}))
    @everyone
    def count_cases(query: CountsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            counted = listing.count_cases(connection, _wanted(query, casework), timedelta(hours=query.soon_h))
        return json_response(counted)

    @api.get("/cases/places", summary="案卷位置 Where cases lie", responses=answers({200: CasePlaces}))
    @everyone
    def place_cases(query: CountsQuery) -> Response:
        soon = timedelta(hours=query.soon_h)
        with db.transaction(principal().claim) as (connection, _):
            placed = listing.place_cases(connection, _wanted(query, casework), soon, places_max)
        return json_response(placed)

    @api.get(
        "/bodies",
        summary="可派遣的机构 Bodies that cases are dispatched to",
        responses=answers({200: DispatchBodies}),
    )
    @everyone
    def list_bodies() -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(listing.list_bodies(connection))


def _wanted(query: FilterQuery, casework: Casework) -> CaseFilter:
    return CaseFilter(
        at=casework.clock(),
        numbers=tuple(query.number or ()),
        words=tuple((query.q or "").split()),
        bbox=query.bbox,
        township=query.township,
        states=tuple(query.state or ()),
        category=query.category,
        body=query.body,
        open=query.open,
        overdue=bool(query.overdue),
        due_before=query.due_before,
        due_within=timedelta(hours=query.due_within_h) if query.due_within_h else None,
        ambiguous=query.ambiguous,
        mine=principal().account_id if query.mine else None,
    )
