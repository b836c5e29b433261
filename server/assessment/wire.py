"""Sets of formulas as they are written, figures as they are told, and samples of closed cases."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from server.assessment.formulas import MEASURES, Measure
from server.contract import Answer, Day, Page, Strict, Text

Group = Literal["township", "category", "month"]
PERIOD_MAX_DAYS = 3660


class IndicatorIn(Strict):
    """One formula: the measures above the line over those below, times the factor."""

    code: Text = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["on_time_rate"])
    name: Text = Field(min_length=1, max_length=100, examples=["按期结案率"])
    name_en: Text = Field(min_length=1, max_length=100, examples=["on-time closing rate"])
    numerator: list[Measure] = Field(min_length=1, max_length=len(MEASURES))
    denominator: list[Measure] = Field([], max_length=len(MEASURES), description="空则为计数 / none: a count")
    factor: Decimal = Field(
        Decimal(100),
        gt=0,
        le=1_000_000,
        max_digits=12,
        decimal_places=4,
        description="100 即百分数 / a percentage",
    )
    decimals: int = Field(2, ge=0, le=6)


class IndicatorSetIn(Strict):
    """Formulas that count from a day on."""

    name: Text = Field(min_length=1, max_length=200)
    source: Text = Field(min_length=1, max_length=500, description="出处 / where it comes from")
    sample: bool = Field(False, description="示例,不是本地规定 / a sample, no local rule")
    valid_from: Day
    indicators: list[IndicatorIn] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _distinct(self) -> IndicatorSetIn:
        codes = [indicator.code for indicator in self.indicators]
        if len(set(codes)) < len(codes):
            raise ValueError("a code stands twice")
        return self


class IndicatorSetOut(Answer):
    id: int
    name: str
    source: str
    sample: bool
    valid_from: date
    digest: str
    indicators: list[dict[str, Any]]


class IndicatorSetList(Answer):
    items: list[IndicatorSetOut]
    next: str | None


def _parted(value: Any) -> Any:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


class Period(Strict):
    """Local days, both included."""

    first: Day = Field(alias="from", description="首日 / first day")
    last: Day = Field(alias="to", description="末日 / last day")
    township: Text | None = Field(
        None, max_length=64, description="9 位代码,空为不在任何镇街 / 9-digit code; empty: outside all"
    )
    category: Text | None = Field(None, max_length=64)

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.last < self.first:
            raise ValueError("to lies before from")
        if (self.last - self.first).days >= PERIOD_MAX_DAYS:
            raise ValueError(f"a period has at most {PERIOD_MAX_DAYS} days")
        return self


class FiguresQuery(Period):
    by: Annotated[
        list[Group],
        BeforeValidator(_parted, json_schema_input_type=str),
        Field(json_schema_extra={"type": "string", "pattern": "^((township|category|month)(,|$))*$"}),
    ] = Field(
        default_factory=list,
        description="分组,逗号分隔 / groups, parted by commas: township, category, month",
    )


class MeasureQuery(Period, Page):
    measure: Measure = Field(description="哪一计数 / which count")


class FigureOut(Answer):
    code: str
    name: str
    name_en: str
    value: str | None = Field(
        description="十进制;无分母时为 null / decimal; null with nothing below the line"
    )
    numerator: int
    denominator: int | None


class GroupOut(Answer):
    township: str | None = Field(description="空为不在任何镇街 / empty: outside all")
    category: str | None
    month: str | None
    measures: dict[str, int]
    indicators: list[FigureOut]


class FiguresOut(Answer):
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    formulas: IndicatorSetOut
    total: GroupOut
    items: list[GroupOut]


class MeasuredCase(Answer):
    number: str
    township: str | None
    category: str
    state: str
    at: datetime = Field(description="计入的时刻 / the moment it counts at")


class MeasuredCases(Answer):
    items: list[MeasuredCase]
    next: str | None


class RecheckIn(Period):
    """A sample to draw from the cases closed in a period."""

    size: int = Field(ge=1, le=1000)
    seed: Text | None = Field(
        None, min_length=8, max_length=64, description="不给则随机 / drawn at random when left out"
    )


class RecheckResultIn(Strict):
    """What the second look found. A failed one goes back to be handled again and counts as rework."""

    passed: bool
    note: Text = Field("", max_length=2000)
    version: int = Field(ge=1, lt=2**31, description="案卷版本 / the version of the case looked at")

    @model_validator(mode="after")
    def _said_why(self) -> RecheckResultIn:
        if not self.passed and not self.note.strip():
            raise ValueError("a failed look says why in note")
        return self


class RecheckCase(Answer):
    number: str
    passed: bool | None
    note: str | None
    checked_at: datetime | None


class RecheckItem(Answer):
    id: str
    seed: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    township: str | None
    category: str | None
    population: int
    drawn: int
    checked: int
    failed: int
    drawn_at: datetime


class RecheckOut(RecheckItem):
    rule: str = Field(description="抽取规则 / how it is drawn")
    reproduced: bool = Field(description="按种子重抽是否一致 / whether the seed draws the same again")
    cases: list[RecheckCase]


class RecheckList(Answer):
    items: list[RecheckItem]
    next: str | None
