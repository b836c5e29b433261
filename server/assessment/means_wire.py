"""Shares of the three means, the steps behind them, and handovers, as they are asked for and told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from server.assessment.handovers import Handed
from server.assessment.wire import OfTownship, parted
from server.contract import Answer, Page
from server.rulebooks.books.means_tags import Means, Origin

Group = Literal["township", "month"]


class MeansQuery(OfTownship):
    by: Annotated[
        list[Group],
        BeforeValidator(parted, json_schema_input_type=str),
        Field(json_schema_extra={"type": "string", "pattern": "^((township|month)(,|$))*$"}),
    ] = Field(default_factory=list, description="分组,逗号分隔 / groups, parted by commas: township, month")


class StepsQuery(OfTownship, Page):
    means: Means | Literal["untagged"] | None = Field(
        None, description="哪种手段,untagged 为未标注;缺省全部 / which means; untagged: without a tag"
    )


class MeansShare(Answer):
    steps: int
    share: str | None = Field(
        description="占已标注步骤的百分数,三项之和恰为 100.00 / percent of tagged steps; they add to 100.00"
    )


class MeansShares(Answer):
    service: MeansShare
    management: MeansShare
    enforcement: MeansShare


class MeansGroup(Answer):
    township: str | None = Field(description="空为不在任何镇街 / empty: outside all")
    month: str | None
    steps: int = Field(description="全部步骤,含未标注 / all steps, untagged ones too")
    untagged: int
    means: MeansShares


class MeansTarget(Answer):
    service: int
    management: int
    enforcement: int


class UsedRulebook(Answer):
    """The rulebook by which something was told."""

    id: int
    version: int
    name: str
    source: str
    sample: bool
    valid_from: date


class StepKind(Answer):
    of: Origin
    name: str
    label: str | None = Field(description="标注中的名称,无则 null / what its tag calls it")
    label_en: str | None
    means: Means | None = Field(description="null: 未标注 / untagged")


class CountedKind(StepKind):
    steps: int


class MeansOut(Answer):
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    tags: UsedRulebook | None = Field(
        description="时段末日有效的标注,无则全部未标注 / tags of the last day; null: none"
    )
    target: MeansTarget
    total: MeansGroup
    items: list[MeansGroup]
    kinds: list[CountedKind]


class MeansStep(StepKind):
    at: datetime
    township: str | None
    case: str | None = Field(description="案卷编号 / number of the case")
    record: str | None = Field(description="记录或走访登记的标识 / id of the record or mark")


class MeansSteps(Answer):
    items: list[MeansStep]
    next: str | None


class HandoverGroup(Answer):
    township: str | None = Field(description="空为不在任何镇街 / empty: outside all")
    handed_over: int = Field(description="交办次数 / times handed over")
    acknowledged: int = Field(description="已签收 / acknowledged")
    acknowledged_in_time: int = Field(description="上报前签收 / acknowledged before it was escalated")
    escalated: int = Field(description="逾期未签收而上报 / escalated to the district")


class HandoverCasesQuery(OfTownship, Page):
    figure: Handed = Field(description="哪一数 / which figure")


class HandoversOut(Answer):
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    total: HandoverGroup
    items: list[HandoverGroup]
