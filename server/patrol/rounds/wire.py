"""Rounds as they are sent and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer, Day, Page, Strict, Text
from server.patrol.coverage.plans.wire import Code, Name
from server.patrol.coverage.wire import Latitude, Longitude, RoundLine

STREETS_MAX = 100
ZONES_MAX = 100
SPOTS_MAX = 20_000
_Metres = Annotated[float, Field(ge=0, le=50_000)]
_Minutes = Annotated[float, Field(ge=0, le=10_000)]


class RoundPath(Strict):
    round_id: UUID = Field(
        description="由发送方生成,重发时不变 / made by who sends it; the same when sent again"
    )


class SentStreetIn(Strict):
    """One stretch of street of the suggestion, in the order of walking."""

    street: Name | None = None
    zones: list[Code] = Field(
        max_length=ZONES_MAX, description="要看的区的代码 / codes of the zones to look at"
    )
    way_m: _Metres
    walk_m: _Metres
    minutes: _Minutes


class SentLineIn(Strict):
    type: Literal["LineString"]
    coordinates: list[tuple[Longitude, Latitude]] = Field(min_length=2, max_length=SPOTS_MAX)


class RoundSentIn(Strict):
    """A suggestion, as it was answered or with streets left out, and who is to walk it on which day."""

    officer: UUID = Field(description="账号编号 / of the account")
    day: Day = Field(description="哪一天走 / the local day it is for")
    streets: list[SentStreetIn] = Field(min_length=1, max_length=STREETS_MAX)
    length_m: _Metres
    minutes: _Minutes
    line: SentLineIn | None = Field(None, description="走法,WGS-84 / the way, WGS-84")
    note: Text = Field("", max_length=500)


class RoundOfficer(Answer):
    account: str
    name: str
    body: str
    body_name: str


class SentZone(Answer):
    code: str
    name: str
    seen_at: datetime | None = Field(
        description="当日派发后最近一次到访终了,任何人的 / end of the newest visit on that day since it was sent, "
        "whoever made it"
    )


class SentStreet(Answer):
    street: str | None
    zones: list[SentZone]
    way_m: float
    walk_m: float
    minutes: float


class SentRound(Answer):
    """A round somebody was asked to walk, and what was seen of it since."""

    id: str
    officer: RoundOfficer
    day: date
    sent_by: str = Field(description="派发人姓名 / name of who sent it")
    sent_at: datetime
    replaced: bool = Field(description="同一天已有更新的一轮 / a newer one was sent for that day")
    streets: list[SentStreet]
    zones: int
    seen: int = Field(description="其中派发后已看 / of these, seen since")
    length_m: float
    minutes: float
    line: RoundLine | None
    note: str


class SentRounds(Answer):
    items: list[SentRound]
    next: str | None


class RoundsQuery(Page):
    day: Day | None = Field(None, description="只列这一天的 / only of this local day")
    officer: UUID | None = Field(None, description="只列此人的 / only of this account")
    # Each brings its streets and its way.
    limit: int = Field(20, ge=1, le=100, description="每页行数 / rows a page")
