"""HTTP words of files of subjects: checked first, then applied exactly as they were looked at."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request
from flask_openapi3 import APIBlueprint
from pydantic import Field

from server.access import allow, principal
from server.contract import Answer, Day, ProblemError, Sha256, Strict, Text, answers, json_response
from server.problems.request import BodyTooLarge, InputRefused
from server.problems.subjects import (
    SubjectDayRefused,
    SubjectFileRefused,
    SubjectImportOutdated,
    SubjectLicenceTaken,
    SubjectPlaceTaken,
    SubjectRowsRefused,
)
from server.subjects.desk import KEEPERS, Desk
from server.subjects.importing import apply, report
from server.subjects.planning import plan
from server.subjects.sheets import SheetReader

FILE_BODY = {
    "required": True,
    "description": "XLSX 工作簿或 CSV(UTF-8 或 GB 18030),首行为列名。XLSX or CSV; the first line names columns.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


class SubjectFileQuery(Strict):
    name: Text = Field(
        min_length=1, max_length=200, description="文件名,记入沿革 / file name, kept with each change"
    )
    valid_from: Day | None = Field(
        None, description="自哪一天起,缺省今天 / from this day on; left out: today"
    )
    plan: Sha256 | None = Field(
        None, description="看过的方案;缺省只检查 / the plan that was looked at; left out: only checked"
    )


class SubjectRowOut(Answer):
    line: int = Field(description="文件中的行号 / line of the file")
    name: str
    fate: str = Field(description="新增、变更、不变、有误 / new, changed, unchanged, faulty")
    code: str | None
    changes: list[str]
    faults: list[ProblemError]


class SubjectFatesOut(Answer):
    new: int
    changed: int
    unchanged: int
    faulty: int


class SubjectImportOut(Answer):
    """What a file does to the register; nothing is written until the same file comes with `plan`."""

    applied: bool
    plan: str
    valid_from: str
    counts: SubjectFatesOut
    listed: int
    items: list[SubjectRowOut] = Field(
        description="有变化或有误的行,有误的在前 / rows that change something, faulty ones first"
    )


@dataclass(frozen=True)
class FileLimits:
    """How large a file may be, and how many rows an answer lists."""

    max_bytes: int
    listed_max: int


def add_imports(api: APIBlueprint, desk: Desk, reader: SheetReader, limits: FileLimits) -> None:
    """Add the route of files to the routes of subjects."""

    @api.post(
        "/subjects/imports",
        summary="导入名册 Check a file of subjects, or apply the plan that was looked at",
        responses=answers(
            {200: SubjectImportOut},
            SubjectFileRefused,
            SubjectRowsRefused,
            SubjectImportOutdated,
            SubjectDayRefused,
            SubjectLicenceTaken,
            SubjectPlaceTaken,
            InputRefused,
            BodyTooLarge,
        ),
        openapi_extensions={"requestBody": FILE_BODY},
    )
    @allow(*KEEPERS)
    def post_subject_file(query: SubjectFileQuery) -> Response:
        request.max_content_length = limits.max_bytes
        lines = reader.read(request.get_data(cache=False))
        since = query.valid_from or desk.today()
        with desk.db.transaction(principal().claim) as (connection, asking):
            keeper = desk.keeper(connection, asking)
            reason = f"导入 {query.name}"
            planned = plan(connection, lines, since=since, own_township=keeper.own_township, reason=reason)
            if query.plan:
                apply(keeper, planned, query.plan)
        return json_response(report(planned, applied=query.plan is not None, listed_max=limits.listed_max))
