"""HTTP words of figures of records: rankings, sub-scores, rounds that were missed, what people talk about where."""

from __future__ import annotations

from datetime import date

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import allow, everyone, principal
from server.contract import API, GEOJSON, answers, json_response, local_time
from server.db import Database
from server.problems.records import RecordsTooMany
from server.problems.request import InputRefused
from server.problems.rulebooks import RulebookMissing
from server.records import figures, files
from server.records.keeping import Desk
from server.records.wire import FiguresOfFormQuery, Grid, GridQuery, Heads, Missed, MissedQuery, Ranking

TAG = Tag(
    name="记录统计 figures of records",
    description="街路排名、分项得分、漏报的轮次、百姓热点。"
    "Rankings, sub-scores, missed rounds, what people talk about.",
)
READERS = ("acceptor", "dispatcher", "handler", "checker", "zone_manager", "reviewer", "intake", "admin")


def record_figure_routes(db: Database, desk: Desk) -> APIBlueprint:
    """Routes of figures of records."""
    api = APIBlueprint(
        "record_figures", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}]
    )

    def today() -> date:
        return local_time(desk.clock(), desk.time_zone).date()

    @api.get(
        "/records/ranking",
        summary="排名 What records of a form are about, ranked by the mean of their stored scores",
        responses=answers({200: Ranking}, RulebookMissing),
    )
    @allow(*READERS)
    def get_ranking(query: FiguresOfFormQuery) -> Response:
        with db.transaction(principal().claim) as (connection, asking):
            told = figures.ranking(
                connection,
                query.form,
                query.period,
                today=today(),
                is_district=asking.scope == "district",
            )
        return json_response(told)

    @api.get(
        "/records/heads",
        summary="分项得分 Sub-scores of everything that records of a form are about, with their ids",
        responses=answers({200: Heads}, RulebookMissing),
    )
    @allow(*READERS)
    def get_heads(query: FiguresOfFormQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(figures.heads(connection, query.form, query.period, today=today()))

    @api.get(
        "/records/heads.xlsx",
        summary="分项得分工作簿 Sub-scores as a workbook",
        responses=answers({200: files.file_of(files.XLSX)}, RulebookMissing),
    )
    @allow(*READERS)
    def get_heads_workbook(query: FiguresOfFormQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = figures.heads(connection, query.form, query.period, today=today())
        content = files.as_xlsx(files.heads_table(told))
        return files.leaving(content, files.XLSX, f"{query.form}-{query.period}.xlsx")

    @api.get(
        "/records/missed",
        summary="漏报 How the round of a form stands, zone by zone",
        responses=answers({200: Missed}, RulebookMissing, InputRefused),
    )
    @allow(*READERS)
    def get_missed(query: MissedQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = figures.missed(
                connection,
                query.form,
                query.on or today(),
                query.state,
                now=desk.clock(),
                time_zone=desk.time_zone,
            )
        return json_response(told)

    @api.get(
        "/listening/grid",
        summary="百姓热点 Cases and notes counted by cells, as GeoJSON",
        responses=answers({200: Grid}, RecordsTooMany, media_type=GEOJSON),
    )
    @everyone
    def get_listening_grid(query: GridQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = figures.grid(
                connection,
                query.from_,
                query.to,
                query.cell_m,
                time_zone=desk.time_zone,
                cells_max=desk.settings.listening_cells_max_count,
            )
        return json_response(told, content_type=GEOJSON)

    return api
