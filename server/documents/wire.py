"""Documents, their service, consents and letters as they are sent and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer, Bbox, Day, Moment, Page, Sha256, Strict, Text

Outcome = Literal["delivered", "failed", "refused"]
ZoneKind = Literal["frontage", "parking", "site", "service_point"]
_Code = Annotated[Text, Field(min_length=1, max_length=64)]
_Note = Annotated[Text, Field(max_length=500)]
_Mail = Annotated[Text, Field(max_length=254, pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,189}$")]
ROAD = "街道(道路)名 / name of a street"
TOWNSHIP = "9 位代码 / 9-digit code"


class DocumentPath(Strict):
    document_id: UUID = Field(description="由发送方生成 / made by the sender")


class ServicePath(DocumentPath):
    attempt_id: UUID = Field(description="由发送方生成 / made by the sender")


class ConsentsPath(Strict):
    code: _Code = Field(description="责任主体代码 / code of the subject")


class ConsentPath(ConsentsPath):
    consent_id: UUID = Field(description="由发送方生成 / made by the sender")


class LetterPath(Strict):
    letter_id: UUID = Field(description="由发送方生成 / made by the sender")


class DocumentIn(Strict):
    """A paper as it was made out; it never changes, and another one may take its place."""

    kind: _Code = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="文书种类代码 / a code of document_kinds"
    )
    title: Text = Field(min_length=1, max_length=200)
    subject: _Code | None = Field(None, description="责任主体代码 / code of the subject")
    case: _Code | None = Field(None, description="案卷编号 / case number")
    text: Text = Field("", max_length=20_000, description="正文 / wording")
    attachments: list[Sha256] = Field([], max_length=20, description="附件摘要 / digests of attachments")
    replaces: UUID | None = Field(None, description="取代的文书 / the document it takes the place of")


class ServiceIn(Strict):
    """One attempt to serve a document."""

    how: _Code = Field(description="送达方式代码 / a code of service_methods")
    served_at: Moment
    outcome: Outcome | None = Field(
        None, description="短信、邮件由系统发送,不填 / none of what a gateway sends: it comes back by itself"
    )
    receipt: Sha256 | None = Field(None, description="送达回证 / attachment that proves it")
    note: _Note = ""


class ConsentIn(Strict):
    """A signed form: where somebody wants to be served electronically."""

    signer: Text = Field(min_length=1, max_length=100, description="签署人 / who signed")
    phone: Text | None = Field(None, max_length=40, pattern=r"^[0-9+() -]{3,40}$")
    email: _Mail | None = None
    other: Text | None = Field(
        None, min_length=1, max_length=200, description="其他电子地址 / another address"
    )
    form: Sha256 = Field(description="确认书照片或 PDF / attachment: the form")
    valid_from: Day
    valid_to: Day | None = Field(None, description="此日起不再有效 / first day it holds no more")


class WithdrawalIn(Strict):
    reason: Text = Field(min_length=1, max_length=500)


class LetterIn(Strict):
    """A liability letter as it was signed at the door, or refused there."""

    subject: _Code = Field(description="责任主体代码 / code of the subject")
    zones: list[Text] | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="门前责任区代码;不填为其全部 / frontages; left out: all it has",
    )
    signer: Text = Field(min_length=1, max_length=100, description="签收人 / who signed or refused")
    how: _Code = Field("in_person", description="送达方式代码 / a code of service_methods")
    served_at: Moment
    outcome: Literal["delivered", "refused"] = "delivered"
    photo: Sha256 | None = Field(None, description="签字照片;已签时必填 / the signature; needed when signed")
    valid_from: Day
    valid_to: Day | None = Field(None, description="此日起不再有效 / first day it holds no more")
    note: _Note = ""


class AttemptOut(Answer):
    """One attempt. `outcome` null: a gateway is at it."""

    id: UUID
    how: str
    how_name: str
    how_name_en: str
    electronic: bool
    served_at: datetime
    by: str
    outcome: Outcome | None
    outcome_at: datetime | None
    trouble: str | None
    trouble_text: str | None
    trouble_text_en: str | None
    receipt: str | None
    note: str


class DocumentItem(Answer):
    """One document of a list; `served` is how its newest attempt ended, null before any."""

    id: UUID
    code: str
    kind: str
    kind_name: str
    kind_name_en: str
    title: str
    body: str
    subject: str | None
    case: str | None
    made_at: datetime
    made_by: str
    valid_from: date | None
    valid_to: date | None
    digest: str
    attachments: list[str]
    replaces: UUID | None
    replaced_by: UUID | None
    served: Outcome | Literal["sending"] | None


class DocumentOut(DocumentItem):
    content: dict[str, Any]
    services: list[AttemptOut]


class DocumentList(Answer):
    items: list[DocumentItem]
    next: str | None


class DocumentsQuery(Page):
    subject: Text | None = Field(None, max_length=64, description="责任主体代码 / code of the subject")
    case: Text | None = Field(None, max_length=64, description="案卷编号 / case number")
    kind: Text | None = Field(None, max_length=64)


class ConsentOut(Answer):
    id: UUID
    signer: str
    phone: str | None
    email: str | None
    other: str | None
    form: str
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    in_force: bool


class ConsentList(Answer):
    """`gateways`: what this deployment itself can send to."""

    items: list[ConsentOut]
    gateways: list[Literal["email", "phone"]]
    next: None = None


class TasksQuery(Page):
    open: bool = Field(True, description="只列未办 / those that wait only")
    township: Text | None = Field(None, max_length=64, description=TOWNSHIP)


class TaskOut(Answer):
    """A document to serve on paper, since it did not arrive electronically."""

    id: UUID
    document: UUID
    code: str
    title: str
    subject: str | None
    subject_name: str | None
    body: str
    failed_how: str
    trouble: str | None
    trouble_text: str | None
    trouble_text_en: str | None
    opened_at: datetime
    due_at: datetime
    late: bool
    closed_at: datetime | None


class TaskList(Answer):
    items: list[TaskOut]
    next: str | None


class _On(Strict):
    on: Day | None = Field(None, description="该日情况,默认今天 / as of this day, today if left out")
    township: Text | None = Field(None, max_length=64, description=TOWNSHIP)


class LettersQuery(_On):
    road: Text | None = Field(None, max_length=200, description=ROAD)
    zone: Text | None = Field(None, max_length=64, description="一个门前责任区 / one frontage")
    cursor: Text | None = Field(
        None, max_length=400, description="上一页的 `next` / `next` of the page before"
    )
    limit: int = Field(200, ge=1, le=500, description="每页未签行数 / unsigned rows a page")


class StreetsQuery(_On):
    pass


class DoorsQuery(Page):
    bbox: Bbox = Field(description="西,南,东,北,度 / west,south,east,north in degrees")
    on: Day | None = Field(None, description="该日情况,默认今天 / as of this day, today if left out")


class PrintQuery(_On):
    subject: Text | None = Field(None, max_length=64, description="责任主体代码 / code of the subject")
    road: Text | None = Field(None, max_length=200, description=ROAD)
    unsigned: bool = Field(True, description="整条街时只印未签的 / of a street those not signed yet only")


class LetterCounts(Answer):
    """Frontages with somebody who answers for them. `share` null: there are none."""

    total: int
    signed: int
    share: float | None
    refused: int
    without_subject: int


class Unsigned(Answer):
    zone: str
    zone_name: str
    township: str | None
    road: str | None
    subject: str
    subject_name: str
    refused_at: datetime | None


class LetterCoverage(LetterCounts):
    road: str | None
    township: str | None
    on: date
    unsigned: list[Unsigned]
    next: str | None


class DoorPerson(Answer):
    """Who answers first at a door. No telephone: what is read here stays on phones."""

    rank: int
    name: str
    capacity: str


class Door(Answer):
    """A front, who answers for it and whether their letter is signed. `subject` null: nobody is registered."""

    zone: str
    subject: str | None
    subject_name: str | None
    responsible: DoorPerson | None
    signed: bool
    refused_at: datetime | None


class DoorList(Answer):
    on: date
    items: list[Door]
    next: str | None


class StreetLetters(LetterCounts):
    road: str | None
    township: str | None
    township_name: str | None


class StreetList(Answer):
    on: date
    items: list[StreetLetters]
    next: None = None
