"""What is said and answered about campaigns."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from server.contract import Answer, Day, Moment, Page, Strict, Text

Kind = Literal["frontage", "parking", "site", "service_point"]
CampaignState = Literal["planned", "running", "over", "cancelled"]
ZoneState = Literal["unseen", "clean", "open", "fixed"]
ReportRole = Literal["baseline", "after"]

_CHECKLIST: list[JsonDict] = [
    {"code": "goods_outside", "text": "占道堆物", "text_en": "Goods outside the door"},
    {"code": "oil_on_ground", "text": "油污落地", "text_en": "Oil on the ground"},
]
_CAMPAIGN: JsonDict = {
    "name": "四类行业专项治理",
    "kind": "frontage",
    "from": "2026-11-01",
    "to": "2026-11-30",
    "selection": {"trades": ["fruit", "hardware", "car_wash_repair", "ebike"]},
    "checklist": list(_CHECKLIST),
    "target_visits": 2,
}
_Word = Annotated[Text, Field(min_length=1, max_length=200)]
ItemCode = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]


class ChecklistItem(Strict):
    """One thing to look at before every door."""

    code: ItemCode
    text: _Word
    text_en: _Word


class CampaignSelection(Strict):
    """Which zones: those named, and those to which everything else that is given applies."""

    codes: list[_Word] = Field([], max_length=20_000, description="点名的区 / zones by code")
    trades: list[_Word] = Field(
        [], max_length=100, description="行业,见区属性 trade / by their property trade"
    )
    streets: list[_Word] = Field([], max_length=1000, description="街道名 / names of streets")
    townships: list[_Word] = Field([], max_length=100, description="镇街代码 / codes of townships")

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if not (self.codes or self.trades or self.streets or self.townships):
            raise ValueError("codes, trades, streets or townships wanted")
        return self


class CampaignIn(Strict):
    """A campaign to make. Zones, checklist and first day are fixed with it: results refer to them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CAMPAIGN]}, populate_by_name=False)

    name: _Word
    note: Text = Field("", max_length=4000)
    kind: Kind = "frontage"
    first: Day = Field(
        alias="from", description="首日,也按此日的区选定 / first day, by whose zones it chooses"
    )
    last: Day = Field(alias="to", description="末日 / last day")
    selection: CampaignSelection
    checklist: list[ChecklistItem] = Field(min_length=1, max_length=100)
    target_visits: int = Field(1, ge=0, le=1000, description="每区应到次数 / visits wanted of each zone")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.last < self.first:
            raise ValueError("to lies before from")
        codes = [item.code for item in self.checklist]
        if len(set(codes)) != len(codes):
            raise ValueError("an item of the checklist stands twice")
        return self


class CampaignPatch(Strict):
    """New terms of a campaign; what is left out stays."""

    version: int = Field(ge=1, le=2**31 - 1, description="所见版本 / the version that was seen")
    name: _Word | None = None
    note: Text | None = Field(None, max_length=4000)
    last: Day | None = Field(None, alias="to")
    target_visits: int | None = Field(None, ge=0, le=1000)
    cancelled_because: Annotated[Text, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="取消的理由 / cancels it, and why"
    )


class ChecklistItemOut(Answer):
    code: str
    text: str
    text_en: str


class CampaignSelectionOut(Answer):
    codes: list[str]
    trades: list[str]
    streets: list[str]
    townships: list[str]


class CampaignOut(Answer):
    """A campaign as it stands."""

    id: UUID
    version: int
    state: CampaignState
    name: str
    note: str
    kind: Kind
    first: str = Field(alias="from")
    last: str = Field(alias="to")
    selection: CampaignSelectionOut
    checklist: list[ChecklistItemOut]
    target_visits: int
    zones: int = Field(description="区数 / how many zones")
    cancelled_because: str | None
    made_at: str
    decided_at: str = Field(description="本版本定于 / when this version was decided")


class CampaignList(Answer):
    items: list[CampaignOut]
    next: str | None


class CampaignsQuery(Page):
    state: CampaignState | None = None


class LookedItemIn(Strict):
    """What one item of the checklist looked like."""

    item: ItemCode
    ok: bool = Field(description="符合要求 / in order")
    note: Text = Field("", max_length=1000)


class LinkedReportIn(Strict):
    """A report with photos of before or after."""

    report: UUID
    role: ReportRole = Field(
        description="baseline 整治前,after 整治后 / as it was found; after it was put in order"
    )


class CampaignResultIn(Strict):
    """What an officer found before one door."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "zone": "F0296",
                    "looked_at": "2026-11-25T10:42:00+08:00",
                    "items": [
                        {"item": "goods_outside", "ok": False, "note": "两筐水果"},
                        {"item": "oil_on_ground", "ok": True},
                    ],
                }
            ]
        }
    )

    zone: _Word
    looked_at: Moment
    items: list[LookedItemIn] = Field(min_length=1, max_length=100)
    note: Text = Field("", max_length=4000)
    reports: list[LinkedReportIn] = Field([], max_length=50)


class LookedItemOut(Answer):
    item: str
    ok: bool
    note: str


class LinkedReportOut(Answer):
    report: UUID
    role: ReportRole


class CampaignResultOut(Answer):
    """One look at one zone."""

    id: UUID
    zone: str
    account: UUID
    looked_at: str
    received_at: str
    items: list[LookedItemOut]
    note: str
    reports: list[LinkedReportOut]


class CampaignResultList(Answer):
    items: list[CampaignResultOut]
    next: str | None


class CampaignResultsQuery(Page):
    zone: Text | None = Field(None, max_length=64, description="区代码 / code of a zone")


class CampaignZoneOut(Answer):
    """One zone of a campaign, with who came by how often (never who) and what was found."""

    code: str
    township: str | None
    visits: int = Field(description="期内到访次数 / visits within the period")
    last_visit_at: str | None
    looks: int = Field(description="检查次数 / how often the checklist was gone through")
    last_look_at: str | None
    state: ZoneState = Field(
        description="unseen 未查,clean 未发现问题,open 有未整改,fixed 已全部整改 / not looked at; nothing ever found; "
        "something is not in order; all that was found is"
    )
    found: int
    fixed: int
    reoffended: int
    open_items: list[str]


class CampaignZoneList(Answer):
    items: list[CampaignZoneOut]
    next: str | None


class CampaignZonesQuery(Page):
    township: Text | None = Field(None, max_length=64, description="镇街代码 / code of a township")
    state: ZoneState | None = None


class CampaignFigures(Answer):
    """How far a township has come; a finding is an item of the checklist in a zone."""

    township: str | None = Field(description="镇街代码,合计为 null / code; null in the sum and outside all")
    name: str | None
    zones: int
    zones_visited: int = Field(description="到过的区 / zones somebody came by")
    zones_done: int = Field(description="到满次数的区 / zones visited as often as wanted")
    visits: int
    visits_counted: int = Field(
        description="计入目标的到访,每区至多目标次数 / visits towards the target, at most that many a zone"
    )
    visits_wanted: int
    looked_at: int = Field(description="查过的区 / zones the checklist was gone through in")
    found: int = Field(description="发现问题 / findings")
    fixed: int = Field(description="已整改 / of these, in order when looked at last")
    reoffended: int = Field(description="整改后复发 / of these, found again after they were in order")
    reports: int = Field(description="期内上报 / reports of these zones within the period")
    cases: int
    cases_closed: int


class CampaignProgress(Answer):
    townships: list[CampaignFigures]
    total: CampaignFigures
