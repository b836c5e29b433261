"""HTTP words of files: figures with their cases as a workbook, and the cases as CSV and GeoJSON.

A file tells how many cases it has before its first byte, so that whoever waits sees how far it is; when they go,
nothing is read or written further.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag

from geo.datum import Datum
from server.access import allow, principal
from server.assessment import workbook
from server.assessment.book import READERS, FigureBook
from server.assessment.case_files import csv_pieces, geojson_pieces
from server.assessment.counted import CaseReader, Counted, Wanted
from server.assessment.period_sheets import Rest
from server.assessment.sheets import both
from server.assessment.wire import CaseFileQuery, FiguresQuery, WorkbookQuery
from server.assessment.workbook import Told
from server.contract import API, GEOJSON, answers
from server.db import Principal
from server.messages import say
from server.problems.assessment import WorkbookTooLong
from server.problems.request import NotFound

TAG = Tag(
    name="考核文件 indicator files",
    description="指标与其背后的案卷,成工作簿、CSV 或 GeoJSON。Figures and their cases as files.",
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS = "X-Rows"
"""Header: how many cases the file has."""
_PIECE_BYTES = 256 * 1024
_COUNTED = {ROWS: {"description": "案卷数 / how many cases", "schema": {"type": "integer"}}}


@dataclass(frozen=True)
class CaseFiles:
    """What the files are made with.

    Attributes:
        scratch: folder for workbooks being written. rows_max: cases of a workbook.
    """

    book: FigureBook
    reader: CaseReader
    clock: Callable[[], datetime]
    scratch: Path
    rows_max: int

    def inputs(self, asking: Principal, query: WorkbookQuery, counted: Counted) -> list[tuple[str, Any]]:
        """What was asked, by whom and when, as the first sheet has it."""
        township, category = query.township, query.category
        everything = both("file.everything")
        grouped = "、".join(both(f"file.{part}") for part in query.by)
        outside = (
            both("file.outside") if township == "" else counted.names.places.get(township or "", township)
        )
        return [
            (both("file.title"), f"{query.first} – {query.last}"),
            (both("file.township"), everything if township is None else outside),
            (
                both("file.category"),
                counted.names.categories.get(category, category) if category else everything,
            ),
            (both("file.by"), grouped or "—"),
            (both("file.cases"), counted.total),
            (both("file.case_datum"), query.datum),
            (both("file.time_zone"), self.book.time_zone.key),
            (both("file.made_at"), self.clock().astimezone(self.book.time_zone).replace(microsecond=0)),
            (both("file.made_by"), f"{asking.display_name} ({asking.username}) {asking.organisation_name}"),
            (both("file.sight"), both("file.sight_words")),
        ]


def indicator_file_routes(files: CaseFiles) -> APIBlueprint:
    """Routes of files."""
    api = APIBlueprint(
        "indicator_files", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}]
    )
    _workbooks(api, files)
    _texts(api, files)
    return api


def _workbooks(api: APIBlueprint, files: CaseFiles) -> None:
    @api.get(
        "/indicators.xlsx",
        summary="指标与案卷工作簿 Figures and the cases behind them as a workbook",
        responses=answers({200: _file(XLSX, binary=True)}, NotFound, WorkbookTooLong),
    )
    @allow(*READERS)
    def get_workbook(query: WorkbookQuery) -> Response:
        asking = principal()
        figures = files.book.figures(asking.claim, query)
        rest = Rest.read(files.book, asking.claim, query, by_month="month" in query.by)
        wanted = Wanted(files.book.asked(query), None, Datum(query.datum))
        with files.reader.open(asking.claim, wanted, _left()) as counted:
            if counted.total > files.rows_max:
                raise WorkbookTooLong(limit=files.rows_max, rows=counted.total)
            file, size = _written(files, Told(files.inputs(asking, query, counted), figures, rest), counted)
        response = Response(_pieces(file), content_type=XLSX)
        response.content_length = size
        return _leaving(response, query, "xlsx", counted.total)


def _texts(api: APIBlueprint, files: CaseFiles) -> None:
    def streamed(
        query: CaseFileQuery, suffix: str, media_type: str, pieces: Callable[[Counted], Iterator[bytes]]
    ) -> Response:
        wanted = Wanted(files.book.asked(query), query.measure, Datum(query.datum))
        with ExitStack() as stack:
            counted = stack.enter_context(files.reader.open(principal().claim, wanted, _left()))
            response = Response(pieces(counted), content_type=media_type)
            response.call_on_close(stack.pop_all().close)
        return _leaving(response, query, suffix, counted.total)

    @api.get(
        "/indicators/cases.csv",
        summary="指标背后的案卷 CSV The cases behind figures as CSV",
        responses=answers({200: _file("text/csv")}),
    )
    @allow(*READERS)
    def get_case_rows(query: CaseFileQuery) -> Response:
        return streamed(query, "csv", "text/csv; charset=utf-8", csv_pieces)

    @api.get(
        "/indicators/cases.geojson",
        summary="指标背后的案卷 GeoJSON The same as points",
        responses=answers({200: _file(GEOJSON)}),
    )
    @allow(*READERS)
    def get_case_points(query: CaseFileQuery) -> Response:
        return streamed(
            query, "geojson", GEOJSON, lambda counted: geojson_pieces(counted, Datum(query.datum))
        )


def _file(media_type: str, *, binary: bool = False) -> dict[str, Any]:
    schema = {"type": "string", "format": "binary"} if binary else {"type": "string"}
    if media_type == GEOJSON:
        schema = {"type": "object"}
    return {
        "description": say("file.answer")["text"] + " " + say("file.answer")["text_en"],
        "headers": _COUNTED,
        "content": {media_type: {"schema": schema}},
    }


def _left() -> Callable[[], bool]:
    """Whether whoever asked has closed the connection; where the server does not tell, they never have."""
    sock: socket.socket | None = request.environ.get("gunicorn.socket")
    if sock is None:
        return lambda: False
    soon = select.poll()
    soon.register(sock, select.POLLIN)

    def closed() -> bool:
        try:
            return bool(soon.poll(0)) and sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    return closed


def _written(files: CaseFiles, told: Told, counted: Counted) -> tuple[IO[bytes], int]:
    """The workbook, open and already without a name, and its size in bytes."""
    files.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=files.scratch, prefix="workbook-") as folder:
        path = Path(folder) / "indicators.xlsx"
        workbook.write(path, told, counted)
        return path.open("rb"), path.stat().st_size


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _leaving(response: Response, query: FiguresQuery | CaseFileQuery, suffix: str, rows: int) -> Response:
    name = f"indicators_{query.first}_{query.last}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers[ROWS] = str(rows)
    return response
