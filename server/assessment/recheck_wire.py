"""Samples of closed cases as they are asked for and told: who looks at which case, what was found, how sure that is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from server.assessment.wire import Period
from server.contract import Answer, Strict, Text

SIZE_MAX = 1000
Number = Annotated[Text, Field(min_length=1, max_length=64)]


class PopulationQuery(Period):
    """Which closed cases a sample would be drawn from."""


class PopulationOut(Answer):
    population: int = Field(
        description="期内办结且仍为办结的案卷数 / cases closed in the period that still are"
    )


class RecheckIn(Period):
    """A sample to draw from the cases closed in a period: so many of them, or such a share."""

    size: int | None = Field(
        None, ge=1, le=SIZE_MAX, description="件数,不足则全部 / how many; all when there are fewer"
    )
    share_percent: float | None = Field(
        None, gt=0, le=100, description="比例,百分数,向上取整 / percent of them, rounded up"
    )
    seed: Text | None = Field(
        None, min_length=8, max_length=64, description="不给则随机 / drawn at random when left out"
    )

    @model_validator(mode="after")
    def _one_measure(self) -> RecheckIn:
        if (self.size is None) == (self.share_percent is None):
            raise ValueError("size or share_percent wanted, one of both")
        return self


class AssignmentIn(Strict):
    """Cases of a sample to hand out in turn; without checkers they are taken back."""

    numbers: list[Number] = Field(min_length=1, max_length=SIZE_MAX)
    checkers: list[UUID] = Field(
        max_length=100,
        description="轮流派给,经手本案者除外;空为收回 / in turn, but none a case they had a hand in; empty: taken back",
    )


class RecheckResultIn(Strict):
    """What the second look found. A failed one goes back to be handled again and counts as rework."""

    passed: bool
    note: Text = Field("", max_length=2000)
    version: int = Field(ge=1, lt=2**31, description="案卷版本 / the version of the case looked at")
    report: UUID | None = Field(
        None,
        description="现场照片所在的上报,须附在本案 / the report with the photos taken there, attached to this case",
    )

    @model_validator(mode="after")
    def _said_why(self) -> RecheckResultIn:
        if not self.passed and not self.note.strip():
            raise ValueError("a failed look says why in note")
        return self


class CheckerOut(Answer):
    id: UUID
    name: str


class CheckerList(Answer):
    items: list[CheckerOut]


class RecheckCase(Answer):
    number: str
    township: str | None
    category: str
    state: str = Field(description="案卷现在的状态 / how the case stands now")
    checker: CheckerOut | None = Field(description="派给谁 / who was asked to look")
    passed: bool | None
    note: str | None
    checked_at: datetime | None
    checked_by: str | None
    report: UUID | None
    seen_at: datetime | None = Field(description="现场拍照的时刻 / when the photo was taken there")


class RecheckItem(Answer):
    id: str
    seed: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    township: str | None
    category: str | None
    population: int
    drawn: int
    checked: int
    failed: int
    drawn_at: datetime


class RecheckFigure(Answer):
    """What was found in a township, and what that says of all its closed cases of the period."""

    township: str | None = Field(description="镇街代码,合计与区外为 null / null in the sum and outside all")
    name: str | None
    population: int
    drawn: int
    checked: int
    held: int = Field(description="复核合格 / of those looked at")
    rate: float | None = Field(description="合格率,未查为 null / share that held; null before the first look")
    low: float | None = Field(
        description="置信区间 95%,按不放回抽样精确计算 / 95 % interval, exact for sampling without putting back"
    )
    high: float | None


class RecheckOut(RecheckItem):
    rule: str = Field(description="抽取规则 / how it is drawn")
    reproduced: bool = Field(description="按种子重抽是否一致 / whether the seed draws the same again")
    cases: list[RecheckCase]
    figures: list[RecheckFigure]
    total: RecheckFigure


class RecheckList(Answer):
    items: list[RecheckItem]
    next: str | None


class PlaceOut(Answer):
    lon: float
    lat: float


class RecheckTask(Answer):
    """A case that the asker was asked to look at again, and has not yet."""

    recheck: UUID
    number: str
    version: int
    category: str
    township: str | None
    position: PlaceOut
    closed_at: datetime
    given_at: datetime


class RecheckTaskList(Answer):
    items: list[RecheckTask]
