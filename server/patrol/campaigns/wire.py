"""What is said and answered about campaigns."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from server.contract import Answer, Day, Page, Strict, Text
from server.places.wire import GeometryOut

Kind = Literal["frontage", "parking", "site", "service_point"]
CampaignState = Literal["planned", "running", "over", "cancelled"]

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
Word = Annotated[Text, Field(min_length=1, max_length=200)]
_FIXED = {"checklist", "selection", "from", "kind"}
ItemCode = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]


class ChecklistAnswer(Strict):
    """One of the answers a question may have."""

    code: ItemCode
    text: Word
    text_en: Word
    ok: bool = Field(description="此答案算符合要求 / whether this answer counts as in order")


class ChecklistItem(Strict):
    """One thing to look at before every door: in order or not, or a question with its answers."""

    code: ItemCode
    text: Word
    text_en: Word
    answers: list[ChecklistAnswer] = Field(
        [], max_length=20, description="空则只答是否符合 / none: in order, or not"
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        codes = [answer.code for answer in self.answers]
        if len(codes) == 1 or len(set(codes)) != len(codes):
            raise ValueError("a question has no answers, or two and more, each once")
        return self


def _closed(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    if ring[0] != ring[-1] or len(set(ring)) < 3:
        raise ValueError("a ring ends where it begins and has three corners or more")
    return ring


_Lon = Annotated[float, Field(ge=-180, le=180)]
_Lat = Annotated[float, Field(ge=-90, le=90)]


class CampaignArea(Strict):
    """An area drawn on the map; one that crosses itself is read as the parts it encloses."""

    type: Literal["Polygon"]
    coordinates: list[
        Annotated[list[tuple[_Lon, _Lat]], Field(min_length=4, max_length=2000), AfterValidator(_closed)]
    ] = Field(min_length=1, max_length=1, description="GeoJSON,WGS-84,一环 / one ring, WGS-84")


class CampaignSelection(Strict):
    """Which zones: those named, and those to which everything else that is given applies."""

    codes: list[Word] = Field([], max_length=20_000, description="点名的区 / zones by code")
    trades: list[Word] = Field(
        [], max_length=100, description="行业,见区属性 trade / by their property trade"
    )
    streets: list[Word] = Field([], max_length=1000, description="街道名 / names of streets")
    townships: list[Word] = Field([], max_length=100, description="镇街代码 / codes of townships")
    area: CampaignArea | None = Field(None, description="所画范围之内 / those that lie within")

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if not (self.codes or self.trades or self.streets or self.townships or self.area):
            raise ValueError("codes, trades, streets, townships or an area wanted")
        return self


class CampaignGoal(Strict):
    """How many zones of a township the checklist is to be gone through in."""

    township: Word
    zones: int = Field(ge=0, le=200_000)


def _each_once(goals: list[CampaignGoal]) -> list[CampaignGoal]:
    if len({goal.township for goal in goals}) != len(goals):
        raise ValueError("a township stands twice")
    return goals


Goals = Annotated[
    list[CampaignGoal],
    AfterValidator(_each_once),
    Field(max_length=100, description="各镇街应查区数,未列的为全部 / by township; left out: all its zones"),
]


class CampaignIn(Strict):
    """A campaign to make. Zones, checklist and first day are fixed with it: results refer to them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CAMPAIGN]}, populate_by_name=False)

    name: Word
    note: Text = Field("", max_length=4000)
    kind: Kind = "frontage"
    first: Day = Field(
        alias="from", description="首日,也按此日的区选定 / first day, by whose zones it chooses"
    )
    last: Day = Field(alias="to", description="末日 / last day")
    selection: CampaignSelection
    checklist: list[ChecklistItem] = Field(min_length=1, max_length=100)
    target_visits: int = Field(1, ge=0, le=1000, description="每区应到次数 / visits wanted of each zone")
    goals: Goals = []

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.last < self.first:
            raise ValueError("to lies before from")
        codes = [item.code for item in self.checklist]
        if len(set(codes)) != len(codes):
            raise ValueError("an item of the checklist stands twice")
        return self


class CampaignPatch(Strict):
    """New terms of a campaign; what is left out stays. Zones, checklist and first day never change."""

    version: int = Field(ge=1, le=2**31 - 1, description="所见版本 / the version that was seen")
    name: Word | None = None
    note: Text | None = Field(None, max_length=4000)
    last: Day | None = Field(None, alias="to")
    target_visits: int | None = Field(None, ge=0, le=1000)
    goals: Goals | None = None
    cancelled_because: Annotated[Text, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="取消的理由 / cancels it, and why"
    )

    @model_validator(mode="before")
    @classmethod
    def _not_what_results_refer_to(cls, given: Any) -> Any:
        if isinstance(given, dict) and _FIXED & given.keys():
            raise ValueError(
                "清单、区和首日不再更改,已有结果以其为准;请另建一次 / "
                "checklist, zones and first day stay, results refer to them: make another campaign"
            )
        return given


class CampaignPreviewIn(Strict):
    """A selection to try."""

    kind: Kind = "frontage"
    first: Day = Field(alias="from")
    selection: CampaignSelection


class CampaignPart(Answer):
    township: str | None
    name: str | None
    zones: int


class CampaignPreview(Answer):
    """What a campaign of such a selection would choose."""

    zones: int
    most: int = Field(description="一次至多 / more than that no campaign may choose")
    townships: list[CampaignPart]
    unknown_codes: list[str] = Field(description="当日没有的代码 / codes of no zone of that day")
    shapes: list[GeometryOut] = Field(description="前若干个区的形状 / shapes of the first of them, for a map")
    drawn: int = Field(description="形状数 / how many shapes there are")


class CampaignChoice(Answer):
    value: str
    township: str | None
    zones: int


class CampaignChoices(Answer):
    """What zones of a kind can be chosen by."""

    trades: list[CampaignChoice]
    streets: list[CampaignChoice]
    townships: list[CampaignPart]


class CampaignChoicesQuery(Strict):
    kind: Kind = "frontage"
    first: Day | None = Field(
        None, alias="from", description="哪一日的区,缺省为今天 / zones of which day; today"
    )


class ChecklistAnswerOut(Answer):
    code: str
    text: str
    text_en: str
    ok: bool


class ChecklistItemOut(Answer):
    code: str
    text: str
    text_en: str
    answers: list[ChecklistAnswerOut]


class CampaignSelectionOut(Answer):
    codes: list[str]
    trades: list[str]
    streets: list[str]
    townships: list[str]
    area: GeometryOut | None


class CampaignGoalOut(Answer):
    township: str
    zones: int


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
    goals: list[CampaignGoalOut]
    zones: int = Field(description="区数 / how many zones")
    cancelled_because: str | None
    made_at: str
    decided_at: str = Field(description="本版本定于 / when this version was decided")


class CampaignList(Answer):
    items: list[CampaignOut]
    next: str | None


class CampaignsQuery(Page):
    state: CampaignState | None = None
    mine: bool = Field(False, description="有本机构的区 / with zones that the asker's body answers for")
