"""Parking areas, gaps and totals as they are sent."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from server.contract import Answer
from server.places.wire import GeometryOut

VehicleName = Literal["bike", "car"]
SidesName = Literal["either", "same"]


class ParkingProperties(Answer):
    """One version of a parking area; `faults` names properties of the layer that cannot be read."""

    code: str
    name: str
    version: int
    township: str | None = Field(description="9 位代码 / 9-digit code")
    valid_from: date
    valid_to: date | None = Field(description="失效之日 / first day it is no longer valid")
    vehicle: VehicleName | None
    capacity: int | None = Field(description="车位数 / places")
    legal_hours: str | None = Field(
        description="可停时段,当地时间 / local time, such as `1-5 07:00-22:00; 6,7 19:00-07:00`"
    )
    legal: bool | None = Field(
        description="该时刻是否可停,时段不明为 null / legal at that time; null: hours not known"
    )
    sign: str | None
    condition: str | None
    inspected_on: date | None
    faults: list[str]
    sample: bool
    source: str


class ParkingFeature(Answer):
    """A GeoJSON feature (RFC 7946), WGS-84."""

    type: Literal["Feature"]
    id: str
    geometry: GeometryOut
    properties: ParkingProperties


class ParkingCollection(Answer):
    """A GeoJSON feature collection; `next` is the cursor of the next page or null."""

    type: Literal["FeatureCollection"]
    features: list[ParkingFeature]
    next: str | None


class GapProperties(Answer):
    """A stretch of frontage without a bay (`line` of the street, one side), or a busy place without one."""

    what: Literal["stretch", "attractor"]
    street: str | None
    side: Literal["left", "right"] | None = Field(description="沿线绘制方向的左右 / of the line's direction")
    township: str | None = Field(description="9 位代码 / 9-digit code")
    length_m: float | None = Field(description="沿街无车位的门前长度 / metres of frontage along the street")
    zones: list[str] = Field(
        description="涉及的门前责任区,或该场所 / frontage zones it touches, or the place"
    )


class GapFeature(Answer):
    """A GeoJSON feature (RFC 7946), WGS-84."""

    type: Literal["Feature"]
    id: str
    geometry: GeometryOut
    properties: GapProperties


class GapTotal(Answer):
    """Sums of one township; lengths along the street, each side by itself."""

    township: str | None
    front_m: float
    gap_m: float
    covered_share: float | None = Field(description="已覆盖比例 / 0 to 1; null without frontage")
    stretches: int
    attractors: int
    attractors_without: int


class GapTotals(Answer):
    """Totals per township, and what they were worked out from and by which rule."""

    items: list[GapTotal]
    next: None
    vehicle: VehicleName
    within_m: float
    sides: SidesName
    streets: int
    bays: int
    unplaced: int = Field(
        description="不靠任何街道的门前与场所数 / fronts and places that stand on no street"
    )


class GapCollection(Answer):
    """A GeoJSON feature collection; `next` is the cursor of the next page or null."""

    type: Literal["FeatureCollection"]
    features: list[GapFeature]
    next: str | None
