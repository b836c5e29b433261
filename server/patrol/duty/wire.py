"""Shifts, rosters and marks of visits as they are sent and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from geo.datum import Datum, Position, convert
from server.contract import Answer, Day, Moment, Strict, Text
from server.patrol.law_cards.wire import CardCode
from server.places.rules.wire import NAME_MAX_CHARS, Code
from server.places.wire import DatumName, GeometryOut

# --- Shifts ---------------------------------------------------------------------------------------------------


class StartPlaceIn(Strict):
    """Where the phone is as the shift begins: compared with the area of the roster, and kept nowhere."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)

    lon: float = Field(ge=-180, le=180, description="度,基准见 `datum` / degrees, in `datum`")
    lat: float = Field(ge=-90, le=90, description="度,基准见 `datum` / degrees, in `datum`")
    datum: DatumName
    accuracy_m: float = Field(0, ge=0, le=100_000, description="68% 半径,米 / 68 % radius in metres")

    @model_validator(mode="after")
    def _on_the_globe(self) -> StartPlaceIn:
        # Numbers of BD-09 at a pole or the date line may lie beyond both.
        convert(Position(self.lon, self.lat, Datum(self.datum)), Datum.WGS84)
        return self


class ShiftStartIn(Strict):
    """The beginning of a shift, told at once or as soon as there is a network."""

    shift: UUID | None = Field(
        None,
        description="手机自选的编号:重发不会开出第二个班次 / an id the phone chose: sent again it is the same shift",
    )
    started_at: Moment | None = Field(
        None, description="手机所称的开始时刻,缺省为收到之时 / when it began by the phone; left out: now"
    )
    position: StartPlaceIn | None = None


class ShiftEndIn(Strict):
    """The end of a shift."""

    shift: UUID | None = Field(
        None, description="缺省为本人正在进行的班次 / left out: the asker's own that goes on"
    )
    ended_at: Moment | None = Field(
        None, description="手机所称的结束时刻,缺省为收到之时 / when it ended by the phone; left out: now"
    )


class TeamRef(Answer):
    id: int
    name: str


class AreaRef(Answer):
    code: str
    name: str


class RosteredOut(Answer):
    """What the roster says of somebody."""

    id: int
    on_from: datetime
    on_to: datetime
    area: AreaRef | None


class ShiftOut(Answer):
    """A shift: what the phone said beside when it was received."""

    id: str
    account: str
    username: str
    name: str
    body: str
    team: TeamRef | None
    state: Literal["open", "ended"]
    started_at: datetime
    start_received_at: datetime
    limit_at: datetime = Field(
        description="无人结束时自动结束的时刻 / when it ends by itself if nobody ends it"
    )
    ended_at: datetime | None
    end_received_at: datetime | None
    ended_by: Literal["officer", "dispatcher", "limit"] | None
    outside_roster: bool = Field(
        description="当日有排班而此人不在其列;当日无排班时为否 / the day has a roster and this is not on it; "
        "false where the day has none"
    )
    outside_area: bool | None = Field(
        description="开始时不在排定的责任片区内;无片区或未报位置时为空 / it began outside the area of the roster; "
        "null without an area or a position"
    )
    roster: RosteredOut | None


class ShiftList(Answer):
    items: list[ShiftOut]
    next: str | None


class ShiftNow(Answer):
    """What a phone shows: the shift that goes on, and the turn on the roster that is now or next."""

    shift: ShiftOut | None
    roster: RosteredOut | None


# --- Marks of visits ------------------------------------------------------------------------------------------

VisitedKind = Literal["frontage", "parking", "site", "service_point"]


class VisitZoneIn(Strict):
    kind: VisitedKind
    code: Code


class HandedCard(Strict):
    """A law card as the phone showed it: a set never changes, so this says what it read."""

    set: int = Field(ge=1, lt=2**63)
    code: CardCode


class VisitMarkIn(Strict):
    """A place that was inspected, or whose people were called on: it counts in coverage and opens no case."""

    zone: VisitZoneIn
    kind: Literal["inspection", "service"] = Field(
        description="检查,或上门宣讲、走访慰问 / an inspection, or a door visit"
    )
    at: Moment | None = Field(None, description="时刻,缺省为收到之时 / when; left out: now")
    note: Annotated[Text, Field(max_length=2000)] | None = None
    law_card: HandedCard | None = Field(
        None, description="当面送达的普法卡,只随走访 / a law card handed over, on a door visit only"
    )

    @model_validator(mode="after")
    def _handed_over_at_the_door(self) -> VisitMarkIn:
        if self.law_card is not None and self.kind != "service":
            raise ValueError("a law card is handed over on a visit of the kind service")
        return self


