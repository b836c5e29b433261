"""Proceedings as they are sent and answered. Amounts are yuan, as text with two decimal places."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt

from server.cases.wire import Number, Version, Words
from server.contract import Answer, Day, Page, Sha256, Strict, Text
from server.rulebooks.book import Basis

StateKey = Literal[
    "filed",
    "inquired",
    "ordered",
    "noticed",
    "heard",
    "reviewing",
    "reviewed",
    "confirming",
    "decided",
    "served",
    "complied",
    "ended",
    "dropped",
]
StepName = Literal[
    "file",
    "inquire",
    "order_correction",
    "recheck",
    "advance_notice",
    "statement",
    "hearing",
    "submit_review",
    "approve",
    "object",
    "decide",
    "hear_on_spot",
    "decide_on_spot",
    "confirm",
    "serve",
    "comply",
    "end",
    "drop",
]
Outcome = Literal["warning", "no_penalty_shall", "no_penalty_may", "mitigated", "penalty"]
Procedure = Literal["ordinary", "simple"]
PartyKind = Literal["unit", "person"]
Means = Literal["service", "management", "enforcement"]
Yuan = Annotated[
    Decimal,
    Field(ge=0, le=Decimal(1_000_000_000), max_digits=12, decimal_places=2, description="元 / yuan"),
]
Officers = Annotated[list[UUID], Field(min_length=1, max_length=10)]
Attachments = Annotated[list[Sha256], Field(max_length=20)]
PartyName = Annotated[Text, Field(min_length=1, max_length=200, pattern=r"\S")]
ItemCode = Annotated[Text, Field(min_length=1, max_length=64)]


class CaseNumber(Strict):
    number: Number = Field(description="案卷编号,如 TZ-2026-000123 / case number, as in TZ-2026-000123")


class ProceedingNumber(Strict):
    number: Text = Field(
        min_length=1, max_length=80, description="执法编号,如 TZ-2026-000123-E1 / number of a proceeding"
    )


class StepPath(ProceedingNumber):
    step: StepName


class PaperPath(ProceedingNumber):
    nth: int = Field(ge=1, lt=2**31, description="第几步 / which step")


class ProceedingsQuery(Page):
    case: Number | None = Field(None, description="案卷编号 / number of a case")
    state: StateKey | None = None
    open: bool | None = Field(None, description="未结 / not at an end")
    late: bool = Field(False, description="已逾期 / past a day on which a step was due")
    mine: bool = Field(False, description="由您立案的 / opened by you")
    order: Literal["newest", "due"] = Field(
        "newest", description="新的在前,或期限先到的在前 / the newest first, or those whose terms end first"
    )


class DecisionsQuery(Page):
    since: Day | None = Field(None, description="自该日 / from this day")
    until: Day | None = Field(None, description="至该日 / to this day")
    outcome: Outcome | None = None


class PartyIn(Strict):
    """Against whom: a subject that is registered, or somebody by name."""

    subject: UUID | None = Field(None, description="责任主体 / a responsible subject")
    party_kind: PartyKind | None = Field(None, description="单位或个人 / a unit or a person")
    party_name: PartyName | None = Field(None, description="当事人名称 / name, where it is no subject")


class ProceedingIn(PartyIn):
    """What a proceeding is opened with."""

    officers: Officers = Field(description="执法人员,至少两人 / who takes the step, two at least")
    item: ItemCode = Field(description="事项 / code of penalty_items")
    note: Words | None = None


class SimpleIn(PartyIn):
    """The whole of a simple procedure; a second officer confirms it."""

    officers: Officers = Field(description="执法人员,至少两人 / who takes it, two at least")
    item: ItemCode = Field(description="事项 / code of penalty_items")
    note: Words = Field(description="查明的事实 / what was found")
    statement: Words = Field(description="当事人的陈述申辩 / what the party says")
    outcome: Literal["warning", "penalty"]
    amount_yuan: Yuan | None = None
    attachments: Attachments | None = Field(None, description="照片等附件 / photos and other attachments")


class StepIn(Strict):
    """What comes with a step: `requires` and `takes` of `allowed_steps` say which members; others are refused."""

    version: Version = Field(description="所见的版本 / version of the proceeding acted on")
    officers: Officers | None = Field(None, description="执法人员,至少两人 / who takes it, two at least")
    note: Words | None = Field(None, description="记录、意见或理由 / what is recorded, an opinion, or why")
    attachments: Attachments | None = Field(
        None, description="inquire、recheck:照片等附件 / photos and other attachments"
    )
    correction: Words | None = Field(None, description="order_correction:改正内容 / what is to be put right")
    days: Annotated[StrictInt, Field(ge=1, le=365)] | None = Field(
        None, description="order_correction:限几日 / within how many days"
    )
    corrected: StrictBool | None = Field(None, description="recheck:已改正 / whether it was put right")
    outcome: Outcome | None = Field(None, description="advance_notice、decide:处理结果 / how it is decided")
    amount_yuan: Yuan | None = Field(None, description="罚款 / the fine")
    waived_yuan: Yuan | None = Field(None, description="decide:免除金额 / what is not fined")
    leniency: UUID | None = Field(None, description="decide:从轻、不罚的认定 / the record why it is lighter")
    how: Annotated[Text, Field(min_length=1, max_length=64)] | None = Field(
        None, description="serve:送达方式 / in which way it was served"
    )
    paid: StrictBool | None = Field(None, description="confirm:当场缴纳 / paid at once")


# --- Answers --------------------------------------------------------------------------------------------------


class EnforcementBody(Answer):
    code: str
    name: str


class EnforcementItem(Answer):
    """One item of those that can be punished."""

    code: str
    rulebook: int
    name: str
    name_en: str
    correction: str
    basis: Basis
    amount_min_yuan: str
    amount_max_yuan: str
    simple_max_yuan: str | None


class PowerOut(Answer):
    """Whether the asker's body may act on it today."""

    allowed: bool
    code: str | None
    reason: str | None
    reason_en: str | None


