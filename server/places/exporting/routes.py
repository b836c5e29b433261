"""HTTP words of exports: one layer of one day as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from geo.datum import Datum
from server.access import allow, principal
from server.contract import API, GEOJSON, At, Strict, answers, local_time
from server.db import Database
from server.places.exporting.files import Format, Wanted, write_layer
from server.places.runs.sending import MANAGERS
from server.places.wire import DatumName, KindName
from server.problems.request import NotFound

TAG = Tag(
    name="图层导出 layer exports",
    description="图层导出为文件,可选日期与坐标基准。A layer as a file, of any date and in any datum.",
)
MEDIA_TYPES: dict[Format, str] = {
    "gpkg": "application/geopackage+sqlite3",
    "geojson": GEOJSON,
    "csv": "text/csv",
}
_PIECE_BYTES = 256 * 1024
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FILES = {
    "description": "图层文件,文件内写明坐标基准与编码。The layer's file; it names its datum and its codes.",
    "content": {
        media_type: {"schema": {"type": "object"}} if media_type == GEOJSON else _BYTES
        for media_type in MEDIA_TYPES.values()
    },
}


class ExportPath(Strict):
    kind: KindName


class ExportQuery(Strict):
    format: Format = Field("gpkg", description="文件格式 / of the file; the CSV has its shapes as WKT")
    at: At | None = Field(
        None, description="当时有效的区,缺省为现在 / the zones valid at that time; now when left out"
    )
    datum: DatumName = Field("wgs84", description="坐标基准 / what the coordinates are told in")


@dataclass(frozen=True)
class ExportSettings:
    """What exports need of the deployment.

    Attributes:
        scratch: folder for files being written. statement_timeout_ms: of each statement.
    """

    scratch: Path
    statement_timeout_ms: int
    time_zone: ZoneInfo


def layer_export_routes(
    db: Database, settings: ExportSettings, clock: Callable[[], datetime]
) -> APIBlueprint:
    """Routes of exports."""
    api = APIBlueprint(
        "layer_exports", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}]
    )

    def day(at: datetime | None) -> date:
        return local_time(at or clock(), settings.time_zone).date()

    @api.get(
        "/zones/<kind>/export",
        summary="导出图层 A layer of one day as a file",
        responses=answers({200: _FILES}, NotFound),
    )
    @allow(*MANAGERS)
    def export_zones(path: ExportPath, query: ExportQuery) -> Response:
        wanted = Wanted(path.kind, day(query.at), Datum(query.datum))
        file, size = _written(db, settings, wanted, query.format)
        response = Response(_pieces(file), content_type=MEDIA_TYPES[query.format])
        response.content_length = size
        name = wanted.file_name(query.format)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response

    return api


def _written(db: Database, settings: ExportSettings, wanted: Wanted, form: Format) -> tuple[IO[bytes], int]:
    """The file, open and already without a name, and its size in bytes."""
    settings.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.scratch, prefix="export-") as folder:
        path = Path(folder) / wanted.file_name(form)
        with db.transaction(principal().claim) as (connection, _):
            timeout = {"ms": str(settings.statement_timeout_ms)}
            connection.exec_driver_sql("SELECT set_config('statement_timeout', %(ms)s, true)", timeout)
            write_layer(connection, wanted, form, path)
        return path.open("rb"), path.stat().st_size


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
