"""HTTP words of certificates: who has which, those that end soon, entering and withdrawing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field, ValidationInfo, field_validator

from server.access import allow, principal
from server.contract import API, Answer, Day, Page, Sha256, Strict, Text, answers, json_response
from server.db import Database
from server.people.certificates import keeping
from server.people.wire import Code
from server.problems.attachments import AttachmentMissing
from server.problems.enforcement import CertificateTaken
from server.problems.request import CursorRefused, NotFound

TAG = Tag(
    name="执法证件 certificates",
    description="执法人员的证件:编号、有效期;每一执法步骤都据此核对。"
    "Certificates of officers: numbers and days; every step of enforcement is checked against them.",
)
KEEPERS = ("admin",)
LOOKING = ("admin", "dispatcher", "handler", "officer", "reviewer", "zone_manager")
Kind = Literal["enforcement", "supervision", "assistant"]


class CertificatePath(Strict):
    certificate_id: UUID


class CertificatesQuery(Page):
    account: UUID | None = None
    body: Code | None = Field(None, description="机构代码 / code of a body")
    in_force: bool = Field(False, description="只列今天有效的 / only those in force today")
    ends_before: Day | None = Field(
        None, description="今天有效、该日之前到期的 / in force today and over before this day"
    )


class CertificateIn(Strict):
    """One certificate; first and last day count."""

    account: UUID = Field(description="持证人的账号 / account of its holder")
    kind: Kind = Field("enforcement", description="种类 / kind")
    number: Text = Field(min_length=1, max_length=64, pattern=r"\S")
    first_day: Day
    last_day: Day
    photo: Sha256 | None = Field(None, description="证件照片(附件) / photo of it, an attachment")

    @field_validator("last_day")
    @classmethod
    def _not_before_the_first(cls, last_day: date, said: ValidationInfo) -> date:
        if last_day < said.data.get("first_day", last_day):
            raise ValueError("last_day is before first_day")
        return last_day


class CertificateWithdrawalIn(Strict):
    reason: Text = Field(min_length=1, max_length=2000, pattern=r"\S", description="理由 / why")


class HolderOut(Answer):
    id: str
    username: str
    display_name: str
    role: str


class CertificateBody(Answer):
    code: str
    name: str


class CertificateOut(Answer):
    id: str
    account: HolderOut
    body: CertificateBody
    kind: Kind
    number: str
    first_day: date | None
    last_day: date | None
    in_force: bool
    photo: str | None
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


class Certificates(Answer):
    items: list[CertificateOut]
    next: str | None


def certificate_routes(db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> APIBlueprint:
    """Routes of certificates."""
    api = APIBlueprint(
        "certificates", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}]
    )

    def today() -> date:
        return clock().astimezone(time_zone).date()

    @api.get(
        "/certificates",
        summary="执法证件 Certificates of your body's officers, those that end first before others",
        responses=answers({200: Certificates}, CursorRefused),
    )
    @allow(*LOOKING)
    def list_certificates(query: CertificatesQuery) -> Response:
        wanted = query.model_dump(mode="json", exclude={"cursor", "limit"})
        with db.transaction(principal().claim) as (connection, _):
            page = keeping.list_certificates(connection, wanted, today(), query.cursor, query.limit)
        return json_response(page)

    @api.post(
        "/certificates",
        summary="登记证件 Enter a certificate",
        responses=answers({201: CertificateOut}, NotFound, CertificateTaken, AttachmentMissing),
    )
    @allow(*KEEPERS)
    def post_certificate(body: CertificateIn) -> Response:
        said = body.model_dump(mode="json")
        with db.transaction(principal().claim) as (connection, _):
            return json_response(keeping.enter_certificate(connection, said, at=clock(), on=today()), 201)

    @api.post(
        "/certificates/<uuid:certificate_id>/withdraw",
        summary="收回证件 A certificate no longer counts, from today on",
        responses=answers({200: CertificateOut}, NotFound),
    )
    @allow(*KEEPERS)
    def withdraw_certificate(path: CertificatePath, body: CertificateWithdrawalIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = keeping.withdraw_certificate(
                connection, path.certificate_id, body.reason, at=clock(), on=today()
            )
        return json_response(told)

    return api
