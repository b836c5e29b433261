"""HTTP words of attachments: sending one, reading its bytes and its small picture."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import everyone, principal
from server.contract import API, Answer, Sha256, Strict, answers, json_response
from server.evidence.attachments import ENDINGS, Attachments
from server.evidence.thumbnails import Thumbnails
from server.problems.attachments import AttachmentPdfRefused
from server.problems.reports import PhotoDigestMismatch, PhotoUnusable
from server.problems.request import NotFound
from server.reports import upload

TAG = Tag(
    name="附件 attachments",
    description="文书、记录、步骤所附的照片与 PDF。Photos and PDFs of documents, records and steps.",
)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY = {
    "required": True,
    "description": "照片或 PDF 的原始字节,摘要在地址中。Original bytes; the address has their digest.",
    "content": {media_type: _BINARY for media_type in (*ENDINGS, "application/octet-stream")},
}
_BYTES = {
    "description": "原始字节,未作改动。The bytes as received.",
    "content": {media_type: _BINARY for media_type in ENDINGS},
}
_SMALL = {
    "description": "WebP,无任何元数据。WebP without any metadata.",
    "content": {"image/webp": _BINARY},
}


class AttachmentPath(Strict):
    sha256: Sha256 = Field(description="原始字节的 SHA-256 / of the original bytes")


class AttachmentOut(Answer):
    """What is known of bytes that are held."""

    sha256: str
    media_type: str
    size_bytes: int


def attachment_routes(attachments: Attachments, thumbnails: Thumbnails, max_bytes: int) -> APIBlueprint:
    """Routes of attachments. `max_bytes`: of one."""
    api = APIBlueprint("attachments", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.put(
        "/attachments/<sha256>",
        summary="上传附件 Send a photo or a PDF, raw bytes; sending it again changes nothing",
        responses=answers(
            {200: AttachmentOut, 201: AttachmentOut}, PhotoDigestMismatch, PhotoUnusable, AttachmentPdfRefused
        ),
        openapi_extensions={"requestBody": _BODY},
    )
    @everyone
    def put_attachment(path: AttachmentPath) -> Response:
        staged = upload.read_photo(photo_max_bytes=max_bytes)
        kept, created = attachments.put(principal().claim, path.sha256, staged)
        return json_response(AttachmentOut(**vars(kept)), 201 if created else 200)

    @api.get(
        "/attachments/<sha256>",
        summary="附件原件 The original bytes, as an attachment",
        responses=answers({200: _BYTES}, NotFound),
    )
    @everyone
    def get_attachment(path: AttachmentPath) -> Response:
        found = attachments.find(principal().claim, path.sha256)
        response = Response(attachments.bytes_of(found), content_type=found.media_type)
        response.headers["Content-Length"] = str(found.size_bytes)
        response.headers["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
        # Bytes from outside: never rendered as a page of ours, whatever they turn out to be.
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response

    @api.get(
        "/attachments/<sha256>/thumbnail",
        summary="附件缩略图 A small upright copy of a photo; 404 of a PDF, and until it is made",
        responses=answers({200: _SMALL}, NotFound),
    )
    @everyone
    def get_attachment_thumbnail(path: AttachmentPath) -> Response:
        found = attachments.find(principal().claim, path.sha256)
        picture = thumbnails.get(found.sha256)
        if picture is None:
            raise NotFound()
        return Response(picture, content_type="image/webp")

    return api
