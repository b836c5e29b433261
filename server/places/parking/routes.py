"""HTTP words of parking: areas with their hours, and where bays are missing (应划尽划)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from geo.gaps import Sides
from server.access import everyone, principal
from server.contract import API, GEOJSON, At, Bbox, Page, Strict, Text, answers, json_response, local_time
from server.db import Database
from server.places.parking.finding_gaps import Found, GapQuestion, GapRules, find, gap_features, gap_totals
from server.places.parking.reading import ParkingFilter, list_parking
from server.places.parking.wire import GapCollection, GapTotals, ParkingCollection, SidesName, VehicleName
from server.problems.places import ParkingAreaTooLarge
from server.problems.request import CursorRefused

TAG = Tag(
    name="停车 parking",
    description="停车区与可停时段;应划尽划的缺口。Parking areas and their legal hours; where bays are missing.",
)


class _Area(Strict):
    bbox: Bbox | None = Field(None, description="西,南,东,北,度 / west,south,east,north in degrees")
    township: Text | None = Field(None, max_length=64, description="镇街代码 / code of a township")
    at: At | None = Field(
        None, description="时刻,缺省为现在 / the map and the hours of that time; now when left out"
    )


class ParkingQuery(_Area, Page):
    vehicle: VehicleName | None = None
    condition: Text | None = Field(None, max_length=200, description="状况 / condition, word for word")
    legal: bool | None = Field(
        None, description="该时刻可停或不可停 / only areas in, or out of, their legal hours at that time"
    )


class _GapQuery(_Area):
    vehicle: VehicleName = "bike"
    within_m: float | None = Field(
        None, gt=0, le=2000, description="沿街步行距离,米 / metres along the street; as set when left out"
    )
    sides: SidesName | None = Field(
        None,
        description="either: 两侧通用 / a bay serves both sides; same: 只算同侧 / its own side of its own street",
    )


class GapsQuery(_GapQuery, Page):
    pass


class GapTotalsQuery(_GapQuery):
    pass


def parking_routes(
    db: Database, rules: GapRules, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of parking."""
    api = APIBlueprint("parking", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def local(at: datetime | None) -> datetime:
        return local_time(at or clock(), time_zone)

    def gaps(query: _GapQuery) -> tuple[Found, GapQuestion]:
        asked = GapQuestion(
            local(query.at).date(),
            query.vehicle,
            query.within_m or rules.within_m,
            Sides(query.sides or rules.sides),
            query.bbox,
            query.township,
        )
        with db.transaction(principal().claim) as (connection, _):
            return find(connection, rules, asked), asked

    @api.get(
        "/parking",
        summary="停车区 Parking areas and whether it is legal to stand there",
        responses=answers({200: ParkingCollection}, CursorRefused, media_type=GEOJSON),
    )
    @everyone
    def list_parking_areas(query: ParkingQuery) -> Response:
        wanted = ParkingFilter(
            local(query.at), query.bbox, query.township, query.vehicle, query.condition, query.legal
        )
        with db.transaction(principal().claim) as (connection, _):
            page = list_parking(connection, wanted, query.cursor, query.limit)
        return json_response(page, content_type=GEOJSON)

    @api.get(
        "/parking/gaps",
        summary="车位缺口 Frontage and busy places without a bay within a walk",
        responses=answers({200: GapCollection}, CursorRefused, ParkingAreaTooLarge, media_type=GEOJSON),
    )
    @everyone
    def list_parking_gaps(query: GapsQuery) -> Response:
        found, _ = gaps(query)
        return json_response(
            gap_features(found, rules.plane, query.cursor, query.limit), content_type=GEOJSON
        )

    @api.get(
        "/parking/gaps/totals",
        summary="车位缺口合计 Totals of the gaps per township",
        responses=answers({200: GapTotals}, ParkingAreaTooLarge),
    )
    @everyone
    def list_parking_gap_totals(query: GapTotalsQuery) -> Response:
        return json_response(gap_totals(*gaps(query)))

    return api
