"""What is found before the doors of a campaign, and how far it has come."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from server.contract import Answer, Moment, Page, Strict, Text
from server.patrol.campaigns.wire import ItemCode, Word

ZoneState = Literal["unseen", "clean", "open", "fixed"]
ReportRole = Literal["baseline", "after"]


def _place(value: Any) -> Any:
    parts = value.split(",") if isinstance(value, str) else value
    if len(parts) != 2:
        raise ValueError("lon,lat wanted")
    return parts


Near = Annotated[
    tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]],
    BeforeValidator(_place, json_schema_input_type=str),
    Field(
        description="lon,lat,WGS-84:由近及远,只给一页 / nearest to there first, one page only",
        json_schema_extra={"type": "string", "pattern": r"^-?[0-9.]+,-?[0-9.]+$"},
    ),
]


class LookedItemIn(Strict):
    """What one item of the checklist looked like: its answer where it has answers, else whether it was in order."""

    item: ItemCode
    ok: bool | None = Field(None, description="符合要求 / in order")
    answer: ItemCode | None = Field(None, description="所选答案 / the answer given")
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

    zone: Word
    looked_at: Moment
    items: list[LookedItemIn] = Field(min_length=1, max_length=100)
    note: Text = Field("", max_length=4000)
    reports: list[LinkedReportIn] = Field([], max_length=50)


class LookedItemOut(Answer):
    item: str
    ok: bool
    answer: str | None
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


class ZonePosition(Answer):
    lon: float
    lat: float


class CampaignZoneOut(Answer):
    """One zone of a campaign, with who came by how often (never who) and what was found."""

    code: str
    name: str
    street: str | None
    township: str | None
    position: ZonePosition
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
    near: Near | None = None


class CampaignPairsQuery(Page):
    township: Text | None = Field(None, max_length=64, description="镇街代码 / code of a township")


class CampaignPhoto(Answer):
    report: UUID
    sha256: str
    at: str = Field(description="拍摄时刻 / when it was taken")


class CampaignPair(Answer):
    """A case of the campaign with how it was and how it is now."""

    number: str
    category: str
    state: str
    zone: str
    zone_name: str
    township: str | None
    before: CampaignPhoto
    after: CampaignPhoto


class CampaignPairs(Answer):
    items: list[CampaignPair]
    next: str | None


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
    goal: int = Field(description="应查的区 / zones it is to be gone through in")
    failing: int = Field(description="有未整改问题的区 / zones where something is not in order")
    found: int = Field(description="发现问题 / findings")
    fixed: int = Field(description="已整改 / of these, in order when looked at last")
    reoffended: int = Field(description="整改后复发 / of these, found again after they were in order")
    reports: int = Field(description="期内上报 / reports of these zones within the period")
    cases: int
    cases_closed: int


class CampaignProgress(Answer):
    townships: list[CampaignFigures]
    total: CampaignFigures
