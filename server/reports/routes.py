"""HTTP words of reports: sending them, their photos and receipts, reading them, and the key that signs receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field
from sqlalchemy import Row

from server.access import FIELD_ROLES, allow, everyone, principal, public
from server.contract import (
    API,
    GEOJSON,
    Answer,
    Bbox,
    Day,
    Moment,
    Page,
    Sha256,
    Strict,
    Text,
    answers,
    json_response,
    ref,
)
from server.db import Database
from server.evidence.photos import PhotoStore
from server.evidence.thumbnails import Thumbnails
from server.problems.reports import PhotoDigestMismatch, PhotoNotDeclared, PhotoUnusable, ReportConflict
from server.problems.request import CursorRefused, MediaTypeRefused, NotFound
from server.reports import reading, upload
from server.reports.features import ReportCollection, ReportFeature, ThemeCounts
from server.reports.intake import SQL, Intake
from server.reports.rows import parse
from server.reports.themes import count_themes
from server.reports.wire import Receipt, ReportIn

TAG = Tag(
    name="上报 reports",
    description="照片上报:重复发送答复不变。Photo reports: sent once, answered the same for ever.",
)
_MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heic": "image/heic"}


class ReportPath(Strict):
    report_id: UUID = Field(
        description="手机生成,同一上报始终同一编号 / made by the phone; the same report always has the same id"
    )


class PhotoPath(ReportPath):
    sha256: Sha256


class ReportsQuery(Page):
    bbox: Bbox | None = Field(None, description="西,南,东,北,度 / west,south,east,north in degrees")
    township: Text | None = Field(None, max_length=64, description="9 位代码 / 9-digit code")
    zone: Text | None = Field(
        None,
        max_length=64,
        description="判定为确定或很可能的区的代码 / code of a zone the match is certain or likely of",
    )
    category: Text | None = Field(None, max_length=64)
    from_: Moment | None = Field(None, alias="from", description="此时或之后收到 / received at or after")
    to: Moment | None = Field(None, description="此时之前收到 / received before")


class ThemesQuery(Strict):
    from_: Day = Field(alias="from", description="首日 / first day")
    to: Day = Field(description="末日,含当日 / last day, itself included")


class Jwk(Answer):
    """A public key (RFC 8037); `kid` is its thumbprint (RFC 7638)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    alg: Literal["EdDSA"]
    use: Literal["sig"]
    retired_at: datetime | None = Field(
        None,
        description="停用时间,旧回执仍以此验签;使用中的密钥无此项 / when it was replaced: older receipts are still "
        "checked with it; the key in use has none",
    )


class JwkSet(Answer):
    """Keys that sign or signed receipts (RFC 7517), the one in use first; a receipt's signature names its key."""

    keys: list[Jwk]


REPORT_BODY = {
    "required": True,
    "description": "上报本身,照片可以随后补传。The report alone, or with any of its photos.",
    "content": {
        "application/json": {"schema": ref(ReportIn)},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["report"],
                "additionalProperties": False,
                "properties": {
                    "report": ref(ReportIn),
                    "photo": {
                        "type": "array",
                        "description": "照片原始字节,每张一个部分。Original bytes, one part a photo.",
                        "items": {"type": "string", "format": "binary"},
                    },
                },
            },
            "encoding": {
                "report": {"contentType": "application/json"},
                "photo": {"contentType": ", ".join(_MEDIA_TYPES.values())},
            },
        },
    },
}
PHOTO_BODY = {
    "required": True,
    "description": "照片原始字节,摘要在地址中。The original bytes; their digest stands in the address.",
    "content": {
        media_type: {"schema": {"type": "string", "format": "binary"}}
        for media_type in (*_MEDIA_TYPES.values(), "application/octet-stream")
    },
}
PHOTO_BYTES = {
    "description": "原始字节,未作改动。The bytes as received.",
    "content": {
        media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in _MEDIA_TYPES.values()
    },
}


THUMBNAIL = {
    "description": "WebP,无任何元数据。WebP without any metadata.",
    "content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}},
}


@dataclass(frozen=True)
class UploadLimits:
    json_max_bytes: int
    photo_max_bytes: int
    photo_max_count: int