class VisitMarkOut(Answer):
    id: str
    zone: dict[str, str]
    kind: Literal["inspection", "service"]
    at: datetime
    note: str | None
    law_card: dict[str, int | str] | None = Field(description="送达的普法卡 / the law card handed over")
    shift: str | None = Field(description="当时所在班次 / the shift it was in")
    received_at: datetime


# --- Rosters --------------------------------------------------------------------------------------------------


def _clock(value: Any) -> Any:
    # Spreadsheets drop the first nought.
    return f"0{value}" if isinstance(value, str) and len(value) == len("8:00") else value


def _of_our_time(value: date) -> date:
    # Far off it is a slip of the pen, and beyond the calendar no moment can be told.
    if not 2000 <= value.year <= 2999:
        raise ValueError("a day from 2000 to 2999 wanted")
    return value


RosterDay = Annotated[Day, AfterValidator(_of_our_time)]
Clock = Annotated[str, BeforeValidator(_clock), Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
Username = Annotated[Text, Field(min_length=1, max_length=64)]


class ZonesIn(Strict):
    """Whole zones."""

    kind: Literal["township", "community", "grid"]
    codes: list[Code] = Field(min_length=1, max_length=200)


class AreaIn(Strict):
    """An area of duty: a polygon, zones together, or streets with both their sides."""

    code: Code
    name: Annotated[Text, Field(min_length=1, max_length=NAME_MAX_CHARS)]
    polygon: dict[str, Any] | None = Field(
        None, description="GeoJSON 多边形,WGS-84 / a GeoJSON polygon or multipolygon, WGS-84"
    )
    zones: ZonesIn | None = None
    streets: list[Name] | None = Field(None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _one_way(self) -> AreaIn:
        if sum(given is not None for given in (self.polygon, self.zones, self.streets)) != 1:
            raise ValueError("one of polygon, zones and streets wanted")
        return self


class TeamIn(Strict):
    """A team with all who are in it from the roster's first day on."""

    name: Name
    members: list[Username] = Field(max_length=500)


class RosterEntryIn(Strict):
    """One turn of one officer, on the clocks of the district; one that ends before it begins ends the next day."""

    day: RosterDay
    from_: Clock = Field(alias="from")
    to: Clock
    officer: Username = Field(description="用户名 / username")
    team: Name | None = None
    area: Code | None = None


class RosterIn(Strict):
    """Whole days of one body: what was listed for them before is replaced."""

    name: Annotated[Text, Field(min_length=1, max_length=NAME_MAX_CHARS)]
    source: Annotated[Text, Field(max_length=500)] = ""
    sample: bool = Field(False, description="仅供演示的样例 / made for a demonstration")
    body: Code | None = Field(
        None, description="机构代码,缺省为本机构 / a body's code; left out: the asker's own"
    )
    first: RosterDay = Field(description="首日 / first day it lists")
    last: RosterDay = Field(description="末日 / last day it lists")
    areas: list[AreaIn] = Field([], max_length=500)
    teams: list[TeamIn] = Field([], max_length=500)
    entries: list[RosterEntryIn]


class RosterImportOut(Answer):
    """What an import did, or with `dry_run` would do."""

    dry_run: bool
    id: int | None
    made: bool = Field(description="与现行排班相同则为否 / false when it is the roster in force already")
    body: str
    first: date
    last: date
    entries: int
    replaced: int = Field(description="被替换的旧班次数 / turns listed before that it takes the place of")
    areas: int
    teams: int


class RosterEntryOut(Answer):
    id: int
    account: str
    username: str
    name: str
    body: str
    on_from: datetime
    on_to: datetime
    team: TeamRef | None
    area: AreaRef | None
    sample: bool


class RosterList(Answer):
    items: list[RosterEntryOut]
    next: str | None


class MemberOut(Answer):
    account: str
    username: str
    name: str


class TeamOut(Answer):
    id: int
    name: str
    body: str
    sample: bool
    members: list[MemberOut] = Field(
        description="今日成员,限有权查看者 / members today, as far as the asker may see them"
    )


class TeamList(Answer):
    items: list[TeamOut]
    next: str | None


class AreaProperties(Answer):
    code: str
    name: str
    body: str
    made_at: datetime


class AreaFeature(Answer):
    """An area of duty, WGS-84."""

    type: Literal["Feature"]
    id: str
    geometry: GeometryOut
    properties: AreaProperties


class AreaCollection(Answer):
    type: Literal["FeatureCollection"]
    features: list[AreaFeature]
    next: str | None
