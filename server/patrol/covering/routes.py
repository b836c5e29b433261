"""HTTP words of covering: having past days worked out again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal, Protocol, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field, model_validator

from server.access import allow, district_claim
from server.contract import API, Answer, Strict, answers, json_response
from server.db import Database
from server.patrol.covering.ordering import order_rebuild, read_rebuild
from server.problems.request import InputRefused, NotFound

TAG = Tag(
    name="覆盖重算 rebuilds",
    description="责任区的过去改变之后,按现有定位重新算出到访与覆盖。"
    "Visits and coverage of past days worked out again, after the past of the zones changed.",
)
ORDERING = ("admin", "zone_manager")


class CoveringSettings(Protocol):
    """The settings of rebuilds."""

    @property
    def coverage_rebuild_max_days(self) -> int: ...


class RebuildIn(Strict):
    from_: date = Field(alias="from", description="当地日期 / local day")
    to: date = Field(description="当地日期,含当日 / local day, inclusive")
    officer: UUID | None = Field(
        None, description="只算此人的;缺省为所有人 / whose; everybody's when left out"
    )

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.to < self.from_:
            raise ValueError("`to` may not be before `from`")
        return self


class RebuildPath(Strict):
    rebuild_id: UUID


class RebuildOut(Answer):
    """An order and how far it got."""

    id: UUID
    from_: date = Field(alias="from")
    to: date
    officer: UUID | None
    state: Literal["waiting", "running", "done"]
    done_day: date | None = Field(description="已算完的最后一天 / days up to this one are done")
    closed: list[date] = Field(
        description="定位已降精度或删除、保持原样的日期 / days left as they are: their precise fixes are gone"
    )
    asked_at: datetime
    ended_at: datetime | None


def covering_routes(
    db: Database, settings: CoveringSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of covering."""
    api = APIBlueprint("covering", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.post(
        "/coverage/rebuilds",
        summary="重算覆盖 Work past days out again",
        description="由后台逐日完成,期间照常累计。定位已降精度或删除的日期保持原样。"
        "Done day by day in the background while covering goes on. Days whose precise fixes are gone stay as they are.",
        responses=answers({202: RebuildOut}, InputRefused, NotFound),
    )
    @allow(*ORDERING)
    def post_coverage_rebuild(body: RebuildIn) -> Response:
        if (body.to - body.from_).days >= settings.coverage_rebuild_max_days:
            message = f"at most {settings.coverage_rebuild_max_days} days at once"
            raise InputRefused(errors=[{"path": "/to", "message": message}])
        with db.transaction(district_claim(ORDERING)) as (connection, _):
            made = order_rebuild(connection, body.from_, body.to, body.officer, clock())
            told = read_rebuild(connection, made, time_zone.key)
        return json_response(told, 202)

    @api.get(
        "/coverage/rebuilds/<uuid:rebuild_id>",
        summary="重算进度 How far a rebuild got",
        responses=answers({200: RebuildOut}, NotFound),
    )
    @allow(*ORDERING)
    def get_coverage_rebuild(path: RebuildPath) -> Response:
        with db.transaction(district_claim(ORDERING)) as (connection, _):
            told = read_rebuild(connection, path.rebuild_id, time_zone.key)
        return json_response(told)

    return api
