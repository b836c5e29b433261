"""HTTP words of records: filing one, trying answers, reading them one by one, in lists and as files."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import everyone, principal
from server.contract import API, answers, json_response
from server.db import Database
from server.problems.attachments import AttachmentMissing
from server.problems.records import RecordConflict, RecordCorrected, RecordsTooMany
from server.problems.request import CursorRefused, InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing
from server.records import files, keeping, reading
from server.records.judging import judge
from server.records.keeping import Desk, form_on
from server.records.wire import (
    RecordFileQuery,
    RecordIn,
    RecordList,
    RecordOut,
    RecordPath,
    RecordsQuery,
    RecordTrialIn,
    RecordTrialOut,
)

TAG = Tag(
    name="记录 records",
    description="按表单填写的检查、走访、会议、培训、清运等记录,及其评分。"
    "Forms that were filled in at inspections, visits, meetings, trainings and collection runs, with their scores.",
)


def record_routes(db: Database, desk: Desk) -> APIBlueprint:
    """Routes of records."""
    api = APIBlueprint("records", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _filing(api, db, desk)
    _reading(api, db)
    _files(api, db, desk)
    return api


def _filing(api: APIBlueprint, db: Database, desk: Desk) -> None:
    @api.put(
        "/records/<uuid:record_id>",
        summary="提交记录 File a form that was filled in; the same again changes nothing",
        responses=answers(
            {200: RecordOut, 201: RecordOut},
            RulebookMissing,
            RecordConflict,
            RecordCorrected,
            AttachmentMissing,
            InputRefused,
        ),
    )
    @everyone
    def put_record(path: RecordPath, body: RecordIn) -> Response:
        with db.transaction(principal().claim) as (connection, asking):
            new = keeping.put(connection, asking, path.record_id, body, desk)
            told = reading.fetch(connection, path.record_id)
        return json_response(told, 201 if new else 200)

    @api.post(
        "/records/trial",
        summary="试算 What answers would score, and what is wrong with them; keeps nothing",
        responses=answers({200: RecordTrialOut}, RulebookMissing),
    )
    @everyone
    def post_record_trial(body: RecordTrialIn) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            _, form = form_on(connection, body.form, desk.day(body.at or desk.clock()))
        judged = judge(form, body.answers, desk.settings.record_text_max_chars)
        return json_response(reading.told_trial(form, judged))


def _reading(api: APIBlueprint, db: Database) -> None:
    @api.get(
        "/records",
        summary="记录列表 Records that one may see, newest first",
        responses=answers({200: RecordList}, CursorRefused),
    )
    @everyone
    def list_records(query: RecordsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(reading.list_records(connection, query))

    @api.get(
        "/records/<uuid:record_id>",
        summary="一份记录 One record",
        responses=answers({200: RecordOut}, NotFound),
    )
    @everyone
    def get_record(path: RecordPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(reading.fetch(connection, path.record_id))


def _files(api: APIBlueprint, db: Database, desk: Desk) -> None:
    def table(query: RecordFileQuery) -> files.Table:
        limit = desk.settings.record_file_rows_max_count
        with db.transaction(principal().claim) as (connection, _):
            found = reading.every_record(
                connection, query.form, query.from_, query.to, query.township, rows_max=limit
            )
        if len(found) > limit:
            raise RecordsTooMany(rows=len(found), limit=limit)
        return files.records_table(found, desk.time_zone)

    @api.get(
        "/records.csv",
        summary="记录 CSV Records of a form and period as CSV",
        responses=answers({200: files.file_of("text/csv")}, RecordsTooMany),
    )
    @everyone
    def get_records_csv(query: RecordFileQuery) -> Response:
        return files.leaving(files.as_csv(table(query)), files.CSV, f"{query.form}.csv")

    @api.get(
        "/records.xlsx",
        summary="记录工作簿 Records of a form and period as a workbook",
        responses=answers({200: files.file_of(files.XLSX)}, RecordsTooMany),
    )
    @everyone
    def get_records_workbook(query: RecordFileQuery) -> Response:
        return files.leaving(files.as_xlsx(table(query)), files.XLSX, f"{query.form}.xlsx")
