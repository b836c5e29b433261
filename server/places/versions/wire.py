"""Zones through time as they are sent: one zone, the versions of a code, and what differs between two days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer
from server.places.wire import GeometryOut, KindName, ZoneFeature, ZoneProperties


class MadeBy(Answer):
    """The edit that made a version; only people it concerns see it."""

    id: UUID
    action: str
    note: str = Field(description="修改原因 / why")
    by: str
    at: datetime


class VersionProperties(ZoneProperties):
    """One version of a zone. A version withdrawn before it began was never in force and has no day."""

    valid_from: date | None = Field(description="生效之日 / first day it is valid")  # type: ignore[assignment]
    withdrawn: bool = Field(description="生效前已撤回 / withdrawn before it began")
    recorded_at: datetime
    edit: MadeBy | None


class VersionFeature(Answer):
    """A GeoJSON feature (RFC 7946): one version."""

    type: Literal["Feature"]
    id: str
    geometry: GeometryOut
    properties: VersionProperties


class VersionCollection(Answer):
    """The versions of one code, newest first; `next` is the cursor of the next page or null."""

    type: Literal["FeatureCollection"]
    features: list[VersionFeature]
    next: str | None


class VersionBody(Answer):
    """One side of a change: the version that holds on that day."""

    version: int
    name: str
    township: str | None = Field(description="9 位代码 / 9-digit code")
    valid_from: date
    valid_to: date | None
    source: str
    sample: bool
    properties: dict[str, Any]
    geometry: GeometryOut


class ChangeProperties(Answer):
    """What happened to one code between two days."""

    kind: KindName
    code: str
    change: Literal["added", "removed", "changed"]
    fields: list[Literal["geometry", "name", "township", "properties"]] = Field(
        description="有哪些不同 / what differs, of a changed one"
    )
    before: VersionBody | None
    after: VersionBody | None


class ChangeFeature(Answer):
    """A GeoJSON feature (RFC 7946): where the zone is now, or was when it is gone."""

    type: Literal["Feature"]
    id: str
    geometry: GeometryOut
    properties: ChangeProperties


class ChangeCollection(Answer):
    """A GeoJSON feature collection; `next` is the cursor of the next page or null."""

    type: Literal["FeatureCollection"]
    features: list[ChangeFeature]
    next: str | None


class NewestCollection(Answer):
    """The newest versions in a rectangle, those an edit is made from, some of which begin on a later day."""

    type: Literal["FeatureCollection"]
    features: list[ZoneFeature]
    complete: bool = Field(
        description="否:区域过大,只给出一部分 / false: the rectangle holds more than are sent"
    )


class LayerDay(Answer):
    """A day on which a layer changes."""

    day: date
    begun: int = Field(description="当天开始生效的版本数 / versions that begin")
    ended: int = Field(description="当天起不再有效的版本数 / versions that hold no longer")


class LayerDays(Answer):
    """Days, newest first; `next` is the cursor of the next page or null."""

    items: list[LayerDay]
    next: str | None