def report_routes(
    intake: Intake, db: Database, store: PhotoStore, thumbnails: Thumbnails, limits: UploadLimits
) -> APIBlueprint:
    """Routes of reports."""
    api = APIBlueprint("reports", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _sending(api, intake, limits)
    _reading(api, intake, db)
    _pictures(api, db, store, thumbnails)
    return api


def _sending(api: APIBlueprint, intake: Intake, limits: UploadLimits) -> None:
    photo_problems = (PhotoUnusable, PhotoDigestMismatch)

    @api.put(
        "/reports/<uuid:report_id>",
        summary="上报 Send a report, with photos or without",
        responses=answers(
            {200: Receipt, 201: Receipt}, ReportConflict, MediaTypeRefused, PhotoNotDeclared, *photo_problems
        ),
        openapi_extensions={"requestBody": REPORT_BODY},
    )
    @allow(*FIELD_ROLES)
    def put_report(path: ReportPath) -> Response:
        value, photos = upload.read_report(**vars(limits))
        receipt, created = intake.receive(principal(), path.report_id, parse(value), photos)
        return Response(receipt, 201 if created else 200, content_type="application/json")

    @api.put(
        "/reports/<uuid:report_id>/photos/<sha256>",
        summary="补传照片 Send one photo of a report, raw bytes",
        responses=answers({200: Receipt, 201: Receipt}, NotFound, *photo_problems),
        openapi_extensions={"requestBody": PHOTO_BODY},
    )
    @allow(*FIELD_ROLES)
    def put_photo(path: PhotoPath) -> Response:
        photo = upload.read_photo(photo_max_bytes=limits.photo_max_bytes)
        receipt, created = intake.receive_photo(principal(), path.report_id, path.sha256, photo)
        return Response(receipt, 201 if created else 200, content_type="application/json")


def _reading(api: APIBlueprint, intake: Intake, db: Database) -> None:
    @api.get(
        "/reports",
        summary="查询 List reports as GeoJSON",
        responses=answers({200: ReportCollection}, CursorRefused, media_type=GEOJSON),
    )
    @everyone
    def list_reports(query: ReportsQuery) -> Response:
        wanted = reading.ReportFilter(
            query.bbox, query.township, query.zone, query.category, query.from_, query.to
        )
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_reports(connection, wanted, query.cursor, query.limit)
        return json_response(page, content_type=GEOJSON)

    @api.get(
        "/reports/<uuid:report_id>",
        summary="一条上报 One report",
        responses=answers({200: ReportFeature}, NotFound, media_type=GEOJSON),
    )
    @everyone
    def get_report(path: ReportPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            feature = reading.fetch_report_feature(connection, path.report_id)
        return json_response(feature, content_type=GEOJSON)

    @api.get(
        "/reports/<uuid:report_id>/receipt",
        summary="回执 The receipt as of now",
        responses=answers({200: Receipt}, NotFound),
    )
    @everyone
    def get_receipt(path: ReportPath) -> Response:
        return Response(intake.receipt(principal(), path.report_id), content_type="application/json")

    @api.get(
        "/themes",
        summary="四治案件数 Cases of a period by theme",
        responses=answers({200: ThemeCounts}),
    )
    @everyone
    def count_cases_by_theme(query: ThemesQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(count_themes(connection, query.from_, query.to, intake.limits.time_zone))

    @api.get(
        "/keys",
        summary="验签公钥 Public keys of receipt signatures (JWK set)",
        responses=answers({200: JwkSet}),
    )
    @public
    def get_keys() -> Response:
        return json_response(intake.signer.jwks())


def _pictures(api: APIBlueprint, db: Database, store: PhotoStore, thumbnails: Thumbnails) -> None:
    def arrived(path: PhotoPath) -> Row[Any]:
        values = {"report_id": str(path.report_id), "sha256": path.sha256}
        with db.transaction(principal().claim) as (connection, _):
            row = SQL["fetch_photo"].run(connection, values).one_or_none()
        if row is None:
            raise NotFound()
        return row

    @api.get(
        "/reports/<uuid:report_id>/photos/<sha256>",
        summary="原始照片 The original bytes of a photo, as an attachment",
        responses=answers({200: PHOTO_BYTES}, NotFound),
    )
    @everyone
    def get_photo(path: PhotoPath) -> Response:
        row = arrived(path)
        response = Response(store.open(path.sha256), content_type=_MEDIA_TYPES[row.format])
        response.headers["Content-Length"] = str(row.size_bytes)
        response.headers["Content-Disposition"] = f'attachment; filename="{path.sha256}.{row.format}"'
        # Bytes from outside: never rendered as a page of ours, whatever they turn out to be.
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response

    @api.get(
        "/reports/<uuid:report_id>/photos/<sha256>/thumbnail",
        summary="缩略图 A small upright copy without metadata; 404 until it is made",
        responses=answers({200: THUMBNAIL}, NotFound),
    )
    @everyone
    def get_thumbnail(path: PhotoPath) -> Response:
        arrived(path)
        picture = thumbnails.get(path.sha256)
        if picture is None:
            raise NotFound()
        return Response(picture, content_type="image/webp")
