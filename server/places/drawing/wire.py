"""Drawings as they are asked for and told: what to label the strips with, how far it got, and what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer, Page, Strict, Text
from server.places.importing.wire import Day
from server.places.runs.wire import ProgressOut, RunProblemOut
from server.places.wire import DatumName, GeometryOut

Degree = Annotated[float, Field(ge=-180, le=180, strict=True)]
DrawingState = Literal["waiting", "reading", "reported", "failed", "cancelled"]
FindingName = Literal["overlap", "gap", "uncovered_front", "sliver", "no_front", "footprints_overlap"]


Metres = Annotated[float, Field(ge=0, le=200)]


class DrawingRules(Strict):
    """Limits of the strips, in metres; what is left out is as the generator has it."""

    max_setback_m: Metres | None = Field(
        None, description="墙面离路缘更远则无门前(缺省 15) / a wall farther from the kerb has no front (15)"
    )
    max_gap_m: Metres | None = Field(
        None,
        description="相邻两家间隔更宽则不归任何一家(缺省 4) / a wider gap between neighbours is nobody's (4)",
    )
    min_front_m: Metres | None = Field(
        None, description="门面更窄则不画(缺省 1.5) / a front seen for less is dropped (1.5)"
    )
    corner_reach_m: Metres | None = Field(
        None,
        description="转角房屋延伸到另一条街的长度(缺省 15) / how far a corner goes on to the other kerb (15)",
    )
    pavement_m: Metres | None = Field(
        None,
        description="只知墙间距时的人行道宽(缺省 3.5) / depth of a pavement where only walls are known (3.5)",
    )


class ChosenStreets(Strict):
    """Streets of our own layer instead of a file of them."""

    names: list[Annotated[Text, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=500, description="街道名 / names of the streets"
    )
    bbox: Annotated[list[Degree], Field(min_length=4, max_length=4)] = Field(
        description="西,南,东,北,度:只取其中的路段 / west,south,east,north in degrees: only what lies there"
    )


class DrawingOptions(Strict):
    """What the strips are given besides their place, and how the files are to be read."""

    township: Text = Field(
        min_length=1,
        max_length=32,
        description="镇街代码,也是区代码的前段 / code of the zones, first part of theirs",
    )
    valid_from: Day = Field(description="生效之日 / first day of the strips")
    datum: DatumName | None = Field(
        None, description="文件的坐标基准,文件未说明时必填 / the datum of the files, where they do not say"
    )
    sample: bool = Field(False, description="仅供演示的样例 / made up for a demonstration")
    rules: DrawingRules = Field(default_factory=DrawingRules)
    chosen: ChosenStreets | None = Field(
        None, description="用本系统的街道,不另传文件 / streets of this system instead of a file"
    )


class DrawingQuery(Page):
    kind: FindingName | None = Field(None, description="只看此类 / findings of this kind only")


class DrawnFileOut(Answer):
    """One of the files it was drawn from."""

    part: Literal["buildings", "streets", "property_lines"]
    name: str
    sha256: str
    size_bytes: int


class DrawingSummary(Answer):
    """How much was drawn and found."""

    zones: int
    algorithm: str = Field(description="规则版本 / version of the rules")
    finding_counts: dict[str, int]


class FindingProperties(Answer):
    """Something a person should look at."""

    kind: FindingName
    why: str
    ids: list[str] = Field(description="房屋、街道或责任区 / buildings, areas or strips it is about")
    street: str | None
    size: float = Field(description="线为米,面为平方米 / metres of a line, square metres of an area")


class FindingFeature(Answer):
    """A GeoJSON feature (RFC 7946), WGS-84."""

    type: Literal["Feature"]
    id: int
    geometry: GeometryOut
    properties: FindingProperties


class FindingCollection(Answer):
    """A GeoJSON feature collection; `next` is the cursor of the next page or null."""

    type: Literal["FeatureCollection"]
    features: list[FindingFeature]
    next: str | None


class DrawingOut(Answer):
    """A drawing and how far it got; once `reported`, its import is to be looked at and applied."""

    id: UUID
    state: DrawingState
    progress: ProgressOut | None
    problem: RunProblemOut | None = Field(description="为何未能生成 / why nothing was drawn")
    asked_at: datetime
    asked_by: str
    ended_at: datetime | None
    options: dict[str, Any]
    files: list[DrawnFileOut]
    summary: DrawingSummary | None
    import_id: UUID | None = Field(description="待应用的导入 / the import to apply: GET /zones/imports/{id}")
    findings: FindingCollection
