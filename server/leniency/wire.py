"""What is said and answered about leniency."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from server.contract import Answer, Day, Page, Sha256, Strict, Text
from server.rulebooks.book import Basis
from server.rulebooks.books.leniency_lists import Branch

_Code = Annotated[Text, Field(min_length=1, max_length=64)]
_Words = Annotated[Text, Field(min_length=1, max_length=4000, pattern=r"\S")]
Yuan = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class FirstOffenceQuery(Strict):
    subject: _Code = Field(description="责任主体编号 / code of the subject")
    item: _Code = Field(description="事项,即案卷类别 / matter, by category")
    on: Day | None = Field(None, description="违法之日,缺省今天 / day of the offence; left out: today")
    case: _Code | None = Field(None, description="本案,不计在内 / the case itself, which does not count")


class LeniencyRulebook(Answer):
    """The set that something was looked up in."""

    id: int
    name: str
    version: int
    sample: bool


class EarlierOffence(Answer):
    """`outcomes`: closed, or the branch by which it was let off, or what was decided."""

    case: str | None
    item: str
    at: datetime
    outcomes: list[str]


class FirstOffenceOut(Answer):
    subject: str
    item: str
    on: date
    since: date = Field(description="查询期首日 / first day that is looked at")
    items: list[str] = Field(description="视为同类的事项 / matters that count as the same")
    basis: Basis
    rulebook: LeniencyRulebook
    earlier: list[EarlierOffence]
    decision: Literal["warn", "case"] = Field(
        description="warn:首次,教育告诫;case:再次,立案 / the first time, a warning; again, a case"
    )
    reason: str
    reason_en: str


class LeniencyMatter(Strict):
    """A case, or else a subject, a matter and a day."""

    case: _Code | None = Field(None, description="案卷编号 / number of the case")
    subject: _Code | None = None
    item: _Code | None = None
    on: Day | None = Field(None, description="违法之日 / day of the offence")
    facts: dict[str, bool | float | str] = Field(
        {},
        max_length=50,
        description="由人认定的事实,系统已知者不采 / what a person says; what the system knows goes before it",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.case is None) == (self.subject is None or self.item is None):
            raise ValueError("a case, or a subject and an item wanted")
        return self


class LeniencyHelpIn(LeniencyMatter):
    pass


class LeniencyFact(Answer):
    """One fact that conditions speak of; `source` null: not known."""

    fact: str
    name: str
    name_en: str
    kind: Literal["yes_no", "number", "choice"]
    choices: list[dict[str, str]]
    value: bool | float | str | None
    source: Literal["system", "person"] | None
    cases: list[str] = Field(description="据以认定的案卷编号 / numbers of the cases that say so")


class LeniencyCondition(Answer):
    """`holds` null: not known."""

    code: str
    text: str
    text_en: str
    holds: bool | None
    facts: list[str]


class LeniencyOffer(Answer):
    """One row of a list for this matter; `offered` null: not decided, something is not known."""

    code: str
    branch: Branch
    branch_name: str
    branch_name_en: str
    behaviour: str
    behaviour_en: str
    offered: bool | None
    least_share: float | None
    legal_basis: Basis
    conditions: list[LeniencyCondition]
    reason: str
    reason_en: str


class LeniencyHelp(Answer):
    case: str | None
    subject: str
    subject_name: str | None
    item: str
    on: date
    rulebook: LeniencyRulebook
    facts: list[LeniencyFact]
    offers: list[LeniencyOffer]


class LeniencyDecisionIn(LeniencyMatter):
    row: _Code = Field(description="清单代码 / row of the list")
    amount_yuan: Yuan = Field(description="不免不减时的罚款,元 / the fine without leniency, yuan")
    imposed_yuan: Yuan | None = Field(
        None, description="减轻后处以的罚款,元,只用于 mitigate / the fine imposed, of `mitigate` only, yuan"
    )
    reason: _Words
    education: _Words | None = Field(None, description="教育情况,免罚必填 / how the person was educated")
    educated_on: Day | None = None
    attachments: list[Sha256] = Field(
        [],
        max_length=20,
        description="教育记录的附件摘要 / digests of what shows how the person was educated",
    )


class LeniencyDecisionOut(Answer):
    """One decision; `conditions` and `facts` as they were."""

    id: UUID
    case: str | None
    subject: str | None
    subject_name: str | None
    item: str
    rulebook_id: int
    row: str
    branch: Branch
    happened_on: date
    facts: list[dict[str, Any]]
    conditions: list[dict[str, Any]]
    amount_yuan: float
    waived_yuan: float
    reason: str
    education: str | None
    educated_on: date | None
    attachments: list[str]
    township: str | None
    township_name: str | None
    decided_on: date
    decided_at: datetime
    decided_by: str | None


class PeriodQuery(Strict):
    first: Day | None = Field(None, alias="from", description="决定日期起 / decided on or after")
    last: Day | None = Field(None, alias="to", description="决定日期止 / decided on or before")
    township: _Code | None = None


class DecisionsQuery(Page):
    first: Day | None = Field(None, alias="from", description="决定日期起 / decided on or after")
    last: Day | None = Field(None, alias="to", description="决定日期止 / decided on or before")
    township: _Code | None = None
    case: _Code | None = None


class LeniencyDecisionList(Answer):
    items: list[LeniencyDecisionOut]
    next: str | None


class LeniencySum(Answer):
    count: int
    amount_yuan: float
    waived_yuan: float


class LeniencyBranchSum(LeniencySum):
    branch: Branch


class LeniencyTownshipSum(LeniencySum):
    township: str | None
    name: str | None


class LeniencyTotals(LeniencySum):
    """Sums of the decisions the asker sees."""

    branches: list[LeniencyBranchSum]
    townships: list[LeniencyTownshipSum]
