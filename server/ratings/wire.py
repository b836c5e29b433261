"""What is said and answered about ratings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer, Day, Page, Sha256, Strict, Text

Colour = Literal["red", "black"]
ListState = Literal["proposed", "noticed", "published", "withdrawn"]
SubjectCode = Annotated[
    Text, Field(min_length=1, max_length=64, description="责任主体编号 / code of the subject")
]
_Reason = Annotated[Text, Field(min_length=1, max_length=1000, pattern=r"\S")]
_Score = Annotated[str, Field(description="得分,至多两位小数 / score, two decimals at most")]


class ScoreTrialIn(Strict):
    """Something that would add to a score or take from it."""

    subject: SubjectCode
    event: Text = Field(max_length=64, description="规则中的事项代码 / code of an event of the rules")
    on: Day = Field(description="发生之日,按当日规则计分 / day it happened, whose rules count")


class ScoreEntryIn(ScoreTrialIn):
    """Something that adds to a score or takes from it, entered by hand."""

    reason: _Reason
    attachments: list[Sha256] = Field(
        [], max_length=20, description="佐证附件的 SHA-256 / evidence that was sent as attachments"
    )


class ListsQuery(Strict):
    on: Day | None = Field(None, description="哪一天,缺省今天 / as of this day; left out: today")
    colour: Colour | None = None


class OnQuery(Strict):
    on: Day | None = Field(None, description="哪一天,缺省今天 / as of this day; left out: today")


class RatingProposalIn(Strict):
    on: Day = Field(description="计算截止之日 / the day up to which it is worked out")


class RatingWithdrawalIn(Strict):
    reason: _Reason


class RatingAppealIn(Strict):
    """What a shop says against its being on a list, as somebody took it down."""

    subject: SubjectCode
    contested: list[int] = Field(
        [],
        max_length=500,
        description="有异议的记录编号,缺省为计入的全部扣分 / entries said to be wrong; none: all minus points",
    )
    grounds: Annotated[Text, Field(min_length=1, max_length=4000, pattern=r"\S")]


class RatingAppealDecisionIn(Strict):
    upheld: bool = Field(description="申诉是否成立 / whether the shop is right")
    reason: Annotated[Text, Field(min_length=1, max_length=4000, pattern=r"\S")]


class PublicationsQuery(Page):
    pass


class RatingRulesOut(Answer):
    """The rules that something was worked out by."""

    id: int
    name: str
    name_en: str
    notice_days: int
    appeal_days: int


class ScoreCounted(Answer):
    """An entry of the ledger that counts on the day, and what is left of its points."""

    id: int
    event: str
    name: str
    name_en: str
    kind: Literal["plus", "minus"]
    on: date
    points: str
    left: str
    case: str | None
    record: UUID | None = Field(description="由此记录计入 / record that it was entered for")
    reason: str | None


class RatedName(Answer):
    code: str
    name: str | None
    street: str | None
    township: str | None
    township_name: str | None


class _Rated(Answer):
    subject: RatedName
    colour: Colour | None
    stars: int | None
    good_months: int
    entries: list[ScoreCounted]


class RatedStanding(_Rated):
    """How a subject stands on a day."""

    score: _Score
    base: str
    plus: str
    minus: str


class ScoreTrial(Answer):
    """What an entry would be worth, and how the subject stands today without it and with it."""

    kind: Literal["plus", "minus"]
    points: str
    score: _Score
    colour: Colour | None
    score_after: _Score
    colour_after: Colour | None


class RatingLists(Answer):
    on: date
    rules: RatingRulesOut
    rated: int = Field(description="有台账的主体数 / subjects with a ledger")
    items: list[RatedStanding]
    next: None = None


class ScoreLedgerEntry(Answer):
    """One entry of a ledger, in the order in which they were written."""

    id: int
    subject: str
    seq: int
    action: str
    action_name: str
    action_name_en: str
    event: str | None
    name: str | None
    name_en: str | None
    on: date | None
    points: str | None
    left: str | None = Field(description="该日余下的分值 / what is left of the points on the day asked for")
    score: str | None = Field(description="计至此条的得分 / the score of that day, up to this entry")
    voided: bool = Field(
        description="因申诉成立、记录更正或案卷重新办理不再计 / taken out by an upheld appeal, its record corrected, "
        "or its case opened again"
    )
    case: str | None
    record: UUID | None = Field(description="由此记录计入 / record that it was entered for")
    reason: str | None
    attachments: list[str]
    by: str | None
    recorded_at: datetime


class SubjectRating(_Rated):
    """How a subject stands, and its whole ledger; without rules in force on that day nothing is scored."""

    on: date
    rules: RatingRulesOut | None = Field(
        description="当日无评价规则时为空,不计分 / null: no rules of rating were in force on that day"
    )
    score: _Score | None
    base: str | None
    plus: str | None
    minus: str | None
    chain_whole: bool = Field(description="哈希链完好 / every entry continues the one before it")
    ledger: list[ScoreLedgerEntry]


class RatingAppealOut(Answer):
    id: UUID
    contested: list[int]
    grounds: str
    made_at: datetime
    made_by: str | None
    upheld: bool | None
    reason: str | None
    decided_at: datetime | None
    decided_by: str | None


class RatingCorrectionOut(Answer):
    """What an upheld appeal made of an entry; `colour` null: it is on no list any more."""

    colour: Colour | None
    score: str
    at: datetime


class RatingListEntry(Answer):
    subject: RatedName
    colour: Colour
    score: str
    stars: int | None
    appeal: RatingAppealOut | None
    correction: RatingCorrectionOut | None


class RatingListItem(Answer):
    """One list that was proposed, and how far it has come."""

    id: UUID
    on: date
    state: ListState
    rules_id: int
    digest: str = Field(description="名单内容的 SHA-256 / SHA-256 of what it says")
    red: int
    black: int
    open_appeals: int
    made_at: datetime
    made_by: str | None
    noticed_at: datetime | None
    notice_until: date | None
    appeal_until: date | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None


class RatingListPage(Answer):
    items: list[RatingListItem]
    next: str | None


class RatingListOut(RatingListItem):
    entries: list[RatingListEntry]


class RatingReplayed(Answer):
    """The list worked out once more from the ledgers."""

    digest: str
    replayed: str
    same: bool
