"""HTTP words of operation: how everything stands, for whoever is on duty in the district."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim
from server.contract import API, Answer, answers, json_response, wire_time
from server.db import Database
from server.operation import database, disks, keeping
from server.operation.check import Check, State, worst
from server.operation.measuring import open_streams
from server.operation.watching import Watch

TAG = Tag(
    name="运行 operation",
    description="值班人员看:什么在等待、什么失败了、磁盘、备份、时钟,以及怎么办。"
    "For whoever is on duty: what waits, what failed, disks, backups, clocks, and what to do.",
)
DUTY = ("admin", "dispatcher")


class Words(Answer):
    text: str
    text_en: str


class CheckRow(Answer):
    code: str
    name: str
    count: int
    age_s: float | None = Field(description="其中最早的,秒 / seconds, of the oldest")


class CheckOut(Answer):
    key: str = Field(description="固定的短名 / a short name that stays")
    state: State = Field(
        description="ok 正常,look 留意,act 须处理 / nothing to do, worth a look, needs doing"
    )
    about: Words
    found: Words
    do: Words | None = Field(description="怎么办;正常时无 / what to do; null when it is ok")
    figures: dict[str, float | None] = Field(
        description="句中的数字,名称含单位 / numbers of the sentences; names bear units"
    )
    rows: list[CheckRow] = Field(description="按机构或任务 / by body or task")


class OperationOut(Answer):
    at: datetime
    state: State = Field(description="最差的一项 / the worst of all")
    items: list[CheckOut] = Field(description="须处理的在前 / what needs doing first")


def operation_routes(db: Database, watch: Watch, clock: Callable[[], datetime]) -> APIBlueprint:
    """Routes of operation."""
    api = APIBlueprint("operation", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.get(
        "/operation",
        summary="运行状况 How everything stands, and what to do about it",
        responses=answers({200: OperationOut}),
    )
    @allow(*DUTY)
    def get_operation() -> Response:
        now = clock()
        with db.transaction(district_claim(DUTY)) as (connection, _):
            told, skew_s = database.ask(connection, watch)
        found = [
            database.clock(skew_s, watch),
            *database.waiting(told, watch, now),
            Check("streams", "streams", State.OK, "ok", {"open": open_streams()}),
            *disks.checks(watch, now),
            *keeping.checks(told, watch, now),
        ]
        order = list(State)
        found.sort(key=lambda one: -order.index(one.state))
        return json_response(
            {"at": wire_time(now), "state": worst(found), "items": [_told(one) for one in found]}
        )

    return api


def _told(check: Check) -> dict[str, object]:
    return {
        "key": check.key,
        "state": check.state,
        "about": check.about,
        "found": check.found,
        "do": check.do,
        "figures": dict(check.figures),
        "rows": [vars(row) for row in check.rows],
    }
