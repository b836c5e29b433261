"""Reports as GeoJSON features, as they are sent: what one report shows, and the shorter form of a list.

The models say in the document what server.reports.reading builds; tests/server/test_openapi.py holds the two together.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from server.contract import Answer, Sha256
from server.places.wire import MatchOut, Reason
from server.reports.wire import Finding, PhotoRole, PositionIn, TownshipOut
from server.rulebooks.books.duties import Duty, DutyItem
from server.rulebooks.books.themes import Theme


class PointOut(Answer):
    """A GeoJSON point, WGS-84."""

    type: Literal["Point"]
    coordinates: Annotated[
        list[float], Field(min_length=2, max_length=2, description="经度、纬度,度 / lon, lat in degrees")
    ]


class OfCase(Answer):
    """The case a report opened or was attached to."""

    number: str
    state: str


class ReportPhotoOut(Answer):
    """A declared photo; facts of the bytes are null until they came."""

    sha256: Sha256
    role: PhotoRole
    captured_at: datetime | None
    received_at: datetime | None
    format: Literal["jpeg", "png", "webp", "heic"] | None
    width_px: int | None
    height_px: int | None
    size_bytes: int | None


class DutySet(Answer):
    """The set of duties a report was judged by: the one in force on the day it was taken."""

    id: int
    version: int
    name: str


class DutyOut(Answer):
    """The one duty of a report and its items, as they stand in that set."""

    duty: Duty
    told: bool = Field(
        description="由队员指明,否则由类别定 / the officer named the items; otherwise the category did"
    )
    rulebook: DutySet
    items: list[DutyItem]


class ReportProperties(Answer):
    """Everything kept of one report; `position` and `captured_at` are as sent."""

    id: str
    digest: Sha256
    captured_at: str = Field(description="RFC 3339,保持原样 / RFC 3339, as sent")
    received_at: datetime
    category: str
    note: str | None
    position: PositionIn
    township: TownshipOut | None
    match: MatchOut
    routing: Reason
    photos: list[ReportPhotoOut]
    missing_photos: list[Sha256]
    findings: list[Finding]
    duty: DutyOut | None
    case: OfCase | None


class ReportFeature(Answer):
    """A GeoJSON feature (RFC 7946)."""

    type: Literal["Feature"]
    id: str
    geometry: PointOut
    properties: ReportProperties


class ReportItemProperties(Answer):
    """One report of a list."""

    id: str
    captured_at: datetime
    received_at: datetime
    category: str
    township: str | None = Field(description="9 位代码 / 9-digit code")
    zones: list[str] = Field(
        description="判定为确定或很可能的区 / codes of the zones its match is certain or likely of"
    )
    accuracy_m: float
    missing_photos: int = Field(ge=0, description="尚未收到的照片数 / how many photos have not come yet")
    case: OfCase | None


class ReportItem(Answer):
    """A GeoJSON feature (RFC 7946) of a list of reports."""

    type: Literal["Feature"]
    id: str
    geometry: PointOut
    properties: ReportItemProperties


class ReportCollection(Answer):
    """A GeoJSON feature collection; `next` is the cursor of the next page or null."""

    type: Literal["FeatureCollection"]
    features: list[ReportItem]
    next: str | None


class CategoryCases(Answer):
    """How many cases of one category."""

    category: str
    cases: int


class Grouped(Answer):
    """Cases in all, and by category, most first."""

    cases: int
    categories: list[CategoryCases]


class ThemeCases(Grouped):
    theme: Theme
    name: str
    name_en: str


class ThemeCounts(Answer):
    """Cases opened in a period by theme; every category belongs to one, and what does not is told."""

    from_: date = Field(serialization_alias="from", validation_alias="from")
    to: date
    items: list[ThemeCases]
    without: Grouped = Field(description="无归类的案件 / cases whose category had no theme on their day")
    categories_without: list[str] = Field(
        description="末日有效而无归类的类别 / categories of the last day that have no theme"
    )
    next: None = None
