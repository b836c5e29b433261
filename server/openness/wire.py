"""What is made public, as it is sent and answered; what strangers get has no member that could name anybody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from server.contract import Answer, Strict, Text
from server.ratings.wire import Colour

Outcome = Literal["penalty", "mitigated", "no_penalty_shall", "no_penalty_may", "warning"]
PublicationState = Literal["draft", "public", "withdrawn"]
REGIONS_MAX = 100


def _box(value: list[float]) -> list[float]:
    left, top, right, bottom = value
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError("left < right and top < bottom, shares of the picture wanted")
    return [round(part, 4) for part in value]


Box = Annotated[list[float], Field(min_length=4, max_length=4), AfterValidator(_box)]


class PublicationIn(Strict):
    """The text is made of the decision's fields; nothing is typed."""

    decision: UUID = Field(description="处理决定 / decision")


class PublicationWithdrawIn(Strict):
    reason: Text = Field(min_length=1, max_length=500, pattern=r"\S", description="撤下理由 / why")


class PublicationPhotoIn(Strict):
    """What a person decided of one photo."""

    chosen: bool = Field(description="是否公示此照片 / whether it is made public")
    regions: list[Box] = Field(
        max_length=REGIONS_MAX,
        description="遮挡区域 [左,上,右,下],占图宽高的比例 / boxes to blur, shares of the upright picture",
    )


class PublishingBody(Answer):
    code: str
    name: str


class UnpublishedDecision(Answer):
    """A decision that is to be public. Without rules in force on its day `due_on` and `days_late` are null."""

    decision: UUID
    proceeding: str
    case: str
    body: PublishingBody
    outcome: Outcome
    item: str
    decided_on: date
    due_on: date | None
    days_late: int | None = Field(description="逾期天数,负为剩余 / days late; below nought: still to go")
    draft: UUID | None = Field(description="已有的草稿 / draft that waits to be approved")


class UnpublishedList(Answer):
    items: list[UnpublishedDecision]
    next: str | None


class PublicationItem(Answer):
    """One publication. `mine`: drafted by whoever asks, so that somebody else approves it."""

    id: UUID
    decision: UUID
    body: PublishingBody
    outcome: Outcome
    decided_on: date
    due_on: date
    text: str
    text_en: str
    state: PublicationState
    drafted_at: datetime
    drafted_by: str
    mine: bool
    published_on: date | None
    published_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None


class PublicationList(Answer):
    items: list[PublicationItem]
    next: str | None


class PublicationPhoto(Answer):
    """One photo of the case; never looked at means not chosen."""

    id: UUID | None
    sha256: str
    role: str
    chosen: bool
    regions: list[list[float]]
    confirmed_at: datetime | None
    confirmed_by: str | None


class PublicationOut(PublicationItem):
    photos: list[PublicationPhoto]


class BlurProposed(Answer):
    kind: Literal["face", "plate"]
    box: list[float]


class BlurProposals(Answer):
    """Where the detector saw a face or a number plate; it misses some and is wrong about others: a person decides."""

    items: list[BlurProposed]


class OpenTownship(Answer):
    """A month of one township. Shares are null without anything to share; satisfaction also with few answers."""

    code: str
    name: str
    registered: int
    due: int = Field(description="应结案 / cases due to close")
    closed: int = Field(description="其中结案 / closed of these")
    closed_on_time: int = Field(description="其中按期 / closed on time of these")
    on_time_share: float | None
    answers: int | None = Field(description="回访答复 / answers after closing; null when few")
    satisfied: int | None = Field(description="其中满意 / satisfied of these")
    satisfied_share: float | None


class OpenStatistics(Answer):
    month: str
    answers_min: int = Field(
        description="少于此数的回访不公布满意度 / satisfaction is told from so many answers on"
    )
    townships: list[OpenTownship]


class OpenDecision(Answer):
    id: UUID
    published_on: date
    decided_on: date
    township: str | None
    outcome: Outcome
    text: str
    text_en: str
    photos: list[str] = Field(description="照片地址 / addresses of photos")


class OpenDecisions(Answer):
    items: list[OpenDecision]
    next: str | None


class OpenRatingEntry(Answer):
    """One line of the public list: the shop, and no person."""

    code: str
    name: str
    street: str | None
    township: str | None
    township_name: str | None
    colour: Colour
    score: str
    stars: int | None


class OpenRatingCorrection(Answer):
    """What an upheld appeal made of a line; `colour` null: it is on no list any more."""

    on: date
    corrected_at: datetime
    code: str
    name: str
    street: str | None
    colour_before: Colour
    score_before: str
    colour: Colour | None
    score: str


class OpenRatings(Answer):
    """The newest list that was published, as corrected since. Without one `on` and what follows it are null."""

    on: date | None = Field(description="名单截止之日 / day of the list")
    published_at: datetime | None
    appeal_until: date | None = Field(description="申诉截止日 / last day to appeal")
    items: list[OpenRatingEntry]
    corrections: list[OpenRatingCorrection]
    next: None = None


class OpenLegalText(Answer):
    """An article that decisions and lists cite. `abridged`: a summary, not word for word."""

    code: str
    title: str
    clause: str
    text: str
    abridged: bool
    issued_on: date | None
    source: str


class OpenLaws(Answer):
    """The articles in force today, and since when their set is; null without one. `sample`: made for trying out."""

    valid_from: date | None
    sample: bool | None
    items: list[OpenLegalText]
    next: None = None
