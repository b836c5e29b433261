"""HTTP words of drawings: send buildings and streets, read how far the worker got and what it found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Literal
from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import allow, principal
from server.contract import API, Strict, answers, json_response, ref
from server.db import Database
from server.places.drawing.choosing import SQL, streets_file
from server.places.drawing.reading import fetch_drawing
from server.places.drawing.refusals import PARTS
from server.places.drawing.wire import DrawingOptions, DrawingOut, DrawingQuery
from server.places.runs import ordering
from server.places.runs.sending import MANAGERS, UploadSettings, of_the_district, read_parts
from server.problems.request import CursorRefused, InputRefused, MediaTypeRefused, NotFound

TAG = Tag(
    name="生成 drawings",
    description="由房屋、街道与地界线生成门前责任区,结果是一次待应用的导入。"
    "Frontage strips from buildings, streets and property lines; the result is an import to apply.",
)
_FILE = {"type": "string", "format": "binary"}
_BODY = {
    "required": True,
    "description": "房屋与街道,任何可导入的格式。Buildings and streets, in any format an import reads.",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["buildings", "options"],
                "additionalProperties": False,
                "properties": {
                    "buildings": {**_FILE, "description": "房屋轮廓 polygons: `id`, `operator`"},
                    "streets": {
                        **_FILE,
                        "description": "街道中心线,或在 options 中选 lines: `name`, `width_m`, `kind`; or chosen",
                    },
                    "property_lines": {
                        **_FILE,
                        "description": "地界线,可无 lines between properties, if known",
                    },
                    "options": ref(DrawingOptions),
                },
            },
            "encoding": {"options": {"contentType": "application/json"}},
        }
    },
}
_TAKEN = {
    "description": "已收下,由后台生成。Taken; the worker draws it.",
    "content": {"application/json": {"schema": ref(DrawingOut)}},
    "headers": {"Location": {"description": "进度所在 Where to look", "schema": {"type": "string"}}},
}


class DrawnPath(Strict):
    kind: Literal["frontage"]


class DrawingPath(Strict):
    drawing_id: UUID


def drawing_routes(
    db: Database, uploads: UploadSettings, clock: Callable[[], datetime], streets_max: int
) -> APIBlueprint:
    """Routes of drawings."""
    api = APIBlueprint("drawings", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.post(
        "/zones/<kind>/drawings",
        summary="生成门前责任区 Have frontage strips drawn",
        responses=answers({202: _TAKEN}, NotFound, MediaTypeRefused),
        openapi_extensions={"requestBody": _BODY},
    )
    @allow(*MANAGERS)
    def post_drawing(path: DrawnPath) -> Response:
        of_the_district(principal())
        files, told = read_parts(uploads, PARTS[:1], PARTS[1:])
        options = DrawingOptions.model_validate(told)
        if ("streets" in files) == (options.chosen is not None):
            message = "one file part named streets, or chosen streets in the options"
            raise InputRefused(errors=[{"path": "/streets", "message": message}])
        with db.transaction(principal().claim) as (connection, _), ExitStack() as opened:
            if options.chosen is not None:
                files["streets"] = streets_file(connection, options.chosen, options.valid_from, streets_max)
                opened.enter_context(files["streets"].file)
            how = options.model_dump(exclude_none=True, mode="json")
            drawing_id = ordering.order(
                connection, "drawing", path.kind, {"datum": None, **how}, files, at=clock()
            )
            ordered = fetch_drawing(connection, drawing_id)
        response = json_response(ordered, 202)
        response.headers["Location"] = f"{API}/zones/drawings/{drawing_id}"
        return response

    @api.get(
        "/zones/drawings/<uuid:drawing_id>",
        summary="生成进度与结果 A drawing, its findings by pages",
        responses=answers({200: DrawingOut}, NotFound, CursorRefused),
    )
    @allow(*MANAGERS)
    def get_drawing(path: DrawingPath, query: DrawingQuery) -> Response:
        of_the_district(principal())
        with db.transaction(principal().claim) as (connection, _):
            made = fetch_drawing(connection, path.drawing_id, **vars(query))
        return json_response(made)

    @api.post(
        "/zones/drawings/<uuid:drawing_id>/cancel",
        summary="取消生成 Cancel a drawing; one that has ended stays as it is",
        responses=answers({200: DrawingOut}, NotFound),
    )
    @allow(*MANAGERS)
    def cancel_drawing(path: DrawingPath) -> Response:
        of_the_district(principal())
        with db.transaction(principal().claim) as (connection, _):
            SQL["cancel_drawing"].run(connection, {"id": str(path.drawing_id), "at": clock()})
            told = fetch_drawing(connection, path.drawing_id)
        return json_response(told)

    return api
