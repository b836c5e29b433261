"""HTTP words of re-matching: order a list of what would move, read it, and have it added. No case moves by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, everyone, principal
from server.contract import API, GEOJSON, Answer, Moment, Page, Strict, answers, json_response
from server.db import Database
from server.places.wire import KindName, Verdict
from server.problems.reports import RematchConflict
from server.problems.request import CursorRefused, InputRefused, NotFound
from server.reports.features import PointOut
from server.reports.rematch import reading

TAG = Tag(
    name="重判 rematches",
    description="以现行图层重新判定过去的上报:先列清单,再追加结果,不改历史,不移案卷。"
    "Past reports judged by the zones now valid for their day: listed first, then added; no case moves.",
)
ORDERING = ("admin", "zone_manager")
State = Literal["listing", "listed", "running", "done", "refused"]
Degree = Annotated[float, Field(ge=-180, le=180, strict=True)]


class RematchIn(Strict):
    """Which reports to look at; times are of receipt."""

    kind: KindName | None = Field(
        None, description="只列此类责任区有变的 / only reports whose answer for this kind differs"
    )
    bbox: Annotated[list[Degree], Field(min_length=4, max_length=4)] | None = Field(
        None, description="西,南,东,北,度 / west,south,east,north in degrees"
    )
    received_from: Moment = Field(description="此时或之后收到 / received at or after")
    received_to: Moment = Field(description="此时之前收到 / received before")


class RematchPath(Strict):
    rematch_id: UUID


class RematchOut(Answer):
    """An order and how far it got."""

    id: UUID
    state: State
    requested_at: datetime
    kind: KindName | None
    bbox: list[float] | None
    received_from: datetime
    received_to: datetime
    looked_at: int = Field(description="已查看的上报数 / reports looked at")
    moves: int = Field(description="结果会变的上报数 / reports whose answer differs")
    written: int = Field(description="已追加新结果的 / those that got a new match")
    outdated: int = Field(
        description="清单之后又有变化、未追加的 / those that changed again since, left alone"
    )
    done_at: datetime | None


class RematchList(Answer):
    """Re-matches, newest first; `next` is the cursor of the next page or null."""

    items: list[RematchOut]
    next: str | None


class MoveSide(Answer):
    """What one match says of a kind of zone."""

    code: str | None
    name: str | None
    version: int | None
    verdict: Verdict
    probability: float | None
    distance_m: float | None


class MoveOut(Answer):
    """One kind of zone for which the answer differs."""

    kind: str
    before: MoveSide
    after: MoveSide


class ChosenOut(Answer):
    kind: str
    code: str


class MoveProperties(Answer):
    """One report whose answer differs."""

    report: UUID
    case: str | None
    category: str
    received_at: datetime
    captured_at: datetime
    judged_on: date = Field(description="按哪一天的图层判定 / the day whose zones apply")
    state: Literal["listed", "written", "outdated"]
    changes: list[MoveOut]
    chosen: ChosenOut | None = Field(
        description="人工认定的责任区:重判不改变它 / the zone a person chose for the case: it outranks any match"
    )


class MoveFeature(Answer):
    """A GeoJSON feature (RFC 7946)."""

    type: Literal["Feature"]
    id: str
    geometry: PointOut
    properties: MoveProperties


class MoveCollection(Answer):
    """A GeoJSON feature collection; `next` is the cursor of the next page or null."""

    type: Literal["FeatureCollection"]
    features: list[MoveFeature]
    next: str | None


def rematch_routes(db: Database, clock: Callable[[], datetime]) -> APIBlueprint:
    """Routes of re-matching."""
    api = APIBlueprint("rematch", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _ordering(api, db, clock)
    _reading(api, db)
    return api


def _area(body: RematchIn) -> tuple[float, float, float, float] | None:
    if body.bbox is None:
        return None
    west, south, east, north = body.bbox
    if not (west <= east and -90 <= south <= north <= 90):
        message = "west <= east and south <= north in -90..90 wanted"
        raise InputRefused(errors=[{"path": "/bbox", "message": message}])
    return west, south, east, north


def _ordering(api: APIBlueprint, db: Database, clock: Callable[[], datetime]) -> None:
    @api.post(
        "/rematches",
        summary="列出会变动的上报 Order a list of what would move",
        responses=answers({202: RematchOut}),
    )
    @allow(*ORDERING)
    def order_rematch(body: RematchIn) -> Response:
        area = _area(body)
        with db.transaction(principal().claim) as (connection, _):
            made = reading.order_rematch(
                connection,
                at=clock(),
                kind=body.kind,
                area=area,
                received=(body.received_from, body.received_to),
            )
        return json_response(made, 202)

    @api.post(
        "/rematches/<uuid:rematch_id>/run",
        summary="执行重判 Have the list added; asked again it changes nothing",
        responses=answers({202: RematchOut}, NotFound, RematchConflict),
    )
    @allow(*ORDERING)
    def run_rematch(path: RematchPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            started = reading.start_rematch(connection, path.rematch_id)
        return json_response(started, 202)


def _reading(api: APIBlueprint, db: Database) -> None:
    @api.get(
        "/rematches",
        summary="重判记录 Re-matches, newest first",
        responses=answers({200: RematchList}, CursorRefused),
    )
    @everyone
    def list_rematches(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_rematches(connection, query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/rematches/<uuid:rematch_id>",
        summary="一次重判 One re-match and how far it got",
        responses=answers({200: RematchOut}, NotFound),
    )
    @everyone
    def get_rematch(path: RematchPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            order = reading.fetch_rematch(connection, path.rematch_id)
        return json_response(order)

    @api.get(
        "/rematches/<uuid:rematch_id>/moves",
        summary="变动清单 The reports that would move or did, as GeoJSON",
        responses=answers({200: MoveCollection}, NotFound, CursorRefused, media_type=GEOJSON),
    )
    @everyone
    def list_moves(path: RematchPath, query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_moves(connection, path.rematch_id, query.cursor, query.limit)
        return json_response(page, content_type=GEOJSON)
