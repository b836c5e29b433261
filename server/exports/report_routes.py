"""HTTP words of the printed report of a period."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import allow, principal
from server.assessment.book import READERS
from server.assessment.wire import Period
from server.contract import API, answers
from server.exports import paper
from server.exports.month_report import Reporter
from server.problems.exports import CaseFileLimit
from server.problems.request import NotFound

TAG = Tag(
    name="考核报告 reports of periods",
    description="一个时段的考核报告,中文 PDF。A printed report of a period.",
)
_PDF = {
    "description": "考核报告(PDF/A)。The report in Chinese (PDF/A).",
    "content": {paper.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}


def month_report_routes(reporter: Reporter) -> APIBlueprint:
    """The route of the report."""
    api = APIBlueprint(
        "month_report", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}]
    )

    @api.get(
        "/indicators/report.pdf",
        summary="考核月报 The report of a period, printed",
        responses=answers({200: _PDF}, NotFound, CaseFileLimit),
    )
    @allow(*READERS)
    def get_month_report(query: Period) -> Response:
        response = Response(reporter.report(principal(), query), content_type=paper.MEDIA_TYPE)
        name = f"report_{query.first}_{query.last}.pdf"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "no-store"
        return response

    return api
