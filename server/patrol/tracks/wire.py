"""What tracks take and give over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer, At, Day, Strict, Text
from server.patrol.tracks.files import Format
from server.patrol.tracks.looks import REASON_MAX_CHARS, Why

Edge = Annotated[Day | At, Field(union_mode="left_to_right")]
_WHY = Field(
    None,
    min_length=1,
    max_length=REASON_MAX_CHARS,
    pattern=r"\S",
    description="查看他人轨迹的理由,必填,本人可见 / why: needed for another's, and shown to them",
)
_FROM = Field(
    None,
    alias="from",
    description="自何时或哪天起;缺省为今天 / from then or that day on; today when left out",
)
_TO = Field(
    None, description="至何时;某天则含当天;缺省为现在 / until then, a day counted whole; now when left out"
)


class OfficerPath(Strict):
    officer_id: UUID = Field(description="账号编号 / of the account")


class ShiftPath(Strict):
    shift_id: UUID = Field(description="班次编号 / of the shift")


class TrackQuery(Strict):
    from_: Edge | None = _FROM
    to: Edge | None = _TO
    why: Text | None = _WHY
    format: Literal["json"] | Format | None = Field(
        None, description="文件格式;缺省按 Accept / of the file; by Accept when left out"
    )


class SummaryQuery(Strict):
    why: Text | None = _WHY


class SummariesQuery(Strict):
    from_: Edge | None = _FROM
    to: Edge | None = _TO
    why: Text | None = _WHY
    officer: UUID | None = Field(None, description="账号编号 / of the account")
    body: Text | None = Field(None, max_length=12, description="机构代码 / code of the body")


class TrackBody(Answer):
    code: str
    name: str


class LookOut(Answer):
    account: str = Field(description="查看人 / who looked")
    name: str
    role: str
    body: TrackBody
    looked_at: datetime
    why: Why
    why_name: str
    why_name_en: str
    reason: str | None = Field(description="查看人填写的理由 / in the words of who looked")
    case: str | None
    from_: datetime | None = Field(
        alias="from", description="看到的时段;单个位置为空 / the period that was shown; null for one position"
    )
    to: datetime | None


class Looks(Answer):
    items: list[LookOut]
    next: str | None


class TrackOfficer(Answer):
    account: str
    name: str
    body: TrackBody


class TrackDevice(Answer):
    kind: Literal["app", "owntracks", "osmand", "overland"]
    name: str


class TrackPoint(Answer):
    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None
    on_line: bool = Field(description="可用点,在轨迹线上 / usable: the line leads over it")
    joined: bool = Field(
        description="与前一个在线上的点相连 / the line comes from the point on it before; else it begins here"
    )
    flags: list[str]


class TrackOut(Answer):
    """Fixes of one device in one shift."""

    device: TrackDevice
    shift: UUID
    from_: datetime = Field(alias="from")
    to: datetime
    fixes: int
    flagged: dict[str, int]
    distance_m: float
    points: list[TrackPoint] = Field(
        description="仅供显示,已抽稀;导出文件含全部 / thinned, for display; files have every fix"
    )


class TrackZone(Answer):
    kind: str
    code: str
    name: str


class TrackPhoto(Answer):
    sha256: str
    role: str


class TrackEvent(Answer):
    """Something on the timeline; what does not apply to its kind is left out."""

    at: datetime
    until: datetime | None = None
    kind: Literal["shift_started", "shift_ended", "stop", "visit", "report", "sos", "assist"]
    id: UUID | None = None
    lon: float | None = None
    lat: float | None = None
    device: str | None = None
    outside_roster: bool | None = None
    ended_by: str | None = None
    visit: Literal["patrol", "inspection", "service"] | None = None
    zone: TrackZone | None = None
    certain: bool | None = None
    certain_m: float | None = None
    probable_m: float | None = None
    category: str | None = None
    case: str | None = None
    photos: list[TrackPhoto] | None = None
    what: str | None = None


class Playback(Answer):
    officer: TrackOfficer
    from_: datetime = Field(alias="from")
    to: datetime
    coarse_days: list[date] = Field(
        description="已降低精度的日期(UTC) / days (UTC) whose fixes are coarse: flags and metres say little there"
    )
    thinned_m: float = Field(
        description="抽稀容差 / fixes that bend the line by less are left out of `points`"
    )
    tracks: list[TrackOut]
    timeline: list[TrackEvent]


class ShiftFigures(Answer):
    fixes: int
    flagged_fixes: int
    distance_m: float = Field(description="停留以外的里程 / of the way outside stops")
    moving_s: float
    standing_s: float
    flagged: dict[str, int]
    largest_gap_s: float | None
    outside_area_share: float | None = Field(
        description="排班区域之外的定位点占比 / share of the fixes outside the area of the roster"
    )


class ShiftSummary(Answer):
    shift: UUID
    officer: TrackOfficer
    team: str | None
    started_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    outside_roster: bool
    rostered_from: datetime | None
    rostered_to: datetime | None
    visits: int
    zones_visited: int
    seen_m: float = Field(
        description="看到的门前米数,同一处只计一次 / metres of fronts seen, each front once"
    )
    seen_certain_m: float
    reports: int
    figures: ShiftFigures | None = Field(
        description="没有定位点则为空 / null when nothing was recorded, or nothing of it is left"
    )
    final: bool = Field(description="轨迹已降低精度,数字不再变 / worked out before the fixes became coarse")
