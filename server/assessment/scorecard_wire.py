"""Scorecards as they are asked for and told."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from server.assessment.means_wire import UsedRulebook
from server.contract import Answer, Day, Page, Strict, Text
from server.rulebooks.books.scorecards import ScorecardPart


class ScorecardItem(Answer):
    code: str
    name: str
    name_en: str
    parts: list[ScorecardPart]


class ScorecardsOut(Answer):
    rulebook: UsedRulebook | None = Field(description="无则没有有效的评分表 / null: none is in force")
    items: list[ScorecardItem]
    next: None = None


class ScoredPart(Answer):
    code: str
    points: str | None
    missing: str | None = Field(
        description="无分的原因:缺哪些数,或除以零 / why there are none: which inputs, or divides_by_zero"
    )


class RankedTownship(Answer):
    rank: int | None = Field(description="同分同名次 / equal scores have one rank")
    township: str
    township_name: str
    score: str | None = Field(description="各项按权重平均,无值之项不计 / weighted mean of parts with a value")
    parts: list[ScoredPart]
    inputs: dict[str, int | str | None]


class RankingOut(Answer):
    code: str
    name: str
    name_en: str
    rulebook: UsedRulebook
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    digest: str = Field(description="结果的 SHA-256 / of the result")
    parts: list[ScorecardPart]
    items: list[RankedTownship]


class ScorecardRunItem(Answer):
    run: str
    code: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    digest: str
    made_at: datetime
    made_by: str | None


class ScorecardRuns(Answer):
    items: list[ScorecardRunItem]
    next: str | None


class ScorecardRunOut(RankingOut, ScorecardRunItem):
    same: bool = Field(
        description="由所存各数与评分表重算,结果逐字节相同 / working it out again gives the very bytes"
    )


class OnQuery(Strict):
    on: Day | None = Field(None, description="哪一天有效,缺省今天 / in force on this day; left out: today")


class RunsQuery(Page):
    code: Text | None = Field(None, max_length=64)
