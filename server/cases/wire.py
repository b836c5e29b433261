"""What people send to act on a case, and what a case looks like from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StrictInt

from server.contract import Answer, Moment, Strict, Text
from server.places.wire import DatumName

StateKey = Literal[
    "reported",
    "registered",
    "refused",
    "cancelled",
    "dispatched",
    "transferred",
    "accepted",
    "handling",
    "suspended",
    "replied",
    "checked",
    "closed",
    "merged",
]
ActionName = Literal[
    "register",
    "refuse",
    "dispatch",
    "accept",
    "return",
    "start",
    "reply",
    "pass",
    "rework",
    "close",
    "reopen",
    "request_extension",
    "approve_extension",
    "refuse_extension",
    "suspend",
    "resume",
    "cancel",
    "merge",
    "split",
    "transfer",
    "assist",
    "assign",
    "choose_zone",
    "release_zone",
    "milestone",
]
ZoneKind = Literal["frontage", "parking"]
UnitName = Literal["work_minute", "work_hour", "work_day", "hour", "day"]
Number = Annotated[Text, Field(min_length=1, max_length=64)]
BodyCode = Annotated[Text, Field(pattern=r"^[0-9]{6}([0-9]{3})?$", description="机构代码 / code of a body")]
Category = Annotated[Text, Field(min_length=1, max_length=64)]
Words = Annotated[Text, Field(min_length=1, max_length=2000, pattern=r"\S")]
Version = Annotated[StrictInt, Field(ge=1, lt=2**31)]
PARTS_MAX = 20


class CaseHeaders(Strict):
    """What an action may say in headers instead; a request has others besides."""

    model_config = ConfigDict(extra="ignore")

    if_match: str | None = Field(
        None, alias="If-Match", description='案卷版本,如 "3" / version of the case, as in "3"'
    )
    idempotency_key: UUID | None = Field(
        None,
        alias="Idempotency-Key",
        description="同一键同一内容,得到同一答复 / the same key with the same content gives the same answer",
    )


class PartIn(Strict):
    """One part that becomes a case of its own."""

    category: Category
    note: Words
    body: BodyCode | None = None


class ZoneIn(Strict):
    """A zone by its kind and code."""

    kind: ZoneKind
    code: Annotated[Text, Field(min_length=1, max_length=64)]


class InputsIn(Strict):
    """What comes with an action: `requires` and `takes` of `allowed_actions` say which members; others are refused."""

    note: Words | None = Field(None, description="说明,存档 / a note, kept with the entry")
    reason: Words | None = Field(None, description="理由,存档 / why; it is kept")
    category: Category | None = Field(None, description="register:更正后的类别 / the category as corrected")
    body: BodyCode | None = Field(
        None, description="dispatch、transfer:去向机构 / dispatch, transfer: the body it goes to"
    )
    assignee: UUID | None = Field(
        None,
        description="dispatch、assign:由谁承办(提示,同机构其他人仍可办) / "
        "dispatch, assign: who is expected to act; others of the body still may",
    )
    zone: ZoneIn | None = Field(
        None, description="choose_zone:认定的责任区 / choose_zone: the zone the case lies in"
    )
    read_as: DatumName | None = Field(
        None,
        description="choose_zone:坐标按此基准读(上报的发现指出只有这样才对得上),案卷移到那里 / "
        "choose_zone: the datum in which the numbers are read, where a finding of the report says they fit only so; "
        "the case moves there",
    )
    assisting: Annotated[list[BodyCode], Field(min_length=1, max_length=PARTS_MAX)] | None = Field(
        None, description="协办机构,各立一个子案卷 / assisting bodies, each with a case of its own"
    )
    reports: Annotated[list[UUID], Field(min_length=1, max_length=100)] | None = Field(
        None,
        description="reply:已附于本案且带处置后照片的上报 / reports attached to this case with an after-photo",
    )
    amount: Annotated[StrictInt, Field(ge=1, le=10_000)] | None = Field(
        None, description="延期的数量 / how much longer"
    )
    unit: UnitName | None = Field(None, description="延期的单位 / the unit of `amount`")
    until: Moment | None = Field(None, description="挂账至何时(提示) / until when, as a reminder")
    into: Number | None = Field(None, description="并入的案卷 / the case it is merged into")
    parts: Annotated[list[PartIn], Field(min_length=1, max_length=PARTS_MAX)] | None = Field(
        None, description="分出的部分 / the parts that become cases of their own"
    )
    department: Annotated[Text, Field(min_length=1, max_length=200, pattern=r"\S")] | None = Field(
        None, description="transfer:其他部门的名称 / the name of another department"
    )
    clock: Annotated[Text, Field(pattern=r"^[a-z_]{1,40}$")] | None = Field(
        None, description="milestone:达到的分项时限 / the sub-clock that is reached"
    )


class ActionIn(InputsIn):
    """An action on one case."""

    version: Version | None = Field(
        None, description="所见案卷的版本;也可用 If-Match / version of the case acted on; or If-Match"
    )
    key: UUID | None = Field(
        None, description="重发识别键;也可用 Idempotency-Key / names a retry; or Idempotency-Key"
    )


class ActionItem(Strict):
    number: Number
    version: Version


class ActionsIn(InputsIn):
    """The same action on several cases, each by itself."""

    items: list[ActionItem] = Field(min_length=1, max_length=1000)
    key: UUID | None = Field(
        None, description="重发识别键;也可用 Idempotency-Key / names a retry; or Idempotency-Key"
    )


# --- Answers --------------------------------------------------------------------------------------------------


class NamedCode(Answer):
    code: str
    name: str


class PositionOut(Answer):
    lon: float
    lat: float


class CaseReportOut(Answer):
    id: str
    relation: Literal["opened", "attached", "merged", "parent"] = Field(
        description="立起本案、附于本案、随并入案卷而来、属于主案卷 / "
        "opened this case, attached to it, came with a merged case, belongs to its parent"
    )
    case: str


class ActionOut(Answer):
    action: ActionName
    name: str
    name_en: str
    requires: list[str] = Field(description="必须随附 / must come with it")
    takes: list[str] = Field(description="可以随附 / may come with it")


class BlockedOut(ActionOut):
    guard: str
    reason: str
    reason_en: str


class ParentOut(Answer):
    number: str
    relation: Literal["split", "assists"]
    state: StateKey


class ChildOut(Answer):
    number: str
    relation: Literal["split", "assists"]
    state: StateKey
    body: NamedCode


class ExtensionOut(Answer):
    amount: int
    unit: UnitName
    reason: str
    requested_at: datetime


class ZoneOut(Answer):
    """Where a case lies: as a person chose, else as its match is certain or likely of."""

    kind: ZoneKind
    code: str
    name: str
    version: int
    share: float | None = Field(
        description="判定给出的可能性,0 至 1;人工认定而判定未列者为空 / "
        "probability of the match, 0 to 1; null where a person chose what was no candidate"
    )
    chosen_by_name: str | None = Field(description="由谁认定;空为按判定 / who chose it; null: as matched")
    chosen_at: datetime | None


class CaseOut(Answer):
    number: str
    state: StateKey
    state_name: str
    state_name_en: str
    step: int
    version: int
    category: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    emergency: bool
    round: int = Field(description="返工次数 / how often it went back to be handled again")
    position: PositionOut
    zone: ZoneOut | None = Field(description="难以判定且无人认定时为空 / null while unsure and not chosen")
    body: NamedCode
    assignee: str | None = Field(description="承办人的账号 / account of who is expected to act")
    assignee_name: str | None
    township: NamedCode | None
    department: str | None
    suspended_from: StateKey | None
    suspended_until: datetime | None
    extension: ExtensionOut | None = Field(description="待批的延期 / an extension not decided yet")
    parent: ParentOut | None
    children: list[ChildOut]
    merged_into: str | None
    merged: list[str]
    reports: list[CaseReportOut]
    allowed_actions: list[ActionOut] = Field(
        description="您现在可做的 / what you can do now, with what each requires"
    )
    blocked_actions: list[BlockedOut] = Field(
        description="状态与角色允许、尚缺条件的 / what state and role allow but a condition forbids just now"
    )


class LedgerEntryOut(Answer):
    seq: int
    recorded_at: datetime
    actor: str | None
    actor_name: str | None = Field(description="办理人姓名 / who did it, by name")
    actor_role: str | None = Field(description="办理人当时的角色 / in which role, at that time")
    action: str
    body: dict[str, Any]
    prev_hash: str
    hash: str


class History(Answer):
    items: list[LedgerEntryOut]
    next: str | None


class ActedOut(Answer):
    """What came of one case of a batch: the case, or the problem as it would be answered alone."""

    number: str
    status: int
    case: CaseOut | None
    problem: dict[str, Any] | None


class ActedList(Answer):
    items: list[ActedOut]


class InboxCase(Answer):
    number: str
    category: str
    state: StateKey
    state_name: str
    state_name_en: str
    step: int


class InboxReason(Answer):
    code: str
    text: str
    text_en: str


class InboxItem(Answer):
    id: int
    kind: str
    created_at: datetime
    read_at: datetime | None
    reason: InboxReason
    case: InboxCase


class Inbox(Answer):
    items: list[InboxItem]
    next: str | None
