"""HTTP words of matters of court: the policy and law section keeps them, bodies read their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, principal
from server.contract import API, Day, Page, Strict, Text, answers, json_response
from server.csv_text import FileUnreadable
from server.db import Database
from server.litigation import importing, keeping, reading
from server.litigation.wire import (
    AnyKind,
    CourtRates,
    MatterEntryIn,
    MatterIn,
    MatterList,
    MatterOut,
    MattersImported,
)
from server.problems.attachments import AttachmentMissing
from server.problems.litigation import (
    MatterConflict,
    MatterEnded,
    MatterEntryConflict,
    MatterKnown,
    MatterOutcomeRefused,
    MattersRefused,
)
from server.problems.request import BodyTooLarge, CursorRefused, MalformedRequest, MediaTypeRefused, NotFound
from server.problems.rulebooks import RulebookMissing

TAG = Tag(
    name="复议诉讼 litigation",
    description="行政复议、行政诉讼与申请法院强制执行:经过、法定期限、材料与统计。"
    "Reconsiderations, lawsuits and applications to court: what happened, statutory terms, documents, figures.",
)
READERS = ("reviewer", "admin", "zone_manager", "dispatcher", "handler")
KEEPERS = ("reviewer", "admin")
FILE_BODY = {
    "required": True,
    "description": "历史事项,CSV(UTF-8 或 GB 18030)。Matters of before as CSV (UTF-8 or GB 18030).",
    "content": {
        "text/csv": {
            "schema": {"type": "string", "description": "列 columns: " + ",".join(importing.COLUMNS)}
        }
    },
}


class MatterPath(Strict):
    matter_id: UUID = Field(description="发送方生成 / made by who sends it")


class EntryPath(MatterPath):
    entry_id: UUID = Field(description="发送方生成 / made by who sends it")


class MattersQuery(Page):
    kind: AnyKind | None = None
    case: Text | None = Field(None, max_length=64, description="案卷编号 / case number")
    due_by: Day | None = Field(None, description="期限在此日前届满 / a term that runs ends by this day")


class RatesQuery(Strict):
    first: Day | None = Field(None, description="起日,含当日 / first day, counted in")
    last: Day | None = Field(None, description="止日,含当日 / last day, counted in")


class FileQuery(Strict):
    source: Text = Field(min_length=1, max_length=500, description="出处 / where it comes from")
    apply: bool = Field(False, description="写入;缺省只核对 / keep it; left out: only look")


def litigation_routes(
    db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo, rows_max: int
) -> APIBlueprint:
    """Routes of matters of court. `rows_max`: lines of a file."""
    api = APIBlueprint("litigation", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def today() -> date:
        return clock().astimezone(time_zone).date()

    _reading(api, db, today, time_zone)
    _writing(api, db, clock, today)
    _importing(api, db, clock, today, rows_max)
    return api


def _reading(api: APIBlueprint, db: Database, today: Callable[[], date], time_zone: ZoneInfo) -> None:
    @api.get(
        "/litigation/matters",
        summary="复议诉讼列表 Matters of court, newest first",
        responses=answers({200: MatterList}, CursorRefused),
    )
    @allow(*READERS)
    def list_matters(query: MattersQuery) -> Response:
        wanted = reading.Wanted(query.kind, query.case, query.due_by)
        with db.transaction(principal().claim) as (connection, _):
            return json_response(reading.list_matters(connection, wanted, query.cursor, query.limit))

    @api.get(
        "/litigation/matters/<uuid:matter_id>",
        summary="一件复议诉讼 One matter with its terms and documents",
        responses=answers({200: MatterOut}, NotFound),
    )
    @allow(*READERS)
    def get_matter(path: MatterPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(reading.fetch_matter(connection, path.matter_id, today()))

    @api.get(
        "/litigation/rates",
        summary="复议诉讼统计 Figures of a period with what goes into them",
        responses=answers({200: CourtRates}),
    )
    @allow(*READERS)
    def get_litigation_rates(query: RatesQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(reading.count_rates(connection, query.first, query.last, time_zone))


def _writing(
    api: APIBlueprint, db: Database, clock: Callable[[], datetime], today: Callable[[], date]
) -> None:
    @api.put(
        "/litigation/matters/<uuid:matter_id>",
        summary="登记复议诉讼 Begin a matter",
        responses=answers({200: MatterOut, 201: MatterOut}, MatterConflict, MatterKnown),
    )
    @allow(*KEEPERS)
    def put_matter(path: MatterPath, body: MatterIn) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, asking):
            created = keeping.begin_matter(connection, path.matter_id, body, asking=asking, at=clock())
            told = reading.fetch_matter(connection, path.matter_id, today())
        return json_response(told, 201 if created else 200)

    @api.put(
        "/litigation/matters/<uuid:matter_id>/entries/<uuid:entry_id>",
        summary="记载一步 Write down what happened; it begins and ends statutory terms",
        responses=answers(
            {200: MatterOut, 201: MatterOut},
            NotFound,
            MatterEntryConflict,
            MatterEnded,
            MatterOutcomeRefused,
            AttachmentMissing,
            RulebookMissing,
        ),
    )
    @allow(*KEEPERS)
    def put_matter_entry(path: EntryPath, body: MatterEntryIn) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, asking):
            created = keeping.write_entry(
                connection, path.matter_id, path.entry_id, body, asking=asking, at=clock(), today=today()
            )
            told = reading.fetch_matter(connection, path.matter_id, today())
        return json_response(told, 201 if created else 200)


def _importing(
    api: APIBlueprint, db: Database, clock: Callable[[], datetime], today: Callable[[], date], rows_max: int
) -> None:
    @api.post(
        "/litigation/imports",
        summary="导入历史 Matters of before from a file; looked at first",
        responses=answers(
            {200: MattersImported}, MattersRefused, MalformedRequest, MediaTypeRefused, BodyTooLarge
        ),
        openapi_extensions={"requestBody": FILE_BODY},
    )
    @allow(*KEEPERS)
    def import_matters(query: FileQuery) -> Response:
        claim = district_claim(KEEPERS)
        if request.mimetype != "text/csv":
            raise MediaTypeRefused()
        data = request.get_data(cache=False)
        if data.count(b"\n") > rows_max + 1:
            raise BodyTooLarge(limit_lines=rows_max)
        with db.transaction(claim) as (connection, asking):
            try:
                told = importing.take_file(
                    connection,
                    data,
                    source=query.source,
                    account=asking.account_id,
                    at=clock(),
                    today=today(),
                    apply=query.apply,
                )
            except FileUnreadable as error:
                raise MalformedRequest(reason=str(error)) from error
        if query.apply and told["faults"]:
            raise MattersRefused(
                errors=[{"path": f"/{one['line']}", "message": one["message"]} for one in told["faults"]]
            )
        return json_response(told)
