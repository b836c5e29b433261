"""Places as they are sent: zones as GeoJSON features, and the match with what is said of each kind of zone and why."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server.contract import Answer

KindName = Literal["township", "community", "grid", "frontage", "parking", "site", "service_point"]
DatumName = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Verdict = Literal["certain", "likely", "ambiguous", "near", "none"]


class GeometryOut(Answer):
    """A GeoJSON geometry (RFC 7946), WGS-84."""

    type: Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


class ZoneProperties(BaseModel):
    """What is known of one version of a zone; an import may add properties of its own."""

    model_config = ConfigDict(extra="allow")

    kind: KindName
    code: str
    name: str
    version: int
    township: str | None = Field(description="9 位代码 / 9-digit code")
    valid_from: date
    valid_to: date | None = Field(description="失效之日 / first day it is no longer valid")
    sample: bool = Field(description="仅供演示的样例 / made up for a demonstration")
    source: str


class ZoneFeature(Answer):
    """A GeoJSON feature (RFC 7946), WGS-84."""

    type: Literal["Feature"]
    id: str
    geometry: GeometryOut
    properties: ZoneProperties


class LonLat(Answer):
    lon: float
    lat: float


class ZoneVerdictOut(Answer):
    """What is said of one kind of zone; with `none` there is no zone to name."""

    kind: str
    code: str | None
    name: str | None
    version: int | None
    verdict: Verdict
    probability: float
    distance_m: float | None


class CandidateOut(Answer):
    kind: str
    code: str
    name: str
    version: int
    township: str | None
    probability: float
    share: float
    weight: float
    distance_m: float


class Reason(Answer):
    """One reason: a stable code, its numbers, and the sentence in Chinese and English."""

    code: str
    params: dict[str, Any]
    text: str
    text_en: str


class MatchOut(Answer):
    """Where the photographed thing lies, how sure that is, and why."""

    # Kinds beyond the four come under their own names.
    model_config = ConfigDict(extra="allow", title="Match")
    __pydantic_extra__: dict[str, ZoneVerdictOut]

    township: ZoneVerdictOut
    frontage: ZoneVerdictOut
    parking: ZoneVerdictOut
    grid: ZoneVerdictOut
    candidates: list[CandidateOut]
    why: list[Reason]
    position: LonLat
    datum: DatumName
    moved_m: float
    algorithm: str
