"""Coverage as it is asked for and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer, At, Page, Strict, Text
from server.patrol.coverage.plans.wire import Code, FrontKind, Name
from server.places.wire import GeometryOut

Status = Literal["due", "visited", "late", "never"]
By = Literal["township", "street", "team"]


class Where(Strict):
    """Which fronts, over which period."""

    area: Text | None = Field(
        None,
        max_length=200,
        description="9 位镇街代码、街道名,或 西,南,东,北 / 9-digit code of a township, name of a street, or "
        "west,south,east,north in degrees",
    )
    street: Name | None = Field(None, description="街道名 / name of a street")
    kind: FrontKind | None = Field(None, description="区的种类 / kind of zone")
    from_: At | None = Field(
        None,
        alias="from",
        description="首日,缺省为末日所在周的周一 / first day; the Monday of the week of the last one when left out",
    )
    to: At | None = Field(None, description="末日(含),缺省为今天 / last day, counted; today when left out")


class OfTeam(Where):
    """The same, of one team."""

    team: int | None = Field(
        None,
        ge=1,
        le=2**63 - 1,
        description="只看计划指定该队(id)的门前 / only fronts whose plan asks for the team of this id",
    )


class FrontsQuery(OfTeam):
    officer: UUID | None = Field(
        None, description="只算该队员所见,查看会被记录 / only what this officer saw; the look is recorded"
    )
    status: Status | None = Field(None, description="状态 / how it stands at the end of the period")


class CoverageQuery(FrontsQuery, Page):
    pass


class CoverageSummaryQuery(OfTeam):
    by: By = Field("township", description="按镇街、街道或计划的队 / by township, street, or the plan's team")


class CoverageHoursQuery(Where):
    pass


class CoverageGapsQuery(OfTeam, Page):
    # Each street brings up to a hundred fronts.
    limit: int = Field(20, ge=1, le=50, description="每页街道数 / streets a page")


class CoveredZone(Answer):
    """Which front."""

    kind: FrontKind
    code: str
    version: int
    name: str
    township: str | None
    street: str | None


class Covered(Answer):
    """One front: what was seen of it in the period, and how it stands at its end."""

    zone: CoveredZone
    length_m: float
    seen_m: float = Field(
        description="很可能看到的米数,含确定的 / metres probably seen, those surely seen among them"
    )
    certain_m: float = Field(description="确定看到的米数 / metres surely seen")
    visits: int = Field(description="期间到访次数 / visits in the period")
    last_at: datetime | None = Field(description="最近一次到访终了 / end of the newest visit until then")
    status: Status
    overdue_s: int | None = Field(description="逾期秒数 / seconds since the first missed period ended")
    plan: str | None = Field(description="所依计划 / code of the plan that holds for it")


class CoverageList(Answer):
    first: date
    last: date
    items: list[Covered]
    next: str | None


class CoveredFeature(Answer):
    """A GeoJSON feature (RFC 7946), WGS-84."""

    type: Literal["Feature"]
    id: str
    geometry: GeometryOut
    properties: Covered


class CoveredCollection(Answer):
    type: Literal["FeatureCollection"]
    features: list[CoveredFeature]
    next: str | None


class CoverageTeam(Answer):
    name: str
    body: str = Field(description="所属机构代码 / code of its body")


class CoverageSummary(Answer):
    """Fronts of one township, street or team."""

    township: str | None
    street: str | None
    team: CoverageTeam | None
    zones: int
    due: int
    visited: int
    late: int
    never: int
    visits: int
    length_m: float
    seen_m: float
    certain_m: float
    due_m: float = Field(description="有计划的米数 / metres of fronts that a plan asks for")
    due_seen_m: float = Field(description="其中已看到的 / metres of these that were seen")
    due_certain_m: float = Field(description="其中确定看到的 / metres of these that were surely seen")


class CoverageSummaries(Answer):
    first: date
    last: date
    by: By
    total: CoverageSummary
    items: list[CoverageSummary]


class CoverageHour(Answer):
    weekday: int = Field(description="1 为周一 / 1 is Monday")
    hour: int
    visits: int
    zones: int


class CoverageHours(Answer):
    first: date
    last: date
    items: list[CoverageHour] = Field(description="没有到访的时段不列 / hours without a visit are not listed")


class CoverageGapStreet(Answer):
    """One street with the fronts nobody visited or that are late."""

    township: str | None
    street: str | None
    never: int
    late: int
    length_m: float = Field(description="这些门前的米数 / metres of these fronts")
    overdue_s: int | None = Field(description="其中最久的逾期秒数 / seconds the longest of them is overdue")
    zones: list[Covered] = Field(description="最久的在前,至多 100 / the longest overdue first, at most 100")


class CoverageGaps(Answer):
    first: date
    last: date
    items: list[CoverageGapStreet]
    next: str | None


Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class RoundStart(Strict):
    lon: Longitude
    lat: Latitude


class RoundIn(Strict):
    """Where and how long a round may be."""

    township: Code | None = Field(None, description="镇街代码 / code of a township")
    bbox: tuple[Longitude, Latitude, Longitude, Latitude] | None = Field(
        None, description="西、南、东、北,度 / west, south, east, north in degrees"
    )
    team: Name | None = Field(
        None,
        description="只走该队和不限队的门前 / only fronts whose plan asks for this team or for none",
    )
    team_body: Code | None = Field(None, description="该队所属机构代码 / code of the team's body")
    street: Name | None = Field(None, description="只走这条街 / only this street")
    without: list[Name] = Field(
        default_factory=list, max_length=100, description="不走的街道名 / names of streets to leave out"
    )
    start: RoundStart | None = Field(None, description="出发点,WGS-84 / where it begins and ends, WGS-84")
    max_m: float = Field(ge=100, le=50_000, description="全程至多米数 / metres it may be long")
    max_streets: int = Field(ge=1, le=100, description="至多几条街 / how many streets it may have")


class RoundStreet(Answer):
    """One stretch of street, in the order of walking."""

    street: str | None
    zones: list[str] = Field(description="要看的区的代码 / codes of the zones to look at")
    never: int
    late: int
    way_m: float = Field(description="走到这里的米数 / metres to get there")
    walk_m: float = Field(description="沿它走的米数 / metres along it")
    minutes: float = Field(description="预计到完成此段的分钟 / minutes expected until it is done")


class RoundLine(Answer):
    type: Literal["LineString"]
    coordinates: list[list[float]]


class RoundLeft(Answer):
    street: str | None
    township: str | None
    why: Literal["no_line", "not_joined", "too_far"] = Field(
        description="无街道线、路网不通、超出里程 / no street line near, not joined to where the round begins, or "
        "beyond the metres"
    )


class Round(Answer):
    """A suggestion: nothing is kept of it."""

    streets: list[RoundStreet]
    length_m: float
    minutes: float
    line: RoundLine | None = Field(description="走法,GeoJSON / the way, GeoJSON")
    left: list[RoundLeft] = Field(description="未列入的街 / streets that were looked at and left out")
