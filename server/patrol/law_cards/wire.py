"""What is said and answered about law cards."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, field_validator
from pydantic.config import JsonDict

from server.contract import Answer, Day, Strict, Text

_CARD: JsonDict = {
    "code": "fruit",
    "trade": "fruit",
    "trade_name": "水果",
    "trade_name_en": "Fruit",
    "title": "水果店门前要做到",
    "title_en": "Before a fruit shop",
    "points": [{"text": "货架、筐箱不出店门", "text_en": "Racks and crates stay inside"}],
    "source": "示例",
    "source_date": None,
}
_Words = Annotated[Text, Field(min_length=1, max_length=200)]
# It stands in the address that a shopkeeper takes away.
CARD_CODE = r"^[a-z0-9_-]{1,64}$"
CardCode = Annotated[str, Field(pattern=CARD_CODE, description="代码 / code, part of its address")]


class LawPoint(Strict):
    """One thing to do or to leave, in plain words."""

    text: Annotated[Text, Field(min_length=1, max_length=500)]
    text_en: Annotated[Text, Field(min_length=1, max_length=500)]


class LawCardIn(Strict):
    """What people of one trade should know, on one screen."""

    code: CardCode
    trade: _Words = Field(description="行业,同区属性 trade / as the property trade of zones")
    trade_name: _Words
    trade_name_en: _Words
    title: _Words
    title_en: _Words
    points: list[LawPoint] = Field(min_length=1, max_length=12)
    source: Annotated[Text, Field(min_length=1, max_length=500)] = Field(
        description="出处:法规名称与条款,照原文 / where it is written, as it is written there"
    )
    source_date: Day | None = Field(None, description="出处的日期 / date of the source")


class LawCardsIn(Strict):
    """All cards from a day on: those of the set before that are not here are withdrawn."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "2026 年版", "valid_from": "2026-12-01", "cards": [_CARD]}]}
    )

    name: _Words
    sample: bool = Field(False, description="仅供演示的样例 / made for a demonstration")
    valid_from: Day = Field(description="自此日起 / first day")
    cards: list[LawCardIn] = Field(min_length=1, max_length=100)

    @field_validator("cards")
    @classmethod
    def _each_once(cls, cards: list[LawCardIn]) -> list[LawCardIn]:
        if len({card.code for card in cards}) < len(cards):
            raise ValueError("a code stands twice")
        return cards


class LawPointOut(Answer):
    text: str
    text_en: str


class LawCardOut(Answer):
    code: str
    trade: str
    trade_name: str
    trade_name_en: str
    title: str
    title_en: str
    points: list[LawPointOut]
    source: str
    source_date: date | None
    address: str = Field(description="任何人可看的网页 / a page that anybody may read")
    qr_png: str = Field(description="该网址的二维码,PNG,base64 / the address as a QR code, PNG in base64")


class LawCardSetItem(Answer):
    """One set of the list of sets; `in_force`: it counts today."""

    id: int
    name: str
    sample: bool
    valid_from: date
    digest: str
    card_count: int
    made_at: datetime
    made_by: str | None
    in_force: bool


class LawCardSets(Answer):
    items: list[LawCardSetItem]
    next: str | None


class LawCardSetOut(Answer):
    """The cards in force on a day; `set` is what a delivery names beside a card's code."""

    set: int | None = Field(description="当日无卡片时为空 / null on a day without cards")
    name: str | None
    sample: bool
    valid_from: date | None
    digest: str | None = Field(description="卡片内容的 SHA-256 / SHA-256 of the cards")
    made_at: datetime | None
    cards: list[LawCardOut]
