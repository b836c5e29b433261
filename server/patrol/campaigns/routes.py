"""HTTP words of campaigns: making and changing them, what was found, and how far each township has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import FIELD_ROLES, allow, district_claim, everyone, principal
from server.contract import API, Strict, answers, json_response, local_time
from server.db import Database
from server.patrol.campaigns import choosing, planning, progress, results
from server.patrol.campaigns.found_wire import (
    CampaignPairs,
    CampaignPairsQuery,
    CampaignProgress,
    CampaignResultIn,
    CampaignResultList,
    CampaignResultOut,
    CampaignResultsQuery,
    CampaignZoneList,
    CampaignZonesQuery,
)
from server.patrol.campaigns.planning import Now
from server.patrol.campaigns.wire import (
    CampaignChoices,
    CampaignChoicesQuery,
    CampaignIn,
    CampaignList,
    CampaignOut,
    CampaignPatch,
    CampaignPreview,
    CampaignPreviewIn,
    CampaignsQuery,
)
from server.problems.campaigns import CampaignCancelled, CampaignChanged, CampaignResultConflict
from server.problems.request import CursorRefused, InputRefused, NotFound

TAG = Tag(
    name="专项治理 campaigns",
    description="按行业、街道或名单选定一批区,定期限、清单和应到次数,按镇街统计到访、发现、整改和复发。"
    "Zones by trade, street or list, with a period, a checklist and visits wanted; figures by township.",
)
KEEPERS = ("zone_manager", "admin")
_CSV = {
    "description": "列 columns: " + ",".join(progress.COLUMNS),
    "content": {"text/csv": {"schema": {"type": "string"}}},
}


class CampaignSettings(Protocol):
    """The settings that these routes need; read-only, so that a frozen configuration fits."""

    @property
    def campaign_zones_max_count(self) -> int: ...
    @property
    def campaign_shapes_max_count(self) -> int: ...
    @property
    def clock_skew_s(self) -> int: ...


class CampaignPath(Strict):
    campaign_id: UUID


class CampaignResultPath(CampaignPath):
    result_id: UUID = Field(
        description="由手机生成,同一结果始终同一编号 / made by the phone; the same result always has the same id"
    )


def campaign_routes(
    db: Database, settings: CampaignSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of campaigns."""
    api = APIBlueprint("campaigns", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def now() -> Now:
        at = clock()
        return Now(at, local_time(at, time_zone).date())

    _choosing(api, db, now, settings)
    _campaigns(api, db, now, settings.campaign_zones_max_count)
    _results(api, db, now, time_zone, settings.clock_skew_s)
    _figures(api, db, now)
    return api


def _choosing(api: APIBlueprint, db: Database, now: Callable[[], Now], settings: CampaignSettings) -> None:
    @api.get(
        "/campaigns/choices",
        summary="可选的行业与街道 What zones can be chosen by",
        responses=answers({200: CampaignChoices}),
    )
    @allow(*KEEPERS)
    def get_campaign_choices(query: CampaignChoicesQuery) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            return json_response(choosing.choices(connection, query.kind, query.first or now().today))

    @api.post(
        "/campaigns/preview",
        summary="试选 What a selection would choose; keeps nothing",
        responses=answers({200: CampaignPreview}),
    )
    @allow(*KEEPERS)
    def post_campaign_preview(body: CampaignPreviewIn) -> Response:
        most, shapes = settings.campaign_zones_max_count, settings.campaign_shapes_max_count
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            told = choosing.preview(connection, body.kind, body.first, body.selection, most, shapes)
        return json_response(told)


def _campaigns(api: APIBlueprint, db: Database, now: Callable[[], Now], zones_max: int) -> None:
    @api.get(
        "/campaigns",
        summary="专项治理列表 Campaigns, newest first",
        responses=answers({200: CampaignList}, CursorRefused),
    )
    @everyone
    def list_campaigns(query: CampaignsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = planning.list_campaigns(
                connection, query.state, query.mine, now(), query.cursor, query.limit
            )
        return json_response(page)

    @api.post(
        "/campaigns",
        summary="新建专项治理 Make a campaign; its zones are chosen now",
        responses=answers({201: CampaignOut}, InputRefused),
    )
    @allow(*KEEPERS)
    def post_campaign(body: CampaignIn) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            made = planning.make(connection, body, zones_max, now())
            return json_response(planning.fetch(connection, made, now()), 201)

    @api.get(
        "/campaigns/<uuid:campaign_id>",
        summary="一次专项治理 One campaign as it stands",
        responses=answers({200: CampaignOut}, NotFound),
    )
    @everyone
    def get_campaign(path: CampaignPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(planning.fetch(connection, path.campaign_id, now()))

    @api.patch(
        "/campaigns/<uuid:campaign_id>",
        summary="更改或取消专项治理 Change its terms, or cancel it",
        responses=answers({200: CampaignOut}, NotFound, CampaignCancelled, CampaignChanged, InputRefused),
    )
    @allow(*KEEPERS)
    def patch_campaign(path: CampaignPath, body: CampaignPatch) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            planning.change(connection, path.campaign_id, body, now())
            return json_response(planning.fetch(connection, path.campaign_id, now()))


def _results(
    api: APIBlueprint, db: Database, now: Callable[[], Now], time_zone: ZoneInfo, clock_skew_s: int
) -> None:
    @api.put(
        "/campaigns/<uuid:campaign_id>/results/<uuid:result_id>",
        summary="记录检查结果 Keep what was found before one door",
        responses=answers(
            {200: CampaignResultOut, 201: CampaignResultOut},
            NotFound,
            CampaignCancelled,
            CampaignResultConflict,
            InputRefused,
        ),
    )
    @allow(*FIELD_ROLES)
    def put_campaign_result(path: CampaignResultPath, body: CampaignResultIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            new, told = results.put(
                connection,
                path.campaign_id,
                path.result_id,
                body,
                now(),
                time_zone=time_zone,
                clock_skew_s=clock_skew_s,
            )
        return json_response(told, 201 if new else 200)

    @api.get(
        "/campaigns/<uuid:campaign_id>/results",
        summary="检查结果列表 What was found, newest received first",
        responses=answers({200: CampaignResultList}, NotFound, CursorRefused),
    )
    @everyone
    def list_campaign_results(path: CampaignPath, query: CampaignResultsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = results.list_results(
                connection, path.campaign_id, query.zone, now(), query.cursor, query.limit
            )
        return json_response(page)


def _figures(api: APIBlueprint, db: Database, now: Callable[[], Now]) -> None:
    @api.get(
        "/campaigns/<uuid:campaign_id>/zones",
        summary="专项治理各区 Zones of a campaign by code, with visits and findings",
        responses=answers({200: CampaignZoneList}, NotFound, CursorRefused),
    )
    @everyone
    def list_campaign_zones(path: CampaignPath, query: CampaignZonesQuery) -> Response:
        wanted = {"township": query.township, "state": query.state}
        with db.transaction(principal().claim) as (connection, _):
            page = progress.list_zones(
                connection, path.campaign_id, wanted, query.near, now(), query.cursor, query.limit
            )
        return json_response(page)

    @api.get(
        "/campaigns/<uuid:campaign_id>/pairs",
        summary="整治前后 Cases with how it was and how it is now, newest first",
        responses=answers({200: CampaignPairs}, NotFound, CursorRefused),
    )
    @everyone
    def list_campaign_pairs(path: CampaignPath, query: CampaignPairsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = progress.list_pairs(
                connection, path.campaign_id, query.township, now(), query.cursor, query.limit
            )
        return json_response(page)

    @api.get(
        "/campaigns/<uuid:campaign_id>/progress",
        summary="专项治理进度 Figures by township",
        responses=answers({200: CampaignProgress}, NotFound),
    )
    @everyone
    def get_campaign_progress(path: CampaignPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(progress.figures(connection, path.campaign_id, now()))

    @api.get(
        "/campaigns/<uuid:campaign_id>/progress.csv",
        summary="专项治理进度 CSV Figures by township as one CSV",
        responses=answers({200: _CSV}, NotFound),
    )
    @everyone
    def get_campaign_progress_file(path: CampaignPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = progress.figures(connection, path.campaign_id, now())
        response = Response(progress.as_csv(told), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="campaign.csv"'
        return response
