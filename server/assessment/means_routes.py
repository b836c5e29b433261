"""HTTP words of 721 and of handovers."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import allow, principal
from server.assessment import handovers, means
from server.assessment.book import READERS, FigureBook
from server.assessment.means_wire import (
    HandoverCasesQuery,
    HandoversOut,
    MeansOut,
    MeansQuery,
    MeansSteps,
    StepsQuery,
)
from server.assessment.wire import MeasuredCases, OfTownship
from server.contract import API, answers, json_response
from server.problems.request import CursorRefused

TAG = Tag(
    name="721 工作法 means",
    description="每一步是服务、管理还是执法。Which share of the steps is service, management, enforcement.",
)


def means_routes(book: FigureBook) -> APIBlueprint:
    """Routes of the three means."""
    api = APIBlueprint("means", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.get(
        "/means",
        summary="721 占比 Shares of service, management and enforcement",
        responses=answers({200: MeansOut}),
    )
    @allow(*READERS)
    def get_means(query: MeansQuery) -> Response:
        with book.db.transaction(principal().claim) as (connection, _):
            return json_response(means.figures(connection, book.days(query, query.township), query.by))

    @api.get(
        "/means/steps",
        summary="占比背后的步骤 The steps behind a share",
        responses=answers({200: MeansSteps}, CursorRefused),
    )
    @allow(*READERS)
    def list_means_steps(query: StepsQuery) -> Response:
        asked = book.days(query, query.township)
        with book.db.transaction(principal().claim) as (connection, _):
            told = means.steps_behind(connection, asked, query.means, query.cursor, query.limit)
        return json_response(told)

    @api.get(
        "/handovers/figures",
        summary="区镇交办统计 Handovers of a period, by township",
        responses=answers({200: HandoversOut}),
    )
    @allow(*READERS)
    def get_handover_figures(query: OfTownship) -> Response:
        with book.db.transaction(principal().claim) as (connection, _):
            return json_response(handovers.figures(connection, book.days(query, query.township)))

    @api.get(
        "/handovers/figures/cases",
        summary="交办数背后的案卷 The cases behind a figure of handovers",
        responses=answers({200: MeasuredCases}, CursorRefused),
    )
    @allow(*READERS)
    def list_handover_cases(query: HandoverCasesQuery) -> Response:
        asked = book.days(query, query.township)
        with book.db.transaction(principal().claim) as (connection, _):
            told = handovers.cases_behind(connection, query.figure, asked, query.cursor, query.limit)
        return json_response(told)

    return api
