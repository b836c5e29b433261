"""HTTP words of further places: the nearest service points, and the template of cell codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from geo.datum import Datum, Position, convert
from geo.metric import MetricPlane, MetricPlaneRefused
from server.access import everyone, principal
from server.contract import API, Answer, At, Strict, Text, answers, json_response, local_time
from server.db import Database
from server.places.services import cells
from server.places.services.nearest import NearestQuestion, nearest
from server.places.wire import DatumName
from server.problems.request import InputRefused, NotFound

TAG = Tag(
    name="服务点 services",
    description="便民服务亭、公厕、投放点等及其开放时间;网格编码模板。"
    "Kiosks, toilets, waste points and more with their hours; the template of cell codes.",
)
ServiceName = Literal["kiosk", "toilet", "waste_point", "building_site", "restaurant"]


class NearestQuery(Strict):
    lon: float = Field(ge=-180, le=180, description="度,基准见 `datum` / degrees, in `datum`")
    lat: float = Field(ge=-90, le=90, description="度,基准见 `datum` / degrees, in `datum`")
    datum: DatumName = "wgs84"
    kind: ServiceName | None = Field(None, description="何种服务点 / which service; all when left out")
    at: At | None = Field(None, description="时刻,缺省为现在 / time of the visit; now when left out")
    open: bool = Field(False, description="只要当时开放的 / only those open at that time")
    limit: int = Field(5, ge=1, le=100, description="行数 / rows")


class ServicePointOut(Answer):
    code: str
    name: str
    version: int
    township: str | None = Field(description="9 位代码 / 9-digit code")
    service: str | None
    lon: float = Field(description="WGS-84 经度,度 / longitude in degrees")
    lat: float = Field(description="WGS-84 纬度,度 / latitude in degrees")
    distance_m: float = Field(description="直线距离,米 / straight, in metres")
    hours: str | None = Field(description="当地时间 / local time, such as `1-5 08:00-17:30`")
    open: bool | None = Field(description="时间不明为 null / null: hours not known")
    open_until: datetime | None = Field(
        description="全天或不开放为 null / null: never closes, or is not open"
    )
    sample: bool
    source: str


class ServicePointList(Answer):
    """Nearest first; there is no further page."""

    items: list[ServicePointOut]
    next: None


class CellTemplateQuery(Strict):
    at: At | None = Field(
        None, description="当时的模板,缺省为现在 / in force at that time; now when left out"
    )
    township: Text | None = Field(
        None, min_length=1, max_length=32, description="要新编码的镇街 / township that needs a new code"
    )


class CellTemplateOut(Answer):
    """How codes of grid cells are put together in this district."""

    template: str
    valid_from: date
    valid_to: date | None
    source: str
    sample: bool
    misfits: int = Field(description="不合模板的网格数 / cells whose code does not fit")
    next_code: str | None = Field(description="下一个可用编码 / next free code of the township named")


def service_routes(
    db: Database, plane: MetricPlane, clock: Callable[[], datetime], time_zone: ZoneInfo, radius_max_m: float
) -> APIBlueprint:
    """Routes of service points and cell codes."""
    api = APIBlueprint("services", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def local(at: datetime | None) -> datetime:
        return local_time(at or clock(), time_zone)

    @api.get(
        "/service-points/nearest",
        summary="最近的服务点 Nearest service points, open or not",
        responses=answers({200: ServicePointList}),
    )
    @everyone
    def list_nearest_service_points(query: NearestQuery) -> Response:
        x_m, y_m = _spot(plane, query)
        asked = NearestQuestion(x_m, y_m, local(query.at), query.kind, query.open, radius_max_m, query.limit)
        with db.transaction(principal().claim) as (connection, _):
            items = nearest(connection, asked)
        return json_response({"items": items, "next": None})

    @api.get(
        "/cells/code-template",
        summary="网格编码模板 Template of cell codes",
        responses=answers({200: CellTemplateOut}, NotFound),
    )
    @everyone
    def get_cell_template(query: CellTemplateQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = cells.describe(connection, local(query.at).date(), query.township)
        return json_response(told)

    return api


def _spot(plane: MetricPlane, query: NearestQuery) -> tuple[float, float]:
    try:
        place = convert(Position(query.lon, query.lat, Datum(query.datum)), Datum.WGS84)
        return plane.forward(place.lon, place.lat)
    except (ValueError, MetricPlaneRefused) as error:
        message = "this position has no place in the district's plane"
        raise InputRefused(errors=[{"path": "/lon", "message": message}]) from error
