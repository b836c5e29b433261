"""A list of categories as it is written in files and sent to the API, as it is answered, and what it would change."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from server.contract import Answer, Day, Strict, Text
from server.dated import DatedItem

Code = Annotated[Text, Field(min_length=1, max_length=64, pattern=r"^\S+$")]
Name = Annotated[Text, Field(min_length=1, max_length=200, pattern=r"\S")]
Weight = Annotated[float, Field(ge=0, le=1)]
PlaceKind = Literal["community", "grid", "frontage", "site", "parking", "service_point"]


class CategoryIn(Strict):
    """One category. Its code is that of the list it comes from; none is made up here."""

    code: Code
    parent: Code | None = Field(None, description="上级代码 / code of the one above it")
    name: Name
    name_en: Name
    duty: Annotated[Text, Field(max_length=64)] | None = None
    weights: dict[PlaceKind, Weight] = Field(
        default_factory=dict,
        description="区的种类 → 不在此类任何区内的相对可能 / kind of zone -> how likely it lies in none, 0 to 1",
    )
    about: Literal["bike", "car"] | None = Field(
        None, description="所涉车辆 / the kind of vehicle it complains of"
    )


class CategorySetIn(Strict):
    """A whole list: from its first day on what is not in it is chosen no more. Cases and reports keep what they had."""

    name: Name
    source: Annotated[Text, Field(min_length=1, max_length=500)] = Field(
        description="出处,如标准号 / where it comes from, as the number of a standard"
    )
    source_date: Day | None = Field(None, description="出处的日期 / date of the source")
    sample: bool = Field(False, description="仅供演示的样例 / made up for a demonstration")
    note_zh: Annotated[Text, Field(max_length=2000)] | None = None
    note_en: Annotated[Text, Field(max_length=2000)] | None = None
    list_id: Code = Field(description="代码表 / the code list")
    list_version: Code = Field(description="代码表的版本 / its version")
    categories: list[CategoryIn] = Field(min_length=1)


class CategoryActivationIn(Strict):
    valid_from: Day = Field(description="生效之日 / first day it holds")


class ListedCategory(Answer):
    """One category as it is kept."""

    code: str
    parent: str | None
    name: str
    name_en: str
    duty: str | None
    weights: dict[str, float]
    about: str | None


class CategorySetItem(DatedItem):
    """One list of those kept."""

    list_id: str
    list_version: str
    source_date: date | None
    category_count: int


class CategorySets(Answer):
    items: list[CategorySetItem]
    next: str | None


class CategorySetOut(CategorySetItem):
    categories: list[ListedCategory]


class CategoryChange(Answer):
    """One code that is not as in the list in force."""

    code: str
    change: Literal["added", "gone", "renamed", "moved"]
    before: str | None = Field(
        description="原名称,移动则为原上级 / its name, or for `moved` the one above it"
    )
    after: str | None
    open_cases: int = Field(description="在办案卷,类别不变 / open cases of it; they keep it")
    recent_cases: int = Field(description="近 30 天立案数 / cases of the last 30 days")
    rules: list[str] = Field(description="以此类别为条件的现行规则 / rules in force that name it")


class CategoryTrial(Answer):
    """What a list would change on a day. Nothing is written."""

    category_set: int
    day: date
    changes: list[CategoryChange]
    without_deadline: list[str] = Field(
        description="自身及上级在现行时限表中均无行 / codes for which, and above which, the table in force has no row"
    )


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """A kept category with all its members."""
    return {"parent": None, "duty": None, "about": None, "weights": {}, **row}
