"""HTTP words of zones through time: one zone with its ETag, the versions of a code, the difference of two dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import everyone, principal
from server.contract import GEOJSON, At, Bbox, Page, Strict, Text, answers, json_response, local_time
from server.db import Database
from server.places.versions import reading
from server.places.versions.wire import ChangeCollection, LayerDays, NewestCollection, VersionCollection
from server.places.wire import KindName, ZoneFeature
from server.problems.request import CursorRefused, NotFound

TAG = Tag(
    name="历史 versions",
    description="任意日期的图层、两日之差、一个区的沿革。"
    "The map as of any date, what differs, and how a zone came about.",
)


class KindPath(Strict):
    kind: KindName


class ZonePath(Strict):
    kind: KindName
    code: Text = Field(max_length=64, description="责任区代码 / code of the zone")


class ZoneQuery(Strict):
    at: At | None = Field(
        None, description="当时的样子,缺省为现在 / as it is at that time; now when left out"
    )


class ChangesQuery(Page):
    bbox: Bbox | None = Field(None, description="西,南,东,北,度 / west,south,east,north in degrees")
    from_: At = Field(alias="from", description="从哪一天 / the day before")
    to: At = Field(description="到哪一天 / the day after")


class NewestQuery(Strict):
    bbox: Bbox = Field(description="西,南,东,北,度 / west,south,east,north in degrees")


def add_version_routes(
    api: APIBlueprint, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo, in_view_max: int
) -> None:
    """Add the routes of zones through time to those of places."""

    def day(at: datetime | None, path: str) -> date:
        return local_time(at or clock(), time_zone, path).date()

    @api.get(
        "/zones/<zone:kind>/<zone:code>",
        summary="一个责任区 One zone, its version as ETag",
        tags=[TAG],
        responses=answers({200: ZoneFeature}, NotFound, media_type=GEOJSON),
    )
    @everyone
    def get_zone(path: ZonePath, query: ZoneQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            feature = reading.fetch_zone(connection, path.kind, path.code, day(query.at, "/at"))
        response = json_response(feature, content_type=GEOJSON)
        response.headers["ETag"] = f'"{feature["properties"]["version"]}"'
        return response

    @api.get(
        "/zones/<zone:kind>/<zone:code>/versions",
        summary="责任区沿革 Versions of one code, newest first",
        tags=[TAG],
        responses=answers({200: VersionCollection}, NotFound, CursorRefused, media_type=GEOJSON),
    )
    @everyone
    def list_zone_versions(path: ZonePath, query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_versions(connection, path.kind, path.code, query.cursor, query.limit)
        return json_response(page, content_type=GEOJSON)

    @api.get(
        "/zones/<kind>/changes",
        summary="两日之差 What differs between two dates",
        tags=[TAG],
        responses=answers({200: ChangeCollection}, CursorRefused, NotFound, media_type=GEOJSON),
    )
    @everyone
    def list_zone_changes(path: KindPath, query: ChangesQuery) -> Response:
        days = day(query.from_, "/from"), day(query.to, "/to")
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_changes(connection, path.kind, days, query.bbox, query.cursor, query.limit)
        return json_response(page, content_type=GEOJSON)

    @api.get(
        "/zones/<kind>/newest",
        summary="最新版本 Newest versions in a rectangle, as an edit is made from",
        tags=[TAG],
        responses=answers({200: NewestCollection}, media_type=GEOJSON),
    )
    @everyone
    def list_newest_zones(path: KindPath, query: NewestQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            found = reading.list_newest(connection, path.kind, query.bbox, in_view_max)
        return json_response(found, content_type=GEOJSON)

    @api.get(
        "/zones/<kind>/days",
        summary="变更之日 Days on which the layer changes, newest first",
        tags=[TAG],
        responses=answers({200: LayerDays}, CursorRefused),
    )
    @everyone
    def list_zone_days(path: KindPath, query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_days(connection, path.kind, query.cursor, query.limit)
        return json_response(page)
