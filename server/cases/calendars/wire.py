"""Calendars and office hours as they are written in files and sent to the API, and as they are answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StrictInt

from server.contract import Answer, Day, Strict, Text
from server.places.rules.wire import NAME_MAX_CHARS, Code

Year = Annotated[StrictInt, Field(ge=1949, le=2999)]


class CalendarDayIn(Strict):
    """A day that is not what its weekday says."""

    date: Day
    kind: Literal["holiday", "makeup"] = Field(
        description="放假,或调休上班 / a holiday, or a day worked to make up for one"
    )
    name: Annotated[Text, Field(max_length=100)] | None = Field(
        None, description="如 国庆节 / as in National Day"
    )


class CalendarIn(Strict):
    """Whole years. What was known of other years stays; of these it is replaced."""

    name: Annotated[Text, Field(min_length=1, max_length=NAME_MAX_CHARS)]
    source: Annotated[Text, Field(max_length=500)] = Field(
        "", description="出处,如通知文号 / where it comes from"
    )
    published_on: Day | None = Field(None, description="发布之日 / day it was published")
    sample: bool = Field(False, description="仅供演示的样例 / made for a demonstration")
    note_zh: Annotated[Text, Field(max_length=2000)] | None = None
    note_en: Annotated[Text, Field(max_length=2000)] | None = None
    years: list[Year] = Field(min_length=1, description="完整列出的年份 / years it lists whole")
    days: list[CalendarDayIn]


class HoursIn(Strict):
    """Hours of a body from a day on, until others are given for a later day."""

    body: Code | None = Field(
        None,
        description="机构代码;缺省为区局,其工时适用于没有自己工时的机构 / a body's code; left out: the district, whose "
        "hours are those of every body that has none of its own",
    )
    valid_from: Day
    hours: Annotated[Text, Field(min_length=1, max_length=500)] = Field(
        description="窗口,以分号分隔;星期 1-7 / windows parted by semicolons, weekdays 1 (Monday) to 7",
        examples=["1-5 08:30-12:00; 1-5 14:00-17:30"],
    )
    source: Annotated[Text, Field(max_length=500)] = ""
    sample: bool = False


class CalendarItem(Answer):
    """One version of the calendar: all that was known then. The newest counts."""

    id: int
    name: str
    source: str
    published_on: date | None
    sample: bool
    digest: str
    years: list[int]
    created_at: datetime
    created_by: str | None = Field(description="命令行导入时为空 / null where a command did it")
    in_force: bool


class CalendarList(Answer):
    items: list[CalendarItem]
    next: str | None
    uncovered_years: list[int] = Field(
        description="不久将用到、尚未发布的年份:其时限按平常的星期计算 / "
        "years soon to be counted in that were not published: deadlines in them are counted by the plain week"
    )


class CalendarDayOut(Answer):
    date: date
    kind: str
    name: str | None


class CalendarOut(CalendarItem):
    days: list[CalendarDayOut]


class BodyHours(Answer):
    """Hours of one body from a day on."""

    id: int
    body: str
    body_name: str
    valid_from: date
    hours: str
    source: str
    sample: bool
    created_at: datetime
    created_by: str | None


class HoursList(Answer):
    items: list[BodyHours]
    next: str | None
