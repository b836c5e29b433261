"""Live positions, calls for help and assists as they are sent and answered."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StrictInt

from server.contract import PAGE_MAX, Answer, At, Bbox, Moment, Page, Strict, Text
from server.places.wire import DatumName, LonLat

LiveState = Literal["fresh", "stale", "offline"]
SosState = Literal["open", "acknowledged", "closed"]
SosOutcome = Literal["helped", "handed_over", "false_alarm", "unresolved"]
AssistOutcome = Literal["resolved", "handed_over", "hospital", "ongoing"]
REPORTS_MAX = 20


class LiveForce(Answer):
    code: str
    name: str


# --- Live positions -------------------------------------------------------------------------------------------


class LiveQuery(Page):
    bbox: Bbox | None = Field(
        None, description="西,南,东,北(度,WGS-84):只列其中的 / west,south,east,north: only those within"
    )
    state: LiveState | None = Field(None, description="只列此状态的 / only those in this state")
    why: Text | None = Field(
        None, min_length=1, max_length=500, description="查看事由,本人可见 / why you look; they can read it"
    )
    limit: int = Field(PAGE_MAX, ge=1, le=PAGE_MAX, description="每页行数 / rows a page")


class LivePosition(LonLat):
    accuracy_m: float | None = Field(description="68% 半径,米 / 68 % radius in metres")


class LiveShift(Answer):
    id: str
    started_at: datetime
    outside_roster: bool


class LiveOfficer(Answer):
    """Somebody on duty. After the end of the shift nothing is told."""

    account: str
    username: str
    name: str
    role: str
    body: LiveForce
    team: str | None
    on_duty: Literal[True]
    state: LiveState = Field(
        description="新鲜、陈旧或离线,按位置新旧 / by the age of the position; `offline` without one too"
    )
    state_name: str
    state_name_en: str
    age_s: int | None = Field(description="位置距今秒数 / seconds since the position")
    position: LivePosition | None = Field(description="WGS-84,度 / degrees, WGS-84")
    recorded_at: datetime | None
    battery: float | None = Field(description="0 至 1 / 0 to 1")
    shift: LiveShift


class LiveOfficers(Answer):
    items: list[LiveOfficer]
    next: str | None


# --- Calls for help -------------------------------------------------------------------------------------------


class SosPath(Strict):
    sos_id: UUID = Field(description="手机所选的编号 / the id the phone chose")


class SosIn(Strict):
    """A call for help. Nothing in it has to be there, and no position is refused."""

    raised_at: Moment | None = Field(
        None, description="按下之时,缺省为收到之时 / when it was pressed; left out: now"
    )
    position: Any = Field(
        None,
        description="手机所报的位置:`lon`、`lat`、`datum`、`accuracy_m` …;无论为何均按原样留存 / the position as the "
        "phone has it; whatever it is, it is kept as told",
    )
    note: Text | None = Field(None, max_length=500)


class SosPosition(LivePosition):
    datum_assumed: bool = Field(
        description="未报坐标系,按 WGS-84 理解,或差数百米 / without a datum: read as WGS-84, perhaps some 500 m off"
    )


class SosAnswered(Answer):
    at: datetime
    account: str
    name: str
    body: str


class SosEnd(SosAnswered):
    outcome: SosOutcome
    outcome_name: str
    outcome_name_en: str
    note: str | None


class SosOut(Answer):
    """A call for help, who called, and who answered."""

    id: str
    state: SosState
    state_name: str
    state_name_en: str
    account: str
    name: str
    role: str
    body: LiveForce
    raised_at: datetime
    received_at: datetime
    note: str | None
    position: SosPosition | None = Field(
        description="呼救时的位置,WGS-84;无法理解则为空 / where it was raised; null when what was told is none"
    )
    told: Any = Field(description="位置原文 / the position as told")
    township: str | None = Field(description="9 位代码 / 9-digit code")
    acknowledged: SosAnswered | None
    escalated_at: datetime | None
    closed: SosEnd | None


class SosNow(LivePosition):
    recorded_at: datetime


class SosDetail(SosOut):
    now: SosNow | None = Field(
        description="结束之前:轨迹上的最新位置,查看有记录 / until it is closed: the newest position of the track; noted"
    )


class SosQuery(Page):
    state: SosState | None = Field(None, description="只列此状态的 / only those in this state")


class SosList(Answer):
    items: list[SosOut]
    next: str | None


class SosCloseIn(Strict):
    """How a call for help ended."""

    outcome: SosOutcome
    note: Text | None = Field(None, max_length=2000)


# --- Assists --------------------------------------------------------------------------------------------------

_PERSONS_NUMBER = re.compile(
    r"(?<!\d)(?:\+?86[-\s]?)?1[3-9]\d(?:[-\s]?\d{4}){2}(?!\d)|(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])",
    re.ASCII,
)


def _of_nobody(value: str) -> str:
    if not value.strip():
        raise ValueError("a few words of what happened are wanted")
    if _PERSONS_NUMBER.search(value):
        raise ValueError("no telephone and identity numbers: those who were helped are counted, not named")
    return value


class AssistPath(Strict):
    assist_id: UUID = Field(description="手机所选的编号 / the id the phone chose")


class AssistPlaceIn(Strict):
    lon: Annotated[float, Field(ge=-180, le=180, strict=True)]
    lat: Annotated[float, Field(ge=-90, le=90, strict=True)]
    datum: DatumName
    accuracy_m: Annotated[
        float | None, Field(ge=0, le=100_000, strict=True, description="68% 半径,米 / 68 % radius in metres")
    ] = None


class AssistIn(Strict):
    """Help a patrol gave on its way. Whom it helped is counted and never named."""

    happened_at: Moment
    position: AssistPlaceIn
    address: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    what: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=2000,
            description="经过,请勿写姓名电话 / what happened, without names and numbers",
        ),
        AfterValidator(_of_nobody),
    ]
    people_helped: Annotated[StrictInt, Field(ge=0, le=100_000, description="受助人数 / how many people")]
    outcome: AssistOutcome
    reports: list[UUID] = Field(
        [], max_length=REPORTS_MAX, description="有照片为证的本人上报 / own reports whose photos show it"
    )


class AssistOut(Answer):
    id: str
    account: str
    body: LiveForce
    happened_at: datetime
    received_at: datetime
    position: LonLat
    accuracy_m: float | None
    address: str | None
    township: str | None = Field(description="9 位代码 / 9-digit code")
    what: str
    people_helped: int
    outcome: AssistOutcome
    outcome_name: str
    outcome_name_en: str
    reports: list[str]


class AssistQuery(Page):
    from_: At | None = Field(None, alias="from", description="自此时起 / happened from then on")
    to: At | None = Field(None, description="至此时止(不含) / happened before then")
    township: Text | None = Field(None, max_length=9, description="9 位代码 / 9-digit code")


class AssistList(Answer):
    items: list[AssistOut]
    next: str | None
