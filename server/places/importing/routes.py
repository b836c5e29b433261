"""HTTP words of imports: send a layer and read its report, then apply it as one version step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field
from sqlalchemy import Connection

from server.access import allow, principal
from server.contract import API, Strict, answers, json_response, ref
from server.db import Database
from server.places.foreign.faults import FileRefused
from server.places.importing import comparing, layers, reading
from server.places.importing.comparing import Around
from server.places.importing.layers import Decision, Importer, LayerFile, Reading
from server.places.importing.refusals import file_refused
from server.places.importing.wire import (
    ComparisonOut,
    ComparisonQuery,
    FaultAroundOut,
    FaultsQuery,
    ImportDecision,
    ImportList,
    ImportOptions,
    ImportOut,
    ImportsQuery,
    StepOut,
)
from server.places.runs import ordering
from server.places.runs.sending import MANAGERS, UploadSettings, of_the_district, read_parts
from server.places.runs.wire import Prefer
from server.places.wire import KindName
from server.problems.imports import ImportApplied, ImportDatumUnconfirmed, ImportFaulty, ImportFileRefused
from server.problems.places import ZoneConflict, ZoneDateRefused, ZoneReportsDepend
from server.problems.request import (
    CursorRefused,
    MediaTypeRefused,
    NotFound,
    Unavailable,
)

TAG = Tag(
    name="导入 imports",
    description="图层文件先出报告,确认后作为一个版本生效。"
    "A layer's file is reported on first, then applied as one version step.",
)
_STEP = (
    ImportFaulty,
    ImportDatumUnconfirmed,
    ImportApplied,
    ZoneConflict,
    ZoneDateRefused,
    ZoneReportsDepend,
)
_BODY = {
    "required": True,
    "description": "一个文件与读取方式。One file, and how to read it.",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "GeoJSON、GeoPackage、shapefile(zip)、KML/KMZ、CSV(WKT 列) / with a WKT column",
                    },
                    "options": ref(ImportOptions),
                },
            },
            "encoding": {"options": {"contentType": "application/json"}},
        }
    },
}
_LOCATION = {"Location": {"description": "报告所在 Where the report will be", "schema": {"type": "string"}}}
_READ_AGAIN = {
    "description": "已收下,由后台读取。Taken; the worker reads it.",
    "content": {"application/json": {"schema": ref(ImportOut)}},
    "headers": _LOCATION,
}
_TAKEN = {
    **_READ_AGAIN,
    "headers": {
        **_LOCATION,
        "Preference-Applied": {"description": "RFC 7240", "schema": {"type": "string"}},
    },
}
_BYTES = {
    "description": "原始字节,未作改动。The bytes as received.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


class LayerPath(Strict):
    kind: KindName


class ImportPath(Strict):
    import_id: UUID


class FaultPath(ImportPath):
    number: Annotated[int, Field(ge=0, le=2**31 - 1)]


@dataclass(frozen=True)
class ImportSettings:
    """What the routes need of the deployment.

    Attributes:
        uploads: limits of the parts of a request.
        statement_timeout_ms: of the statements that compare and write a whole layer.
        near_m: reports this near a zone may have been matched to it.
        around: how much is shown beside a fault.
    """

    uploads: UploadSettings
    statement_timeout_ms: int
    near_m: float
    time_zone: ZoneInfo
    around: Around


@dataclass(frozen=True)
class _Imports:
    """The verbs behind the routes, each in transactions of whoever asks."""

    db: Database
    importer: Importer
    settings: ImportSettings
    clock: Callable[[], datetime]

    def today(self) -> date:
        return self.clock().astimezone(self.settings.time_zone).date()

    def report(
        self, connection: Connection, import_id: UUID, query: FaultsQuery | None = None
    ) -> dict[str, Any]:
        page = vars(query) if query else {}
        return reading.report(
            connection, import_id, valid_from=None, today=self.today(), near_m=self.settings.near_m, **page
        )

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """A transaction in which a whole layer may be compared or written."""
        with self.db.transaction(principal().claim) as (connection, _):
            timeout = {"ms": str(self.settings.statement_timeout_ms)}
            connection.exec_driver_sql("SELECT set_config('statement_timeout', %(ms)s, true)", timeout)
            yield connection

    def order(self, kind: str) -> dict[str, Any]:
        """Keep the file of this request and have it examined by the worker."""
        layer, options = self._sent()
        with self.asking() as connection:
            run_id = ordering.order(
                connection, "import", kind, _told(options), {"file": layer}, at=self.clock()
            )
            return self.report(connection, run_id)

    def read_again(self, import_id: UUID, options: ImportOptions) -> dict[str, Any]:
        """Have the file of an import examined anew in another way; it becomes an import of its own."""
        with self.asking() as connection:
            before = self.report(connection, import_id)
            if before["read"] is None:
                raise NotFound()
            file = {
                "name": before["file_name"],
                "sha256": before["sha256"],
                "size_bytes": before["size_bytes"],
            }
            run_id = ordering.order_again(
                connection, import_id, before["kind"], _told(options), file, at=self.clock()
            )
            return self.report(connection, run_id)

    def _sent(self) -> tuple[LayerFile, ImportOptions]:
        files, told = read_parts(self.settings.uploads, ("file",))
        return files["file"], ImportOptions.model_validate(told)

    def receive(self, kind: str) -> dict[str, Any]:
        """Examine the file of this request and keep it with its report."""
        layer, options = self._sent()
        how = _reading(options)
        with self.asking() as connection:
            context = layers.context_of(connection, kind, options.valid_from or self.today())
        try:
            # No transaction is open while the file is read: that may take a minute.
            with self.importer.examined(layer, kind, how, context) as examined, self.asking() as connection:
                import_id = layers.keep(connection, kind, layer, how, examined, valid_from=options.valid_from)
                return self.report(connection, import_id)
        except FileRefused as refused:
            raise file_refused(refused) from refused
        except TimeoutError as error:
            raise Unavailable() from error

    def apply(self, import_id: UUID, body: ImportDecision) -> dict[str, Any]:
        with self.asking() as connection:
            decision = self._decision(connection, import_id, body)
            done = layers.apply(connection, import_id, decision, today=self.today())
        answer = {"id": str(import_id), "valid_from": body.valid_from, **done.counts}
        return {**answer, "rematch_from": done.rematch_from}

    def compare(self, import_id: UUID, body: ImportDecision, query: ComparisonQuery) -> dict[str, Any]:
        with self.asking() as connection:
            decision = self._decision(connection, import_id, body)
            return comparing.compare(connection, import_id, decision, today=self.today(), **vars(query))

    def fault(self, import_id: UUID, number: int) -> dict[str, Any]:
        with self.asking() as connection:
            return comparing.fault_around(connection, import_id, number, self.settings.around)

    def _decision(self, connection: Connection, import_id: UUID, body: ImportDecision) -> Decision:
        accept, every = body.accept_repairs, body.accept_repairs == "all"
        if every and body.refuse_repairs:
            accept, every = list(comparing.decided(connection, import_id, body.refuse_repairs)), False
        return Decision(
            valid_from=body.valid_from,
            accept=() if every else tuple(accept),
            accept_all=every,
            gone=body.gone,
            rematch=body.rematch,
            confirm_datum=body.confirm_datum,
            near_m=self.settings.near_m,
        )

    def file(self, import_id: UUID) -> bytes:
        with self.asking() as connection:
            data = b"".join(reading.file_of(connection, import_id))
        if not data:
            raise NotFound()
        return data


def import_routes(
    db: Database, importer: Importer, settings: ImportSettings, clock: Callable[[], datetime]
) -> APIBlueprint:
    """Routes of imports."""
    api = APIBlueprint("imports", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    imports = _Imports(db, importer, settings, clock)
    _sending(api, imports)
    _reading_back(api, imports)
    return api


def _sending(api: APIBlueprint, imports: _Imports) -> None:
    @api.post(
        "/zones/<kind>/imports",
        summary="导入试运行 Send a layer's file and get the report",
        responses=answers({201: ImportOut, 202: _TAKEN}, NotFound, ImportFileRefused, MediaTypeRefused),
        openapi_extensions={"requestBody": _BODY},
    )
    @allow(*MANAGERS)
    def post_import(path: LayerPath, header: Prefer) -> Response:
        of_the_district(principal())
        if not header.respond_async:
            return json_response(imports.receive(path.kind), 201)
        response = _taken(imports.order(path.kind))
        response.headers["Preference-Applied"] = "respond-async"
        return response

    @api.post(
        "/zones/imports/<uuid:import_id>/readings",
        summary="换一种读法 Have the kept file read again in another way",
        responses=answers({202: _READ_AGAIN}, NotFound),
    )
    @allow(*MANAGERS)
    def read_again(path: ImportPath, body: ImportOptions) -> Response:
        of_the_district(principal())
        return _taken(imports.read_again(path.import_id, body))

    @api.post(
        "/zones/imports/<uuid:import_id>/apply",
        summary="应用导入 Apply an import as one version step",
        responses=answers({200: StepOut}, NotFound, *_STEP),
    )
    @allow(*MANAGERS)
    def apply_import(path: ImportPath, body: ImportDecision) -> Response:
        of_the_district(principal())
        return json_response(imports.apply(path.import_id, body))


def _taken(ordered: dict[str, Any]) -> Response:
    response = json_response(ordered, 202)
    response.headers["Location"] = f"{API}/zones/imports/{ordered['id']}"
    return response


def _reading_back(api: APIBlueprint, imports: _Imports) -> None:
    @api.post(
        "/zones/imports/<uuid:import_id>/comparison",
        summary="应用前对比 What applying would do, zone by zone; nothing is written",
        responses=answers({200: ComparisonOut}, NotFound, CursorRefused),
    )
    @allow(*MANAGERS)
    def compare_import(path: ImportPath, query: ComparisonQuery, body: ImportDecision) -> Response:
        of_the_district(principal())
        return json_response(imports.compare(path.import_id, body, query))

    @api.get(
        "/zones/imports/<uuid:import_id>/faults/<int:number>",
        summary="一处问题及其四周 One fault with its zone and the zones beside",
        responses=answers({200: FaultAroundOut}, NotFound),
    )
    @allow(*MANAGERS)
    def get_fault(path: FaultPath) -> Response:
        of_the_district(principal())
        return json_response(imports.fault(path.import_id, path.number))

    @api.get(
        "/zones/imports",
        summary="导入记录 Imports, newest first",
        responses=answers({200: ImportList}, CursorRefused),
    )
    @allow(*MANAGERS)
    def list_imports(query: ImportsQuery) -> Response:
        of_the_district(principal())
        with imports.asking() as connection:
            page = reading.list_imports(connection, **vars(query))
        return json_response({**page, "file_max_bytes": imports.settings.uploads.file_max_bytes})

    @api.get(
        "/zones/imports/<uuid:import_id>",
        summary="导入报告 The report of an import, faults by pages",
        responses=answers({200: ImportOut}, NotFound, CursorRefused),
    )
    @allow(*MANAGERS)
    def get_import(path: ImportPath, query: FaultsQuery) -> Response:
        of_the_district(principal())
        with imports.asking() as connection:
            made = imports.report(connection, path.import_id, query)
        return json_response(made)

    @api.get(
        "/zones/imports/<uuid:import_id>/file",
        summary="导入的原始文件 The file as it was sent, as an attachment",
        responses=answers({200: _BYTES}, NotFound),
    )
    @allow(*MANAGERS)
    def get_import_file(path: ImportPath) -> Response:
        of_the_district(principal())
        response = Response(imports.file(path.import_id), content_type="application/octet-stream")
        response.headers["Content-Disposition"] = f'attachment; filename="{path.import_id}"'
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response


def _told(options: ImportOptions) -> dict[str, Any]:
    return {**_reading(options).as_json(), "valid_from": options.valid_from}


def _reading(options: ImportOptions) -> Reading:
    told = {name: value for name, value in vars(options).items() if name != "valid_from"}
    return Reading(**told)
