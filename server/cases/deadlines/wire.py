"""Tables of deadlines as they are written in files and sent to the API, and clocks as a case shows them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt

from server.contract import Answer, Day, Strict, Text
from server.dated import DatedItem
from server.places.rules.wire import NAME_MAX_CHARS, Code

UnitName = Literal["work_minute", "work_hour", "work_day", "hour", "day"]
STEPS = ("register", "dispatch", "accept", "check")
"""Clocks of the steps around handling."""
UNITS_ZH = {
    "工作分钟": "work_minute",
    "工作时": "work_hour",
    "工作日": "work_day",
    "小时": "hour",
    "日": "day",
}
_AMOUNT = re.compile(r"(\d{1,7})\s*([a-z_]+|[\u4e00-\u9fff]+)")


def read_amount(text: str) -> dict[str, Any]:
    """`4 work_hour`, `4工作时`. Raises ValueError."""
    found = _AMOUNT.fullmatch(text.strip())
    if not found:
        raise ValueError("not an amount: 4 work_hour wanted")
    return {"value": int(found[1]), "unit": UNITS_ZH.get(found[2], found[2])}


def _amount(value: Any) -> Any:
    return read_amount(value) if isinstance(value, str) else value


class AmountFields(Strict):
    value: StrictInt = Field(ge=1, le=10_000_000)
    unit: UnitName = Field(description="hour、day 昼夜连续计 / hour and day run round the clock")


AmountIn = Annotated[AmountFields, BeforeValidator(_amount)]
ClockName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
Condition = Annotated[Text, Field(max_length=1000)]


class StepsIn(Strict):
    """How long each step may take; one that is left out has no clock."""

    register_: AmountIn | None = Field(None, alias="register")
    dispatch: AmountIn | None = None
    accept: AmountIn | None = None
    check: AmountIn | None = None

    def amounts(self) -> dict[str, AmountFields]:
        given = {
            "register": self.register_,
            "dispatch": self.dispatch,
            "accept": self.accept,
            "check": self.check,
        }
        return {name: amount for name, amount in given.items() if amount is not None}


class DeadlineRowIn(StepsIn):
    """What holds for a category and for those below it that have no row of their own."""

    category: Code
    name: Annotated[Text, Field(max_length=200)] | None = Field(
        None, description="名称,仅供阅读 / for reading only"
    )
    handle: AmountIn
    clocks: dict[ClockName, AmountIn] = Field(
        default_factory=dict,
        max_length=10,
        description="另计的分项时限,如违法建设的停工、处罚、拆除 / further clocks that begin with handling",
    )
    emergency: bool = Field(False, description="紧急:昼夜计时 / its clocks run day and night")
    filing_condition: Condition | None = Field(None, description="立案条件 / when it is registered")
    closing_condition: Condition | None = Field(None, description="结案条件 / when it is done")
    extension_max: AmountIn | None = Field(None, description="最多延期 / the longest extension")
    close_needs: Literal["check", "close"] = Field(
        "check",
        description="核查通过即结案,或另行结案 / a check that passes closes, or closing is an act of its own",
    )
    note: Condition | None = None


class CodeListIn(Strict):
    id: Code
    version: Code


class DeadlinesIn(Strict):
    """A whole table of one jurisdiction. A category means something in its code list only."""

    name: Annotated[Text, Field(min_length=1, max_length=NAME_MAX_CHARS)]
    jurisdiction: Annotated[Text, Field(min_length=1, max_length=NAME_MAX_CHARS)]
    source: Annotated[Text, Field(max_length=500)] = Field("", description="出处 / where it comes from")
    sample: bool = Field(False, description="仅供演示的样例 / not a table in use anywhere here")
    note_zh: Annotated[Text, Field(max_length=2000)] | None = None
    note_en: Annotated[Text, Field(max_length=2000)] | None = None
    code_list: CodeListIn
    steps: StepsIn = Field(
        default_factory=lambda: StepsIn(), description="各行未写时适用 / where a row has none"
    )
    rows: list[DeadlineRowIn] = Field(min_length=1)


class ActivateIn(Strict):
    valid_from: Day = Field(description="生效之日 / first day it holds")


# --- Answers --------------------------------------------------------------------------------------------------


class AmountOut(Answer):
    value: int
    unit: UnitName


class CodeListOut(Answer):
    id: str
    version: str


class DeadlineRowOut(Answer):
    """One row with the steps that hold for it."""

    category: str
    name: str | None
    register_: AmountOut | None = Field(alias="register")
    dispatch: AmountOut | None
    accept: AmountOut | None
    handle: AmountOut
    check: AmountOut | None
    clocks: dict[str, AmountOut]
    emergency: bool
    filing_condition: str | None
    closing_condition: str | None
    extension_max: AmountOut | None
    close_needs: Literal["check", "close"]
    note: str | None


class DeadlineTableItem(DatedItem):
    """One table of a list."""

    jurisdiction: str
    code_list: CodeListOut
    row_count: int


class DeadlineTableList(Answer):
    items: list[DeadlineTableItem]
    next: str | None


class DeadlineTableOut(DeadlineTableItem):
    rows: list[DeadlineRowOut]


class TimedCategory(Answer):
    """How long handling of a category may take now and by the table tried."""

    category: str
    before: AmountOut | None = Field(description="现行处置时限;无则不计时 / null: no clock")
    after: AmountOut | None
    running: int = Field(description="正在计时的案卷,时限不变 / cases with a running clock; they keep theirs")
    recent: int = Field(description="近 30 天立案数 / cases of the last 30 days")


class DeadlineTrial(Answer):
    """What a table would mean: only cases opened from its first day on are counted by it."""

    table: int
    day: date
    items: list[TimedCategory]


class TableName(Answer):
    id: int
    version: int
    name: str
    jurisdiction: str
    sample: bool
    code_list: CodeListOut


class DeadlineInForce(DeadlineRowOut):
    """The row for a category on a day: its own, or that of the nearest category above it."""

    table: TableName


class ClockOut(Answer):
    """One clock of a case as of now."""

    name: str
    name_zh: str
    name_en: str
    round: int = Field(description="本案中第几次计时 / how often a clock of this name began in the case")
    amount: AmountOut
    started_at: datetime
    due_at: datetime = Field(description="暂停期间为暂停前的时刻 / while it is paused: what it was before")
    yellow_at: datetime
    red_at: datetime
    paused_at: datetime | None
    stopped_at: datetime | None
    state: Literal["running", "paused", "stopped"]
    colour: Literal["green", "yellow", "red", "overdue"]
    used_share: float = Field(
        description="已用份额,1 为用尽 / share of the time allowed, 1 when it is used up"
    )
    extended: list[AmountOut]
    uncovered: list[int] = Field(
        description="途经的、尚未发布放假安排的年份 / years on the way to it that no published calendar covers"
    )


class CaseClocks(Answer):
    items: list[ClockOut]
    next: str | None = Field(description="总为空 / always null")
