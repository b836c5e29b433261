"""A rule set as it is written in files and sent to the API, as it is answered, and a dry run as it is told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from server.contract import Answer, Day, Strict, Text
from server.dated import DatedItem

PlaceKind = Literal["community", "grid", "frontage", "site", "parking", "service_point"]
WINDOWS_MAX = 14
NAME_MAX_CHARS = 200


# The form only; geo.hours reads it and knows what no clock shows.
Window = Annotated[
    Text,
    Field(
        pattern=r"^([1-7](-[1-7])?(,[1-7](-[1-7])?)* )?[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$", max_length=64
    ),
]
Code = Annotated[Text, Field(min_length=1, max_length=64)]


class RoutingRuleIn(Strict):
    """One rule; what is left out or null stands for any."""

    code: Code = Field(description="本规则集内唯一 / its name within the set", examples=["R01"])
    category: Code | None = Field(None, description="类别,含其下级 / a category with all below it")
    zone_kind: PlaceKind | None = Field(None, description="区的种类 / a kind of zone the thing lies in")
    zone: Code | None = Field(
        None,
        description="某一区的代码,种类唯一时可省 / code of one zone; its kind may be left out where only one has it",
    )
    township: Code | None = Field(None, description="9 位代码 / 9-digit code")
    hours: list[Window] | None = Field(
        None,
        max_length=WINDOWS_MAX,
        description=(
            "本地时间窗,星期 1-7 可省,可跨午夜 / local windows, weekdays 1 (Monday) to 7 may be left out, may run past "
            "midnight"
        ),
        examples=[["1-5 18:00-08:00"]],
    )
    valid_from: Day | None = Field(None, description="首日 / first day it holds")
    valid_to: Day | None = Field(None, description="失效之日 / first day it no longer holds")
    body: Code = Field(
        description="机构代码,或 `township`:由所在镇街负责 / an organisation's code, or `township`: the one it lies in",
        examples=["township"],
    )
    note: Annotated[Text, Field(max_length=500)] | None = None

    @model_validator(mode="after")
    def _some_day(self) -> RoutingRuleIn:
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise ValueError("valid_to has to be after valid_from")
        return self


class RoutingRulesIn(Strict):
    """A whole set. The default, that the township answers and else the district, always stands behind it."""

    name: Annotated[Text, Field(min_length=1, max_length=NAME_MAX_CHARS)]
    source: Annotated[Text, Field(max_length=500)] = Field("", description="出处 / where it comes from")
    sample: bool = Field(False, description="仅供演示的样例 / made up for a demonstration")
    note_zh: Annotated[Text, Field(max_length=2000)] | None = None
    note_en: Annotated[Text, Field(max_length=2000)] | None = None
    rules: list[RoutingRuleIn]


class ActivationIn(Strict):
    valid_from: Day = Field(description="生效之日 / first day it holds")


class RoutingRuleOut(Answer):
    """One rule as it is kept: null stands for any."""

    code: str
    category: str | None
    zone_kind: PlaceKind | None
    zone: str | None
    township: str | None
    hours: list[str]
    valid_from: date | None
    valid_to: date | None
    body: str
    note: str | None


class RuleSetItem(DatedItem):
    """One set of a list."""

    rule_count: int


class RuleSetList(Answer):
    items: list[RuleSetItem]
    next: str | None


class RuleSetOut(RuleSetItem):
    """A set with its rules, and the order by which the most specific rule wins: compared from the first on."""

    specificity: list[str]
    zone_kinds: list[str] = Field(description="由宽到窄 / from the widest to the most particular")
    rules: list[RoutingRuleOut]


class BodyOut(Answer):
    code: str
    name: str | None


class Routed(Answer):
    """One report: where its case went, and where the rules of the draft would send it."""

    report: str
    case: str | None
    received_at: datetime
    category: str
    township: str | None = Field(description="9 位代码 / 9-digit code")
    body_now: BodyOut
    body_then: BodyOut
    moves: bool
    rule: str | None = Field(description="起作用的规则;无则为缺省 / the rule that won; null: the default")
    reason: str = Field(description="理由代码 / code of the reason")
    because: str | None = Field(description="胜出的依据 / what decided between the rules that held")


class BodyTotal(Answer):
    """Reports of one body, now and then."""

    code: str
    name: str | None
    now: int
    then: int
    gained: int
    lost: int


class RuleUse(Answer):
    rule: str | None = Field(description="空为缺省 / null: the default")
    reports: int


class RoutedPoint(Answer):
    type: Literal["Point"]
    coordinates: list[float]


class RoutedFeature(Answer):
    """A GeoJSON feature (RFC 7946), WGS-84: one report that moves."""

    type: Literal["Feature"]
    id: str
    geometry: RoutedPoint
    properties: Routed


class RoutedCollection(Answer):
    type: Literal["FeatureCollection"]
    features: list[RoutedFeature]


class Replay(Answer):
    """A dry run. Totals are of all reports looked at, `items` and `map` of one page of them."""

    rule_set: int
    days: int
    received_from: datetime
    reports: int = Field(description="看过的上报数 / reports looked at")
    left_out: int = Field(
        description="超出上限、未看的更早上报数 / older ones beyond the limit, not looked at"
    )
    moved: int
    totals: list[BodyTotal]
    rules: list[RuleUse]
    items: list[Routed]
    next: str | None
    map: RoutedCollection = Field(description="本页中会改派的上报 / those of this page that move")
