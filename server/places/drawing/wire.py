"""Drawings as they are asked for and told: what to label the strips with, how far it got, and what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer, Page, Strict, Text
from server.places.importing.wire import Day
from server.places.runs.wire import ProgressOut, RunProblemOut
from server.places.wire import DatumName, GeometryOut

DrawingState = Literal["waiting", "reading", "reported", "failed"]
FindingName = Literal["overlap", "gap", "uncovered_front", "sliver", "no_front", "footprints_overlap"]


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
