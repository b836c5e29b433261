"""A set of patrol plans as it is written in files and sent to the API, as it is answered, and what a draft would do."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from server.contract import Answer, Day, Strict, Text
from server.dated import DatedItem

FrontKind = Literal["frontage", "parking", "site", "service_point"]
VisitKind = Literal["patrol", "inspection", "service"]
Per = Literal["day", "week", "month"]
VISITS_MAX = 100
WINDOWS_MAX = 14
NAMES_MAX = 20_000

Code = Annotated[Text, Field(min_length=1, max_length=64)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
# The form only; geo.hours reads it and knows what no clock shows.
Window = Annotated[
    Text,
    Field(
        pattern=r"^([1-7](-[1-7])?(,[1-7](-[1-7])?)* )?[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$", max_length=64
    ),
]


class PatrolPlanIn(Strict):
    """One plan; what is left out or null stands for any. Of the plans for a front the most specific one holds."""

    code: Code = Field(description="本计划集内唯一 / its name within the set", examples=["P01"])
    zone_kind: FrontKind | None = Field(None, description="区的种类 / a kind of zone")
    township: Code | None = Field(None, description="9 位代码 / 9-digit code")
    streets: list[Name] | None = Field(
        None, min_length=1, max_length=NAMES_MAX, description="街道名 / names of streets"
    )
    codes: list[Code] | None = Field(
        None, min_length=1, max_length=NAMES_MAX, description="区的代码 / codes of zones"
    )
    visits: int = Field(
        ge=1, le=VISITS_MAX, description="每周期应看次数 / how often it is looked at a period"
    )
    per: Per = Field(
        description="周期:当地日、ISO 周、月 / the period: a local day, an ISO week or a calendar month"
    )
    hours: list[Window] | None = Field(
        None,
        min_length=1,
        max_length=WINDOWS_MAX,
        description="只算始于或终于此时段的到访 / only visits that begin or end in these local windows count",
        examples=[["1-5 07:00-22:00"]],
    )
    team: Name | None = Field(None, description="只算该队的到访 / only visits of this team count")
    team_body: Code | None = Field(
        None,
        description="该队所属机构代码,队名唯一时可省 / code of the team's body; may be left out where only one has it",
    )
    visit_kinds: list[VisitKind] | None = Field(
        None, min_length=1, max_length=3, description="只算这些种类 / only visits of these kinds count"
    )
    probable: bool = Field(False, description="可能看到的也算 / visits that are only probable count as well")
    share_min: float = Field(
        0.0,
        ge=0,
        le=1,
        description="一次巡查至少看到的长度比例;检查与服务不限 / least share of its metres that one patrol has to see; "
        "inspections and services count without",
    )
    note: Annotated[Text, Field(max_length=500)] | None = None


class PatrolPlansIn(Strict):
    """A whole set. Fronts that none of its plans names have no plan."""

    name: Name
    source: Annotated[Text, Field(max_length=500)] = Field("", description="出处 / where it comes from")
    sample: bool = Field(False, description="仅供演示的样例 / made up for a demonstration")
    plans: list[PatrolPlanIn]


class PlanActivationIn(Strict):
    valid_from: Day = Field(description="生效之日 / first day it holds")


class PatrolPlanOut(Answer):
    """One plan as it is kept: null stands for any."""

    code: str
    zone_kind: FrontKind | None
    township: str | None
    streets: list[str] | None
    codes: list[str] | None
    visits: int
    per: Per
    hours: list[str] | None
    team: str | None
    team_body: str | None
    visit_kinds: list[VisitKind]
    probable: bool
    share_min: float
    note: str | None


class PlanSetItem(DatedItem):
    """One set of a list."""

    plan_count: int


class PlanSetList(Answer):
    items: list[PlanSetItem]
    next: str | None


class PlanSetOut(PlanSetItem):
    """A set with its plans."""

    plans: list[PatrolPlanOut]


class PlanReach(Answer):
    """What one plan would hold for on the day asked for."""

    plan: str | None = Field(description="空为无计划 / null: no plan")
    fronts: int
    length_m: float


class PlanTrial(Answer):
    """What a set would do: the fronts of each plan, and how many would have another plan than now."""

    plan_set: int
    day: date
    fronts: int
    changed: int = Field(
        description="换了计划的 / fronts whose plan or terms would be others than those in force"
    )
    plans: list[PlanReach]
