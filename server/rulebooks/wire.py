"""A rulebook as it is sent and answered; what its rows say is its kind's."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from server.contract import Answer, Day, Strict, Text
from server.dated import DatedItem

_Name = Annotated[Text, Field(min_length=1, max_length=200, pattern=r"\S")]


class RulebookIn(Strict):
    """A whole set: from its first day on it takes the place of the one before it."""

    name: _Name
    source: Annotated[Text, Field(min_length=1, max_length=500)] = Field(
        description="出处,如文件名称与网址 / where it comes from, as document and address"
    )
    source_date: Day | None = Field(None, description="出处的日期 / date of the source")
    sample: bool = Field(False, description="仅供演示的样例 / made up for a demonstration")
    rows: list[dict[str, Any]] = Field(
        min_length=1, description="各行,格式见 GET /rulebooks 的 row / each as `row` of GET /rulebooks has it"
    )


class RulebookActivationIn(Strict):
    valid_from: Day = Field(description="生效之日 / first day it holds")


class RulebookItem(DatedItem):
    """One set of those kept."""

    source_date: date | None
    row_count: int


class RulebookSets(Answer):
    items: list[RulebookItem]
    next: str | None


class RulebookOut(RulebookItem):
    rows: list[dict[str, Any]]


class InForce(Answer):
    """What counts on a day; nothing of it on a day before the first set."""

    set: RulebookOut | None


class KindOut(Answer):
    """One kind: its name, who keeps it, what a row is made of, and the set that counts today."""

    kind: str
    name: str
    name_en: str
    about: str
    about_en: str
    keepers: list[str]
    row: dict[str, Any] = Field(description="各行的格式,JSON Schema / what a row is made of, as JSON Schema")
    in_force: RulebookItem | None


class Kinds(Answer):
    items: list[KindOut]
    next: None = None
