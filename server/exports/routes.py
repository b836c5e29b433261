"""HTTP words of files about a case: its evidence bundle, its printable file, and stamped copies of its photos."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import everyone, principal
from server.contract import API, Sha256, Strict, Text, answers
from server.exports import bundle, paper
from server.exports.exporting import Exporter
from server.problems.exports import CaseFileLimit
from server.problems.request import NotFound

TAG = Tag(
    name="案卷输出 exports",
    description="证据包、可打印案卷、水印照片;每次取走都记入流水。Files about a case; taking one is a ledger entry.",
)
ZIP = {
    "description": "证据包(ZIP),附不联网即可运行的核验程序。A ZIP with a verifier that needs no server.",
    "content": {bundle.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}
PDF = {
    "description": "中文案卷(PDF/A)。The case file in Chinese (PDF/A).",
    "content": {paper.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}
COPY = {
    "description": "带水印的副本(JPEG),无任何元数据。A stamped copy (JPEG) without any metadata.",
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
}


class ExportPath(Strict):
    number: Text = Field(
        min_length=1,
        max_length=64,
        description="案卷编号,如 TZ-2026-000123 / case number, as in TZ-2026-000123",
    )


class CopyPath(Strict):
    report_id: UUID = Field(description="上报编号 / id of the report")
    sha256: Sha256


def case_export_routes(exporter: Exporter) -> APIBlueprint:
    """Routes of files about cases."""
    api = APIBlueprint(
        "case_exports", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}]
    )

    @api.get(
        "/cases/<number>/bundle",
        summary="证据包 The evidence bundle of a case, a ZIP to check offline",
        responses=answers({200: ZIP}, NotFound),
    )
    @everyone
    def get_bundle(path: ExportPath) -> Response:
        made = exporter.bundle(principal(), path.number)
        response = Response(made, content_type=bundle.MEDIA_TYPE)
        return _leaving(response, f"{path.number}-evidence.zip")

    @api.get(
        "/cases/<number>/file.pdf",
        summary="可打印案卷 The printable case file",
        responses=answers({200: PDF}, NotFound, CaseFileLimit),
    )
    @everyone
    def get_case_file(path: ExportPath) -> Response:
        made = exporter.case_file(principal(), path.number)
        return _leaving(Response(made, content_type=paper.MEDIA_TYPE), f"{path.number}.pdf")

    @api.get(
        "/reports/<uuid:report_id>/photos/<sha256>/copy",
        summary="水印副本 A copy of a photo with time, place, officer and case in a band below it",
        responses=answers({200: COPY}, NotFound),
    )
    @everyone
    def get_copy(path: CopyPath) -> Response:
        made = exporter.copy(principal(), path.report_id, path.sha256)
        return Response(made, content_type="image/jpeg")

    return api


def _leaving(response: Response, name: str) -> Response:
    # The number is one that was found, so it has no character a header could stumble over.
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