class PrefillItem(EnforcementItem):
    fits: bool = Field(description="与案卷类别相符 / it fits the category of the case")
    possible: PowerOut


class PrefillSubject(Answer):
    id: str
    code: str
    name: str
    kind: str
    responsible: str | None


class PrefillZone(Answer):
    kind: str
    code: str
    name: str | None


class Prefill(Answer):
    """What a proceeding on a case would begin with."""

    case: str
    category: str
    subject: PrefillSubject | None
    zone: PrefillZone | None
    items: list[PrefillItem]


class StepOfferedOut(Answer):
    step: StepName
    step_name: str
    step_name_en: str
    requires: list[str] = Field(description="必须随附 / must come with it")
    takes: list[str] = Field(description="可以随附 / may come with it")
    paper: str | None = Field(description="生成的文书 / the document it makes")


class StepBlockedOut(StepOfferedOut):
    code: str
    reason: str
    reason_en: str


class EnforcingOfficer(Answer):
    account: str
    name: str
    certificate: str


class StepTakenOut(Answer):
    nth: int
    step: StepName
    step_name: str
    step_name_en: str
    means: Means
    state: StateKey
    state_name: str
    state_name_en: str
    at: datetime
    by_name: str | None
    officers: list[EnforcingOfficer]
    said: dict[str, Any]
    paper: str | None = Field(description="生成的文书名称 / the document it made, by name")
    document: str | None
    ledger_seq: int = Field(description="案卷流水的序号 / number of its entry in the ledger of the case")


class EnforcementClockOut(Answer):
    clock: str
    clock_name: str
    clock_name_en: str
    began_on: date
    due_on: date
    stopped_on: date | None
    days_left: int | None = Field(
        description="剩余自然日,逾期为负 / calendar days left, below 0 once it is over; null when stopped"
    )
    standing: Literal["running", "soon", "late", "stopped"]


class MajorOut(Answer):
    code: str
    name: str
    name_en: str


class PartyOut(Answer):
    kind: PartyKind
    name: str
    subject: str | None


class DecisionOfProceeding(Answer):
    outcome: Outcome
    amount_yuan: str
    waived_yuan: str
    document: str | None
    leniency: str | None
    decided_at: datetime
    decided_by_name: str | None


class ProceedingOut(Answer):
    number: str
    case: str
    state: StateKey
    state_name: str
    state_name_en: str
    version: int
    procedure: Procedure
    party: PartyOut
    body: EnforcementBody
    item: EnforcementItem | None
    outcome: Outcome | None = Field(description="拟作或已作的处理 / as proposed, then as decided")
    amount_yuan: str | None
    major: list[MajorOut] = Field(description="属重大决定的情形 / rules by which it is major")
    clocks: list[EnforcementClockOut]
    due_on: date | None
    opened_at: datetime
    ended_at: datetime | None
    steps: list[StepTakenOut]
    decision: DecisionOfProceeding | None
    officers: list[EnforcingOfficer] = Field(
        description="上一步的执法人员 / who took the last step with officers"
    )
    allowed_steps: list[StepOfferedOut]
    blocked_steps: list[StepBlockedOut]


class ProceedingItem(Answer):
    """A proceeding in a list."""

    number: str
    case: str
    state: StateKey
    state_name: str
    state_name_en: str
    procedure: Procedure
    party_name: str
    body: EnforcementBody
    item: str
    item_name: str | None
    outcome: Outcome | None
    amount_yuan: str | None
    term: EnforcementClockOut | None = Field(description="最先届满的期限 / the term that ends first")
    opened_at: datetime
    ended_at: datetime | None


class Proceedings(Answer):
    items: list[ProceedingItem]
    next: str | None


class StateCount(Answer):
    state: StateKey
    state_name: str
    state_name_en: str
    count: int
    late: int
    soon: int = Field(description="期限将至 / of which a term ends soon")


class ProceedingCounts(Answer):
    items: list[StateCount]
    next: None = None


class DecisionItem(Answer):
    proceeding: str
    case: str
    party_name: str
    body: EnforcementBody
    item: str
    item_name: str | None
    procedure: Procedure
    outcome: Outcome
    outcome_name: str
    outcome_name_en: str
    amount_yuan: str
    waived_yuan: str
    decided_at: datetime


class DecisionSums(Answer):
    """Of all that the filter finds, not of the page."""

    count: int
    amount_yuan: str
    waived_yuan: str


class Decisions(Answer):
    items: list[DecisionItem]
    sums: DecisionSums
    next: str | None
