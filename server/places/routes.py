"""HTTP words of places: zones as GeoJSON, the category list, and the match of a spot with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from geo.datum import Datum, Position
from geo.metric import MetricPlaneRefused
from server.access import everyone, principal
from server.contract import (
    API,
    GEOJSON,
    Answer,
    At,
    Bbox,
    Page,
    Strict,
    Text,
    answers,
    json_response,
    local_time,
)
from server.db import Database
from server.places import addressing, reading
from server.places.matching import Fix, Matcher
from server.places.wire import DatumName, KindName, MatchOut, ZoneFeature
from server.problems.request import CursorRefused, InputRefused, NotFound

TAG = Tag(
    name="地点 places",
    description="责任区与落区,只读,不含个人信息。Zones and what lies where; nothing here is personal.",
)


class ZonesPath(Strict):
    kind: KindName


class ZonesQuery(Page):
    bbox: Bbox | None = Field(None, description="西,南,东,北,度 / west,south,east,north in degrees")
    township: Text | None = Field(None, max_length=64, description="镇街代码 / of this township")
    at: At | None = Field(
        None, description="当时有效的区,缺省为现在 / the zones valid at that time; now when left out"
    )
    q: Text | None = Field(
        None, min_length=1, max_length=100, description="名称的一部分,或代码 / part of the name, or the code"
    )


class ZoneCollection(Answer):
    """A GeoJSON feature collection; `next` is the cursor of the next page or null."""

    type: Literal["FeatureCollection"]
    features: list[ZoneFeature]
    next: str | None


class MatchQuery(Strict):
    lon: float = Field(ge=-180, le=180, description="度,基准见 `datum` / degrees, in `datum`")
    lat: float = Field(ge=-90, le=90, description="度,基准见 `datum` / degrees, in `datum`")
    datum: DatumName = "wgs84"
    accuracy_m: float = Field(10.0, ge=0, le=100_000, description="68% 半径,米 / 68 % radius in metres")
    bearing_deg: float | None = Field(
        None,
        ge=0,
        le=360,
        description="镜头朝向,真北起算,度 / where the camera looks, degrees from true north",
    )
    at: At | None = Field(None, description="拍摄时间,缺省为现在 / time of capture; now when left out")
    category: Text | None = Field(
        None,
        max_length=64,
        description="类别,影响各类区的权重 / what it is: weighs which kind of place it is in",
    )
    hint: Text | None = Field(
        None, max_length=64, description="队员指明的区的代码 / code of a zone the officer named"
    )
    hint_how: Literal["qr", "picked"] = "picked"


class CategoryOut(Answer):
    code: str
    parent: str | None
    name: str
    name_en: str
    duty: str | None
    list_id: str
    list_version: str
    sample: bool


class CategoriesQuery(Strict):
    at: At | None = Field(
        None, description="当时有效的类别表,缺省为现在 / the list in force at that time; now when left out"
    )


class CategoryList(Answer):
    items: list[CategoryOut]
    next: None


def place_routes(
    db: Database, matcher: Matcher, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of places."""
    # Versions and editing add theirs: routes of one path stand in one blueprint, or the document
    # knows the last of them only.
    api = APIBlueprint("places", __name__, url_prefix=API, abp_security=[{"bearer": []}])
    api.record_once(addressing.install)

    def day(at: datetime | None) -> date:
        return local_time(at or clock(), time_zone).date()

    @api.get(
        "/zones/<zone:kind>",
        summary="责任区图层 Zones of one kind",
        tags=[TAG],
        responses=answers({200: ZoneCollection}, NotFound, CursorRefused, media_type=GEOJSON),
    )
    @everyone
    def list_zones(path: ZonesPath, query: ZonesQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_zones(
                connection,
                path.kind,
                day(query.at),
                query.bbox,
                query.cursor,
                query.limit,
                township=query.township,
                q=query.q,
            )
        return json_response(page, content_type=GEOJSON)

    @api.get(
        "/match",
        summary="落区试算 Where would this lie, and why",
        tags=[TAG],
        responses=answers({200: MatchOut}),
    )
    @everyone
    def get_match(query: MatchQuery) -> Response:
        fix = _fix(matcher, query)
        hint = (query.hint, query.hint_how) if query.hint else None
        with db.transaction(principal().claim) as (connection, _):
            wire = reading.match_spot(
                connection, matcher, fix, day(query.at), category=query.category, hint=hint
            )
        return json_response(wire)

    @api.get(
        "/categories",
        summary="问题类别 Categories in force",
        tags=[TAG],
        responses=answers({200: CategoryList}),
    )
    @everyone
    def list_categories(query: CategoriesQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            items = reading.list_categories(connection, day(query.at))
        return json_response({"items": items, "next": None})

    return api


def _fix(matcher: Matcher, query: MatchQuery) -> Fix:
    try:
        return matcher.fix(
            Position(query.lon, query.lat, Datum(query.datum)), query.accuracy_m, query.bearing_deg
        )
    except (ValueError, MetricPlaneRefused) as error:
        message = "this position has no place in the district's plane"
        raise InputRefused(errors=[{"path": "/lon", "message": message}]) from error
