"""HTTP words of reports: sending them, their photos and receipts, reading them, and the key that signs receipts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from flask_openapi3.models import RawModel
from pydantic import Field

from server.access import FIELD_ROLES, allow, everyone, principal, public
from server.contract import (
    API,
    COMMON,
    COMMON_PUBLIC,
    COMMON_WRITE,
    Answer,
    Bbox,
    Moment,
    Page,
    Sha256,
    Strict,
    Text,
    answers,
    json_response,
)
from server.db import Database
from server.evidence.photos import PhotoStore
from server.problems import (
    BodyTooLarge,
    CursorRefused,
    MediaTypeRefused,
    NotFound,
    PhotoDigestMismatch,
    PhotoNotDeclared,
    PhotoUnusable,
    ReportConflict,
)
from server.reports import reading, upload
from server.reports.intake import SQL, Intake
from server.reports.rows import parse
from server.reports.wire import Receipt, ReportIn

TAG = Tag(name="上报 reports", description="Photo reports: sent once, answered the same for ever.")
_MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heic": "image/heic"}


class ReportPath(Strict):
    report_id: UUID = Field(description="made by the phone; the same report always has the same id")


class PhotoPath(ReportPath):
    sha256: Sha256


class ReportsQuery(Page):
    bbox: Bbox | None = Field(None, description="west,south,east,north in degrees")
    township: Text | None = Field(None, max_length=64, description="9-digit code")
    zone: Text | None = Field(
        None, max_length=64, description="code of a zone the match is certain or likely of"
    )
    category: Text | None = Field(None, max_length=64)
    from_: Moment | None = Field(None, alias="from", description="received at or after")
    to: Moment | None = Field(None, description="received before")


class JwkSet(Answer):
    keys: list[dict[str, str]]


class PointOut(Answer):
    type: Literal["Point"]
    coordinates: list[float]


class ReportFeature(Answer):
    """A GeoJSON feature (RFC 7946)."""

    type: Literal["Feature"]
    id: str
    geometry: PointOut
    properties: dict[str, Any]


class ReportCollection(Answer):
    """A GeoJSON feature collection; `next` is the cursor of the next page or null."""

    type: Literal["FeatureCollection"]
    features: list[ReportFeature]
    next: str | None


class ReportBody(RawModel):
    mimetypes = ["application/json", "multipart/form-data"]


class PhotoBody(RawModel):
    mimetypes = ["image/jpeg", "image/png", "image/webp", "image/heic", "application/octet-stream"]


@dataclass(frozen=True)
class UploadLimits:
    json_max_bytes: int
    photo_max_bytes: int
    photo_max_count: int


def report_routes(intake: Intake, db: Database, store: PhotoStore, limits: UploadLimits) -> APIBlueprint:
    """Routes of reports."""
    api = APIBlueprint("reports", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _sending(api, intake, limits)
    _reading(api, intake, db, store)
    return api


def _sending(api: APIBlueprint, intake: Intake, limits: UploadLimits) -> None:
    photo_problems = (PhotoUnusable, PhotoDigestMismatch, PhotoNotDeclared, BodyTooLarge)

    @api.put(
        "/reports/<uuid:report_id>",
        summary="上报 Send a report, with photos or without",
        responses=answers(
            {200: Receipt, 201: Receipt}, ReportConflict, MediaTypeRefused, *photo_problems, *COMMON_WRITE
        ),
        openapi_extensions={"x-request-body": ReportIn.__name__},
    )
    @allow(*FIELD_ROLES)
    def put_report(path: ReportPath, raw: ReportBody) -> Response:
        value, photos = upload.read_report(**vars(limits))
        receipt, created = intake.receive(principal(), path.report_id, parse(value), photos)
        return json_response(receipt, 201 if created else 200)

    @api.put(
        "/reports/<uuid:report_id>/photos/<sha256>",
        summary="补传照片 Send one photo of a report, raw bytes",
        responses=answers({200: Receipt, 201: Receipt}, NotFound, *photo_problems, *COMMON_WRITE),
    )
    @allow(*FIELD_ROLES)
    def put_photo(path: PhotoPath, raw: PhotoBody) -> Response:
        photo = upload.read_photo(photo_max_bytes=limits.photo_max_bytes)
        receipt, created = intake.receive_photo(principal(), path.report_id, path.sha256, photo)
        return json_response(receipt, 201 if created else 200)


def _reading(api: APIBlueprint, intake: Intake, db: Database, store: PhotoStore) -> None:
    @api.get(
        "/reports",
        summary="查询 List reports as GeoJSON",
        responses=answers({200: ReportCollection}, CursorRefused, *COMMON),
    )
    @everyone
    def list_reports(query: ReportsQuery) -> Response:
        wanted = reading.ReportFilter(
            query.bbox, query.township, query.zone, query.category, query.from_, query.to
        )
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_reports(connection, wanted, query.cursor, query.limit)
        return json_response(page, content_type="application/geo+json")

    @api.get(
        "/reports/<uuid:report_id>",
        summary="一条上报 One report",
        responses=answers({200: ReportFeature}, NotFound, *COMMON),
    )
    @everyone
    def get_report(path: ReportPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            feature = reading.fetch_report_feature(connection, path.report_id)
        return json_response(feature, content_type="application/geo+json")

    @api.get(
        "/reports/<uuid:report_id>/receipt",
        summary="回执 The receipt as of now",
        responses=answers({200: Receipt}, NotFound, *COMMON),
    )
    @everyone
    def get_receipt(path: ReportPath) -> Response:
        return json_response(intake.receipt(principal(), path.report_id))

    @api.get(
        "/reports/<uuid:report_id>/photos/<sha256>",
        summary="原始照片 The original bytes of a photo, as an attachment",
        responses=answers(
            {
                200: {
                    "description": "the bytes as received",
                    "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
                }
            },
            NotFound,
            *COMMON,
        ),
    )
    @everyone
    def get_photo(path: PhotoPath) -> Response:
        values = {"report_id": str(path.report_id), "sha256": path.sha256}
        with db.transaction(principal().claim) as (connection, _):
            row = SQL["fetch_photo"].run(connection, values).one_or_none()
        if row is None:
            raise NotFound()
        response = Response(store.open(path.sha256), content_type=_MEDIA_TYPES[row.format])
        response.headers["Content-Length"] = str(row.size_bytes)
        response.headers["Content-Disposition"] = f'attachment; filename="{path.sha256}.{row.format}"'
        # Bytes from outside: never rendered as a page of ours, whatever they turn out to be.
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response

    @api.get(
        "/keys",
        summary="验签公钥 Public keys of receipt signatures (JWK set)",
        security=[],
        responses=answers({200: JwkSet}, *COMMON_PUBLIC),
    )
    @public
    def get_keys() -> Response:
        return json_response(intake.signer.jwks())
