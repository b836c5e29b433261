"""Sets of formulas as they are written, figures as they are told, and samples of closed cases."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from server.assessment.formulas import MEASURES, Measure
from server.contract import Answer, Day, Page, Strict, Text
from server.places.wire import DatumName

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


def parted(value: Any) -> Any:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


class Days(Strict):
    """Local days, both included."""

    first: Day = Field(alias="from", description="首日 / first day")
    last: Day = Field(alias="to", description="末日 / last day")

    @model_validator(mode="after")
    def _in_order(self) -> Days:
        if self.last < self.first:
            raise ValueError("末日早于首日 / to lies before from")
        if (self.last - self.first).days >= PERIOD_MAX_DAYS:
            raise ValueError(f"时段最长 {PERIOD_MAX_DAYS} 天 / a period has at most {PERIOD_MAX_DAYS} days")
        if self.last == date.max:
            raise ValueError("日期超出日历 / beyond the calendar")
        return self


class OfTownship(Days):
    """The same of one township, or of all."""

    township: Text | None = Field(
        None, max_length=64, description="9 位代码,空为不在任何镇街 / 9-digit code; empty: outside all"
    )


class Period(OfTownship):
    """The same of one category, or of all."""

    category: Text | None = Field(None, max_length=64)


class FiguresQuery(Period):
    by: Annotated[
        list[Group],
        BeforeValidator(parted, json_schema_input_type=str),
        Field(json_schema_extra={"type": "string", "pattern": "^((township|category|month)(,|$))*$"}),
    ] = Field(
        default_factory=list,
        description="分组,逗号分隔 / groups, parted by commas: township, category, month",
    )
    coverage: bool = Field(
        False, description="并列同期巡查覆盖 / with what was seen of fronts in the same days beside it"
    )


class MeasureQuery(Period, Page):
    measure: Measure = Field(description="哪一计数 / which count")


class CaseFileQuery(Period):
    """Which cases a file has, and the datum of its coordinates."""

    measure: Measure | None = Field(
        None,
        description="只要计入此项的案卷 / only cases that count in this; all that count at all when left out",
    )
    datum: DatumName = Field("wgs84", description="坐标基准 / what the coordinates are told in")


class WorkbookQuery(FiguresQuery):
    datum: DatumName = Field("wgs84", description="坐标基准 / what the coordinates are told in")


class FigureOut(Answer):
    code: str
    name: str
    name_en: str
    value: str | None = Field(
        description="十进制;无分母时为 null / decimal; null with nothing below the line"
    )
    numerator: int
    denominator: int | None


class CoveredOut(Answer):
    """What was seen of fronts in the days of the period until today, as coverage tells it."""

    fronts: int
    due_m: float = Field(
        description="计划要巡的米数,无计划则全部 / metres a plan asks for; of all fronts where none does"
    )
    seen_m: float = Field(description="其中看到的,含可能 / metres of these that were seen, probably ones too")
    visits: int
    late: int
    never: int


class CoverageBesideOut(Answer):
    left_out: Literal["not_yet", "too_long", "too_many_months", "too_slow"] | None = Field(
        description="未列覆盖的原因 / why there is none: the period has not begun, or asks for too much"
    )


class GroupOut(Answer):
    township: str | None = Field(description="空为不在任何镇街 / empty: outside all")
    category: str | None
    month: str | None
    measures: dict[str, int]
    indicators: list[FigureOut]
    coverage: CoveredOut | None = Field(
        description="按类别无覆盖 / none by category, and none where it was not asked for or is left out"
    )


class FiguresOut(Answer):
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    formulas: IndicatorSetOut
    coverage: CoverageBesideOut | None = Field(description="要了覆盖才有 / only where coverage was asked for")
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
