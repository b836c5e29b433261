"""What channels, deliveries and handovers look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StrictBool, StrictInt

from geo.hours import HoursRefused, read_hours
from server.contract import Answer, Page, Strict, Text

Kind = Literal["email", "webhook", "wecom", "dingtalk"]
DeliveryState = Literal["pending", "sent", "failed", "dropped"]
HandoverState = Literal["pending", "sent", "acknowledged", "failed"]


def _hours(value: object) -> object:
    if isinstance(value, str):
        try:
            read_hours(value)
        except HoursRefused:
            raise ValueError("no hours: `22:00-07:00` or `1-5 18:00-08:00; 6,7 00:00-24:00` wanted") from None
    return value


Pattern = Annotated[str, Field(max_length=80, pattern=r"^(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)$")]
Patterns = Annotated[
    list[Pattern],
    Field(
        min_length=1, max_length=50, description="事件,可用 `case.*` 或 `*` / events; a star stands for any"
    ),
]
QuietHours = Annotated[
    str,
    BeforeValidator(_hours),
    Field(
        max_length=500,
        description="免打扰时段,本地时间;紧急案卷不受限 / hours without messages, local time, such as "
        "`22:00-07:00`; emergencies are sent all the same",
    ),
]
DigestMinutes = Annotated[
    StrictInt,
    Field(
        ge=0,
        le=1440,
        description="汇总间隔,分钟;0 为逐条发送 / minutes over which events are collected into one message; "
        "0: each by itself",
    ),
]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
ChannelAddress = Annotated[
    Text,
    Field(
        min_length=3,
        max_length=2000,
        description="邮箱或网址;加密保存 / e-mail address or URL; kept encrypted",
    ),
]
RobotSecret = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=200,
        description="钉钉机器人的加签密钥;webhook 的密钥由系统生成 / DingTalk's signing secret; that of a webhook is "
        "made here",
    ),
]
AllBodies = Annotated[
    StrictBool,
    Field(description="全区各机构的事件,仅限区局 / events of every body, for the district's channels only"),
]


class ChannelIn(Strict):
    """A new channel."""

    kind: Kind
    name: Name
    address: ChannelAddress
    secret: RobotSecret | None = None
    body: Text | None = Field(
        None, max_length=9, description="所属机构代码,缺省为本机构 / code of its body; your own when left out"
    )
    all_bodies: AllBodies = False
    events: Patterns = ["case.*"]
    quiet_hours: QuietHours | None = None
    digest_minutes: DigestMinutes = 0
    enabled: StrictBool = True


class ChannelPatch(Strict):
    """What changes of a channel. A new address comes with its secret anew."""

    name: Name | None = None
    address: ChannelAddress | None = None
    secret: RobotSecret | None = None
    all_bodies: AllBodies | None = None
    events: Patterns | None = None
    quiet_hours: QuietHours | None = None
    digest_minutes: DigestMinutes | None = None
    enabled: StrictBool | None = None


class NoticeBody(Answer):
    code: str
    name: str


class ChannelOut(Answer):
    id: UUID
    body: NoticeBody
    all_bodies: bool
    kind: Kind
    name: str
    address: str = Field(description="网址只显示主机 / of a URL only its host is shown")
    events: list[str]
    quiet_hours: str | None
    digest_minutes: int
    enabled: bool
    created_at: datetime
    failures: int = Field(description="连续失败次数 / failures in a row")
    failing_until: datetime | None = Field(
        description="因对方故障,此前不再尝试 / its host failed: nothing is tried before then"
    )
    secret: str | None = Field(
        description="webhook 签名密钥,仅在生成时显示一次 / key that signs a webhook, shown once, when it is made"
    )


class ChannelList(Answer):
    items: list[ChannelOut]
    next: str | None


class ChannelPath(Strict):
    channel_id: UUID


class DeliveryPath(Strict):
    delivery_id: int = Field(ge=1, lt=2**63)


class EntryPath(Strict):
    entry_id: int = Field(ge=1, lt=2**63)


class DeliveriesQuery(Page):
    state: DeliveryState | None = None
    case: Text | None = Field(None, max_length=64, description="案卷编号 / case number")
    channel: UUID | None = None


class DeliveryChannel(Answer):
    id: UUID
    kind: Kind
    name: str


class DeliveryTrouble(Answer):
    code: str
    text: str
    text_en: str
    status: int | None = Field(description="对方的状态码 / status the other side answered")


class DeliveryOut(Answer):
    id: int
    key: str = Field(description="去重键,每次重试不变 / dedupe key, the same at every try")
    event: str
    event_name: str
    event_name_en: str
    case: str | None
    channel: DeliveryChannel
    state: DeliveryState
    urgent: bool
    attempts: int
    age_s: int = Field(description="自产生至送达或现在,秒 / seconds until it arrived, or until now")
    created_at: datetime
    settled_at: datetime | None
    next_try_at: datetime | None
    trouble: DeliveryTrouble | None = Field(
        description="最近一次未送达的原因 / why the last try did not arrive"
    )


class DeliveryList(Answer):
    items: list[DeliveryOut]
    next: str | None


class HandoversQuery(Page):
    state: HandoverState | None = None


class HandoverOut(Answer):
    case: str
    body: NoticeBody
    category: str
    township: str | None
    version: int
    due_at: datetime | None
    state: HandoverState
    state_name: str
    state_name_en: str
    dispatched_at: datetime
    accepted_at: datetime | None
    age_s: int = Field(description="自派遣至签收或现在,秒 / seconds until it was accepted, or until now")
    alarm: bool = Field(description="超过限时仍未签收 / not accepted within the time set for it")


class HandoverList(Answer):
    items: list[HandoverOut]
    next: str | None
