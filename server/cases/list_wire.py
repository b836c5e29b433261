"""What lists of cases are asked by, and how rows, counts and places are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from server.cases.wire import BodyCode, Category, NamedCode, Number, PositionOut, StateKey
from server.contract import Answer, Bbox, Moment, Page, Strict, Text

NUMBERS_MAX = 100
CaseClock = Literal["on_time", "soon", "overdue", "suspended", "none", "ended"]


class FilterQuery(Strict):
    """What cases are narrowed to; the list, the counts and the places take the same."""

    q: Text | None = Field(
        None,
        max_length=100,
        description="查找:编号末几位,责任区名称、门牌、编码,类别、机构名称,备注与理由;多个词须全部出现 / "
        "looked for: last digits of the number; name, door and code of the zone; names of category and body; notes and "
        "reasons; of several words each",
    )
    number: Annotated[list[Number], Field(max_length=NUMBERS_MAX)] | None = Field(
        None, description="只看这些编号,可多次给出 / only these numbers; may be given several times"
    )
    bbox: Bbox | None = Field(None, description="西,南,东,北,度 / west,south,east,north in degrees")
    township: Text | None = Field(None, max_length=64, description="9 位代码 / 9-digit code")
    state: list[StateKey] | None = Field(None, description="可多次给出 / may be given several times")
    category: Category | None = None
    body: BodyCode | None = None
    open: bool | None = Field(None, description="true 为未了结 / true: not at an end")
    overdue: bool | None = Field(None, description="true 为未了结且已超时 / true: not at an end and past due")
    due_before: Moment | None = Field(None, description="到期早于 / due before")
    due_within_h: int | None = Field(
        None,
        ge=1,
        le=720,
        description="未了结,几小时内到期或已超时 / not at an end and due within so many hours, or past due",
    )
    ambiguous: bool | None = Field(
        None,
        description="true 为未派遣、几个责任区难以判定或坐标系存疑,且无人认定的 / true: not dispatched, several zones "
        "share the match or the position fits only another datum, and nobody has chosen one",
    )
    mine: bool | None = Field(
        None,
        description="true 为本人上报、处置、核查或承办的 / "
        "true: reported, handled or checked by you, or assigned to you",
    )


class CasesQuery(FilterQuery, Page):
    pass


class CountsQuery(FilterQuery):
    soon_h: int = Field(
        4, ge=1, le=720, description="几小时内到期算将到期 / due within so many hours is `soon`"
    )


class CaseZone(Answer):
    kind: str
    code: str
    name: str | None
    verdict: str = Field(description="判定;chosen 为人工认定 / the verdict of the match; chosen: by a person")
    share: float | None = Field(description="0 至 1 / 0 to 1: its share of the match")


class CaseRing(Answer):
    """The clock a case is measured by just now."""

    name: str
    state: Literal["running", "paused", "stopped"]
    colour: Literal["green", "yellow", "red", "overdue"]
    used_share: float | None = Field(description="已用份额,超时大于 1 / share used up, above 1 when overdue")


class CasePhoto(Answer):
    report: str
    sha256: str


class CaseItem(Answer):
    number: str
    state: StateKey
    state_name: str
    state_name_en: str
    step: int = Field(description="闭环七步之一 / 1 to 7: the national steps")
    version: int
    category: str
    township: str | None
    body: NamedCode
    assignee: str | None = Field(description="承办人的账号 / account of who is expected to act")
    assignee_name: str | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    emergency: bool
    position: PositionOut
    zone: CaseZone | None = Field(description="最可能的责任区 / the likeliest zone, if there is one at all")
    ambiguous: bool = Field(
        description="未派遣而责任区待认定 / not dispatched, and its zone waits to be chosen"
    )
    clock: CaseRing | None
    photo: CasePhoto | None = Field(
        description="立案上报的第一张照片 / first photo of the report that opened it"
    )
    reports: int = Field(description="上报数,含并入的 / how many reports, those of merged cases among them")


class CaseList(Answer):
    items: list[CaseItem]
    next: str | None


class CaseCount(Answer):
    state: StateKey
    clock: CaseClock
    ambiguous: bool
    cases: int


class CaseCounts(Answer):
    """Each case once, by state, clock and whether its zone waits to be chosen: sums of these are every count."""

    total: int
    items: list[CaseCount]


class CasePlaces(Answer):
    """Columns of the same length, newest opened first."""

    number: list[str]
    lon: list[float]
    lat: list[float]
    clock: list[CaseClock]
    cut: bool = Field(description="还有更多未列出 / there are more than are told")


class DispatchBody(Answer):
    code: str
    name: str
    name_en: str
    kind: Literal["district", "township"]
    place: str = Field(description="所在区、镇街 / the district or township it is the body of")


class DispatchBodies(Answer):
    items: list[DispatchBody]
    next: None
