"""Matters of court as they are sent and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer, Day, Sha256, Strict, Text

Kind = Literal["reconsideration", "lawsuit", "court_enforcement"]
AnyKind = Literal["penalty", "reconsideration", "lawsuit", "court_enforcement"]
Step = Literal["served", "urged", "filed", "accepted", "refused", "answered", "hearing", "document", "ended"]
Outcome = Literal["upheld", "lost", "withdrawn", "settled", "granted", "denied"]


class MatterIn(Strict):
    """A matter that begins; what happens in it are entries."""

    kind: Kind = Field(
        description="复议、诉讼或申请法院强制执行 / reconsideration, lawsuit or application to court"
    )
    reference: Text = Field(
        min_length=1,
        max_length=100,
        pattern=r"\S",
        description="文号 / number it has at the court or authority",
    )
    case: Text | None = Field(None, max_length=64, description="案卷编号 / case number")
    township: Text | None = Field(
        None,
        max_length=12,
        description="镇街代码,有案卷时不填 / code of the township; of a case its own counts",
    )


class MatterEntryIn(Strict):
    """Something that happened."""

    kind: Step
    on: Day = Field(description="发生之日 / the day it happened")
    outcome: Outcome | None = Field(
        None, description="只在 ended:胜诉、败诉、撤回、和解;申请执行为准予、不准予 / of `ended` only"
    )
    document: Text | None = Field(
        None, min_length=1, max_length=64, description="材料代码,只在 document / of `document` only: its code"
    )
    attachment: Sha256 | None = Field(None, description="附件 / SHA-256 of its file")
    note: Text = Field("", max_length=2000)


class MatterBody(Answer):
    code: str
    name: str


class MatterEntryOut(Answer):
    id: UUID
    seq: int
    kind: Step
    on: date
    outcome: Outcome | None
    document: str | None
    attachment: str | None
    note: str
    recorded_at: datetime
    recorded_by: str
    ledger_seq: int | None = Field(
        description="案卷流水序号,无案卷为 null / its entry in the ledger of the case; null without one"
    )


class MatterClock(Answer):
    """One term: `running`, `soon` (from `warn_on`), `overdue`, or `ended`."""

    code: str
    name: str
    due_on: date
    warn_on: date
    state: Literal["running", "soon", "overdue", "ended"]
    days_left: int | None = Field(description="剩余自然日 / calendar days left; null when ended")
    rulebook: int = Field(description="所依据的规则册 / set it was counted by")
    sample: bool = Field(description="依据样例计算 / counted by a sample")
    legal_basis: str
    told_at: list[datetime] = Field(description="已提醒 / when it was told of")


class MatterDocument(Answer):
    code: str
    name: str
    there: bool


class MatterItem(Answer):
    """One matter of a list. `state` is the kind of its newest entry that is no document; null before the first."""

    id: UUID
    kind: AnyKind
    reference: str
    case: str | None
    body: MatterBody
    source: str
    created_at: datetime
    state: Step | None
    outcome: Outcome | None
    on: date | None = Field(description="最近一步之日 / day of that entry")
    next_due_on: date | None = Field(description="最近的期限 / the first term that runs")


class MatterOut(MatterItem):
    entries: list[MatterEntryOut]
    clocks: list[MatterClock]
    documents: list[MatterDocument]


class MatterList(Answer):
    items: list[MatterItem]
    next: str | None


class CourtCounted(Answer):
    """What one body's matters come to; a share of nothing is null."""

    penalties: int = Field(
        description="行政处罚:本系统决定的与导入的历史案件,同一件只计一次 / penalties: decided here, and those "
        "of before that were imported; one that is both counts once"
    )
    penalties_decided: int = Field(description="其中本系统决定的 / of these decided here")
    reconsiderations: int = Field(description="受理的行政复议 / reconsiderations accepted")
    reconsiderations_lost: int
    lawsuits: int = Field(description="受理的行政诉讼 / lawsuits accepted")
    lawsuits_lost: int = Field(description="其中败诉 / lost of these")
    lawsuits_open: int = Field(description="其中未结 / not ended of these")
    lost_share: float | None = Field(
        description="败诉率,没有诉讼为 null / share of lawsuits lost; null without any"
    )
    sued_share: float | None = Field(description="涉诉率 / lawsuits accepted by penalty cases")


class CourtTownship(CourtCounted):
    code: str
    name: str


class CourtRates(Answer):
    """Figures of a period with what goes into them, for the whole district and each body."""

    first: date | None
    last: date | None
    total: CourtCounted
    text: str
    text_en: str
    townships: list[CourtTownship]


class MatterLineFault(Answer):
    line: int
    message: str


class MattersImported(Answer):
    """What a file comes to; nothing is kept unless `applied`."""

    new: int
    unchanged: int
    faults: list[MatterLineFault]
    applied: bool
